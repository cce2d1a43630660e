import json
from dataclasses import replace
from pathlib import Path

import pytest

from load_test import history
from tests.load_test.test_sweep import RUN


def test_lines_are_added_and_read_back(tmp_path: Path) -> None:
    """Each measurement is a line behind the others, with every run's figures, and says what it measured where."""
    path = tmp_path / "new" / "history.jsonl"
    history.append(history.entry({"full, 10": [RUN, replace(RUN, wall=3.0)]}), path)
    history.append(history.entry({"full, 10": [RUN]}), path)

    first, second = history.read(path)
    assert first["profiles"]["full, 10"]["wall"] == [2.0, 3.0]
    assert second["profiles"]["full, 10"]["wall"] == [2.0]
    assert first["commit"]
    assert "cores, Python 3." in first["machine"]


@pytest.mark.parametrize("broken", ["{", "[]", "{}", '{"made_at": 1, "commit": 2, "machine": 3}'])
def test_broken_line_is_named(broken: str, tmp_path: Path) -> None:
    """A line that is no measurement is an error that names the file and the line."""
    path = tmp_path / "history.jsonl"
    history.append(history.entry({"full, 10": [RUN]}), path)
    with path.open("a") as file:
        file.write(broken + "\n")

    with pytest.raises(ValueError, match=r"history\.jsonl, line 2 is no measurement"):
        history.read(path)


def test_what_is_in_the_project_can_be_read() -> None:
    """The history that comes with the project holds no broken line, and no run without a row."""
    for line in history.read():
        for runs in line["profiles"].values():
            assert all(rows > 0 for rows in runs["rows"])


def test_one_line_a_measurement(tmp_path: Path) -> None:
    """A measurement never spans lines, so that a merge of two histories is their lines."""
    path = tmp_path / "history.jsonl"
    history.append(history.entry({"a\nb": [RUN]}), path)

    assert len(path.read_text().splitlines()) == 1
    assert "a\nb" in json.loads(path.read_text())["profiles"]
