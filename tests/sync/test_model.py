"""The source, the API and the process may do anything: after one clean sync the destination equals the source."""

import re
from pathlib import Path

import pytest

from tests.helpers.processes import ROOT
from tests.helpers.sync_machine import RUNS, RUNS_KEY, SyncMachine

_HERE = Path(__file__).relative_to(ROOT).as_posix()

SyncMachine.TestCase.settings = RUNS
TestNothingIsLost = pytest.mark.slow(SyncMachine.TestCase)


def test_make_soak_sets_what_this_test_reads() -> None:
    """The Makefile and CONTRIBUTING.md name the variable by which this test soaks, and set it to a number of runs."""
    soak = next(line for line in (ROOT / "Makefile").read_text().splitlines() if f"pytest {_HERE}" in line)
    words = next(
        line for line in (ROOT / "CONTRIBUTING.md").read_text().splitlines() if line.startswith("| `make soak`")
    )
    for text in (soak, words):
        assert _HERE in text
        assert re.findall(r"\b([A-Z_]+)=(\d+)", text) == [(RUNS_KEY, "2000")]
