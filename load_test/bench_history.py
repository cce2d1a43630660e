"""The history of the bench: a file with one JSON object per line, added to by each bench."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from load_test.fresh_process import ROOT

HISTORY = ROOT / "benchmarks" / "history.jsonl"

Figures = dict[str, dict[str, list[float]]]
"""By profile, then by figure (a field of `probe.Measured`): its value in each run."""


class Entry(Struct, frozen=True, kw_only=True):
    """One bench: its time (UTC, ISO 8601), commit (`dirty` if files have changed since), machine, and figures."""

    time: str
    commit: str
    dirty: bool
    machine: str
    figures: Figures


class HistoryError(ValueError):
    """A line of the history is invalid; the text names it."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(
            f"{path}, line {line} is not what `make bench` writes: {problem}. Fix or delete that line; "
            "the other lines do not depend on it."
        )


def read(path: Path) -> list[Entry]:
    """All entries, oldest first; none if the file does not exist. Raises HistoryError."""
    if not path.exists():
        return []
    return [_entry(path, number, line) for number, line in enumerate(path.read_bytes().splitlines(), start=1)]


def append(path: Path, entry: Entry) -> None:
    """Append one line to the file, which is created if necessary."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(msgspec.json.encode(entry) + b"\n")


def last_on(machine: str, entries: Sequence[Entry]) -> Figures:
    """The figures of the last bench on such a machine; empty if there was none."""
    return next((entry.figures for entry in reversed(entries) if entry.machine == machine), {})


def _entry(path: Path, number: int, line: bytes) -> Entry:
    try:
        return msgspec.json.decode(line, type=Entry)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise HistoryError(path, number, str(error)) from None
