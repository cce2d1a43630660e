"""The file that keeps the results of each bench."""

from pathlib import Path

import msgspec
import pytest

from load_test.bench_history import Entry, HistoryError, append, last_on, read


def entry(commit: str = "abc1234", machine: str = "here", wall: float = 1.5) -> Entry:
    figures = {"full, 10": {"wall": [wall, 2.0]}}
    return Entry(time="2026-11-24T10:00:00Z", commit=commit, dirty=True, machine=machine, figures=figures)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "benchmarks" / "history.jsonl"


def test_read_back(path: Path) -> None:
    """What is appended is read back, in order, from one line each."""
    assert read(path) == []

    append(path, entry("one"))
    append(path, entry("two"))

    assert read(path) == [entry("one"), entry("two")]
    assert path.read_text().count("\n") == 2


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'{"time": "2026-', "truncated"),
        (b"", "truncated"),
        (b"[]", "Expected `object`, got `array`"),
        (b'{"time": "x"}', "missing required field `commit`"),
        (msgspec.json.encode(entry()).replace(b"1.5", b'"fast"'), r"Expected `float`, got `str`.*figures"),
        (b"\xff", "malformed"),
        (msgspec.json.encode(entry("caf")).replace(b"caf", b"caf\xe9"), "utf-8"),
    ],
)
def test_a_broken_line(path: Path, line: bytes, problem: str) -> None:
    """A line that is not an entry is named, with its number, what is wrong with it, and what to do."""
    append(path, entry())
    path.write_bytes(path.read_bytes() + line + b"\n")

    with pytest.raises(HistoryError, match=problem) as caught:
        read(path)
    assert f"{path}, line 2 is not what `make bench` writes" in str(caught.value)
    assert "Fix or delete that line" in str(caught.value)


def test_the_last_on_a_machine() -> None:
    """Only what was measured on such a machine can be compared, and of that the last."""
    entries = [entry(wall=1.0), entry(wall=2.0), entry(machine="elsewhere", wall=3.0)]

    assert last_on("here", entries)["full, 10"]["wall"][0] == 2.0
    assert last_on("nowhere", entries) == {}
