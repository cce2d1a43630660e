"""`python -m load_test.bench` as a user runs it, with small data."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from async_sync import run_sync
from load_test import bench, bench_history
from load_test.destinations import CountingDestination
from load_test.fresh_process import sync
from load_test.profiles import PROFILES, Profile, ready, state_after_full_sync
from load_test.server import mock_api
from tests.helpers.streams import COMPANY, DEPARTMENT

FULL = Profile("full, 50", 12, 3, 1, {"max_concurrency": "50"}, aim=0.9)
CHANGED = Profile("changed", 20, 1, 0, {}, ("--changed-percent", "10"), synced_before=True)


@pytest.mark.process
@pytest.mark.shipped
def test_bench(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each profile is measured and shown, and added to the history; the next bench shows the last one's time."""
    path = tmp_path / "history.jsonl"
    bench.main(["--repeat", "1", "--history", str(path)], [FULL, CHANGED])
    first = capsys.readouterr().out
    bench.main(["--repeat", "2", "--history", str(path), "--only", "full, 50"], [FULL, CHANGED])
    second = capsys.readouterr().out

    both, one = bench_history.read(path)
    assert [both.figures.keys(), one.figures.keys()] == [{"full, 50", "changed"}, {"full, 50"}]
    assert one.figures["full, 50"]["rows"] == [48, 48]
    assert one.figures["full, 50"]["requests"] == [13, 13]
    assert first.count("\n") == second.count("\n") + 1
    assert f"{both.figures['full, 50']['cpu'][0]:.2f}" in first
    (last,) = both.figures["full, 50"]["wall"]
    assert f"{last:.2f}" in second.splitlines()[1]
    assert f"added to {path}" in second


@pytest.mark.process
@pytest.mark.shipped
def test_every_profile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every kind of profile, made small, runs and has its line; of each shape at several paces, one is enough."""
    plain = {f"{shape}, {count}" for shape in ("full", "100 x 20 x 20", "10,000 x 1 x 1") for count in (10, 20, 100)}
    small = [replace(profile, companies=20, latency_ms=1) for profile in PROFILES if profile.name not in plain]
    bench.main(["--repeat", "1", "--history", str(tmp_path / "history.jsonl")], small)

    told = capsys.readouterr().out
    assert all(f"\n{profile.name} " in told for profile in small)
    (kept,) = bench_history.read(tmp_path / "history.jsonl")
    assert kept.figures["state of 100,000"]["load_seconds"][0] > 0
    assert kept.figures["checkpoints of 50 ms"]["longest_block"][0] > 0
    assert kept.figures["checkpoints of 50 ms"]["checkpoint_seconds"][0] >= 0.05


@pytest.mark.process
def test_the_state_is_that_of_a_full_sync() -> None:
    """The state built without a sync equals the last checkpoint of a full sync."""
    destination = CountingDestination()
    with mock_api(companies=30, departments=3, latency_ms=0) as url:
        run_sync({"base_url": url}, {}, streams=[COMPANY, DEPARTMENT], destination=destination)

    assert json.loads(destination.state) == state_after_full_sync(companies=30, departments=3)
    assert len(destination.checkpoints) > 0


@pytest.mark.process
@pytest.mark.shipped
def test_only_what_changed_is_asked_for() -> None:
    """After a tenth of the companies has changed, only those are read, and the one at the cursor."""
    with ready(CHANGED) as asked:
        measured = sync(**asked)

    assert measured.requests == 1 + 3
    assert measured.rows == 3 + 3  # companies and departments


def test_a_broken_history(tmp_path: Path) -> None:
    """An invalid history is reported before anything is measured."""
    path = tmp_path / "history.jsonl"
    path.write_text("{\n")

    with pytest.raises(SystemExit, match=r"There is nothing to report: .*history\.jsonl, line 1 is not what"):
        bench.main(["--history", str(path)])


@pytest.mark.process
def test_a_sync_that_fails(tmp_path: Path) -> None:
    """When a sync fails, its error is shown last, and nothing is added to the history."""
    path = tmp_path / "history.jsonl"
    broken = replace(FULL, configuration={"max_concurrency": "0"})

    with pytest.raises(SystemExit, match=r"There is nothing to report: .*max_concurrency"):
        bench.main(["--history", str(path)], [broken])
    assert not path.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "full"], "invalid choice: 'full'"),
        (["--repeat", "0"], "'0' is not a whole number of at least 1"),
        (["--repeat", "many"], "'many' is not a whole number of at least 1"),
    ],
)
def test_bad_arguments(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A bad argument ends the command and says what is allowed."""
    with pytest.raises(SystemExit):
        bench.main(arguments)
    assert message in capsys.readouterr().err


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    """The help names every profile."""
    with pytest.raises(SystemExit):
        bench.main(["--help"])

    shown = " ".join(capsys.readouterr().out.split())
    assert all(profile.name in shown for profile in PROFILES)
