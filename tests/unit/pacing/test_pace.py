"""The automatic pace against simulated APIs: how close it comes to the best fixed setting."""

import random
from collections.abc import Callable, Iterable

import pytest

from async_sync.pacing.auto import AutoPace
from tests.helpers.pace_simulation import (
    Changing,
    Down,
    FixedWindow,
    Queueing,
    Rate,
    Run,
    Server,
    Slots,
    Storm,
    TokenBucket,
    Unlimited,
    latency,
    simulate,
)

SECONDS = 120.0
SETTLED = 30.0  # seconds within which the pace must have been found
WINDOW = 5  # seconds
SHARE = 0.9  # of the best setting
LIMITED = 0.02  # of the answers
LIMITS = [Rate(limit) for limit in (4, 5, 6, 8, 10, 11, 12, 13, 14, 20)]
RATES = [Rate(limit) for limit in (1, 2, 3, 4, 5)] + [Rate(20, 1 / rate) for rate in (15, 18, 19, 19.5, 20, 20.1, 22)]
HIGH = [Rate(limit) for limit in (100, 150, 200)]
Make = Callable[[], Server]
jittered = pytest.mark.parametrize(("jitter", "seed"), [(0.0, 0), (0.3, 1), (0.3, 2)])


def limited_between(run: Run, since: float, until: float) -> float:
    """The share of limited answers."""
    limited = sum(since <= at < until for at in run.limited)
    return limited / max(1.0, limited + run.throughput(since, until) * (until - since))


def best(server: Make, settings: Iterable[Rate], seconds: float = 15.0) -> float:
    """The throughput of the best fixed setting among those that the API hardly ever refuses."""
    since = seconds / 3
    runs = [simulate(server(), setting, seconds=seconds) for setting in settings]
    return max(run.throughput(since, seconds) for run in runs if limited_between(run, since, seconds) < LIMITED)


def follows(run: Run, throughput: float, since: float = 0.0) -> bool:
    """Whether 90 % of the throughput is reached, over 5 s, within 30 s of a change."""
    starts = [since + second for second in range(int(SETTLED) - WINDOW + 1)]
    return any(run.throughput(start, start + WINDOW) >= SHARE * throughput for start in starts)


@jittered
def test_no_limit(jitter: float, seed: int) -> None:
    """With an API without a limit, requests are soon as fast as max_in_flight allows, and 90 % of that is kept."""

    def server() -> Server:
        return Unlimited(latency(0.2, jitter=jitter, seed=seed))

    run, throughput = simulate(server(), AutoPace(), seconds=25.0), best(server, HIGH, 3.0)

    assert follows(run, throughput)
    assert run.throughput(15, 25) >= SHARE * throughput
    assert not run.limited


def bucket(seconds: float, burst: int, jitter: float, seed: int) -> Server:
    return TokenBucket(latency(seconds, jitter=jitter, seed=seed), rate=20, burst=burst)


def by_the_second(seconds: float, _: int, jitter: float, seed: int) -> Server:
    return FixedWindow(latency(seconds, jitter=jitter, seed=seed), rate=20)


@jittered
@pytest.mark.parametrize("seconds", [0.01, 0.2])
@pytest.mark.parametrize(("make", "burst"), [(bucket, 1), (bucket, 20), (by_the_second, 0)])
def test_requests_per_second(
    make: Callable[[float, int, float, int], Server], burst: int, seconds: float, jitter: float, seed: int
) -> None:
    """A limit of requests per second is found, with less or more than one in flight, and less than 2 % are refused.

    The one exception is a bucket that lets 20 through at once, at 200 ms with jitter: it may refuse up to 4 %, because
    a rate above the limit only shows once the 20 are used up.
    """

    def server() -> Server:
        return make(seconds, burst, jitter, seed)

    run, throughput = simulate(server(), AutoPace(), seconds=SECONDS), best(server, RATES)

    assert follows(run, throughput)
    assert run.throughput(SETTLED, SECONDS) >= SHARE * throughput
    assert run.limited_share < (0.04 if (burst, seconds, jitter) == (20, 0.2, 0.3) else LIMITED)


@jittered
def test_queue(jitter: float, seed: int) -> None:
    """An API that queues requests is used to 90 %, without more requests in flight than make it faster."""

    def server() -> Server:
        return Queueing(latency(0.1, jitter=jitter, seed=seed), slots=8)

    pace = AutoPace()
    run, throughput = simulate(server(), pace, seconds=SECONDS), best(server, LIMITS)

    assert follows(run, throughput)
    assert run.throughput(SETTLED, SECONDS) >= SHARE * throughput
    assert pace.limit <= 16


@jittered
def test_slots(jitter: float, seed: int) -> None:
    """A limit of requests in flight is found, and rarely exceeded."""

    def server() -> Server:
        return Slots(latency(0.2, jitter=jitter, seed=seed), slots=12)

    run, throughput = simulate(server(), AutoPace(), seconds=SECONDS), best(server, LIMITS[5:8])

    assert follows(run, throughput)
    assert run.throughput(SETTLED, SECONDS) >= SHARE * throughput
    assert run.limited_share < LIMITED


@jittered
def test_slower(jitter: float, seed: int) -> None:
    """An API that becomes slower is not mistaken for one that queues: the full pace is back within 30 s."""

    def fast() -> Server:
        return Unlimited(latency(0.1, jitter=jitter, seed=seed))

    def slow() -> Server:
        return Unlimited(latency(0.2, jitter=jitter, seed=seed))

    run = simulate(Changing(fast(), slow(), 12.0), AutoPace(), seconds=32.0)
    throughput = best(slow, HIGH, 3.0)

    assert follows(run, best(fast, HIGH, 3.0))
    assert follows(run, throughput, 12.0)
    assert run.throughput(22, 32) >= SHARE * throughput
    assert not run.limited


@jittered
def test_faster(jitter: float, seed: int) -> None:
    """If an API becomes faster, the rate soon rises, although no more requests may be in flight."""

    def slow() -> Server:
        return Slots(latency(0.1, jitter=jitter, seed=seed), slots=20)

    def fast() -> Server:
        return Slots(latency(0.05, jitter=jitter, seed=seed), slots=20)

    run, throughput = simulate(Changing(slow(), fast(), 20.0), AutoPace(), seconds=50.0), best(fast, LIMITS, 6.0)

    assert follows(run, throughput, 20.0)
    assert run.throughput(35, 50) >= SHARE * throughput
    assert run.limited_share < LIMITED


@jittered
def test_falling_limit(jitter: float, seed: int) -> None:
    """A limit that falls to a tenth is followed within 30 s, and exceeded no more often than before."""

    def high() -> Server:
        return Slots(latency(0.2, jitter=jitter, seed=seed), slots=50)

    def low() -> Server:
        return Slots(latency(0.2, jitter=jitter, seed=seed), slots=5)

    run = simulate(Changing(high(), low(), 40.0), AutoPace(), seconds=100.0)
    above, below = best(high, [Rate(45), Rate(49), Rate(50), Rate(51)], 9.0), best(low, LIMITS[:3])

    assert follows(run, above)
    assert run.throughput(SETTLED, 40) >= SHARE * above
    assert follows(run, below, 40.0)
    assert run.throughput(70, 100) >= SHARE * below
    assert run.limited_share < LIMITED


@jittered
def test_storm(jitter: float, seed: int) -> None:
    """Faults that come at any pace cost at most half of the throughput that a limit of 20 would reach."""

    def server() -> Server:
        seconds = latency(0.05, jitter=jitter, seed=seed)
        return Storm(seconds, limited=0.12, failed=0.15, generator=random.Random(seed + 1000))

    run, fixed = simulate(server(), AutoPace(20), seconds=100.0), simulate(server(), Rate(20), seconds=10.0)

    assert run.throughput(60, 100) >= 0.5 * fixed.throughput(2, 10)


@jittered
def test_storm_that_ends(jitter: float, seed: int) -> None:
    """Once such faults end, a real limit is found again, and respected."""
    storm = Storm(latency(0.05, jitter=jitter, seed=seed), 0.12, 0.0, random.Random(seed + 1000))

    def calm() -> Server:
        return Slots(latency(0.05, jitter=jitter, seed=seed), slots=10)

    run = simulate(Changing(storm, calm(), 20.0), AutoPace(50), seconds=80.0)

    assert limited_between(run, 50, 80) < LIMITED
    assert run.throughput(50, 80) >= SHARE * best(calm, LIMITS[3:6], 9.0)


@pytest.mark.parametrize("offered", [1, 2, 3])
def test_little_demand(offered: int) -> None:
    """The limit does not rise far above the number of requests there are to make."""
    run = simulate(Unlimited(latency(0.2, jitter=0.3, seed=1)), AutoPace(), seconds=60.0, offered=offered)

    assert max(limit for _, limit, _, _ in run.moves) <= 8


@pytest.mark.parametrize("seconds", [5.0, 30.0])
def test_an_api_that_refuses_everything_for_a_while(seconds: float) -> None:
    """After an API has refused everything for a while, the pace soon recovers, and few requests were made meanwhile."""
    up = Slots(latency(0.1, jitter=0.0, seed=1), slots=20)
    run = simulate(Down(up, 10.0, 10.0 + seconds), AutoPace(), seconds=60.0 + seconds)

    assert run.throughput(50 + seconds, 60 + seconds) >= 0.9 * run.throughput(5, 10)
    assert sum(at >= 12.0 for at in run.limited) < 30
