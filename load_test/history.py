"""What the bench measured, commit after commit: a file with one JSON object a line."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from load_test.sweep import ROOT

HISTORY = ROOT / "benchmarks" / "history.jsonl"

Figures = dict[str, dict[str, list[float]]]
"""By profile, then by figure (a field of `probe.Measured`): what each of the runs came to."""


class Entry(Struct, frozen=True, kw_only=True):
    """One bench: when (UTC, ISO 8601), of which commit (`dirty`: with changes since), where, and all that it saw."""

    time: str
    commit: str
    dirty: bool
    machine: str
    figures: Figures


class HistoryError(ValueError):
    """A line of the history cannot be read; the text names it."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(
            f"{path}, line {line} is not what `make bench` writes: {problem}. Mend or delete that line; "
            "the other lines do not depend on it."
        )


def read(path: Path) -> list[Entry]:
    """All entries, oldest first; none where there is no such file. Raises HistoryError."""
    if not path.exists():
        return []
    return [_entry(path, number, line) for number, line in enumerate(path.read_bytes().splitlines(), start=1)]


def append(path: Path, entry: Entry) -> None:
    """Add one line at the end of the file, which is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(msgspec.json.encode(entry) + b"\n")


def last_on(machine: str, entries: Sequence[Entry]) -> Figures:
    """The figures of the last bench on a machine like this one; none where there was none."""
    return next((entry.figures for entry in reversed(entries) if entry.machine == machine), {})


def _entry(path: Path, number: int, line: bytes) -> Entry:
    try:
        return msgspec.json.decode(line, type=Entry)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise HistoryError(path, number, str(error)) from None
