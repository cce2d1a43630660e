"""The rules of the automatic pace when the API changes, and those of the fixed pace."""

import math
from itertools import pairwise

import pytest

from async_sync.pacing.auto import AutoPace
from async_sync.pacing.pace import FixedPace, Outcome
from tests.helpers.pace_client import (
    ANY_PACE,
    FAILED,
    LIMITED,
    NOT_NEEDED,
    OK,
    REFUSED,
    SLOWER,
    Client,
    at_knee,
    at_level,
    state,
)
from tests.helpers.pace_simulation import Slots, Unlimited, latency, simulate


def slowed(pace: AutoPace) -> Client:
    """A client of an API that has become slower at the good level, 16, so that a lower one is on trial."""
    client = at_level(pace, 32)
    client.until_moved(LIMITED)
    client.seconds = 0.2
    client.until_moved(OK)
    assert state(pace) == (11, 0.0, REFUSED)
    return client


def test_an_api_that_becomes_slower() -> None:
    """If a lower level has a lower throughput, the pace is kept, and the new latency becomes the usual one."""
    pace = AutoPace()
    client = slowed(pace)
    client.until_moved(OK)
    assert state(pace) == (16, 0.0, SLOWER)

    client.until_moved(OK)
    assert pace.limit > 16


def test_an_api_that_becomes_a_little_slower() -> None:
    """A latency less than half above the usual one is no reason to try a lower level."""
    pace = AutoPace()
    client = at_level(pace, 32)
    client.until_moved(LIMITED)
    client.seconds = 0.14
    client.until_moved(OK)

    assert pace.limit > 16


def test_an_api_that_queues_now() -> None:
    """If a lower level has the same throughput, it is kept, and the former one is not tried again at once."""
    pace = AutoPace()
    client = slowed(pace)
    before, client.seconds = client.now, 0.14
    client.until_moved(OK)
    assert pace.reason == NOT_NEEDED
    kept = pace.limit
    assert kept < 16

    client.until(lambda: client.now > before + 2.5, OK)
    assert pace.limit == kept


def storm(pace: AutoPace) -> Client:
    """A client of an API that refuses every tenth request at any pace, of which the pace has become suspicious."""
    client = at_level(pace, 16)
    client.ask(*[OK] * 200)
    client.until(lambda: pace.reason == REFUSED, LIMITED)
    client.until_moved(LIMITED)
    return client


EVERY_TENTH = [LIMITED, *[OK] * 9]


def test_refusals_at_any_pace() -> None:
    """If refusals do not become rarer when the pace is cut, the cut is undone, and the refusals are accepted."""
    pace = AutoPace()
    client = storm(pace)
    lowered = pace.limit
    client.until(lambda: pace.reason == ANY_PACE, *EVERY_TENTH)
    assert pace.limit > lowered

    client.until(lambda: pace.limit == 200, *EVERY_TENTH)
    client.until(lambda: pace.reason == REFUSED, LIMITED)


def test_the_second_after_a_cut_does_not_count() -> None:
    """Refusals in the second after a cut neither cause another one nor show that the first had no effect."""
    pace = AutoPace()
    client = storm(pace)
    before, until = pace.limit, client.now + 0.9
    client.until(lambda: client.now > until, *EVERY_TENTH)
    client.until_moved(OK)

    assert pace.limit > before


def test_a_cut_follows_the_share_of_refusals() -> None:
    """The first cut is by 5 %; if refusals go on, the next one is by their share, but by no more than half."""
    pace = AutoPace()
    client = Client(pace)
    client.ask(OK, LIMITED)
    client.ask(LIMITED)
    assert pace.gap_seconds == pytest.approx(0.1 / 0.95)
    client.ask(LIMITED)
    assert pace.gap_seconds == pytest.approx(0.1 / 0.95 / 0.5)


def test_a_cut_by_less_than_half() -> None:
    """If less than half of the answers are refused, the pace is cut by their share, and by another 5 %."""
    pace = AutoPace()
    Client(pace).ask(OK, LIMITED, *[OK] * 6, *[LIMITED] * 4)

    assert pace.gap_seconds == pytest.approx(0.1 / 0.95 / (0.95 * (1 - 4 / 11)))


def test_one_refusal_of_a_higher_level_is_enough() -> None:
    """A single refusal is enough to leave a higher level, even while those of the good level are in doubt."""
    pace = AutoPace()
    client = Client(pace)
    client.ask(OK, LIMITED)
    client.until_moved(OK)

    assert client.until_moved(LIMITED) == 1


def test_a_refusal_soon_after_another() -> None:
    """A refusal within a second of another one lowers the good level, and leaves the known bad one as it is."""
    pace = AutoPace()
    client = at_level(pace, 3)
    client.ask(*[LIMITED] * 4)
    assert state(pace) == (1, pytest.approx(0.1 / 0.95), REFUSED)

    client.until_moved(OK)
    assert 0.1 / pace.gap_seconds == pytest.approx(math.sqrt(0.95 * 2))


def test_a_later_refusal() -> None:
    """A good level that is refused, with no other refusal shortly before, becomes the bad one."""
    pace = AutoPace()
    client = at_knee(pace, 0.1)
    client.ask(*[OK] * 30)
    client.until(lambda: pace.reason == REFUSED, LIMITED)
    client.until_moved(OK)

    assert 0.1 / pace.gap_seconds == pytest.approx(math.sqrt(0.95 * 1))


@pytest.mark.parametrize(
    ("seconds", "outcomes", "least", "most"),
    [(0.01, [OK], 5.0, 6.0), (0.1, [OK], 20.0, 24.0), (0.1, [OK, FAILED], 40.0, 48.0)],
)
def test_patience(seconds: float, outcomes: list[Outcome], least: float, most: float) -> None:
    """A bad level is tried again after 5 s and 200 answers, not counting failures."""
    pace = AutoPace()
    client = at_knee(pace, seconds)
    before = client.now
    client.until(lambda: pace.limit > 1, *outcomes)

    assert least <= client.now - before <= most


def refused_after(slots: Slots, seconds: float) -> list[float]:
    """How long the pace stayed within a limit, each time, before it tried more."""
    times = simulate(slots, AutoPace(), seconds=seconds).limited
    return [after - before for before, after in pairwise(times) if after - before > 3]


def test_patience_doubles() -> None:
    """If a level is bad again, the time until the next try doubles, up to 60 s."""
    waits = refused_after(Slots(latency(0.1, jitter=0.0, seed=1), slots=5), 290.0)

    assert waits == pytest.approx([5, 10, 20, 40, 60, 60, 60], abs=1)


def test_patience_is_short_again_at_another_level() -> None:
    """If the bad level is not the same as last time, it is tried again after 5 s."""
    waits = refused_after(Slots(latency(0.1, jitter=0.0, seed=1), slots=5, until=30.0, later=20), 75.0)

    assert waits[:2] == pytest.approx([5, 10], abs=1)
    assert waits[2] > 19
    assert waits[3] < 6


def test_the_search_speeds_up() -> None:
    """A limit that is raised is found with growing steps, which become small again at the next refusal."""
    run = simulate(Slots(latency(0.1, jitter=0.0, seed=1), slots=10, until=10.0, later=80), AutoPace(), seconds=40.0)

    assert run.throughput(30, 40) >= 0.9 * 800
    assert run.limited_share < 0.02


def test_a_small_step_is_tried_with_care() -> None:
    """The first step after the wait is a small one, and takes 40 answers, although no level is known to be bad."""
    pace = AutoPace()
    client = at_level(pace, 5, 0.2)
    for _ in range(12):
        client.until_moved(LIMITED)
        client.until_moved(OK)
    pace_before = pace.gap_seconds
    client.until(lambda: pace.gap_seconds < pace_before / 1.03, OK)
    assert client.until_moved(OK) >= 40


def test_denser() -> None:
    """A shorter gap is tried before more requests in flight, since an API may count only those in flight."""
    run = simulate(Slots(latency(0.1, jitter=0.0, seed=1), slots=4), AutoPace(), seconds=12.0)
    gaps = [(limit, gap) for _, limit, gap, _ in run.moves]

    assert any(
        limit == other and gap == pytest.approx(0.8 * before, rel=1e-3)
        for (limit, before), (other, gap) in pairwise(gaps)
    )


@pytest.mark.parametrize("offered", [1, 2])
def test_little_demand(offered: int) -> None:
    """No higher level is tried while less than 70 % of the current one is used."""
    pace = AutoPace()
    simulate(Unlimited(latency(0.1, jitter=0.0, seed=1)), pace, seconds=20.0, offered=offered)

    assert pace.limit <= 2 * offered + 1


def test_fixed() -> None:
    """A fixed pace never moves."""
    pace = FixedPace(7)
    pace.resumed(1.0)
    Client(pace).ask(*[OK, LIMITED, FAILED] * 100)

    assert state(pace) == (7, 0.0, None)
