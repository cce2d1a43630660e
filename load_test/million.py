"""`python -m load_test.million`: sync a million companies, and once more with `kill -9` half-way, and count the rows.

Each company has one department, its id is one of many numbers, and a page holds 1,000. The API computes its answers
(`load_test.endless`), in a process of its own and without latency. The destination keeps what a checkpoint has
followed: the rest is lost with the process, as it may be in production. Takes about half an hour, most of it CPU.
"""

import argparse
import json
import mmap
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import async_sync.sync  # noqa: F401 - as in `load_test.probe`
from async_sync import run_sync
from load_test.arguments import POSITIVE, add_size
from load_test.endless import endless_api, number_of
from load_test.memory import peak_memory_mb
from load_test.probe import checkpoint_share
from load_test.streams import declared

_TABLES = ("company", "department")


class FileDestination:
    """Keeps in a file which rows have been checkpointed, a byte for each, and next to it the state of that checkpoint.

    After `die_after` rows, the process kills itself.
    """

    def __init__(self, folder: Path, companies: int, die_after: int | None = None) -> None:
        self._state_file = folder / "state.json"
        path = folder / "rows"
        if not path.exists():
            path.write_bytes(bytes(len(_TABLES) * companies))
        with path.open("r+b") as file:
            self._rows = mmap.mmap(file.fileno(), 0)
        self._companies = companies
        self._pending: list[int] = []
        self._die_after = die_after
        self.written = 0
        self.checkpoints: list[dict[str, float]] = []
        self.warnings: list[str] = []

    def upsert(self, table: str, row: dict[str, Any]) -> None:
        """Take a row."""
        self._pending.append(_TABLES.index(table) * self._companies + number_of(row["company_id"]))
        self.written += 1
        if self.written == self._die_after:
            os.kill(os.getpid(), signal.SIGKILL)

    def delete(self, table: str, key: dict[str, Any]) -> None:
        """Nothing is deleted."""
        raise NotImplementedError

    def checkpoint(self, state: dict[str, Any]) -> None:
        """Keep the rows, and then the state that accounts for them."""
        start = time.perf_counter()
        for place in self._pending:
            self._rows[place] = 1
        self._pending.clear()
        new = self._state_file.with_suffix(".new")
        new.write_text(json.dumps(state), encoding="utf-8")
        new.replace(self._state_file)
        self.checkpoints.append({"start": start, "end": time.perf_counter()})

    def info(self, message: str) -> None:
        """Print the line to standard error; standard output is for results."""
        print(message, file=sys.stderr, flush=True)

    def warning(self, message: str) -> None:
        """Print the line, and keep it."""
        self.warnings.append(message)
        self.info(message)


def state_in(folder: Path) -> dict[str, Any]:
    """The state of the last checkpoint, or an empty one."""
    path = folder / "state.json"
    state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return state


def missing_in(folder: Path, companies: int) -> dict[str, int]:
    """How many rows of each table have never been checkpointed."""
    rows = (folder / "rows").read_bytes()
    parts = (rows[index * companies : (index + 1) * companies] for index in range(len(_TABLES)))
    return {table: part.count(0) for table, part in zip(_TABLES, parts, strict=True)}


def _sync(url: str, folder: Path, companies: int, die_after: int | None) -> dict[str, Any]:
    """Sync in this process; returns the figures."""
    destination = FileDestination(folder, companies, die_after)
    cpu = time.process_time()
    progress = run_sync(
        {"base_url": url, "page_size": "1000"},
        state_in(folder),
        streams=declared(_TABLES),
        destination=destination,
    )
    return {
        "requests": progress.requests,
        "rows": destination.written,
        "cpu_seconds": time.process_time() - cpu,
        "peak_memory_mb": peak_memory_mb(),
        "checkpoints": len(destination.checkpoints),
        "checkpoint_share": checkpoint_share(destination.checkpoints),
        "state_bytes": (folder / "state.json").stat().st_size,
        "cursors_dropped": progress.cursors_dropped,
        "warnings": destination.warnings,
    }


def sync_in_process(url: str, folder: Path, companies: int, die_after: int | None = None) -> dict[str, Any]:
    """Sync in a fresh process; returns its figures, or only those of its end if it has killed itself."""
    arguments = {"url": url, "folder": str(folder), "companies": companies, "die_after": die_after}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "load_test.million", "--sync", json.dumps(arguments)],
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    process_cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    figures: dict[str, Any] = {"ended": done.returncode, "seconds": time.perf_counter() - began, "cpu": process_cpu}
    return {**figures, **(json.loads(done.stdout) if done.returncode == 0 else {})}


def _show(what: str, figures: dict[str, Any]) -> None:
    shown = {name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()}
    print(f"{what}: {json.dumps(shown)}", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures; ends with SystemExit if a row is missing."""
    parser = argparse.ArgumentParser(prog="python -m load_test.million", description=__doc__)
    add_size(parser, companies=1_000_000, departments=None, latency_ms=None)
    parser.add_argument("--only", choices=("whole", "killed"), help="one of the two runs (default: both)")
    parser.add_argument("--die-after", type=POSITIVE, help="rows before the kill (default: one for each company)")
    parser.add_argument("--sync", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.sync:
        asked = json.loads(given.sync)
        print(json.dumps(_sync(**{**asked, "folder": Path(asked["folder"])})))
        return
    runs = [given.only] if given.only else ["whole", "killed"]
    with endless_api(given.companies) as url:
        missing = [_run(run, url, given.companies, given.die_after or given.companies) for run in runs]
    if any(missing):
        sys.exit("Rows are missing.")


def _run(run: str, url: str, companies: int, die_after: int) -> int:
    """Sync into an empty destination, `whole` or `killed` first; returns how many rows are missing."""
    with tempfile.TemporaryDirectory(prefix="million-") as name:
        folder = Path(name)
        if run == "killed":
            _show("killed half-way", sync_in_process(url, folder, companies, die_after))
            _show("missing then", missing_in(folder, companies))
        _show("resumed" if run == "killed" else "whole", sync_in_process(url, folder, companies))
        missing = missing_in(folder, companies)
        _show("missing", missing)
    return sum(missing.values())


if __name__ == "__main__":
    main()
