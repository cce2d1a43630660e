"""`benchmarks/history.jsonl`: what each `make bench` measured, one JSON object a line."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from load_test.probe import Measured
from load_test.sweep import ROOT, commit, machine

HISTORY = ROOT / "benchmarks" / "history.jsonl"
FIGURES = ("wall", "sync_cpu", "cpu", "peak_memory_mb", "requests", "rows", "longest_block")


def entry(profiles: Mapping[str, Sequence[Measured]]) -> dict[str, Any]:
    """A line of the history: when, of what commit, on which machine, and of each profile every run's figures."""
    figures = {
        name: {figure: [round(asdict(run)[figure], 4) for run in runs] for figure in FIGURES}
        for name, runs in profiles.items()
    }
    made_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"made_at": made_at, "commit": commit(), "machine": machine(), "profiles": figures}


def append(line: Mapping[str, Any], path: Path = HISTORY) -> None:
    """Add a line; the file and its folder are made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def read(path: Path = HISTORY) -> list[dict[str, Any]]:
    """All lines, oldest first. Raises ValueError, which names the line that is broken."""
    lines = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            line = json.loads(text)
            lines.append({name: line[name] for name in ("made_at", "commit", "machine", "profiles")})
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path}, line {number} is no measurement ({error!r}): remove it") from None
    return lines
