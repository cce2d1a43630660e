"""The automatic pace against simulated APIs, through the gate and the retries: how close it comes to the best."""

import pytest

from async_sync.http import backoff
from async_sync.pacing.auto import AutoPace
from async_sync.pacing.pace import FixedPace
from load_test.pace.apis import Api, Limit, Load, Phase, best_counts
from load_test.pace.syncing import Simulated, simulate

SECONDS, LONG_SECONDS = 10.0, 60.0
FEW_REFUSALS, FEW_SHARE = 20, 0.02
BACKOFF_SECONDS = backoff.FIRST_SECONDS  # what it is before the other tests' fixture sets it to 0
seeds = pytest.mark.parametrize("seed", [1, 2])


@pytest.fixture(autouse=True)
def backoff_on_virtual_time(no_backoff: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A retry waits as it does in a sync, since that is part of how fast requests come."""
    monkeypatch.setattr(backoff, "FIRST_SECONDS", BACKOFF_SECONDS)


def api(*phases: Phase, broken: float = 0.0, refused: float = 0.0) -> Api:
    return Api("simulated", phases, broken, refused)


def jittery(
    latency: float = 0.1, *, jitter: str = "uniform", load: Load | None = None, limit: Limit | None = None
) -> Phase:
    return Phase(latency, jitter, load or Load(), limit or Limit())


def between(run: Simulated, since: float, until: float) -> int:
    """How many good answers came between these times."""
    return sum(since < at <= until for at in run.done_at)


def share_of_best(to: Api, run: Simulated, seconds: float, since: float = 0.0) -> float:
    """What share of the answers came that somebody who knew everything could have had from then on."""
    counts = best_counts(to, seconds)
    return between(run, since, seconds) / (counts[-1] - counts[round(100 * since)])


def few_are_refused(run: Simulated) -> bool:
    return run.refused <= max(FEW_REFUSALS, FEW_SHARE * run.answers)


@seeds
@pytest.mark.parametrize(("jitter", "least"), [("none", 0.98), ("uniform", 0.97), ("exponential", 0.95)])
def test_no_limit(jitter: str, least: float, seed: int) -> None:
    """Without a limit the pace is at max_in_flight within four seconds, and stays there."""
    to = api(jittery(0.3, jitter=jitter))
    pace = AutoPace()
    run = simulate(to, pace, SECONDS, seed=seed)

    assert share_of_best(to, run, SECONDS, since=4.0) >= least
    assert run.refused == 0


@seeds
@pytest.mark.parametrize(
    ("phase", "least"),
    [
        (jittery(limit=Limit(12)), 0.95),
        (jittery(jitter="exponential", limit=Limit(12)), 0.88),
        (jittery(0.2, limit=Limit(12, refused_after=0.2)), 0.92),
        (jittery(limit=Limit(12, hints=True)), 0.82),
        (jittery(limit=Limit(3)), 0.8),
    ],
    ids=["at once", "exponential", "late", "Retry-After", "three"],
)
def test_a_limit_of_requests_in_flight(phase: Phase, least: float, seed: int) -> None:
    """It is found within a second or so and then used, and hardly anything is refused.

    With Retry-After, each trial of more costs a pause of a second; with three in flight, the spacing costs something.
    """
    to = api(phase)
    pace = AutoPace()
    run = simulate(to, pace, SECONDS, seed=seed)

    assert share_of_best(to, run, SECONDS) >= least
    assert few_are_refused(run)
    assert pace.found is not None
    assert pace.found.limit == phase.limit.in_flight


@seeds
def test_a_limit_that_falls(seed: int) -> None:
    """A limit that falls from 40 to 6 is found within two seconds, and from then on it is used as before."""
    high, low = Limit(40), Limit(6)
    to = api(Phase(0.1, "uniform", limit=high, until=5.0), jittery(limit=low))
    run = simulate(to, AutoPace(), SECONDS, seed=seed)

    assert share_of_best(to, run, SECONDS, since=7.0) >= 0.93
    assert few_are_refused(run)


@seeds
def test_a_limit_that_is_raised(seed: int) -> None:
    """A limit that is raised from 6 to 40 is used within five seconds."""
    to = api(Phase(0.1, "uniform", limit=Limit(6), until=5.0), jittery(limit=Limit(40)))
    run = simulate(to, AutoPace(), 15.0, seed=seed)

    assert share_of_best(to, run, 15.0, since=10.0) >= 0.95
    assert few_are_refused(run)


@seeds
@pytest.mark.parametrize(
    ("load", "least"),
    [(Load("linear", 10), 0.75), (Load("quadratic", 8), 0.8), (Load("quadratic", 20), 0.85)],
    ids=["linear 10", "quadratic 8", "quadratic 20"],
)
def test_latency_that_grows_with_the_load(load: Load, least: float, seed: int) -> None:
    """Where more in flight takes longer, three quarters of the highest throughput are reached, search and all."""
    to = api(jittery(load=load))
    run = simulate(to, AutoPace(), SECONDS, seed=seed)

    assert share_of_best(to, run, SECONDS) >= least


@seeds
@pytest.mark.parametrize(("slots", "most"), [(8, 64), (30, 120)])
def test_a_queue(slots: int, most: int, seed: int) -> None:
    """An API that serves so many at a time is used in full, and with max_in_flight of 200 far fewer are in flight."""
    to = api(jittery(load=Load("queue", slots)))
    run = simulate(to, AutoPace(), SECONDS, seed=seed)

    assert share_of_best(to, run, SECONDS) >= 0.93
    assert max(limit for _, limit, _, _ in run.moves) <= most


@pytest.mark.parametrize(
    ("limit", "least", "refused"),
    [
        (Limit(quota=20, burst=20), 0.95, 0.06),
        (Limit(quota=20, burst=1), 0.45, 0.06),
        (Limit(quota=50, burst=10), 0.95, 0.06),
        (Limit(quota=50, burst=10, hints=True), 0.6, 0.02),
        (Limit(quota=30), 0.8, 0.06),
        (Limit(quota=100), 0.75, 0.04),
        (Limit(quota=100, hints=True), 0.6, 0.02),
    ],
    ids=["bucket 20", "bucket 20 without burst", "bucket 50", "bucket 50 hints", "second", "100", "100 hints"],
)
def test_a_limit_of_requests_per_second(limit: Limit, least: float, refused: float) -> None:
    """A rate is found from what is accepted, and at most 6 in a hundred are refused; with Retry-After, 2 in a hundred.

    A bucket without a burst refuses what is in flight beside others, so that the pace is one request at a time.
    """
    to = api(jittery(limit=limit))
    run = simulate(to, AutoPace(), LONG_SECONDS, seed=1)

    assert share_of_best(to, run, LONG_SECONDS) >= least
    assert run.refused <= refused * run.answers


MIX = ((1.0, 0.9, 0.1), (8.0, 0.1, 0.9))


@seeds
@pytest.mark.parametrize("phase", [jittery(0.04, limit=Limit(12)), jittery(0.04, load=Load("queue", 10))])
def test_lists_of_different_latency_whose_mix_shifts(phase: Phase, seed: int) -> None:
    """That more and more requests are for a list that takes eight times as long does not make the pace slower."""
    to = Api("two lists", [phase], lists=MIX)
    run, fixed = simulate(to, AutoPace(), SECONDS, seed=seed), simulate(to, FixedPace(12), SECONDS, seed=seed)

    assert between(run, 0, SECONDS) >= 0.95 * between(fixed, 0, SECONDS)
    assert few_are_refused(run)


@seeds
def test_refusals_by_chance(seed: int) -> None:
    """Two in a hundred that are refused at any pace are no limit."""
    to = api(jittery(load=Load("queue", 20)), refused=0.02)
    run = simulate(to, AutoPace(), SECONDS, seed=seed)

    assert share_of_best(to, run, SECONDS) >= 0.92


@pytest.mark.parametrize(("refused", "broken"), [(0.1, 0.0), (0.12, 0.15)])
def test_a_storm(refused: float, broken: float) -> None:
    """An API that refuses every tenth request at any pace gets most of what a fixed setting would send it."""
    to = api(jittery(0.05), refused=refused, broken=broken)
    run, fixed = (simulate(to, pace, 2 * SECONDS, seed=1) for pace in (AutoPace(20), FixedPace(20)))

    assert len(run.done_at) >= 0.5 * len(fixed.done_at)


@seeds
def test_faults(seed: int) -> None:
    """Three in a hundred that are answered with a 500 change nothing about a limit of requests in flight."""
    to = api(jittery(limit=Limit(20)), broken=0.03)
    run = simulate(to, AutoPace(), SECONDS, seed=seed)

    assert share_of_best(to, run, SECONDS) >= 0.93
    assert few_are_refused(run)


@seeds
@pytest.mark.parametrize(
    ("phase", "best"),
    [
        (jittery(0.3), 200),
        (jittery(limit=Limit(12)), 12),
        (jittery(0.2, limit=Limit(12, refused_after=0.2)), 12),
        (jittery(limit=Limit(40)), 40),
        (jittery(load=Load("queue", 8)), 200),
        (jittery(limit=Limit(quota=50, burst=10)), 4),
    ],
    ids=["none", "12", "12 late", "40", "queue", "bucket"],
)
def test_a_second_sync_is_as_fast_as_the_best_setting(phase: Phase, best: int, seed: int) -> None:
    """What the first sync has found is worth 95 % of the best number in flight, from the first request on."""
    to, first = api(phase), AutoPace()
    simulate(to, first, SECONDS, seed=seed)
    second = simulate(to, AutoPace(200, first.found), SECONDS, seed=seed + 10)
    fixed = simulate(to, FixedPace(best), SECONDS, seed=seed + 10)

    assert between(second, 0, SECONDS) >= 0.95 * between(fixed, 0, SECONDS)
