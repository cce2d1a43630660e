"""The rules of the automatic pace: how it rises, and what takes it back."""

import math

import pytest

from async_sync.pacing.auto import AutoPace
from tests.helpers.pace_client import (
    FAILED,
    LIMITED,
    OK,
    QUEUE,
    RAISED,
    REFUSED,
    Client,
    at_level,
    state,
)
from tests.helpers.pace_simulation import Unlimited, latency, simulate


def test_starts_low() -> None:
    """The first request goes alone, and nothing has moved yet."""
    assert state(AutoPace()) == (1, 0.0, "")


def test_raised() -> None:
    """The pace is doubled after five answers, and says why once throughput has followed."""
    pace = AutoPace()
    client = Client(pace)
    client.ask(*[OK] * 4)
    assert state(pace) == (1, 0.0, "")
    client.ask(OK)
    assert state(pace) == (3, pytest.approx(0.05), "")

    client.until_moved(OK)
    assert state(pace) == (5, pytest.approx(0.025), RAISED)


def test_a_level_is_tried_for_as_long_as_it_takes_to_see_it() -> None:
    """Five answers are not enough below 0.2 s, below two round trips, or with as many in flight."""
    assert Client(AutoPace(), 0.01).until_moved(OK) == pytest.approx(20, abs=1)

    pace = AutoPace()
    for _ in range(9):
        pace.ended(0.0, 0.3, OK)
    assert pace.limit == 1
    pace.ended(0.3, 0.6, OK)
    assert pace.limit > 1

    assert at_level(AutoPace(), 64).until_moved(OK) >= 2 * 64


def test_a_first_refusal_lowers() -> None:
    """A refusal at the first level makes the next request wait a twentieth longer than a request takes."""
    pace = AutoPace()
    Client(pace, 0.3).ask(OK, LIMITED)

    assert state(pace) == (1, pytest.approx(0.3 / 0.95), REFUSED)


def test_a_first_request_that_is_refused() -> None:
    """As long as nothing is known, a request is taken to last a tenth of a second, however soon it is refused."""
    pace = AutoPace()
    Client(pace, 0.001).ask(LIMITED)

    assert state(pace) == (1, pytest.approx(0.1 / 0.95), REFUSED)


def test_a_refusal_while_trying_goes_back() -> None:
    """A higher level that is refused is left for the good one at once, and then half-way is tried, with more care."""
    pace = AutoPace()
    client = at_level(pace, 16)
    client.until_moved(LIMITED)
    assert state(pace) == (8, 0.0, REFUSED)

    before = client.now
    assert client.until_moved(OK) >= 40
    assert client.now >= before + 1.0
    assert pace.limit == math.ceil(8 * math.sqrt(2))


def test_a_second_as_soon_as_there_was_a_refusal() -> None:
    """Once there was a refusal a level is tried for a second, since many limits count by the second."""
    pace = AutoPace()
    client = at_level(pace, 16, 0.01)
    before = client.now
    client.until_moved(LIMITED)
    client.until_moved(OK)

    assert client.now >= before + 1.0


def test_earlier_requests() -> None:
    """A request that started before the level last changed says nothing about the new one."""
    pace = AutoPace()
    client = Client(pace)
    client.ask(OK, LIMITED)
    before = state(pace)

    for _ in range(10):
        pace.ended(client.now - 0.01, client.now + 1.0, LIMITED)
    assert state(pace) == before


def test_failures() -> None:
    """What went wrong for another reason moves nothing, and does not count as one of the answers."""
    pace = AutoPace()
    Client(pace).ask(*[FAILED] * 100)
    assert state(pace) == (1, 0.0, "")

    assert Client(AutoPace()).until_moved(OK, FAILED) == 9


@pytest.mark.parametrize("ceiling", [1, 3, 10])
def test_ceiling(ceiling: int) -> None:
    """Neither the limit nor the rate passes what the ceiling allows."""
    pace = AutoPace(ceiling)
    run = simulate(Unlimited(latency(0.05, jitter=0.0, seed=1)), pace, seconds=20.0)

    assert max(limit for _, limit, _, _ in run.moves) == ceiling
    assert run.throughput(10, 20) == pytest.approx(ceiling / 0.05, rel=0.02)
    assert pace.gap_seconds == pytest.approx({1: 0.0, 3: 0.05 / 3, 10: 0.0}[ceiling])


def test_a_gap_ends() -> None:
    """However long an API refuses everything, it is asked again every ten seconds."""
    pace = AutoPace()
    client = Client(pace)
    client.ask(OK)
    gaps = set()
    for _ in range(100):
        client.ask(LIMITED)
        gaps.add(pace.gap_seconds)

    assert max(gaps) == 10.0
    assert pace.limit == 1


def test_resumed() -> None:
    """A pause is no time of the level, and what started before it says nothing; the answers so far still count."""
    pace = AutoPace()
    client = Client(pace)
    client.ask(*[OK] * 4)
    pace.resumed(50.0)
    pace.ended(client.now, client.now + 49.0, LIMITED)
    assert state(pace) == (1, 0.0, "")

    client.now += 50.0
    client.ask(OK)
    assert pace.limit == 3


def test_latency_that_rises_with_the_level() -> None:
    """Where twice as many in flight take twice as long, the level is left again; half as much longer is no queue."""
    pace = AutoPace()
    client = at_level(pace, 3)
    client.seconds = 0.14
    client.until_moved(OK)
    assert pace.reason == RAISED

    pace = AutoPace()
    client = at_level(pace, 3)
    client.seconds = 0.2
    client.until_moved(OK)
    assert state(pace) == (1, 0.0, QUEUE)


def test_a_small_step_is_not_judged_by_chance() -> None:
    """After a small step, a latency that is less than a fifth above the usual one is no queue."""
    pace = AutoPace()
    client = at_level(pace, 16)
    for _ in range(2):
        client.until_moved(LIMITED)
        client.until_moved(OK)
    assert pace.limit == math.ceil(8 * 2**0.25)
    client.seconds = 0.115
    client.until_moved(OK)

    assert pace.reason == RAISED
