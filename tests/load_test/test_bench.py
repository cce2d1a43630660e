from dataclasses import replace

import pytest

from load_test import bench, history
from load_test.probe import Measured
from load_test.profiles import PROFILES, Profile, ready, state_after_full_sync
from load_test.sweep import sync
from tests.load_test.test_sweep import RUN

RUNS = {profile.name: [RUN] for profile in PROFILES}


def aim(runs: dict[str, list[Measured]], beginning: str) -> tuple[str, str]:
    """The aim and the figure of a row."""
    rows = [row for row in bench.aims(runs) if row[0].startswith(beginning)]
    return rows[0][1], rows[0][2]


def test_ideal_is_requests_at_the_latency() -> None:
    """The ideal at 10 in flight is a tenth of the requests' 50 ms; the median of the runs counts."""
    runs = {**RUNS, "full, 10": [replace(RUN, requests=1000, wall=wall) for wall in (5.0, 10.0, 20.0)]}
    assert aim(runs, "ideal / wall at max_concurrency 10") == (">= 0.93", "0.500")


def test_growth_is_told_for_each_row() -> None:
    """What grows with the source is compared for each row, not in all."""
    runs = {
        **RUNS,
        "1,000 x 2 at 0 ms": [replace(RUN, rows=100, sync_cpu=1.0)],
        "50,000 x 2 at 0 ms": [replace(RUN, rows=1000, sync_cpu=11.0, peak_memory_mb=150.0)],
    }
    assert aim(runs, "CPU for each row")[1] == "1.10"
    assert aim(runs, "peak memory, the same")[1] == "60"


def test_largest_share_of_checkpoints_counts() -> None:
    """One run in which checkpoints took too long is not hidden by the others."""
    runs = {**RUNS, "state of 100,000": [RUN, replace(RUN, checkpoint_seconds=0.4), RUN]}
    assert aim(runs, "time in checkpoints")[1] == "20.0 %"


@pytest.mark.process
def test_state_is_that_of_a_full_sync() -> None:
    """From the state that is made without a sync, a source that has not changed gives its last company and no more."""
    profile = Profile("", 40, 3, 0, {"sync_scope": "all_companies"}, synced_before=True)
    with ready(profile) as asked:
        run = sync(**asked)
    assert run.requests == 41
    assert 2 <= run.rows <= 41 * 3
    assert run.rows < 40 + 40 * 3
    assert len(state_after_full_sync(companies=40, departments=3)["department_cursor"]) == 40


@pytest.mark.process
def test_only_what_changed_is_asked_for() -> None:
    """Where a tenth of the companies has changed, those and the last one before them are read."""
    with ready(Profile("", 100, 2, 0, {}, ("--changed-percent", "10"), synced_before=True)) as asked:
        run = sync(**asked)
    assert run.requests == 12
    assert run.rows >= 10 + 10


@pytest.mark.process
def test_the_whole_program(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Every profile, made small, has a line, and a line of the history holds what was measured."""
    written: list[dict[str, dict[str, object]]] = []
    monkeypatch.setattr(history, "append", written.append)
    bench.main(["--repeat", "1"], [replace(profile, companies=20, latency_ms=1) for profile in PROFILES])

    told = capsys.readouterr().out
    assert all(f"\n{profile.name} " in told for profile in PROFILES)
    assert list(written[0]["profiles"]) == [profile.name for profile in PROFILES]
