"""What one company costs."""

import subprocess
import sys

import pytest

from load_test.scaling import bytes_of_a_company
from tests.helpers.processes import ROOT


def test_bytes_of_a_company() -> None:
    """The name and the cursor in quotes, with colon, comma and the blanks behind them; the first lacks the comma."""
    assert bytes_of_a_company("c{:06}".format, companies=1) == len('"c000001": "2026-01-01T00:00:00Z"')
    assert bytes_of_a_company("c{:06}".format) == pytest.approx(len('"c000001": "2026-01-01T00:00:00Z", '), abs=0.01)


@pytest.mark.process
@pytest.mark.shipped
def test_prints_the_table() -> None:
    """One command prints all figures of docs/scaling.md."""
    command = [sys.executable, "-m", "load_test.scaling", "--companies", "20", "--repeat", "1"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=50, check=False)

    assert done.returncode == 0, done.stderr
    names = [line[:72].strip() for line in done.stdout.splitlines()]
    assert names == [
        "bytes of state for a company, ids like c000001",
        "bytes of state for a company, ids that are UUIDs",
        *(f"microseconds of CPU for a company with {departments} departments" for departments in (0, 2, 20)),
        "microseconds of CPU for a company of another shard, in pages of 1,000",
    ]
    assert all(float(line[72:]) > 0 for line in done.stdout.splitlines())
