"""The rules of the automatic pace: how it rises, and what makes it step back."""

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
    """The first request is alone, and the pace has not moved yet."""
    assert state(AutoPace()) == (1, 0.0, None)


def test_raised() -> None:
    """The pace is doubled after five answers, and has a reason once throughput has followed."""
    pace = AutoPace()
    client = Client(pace)
    client.ask(*[OK] * 4)
    assert state(pace) == (1, 0.0, None)
    client.ask(OK)
    assert state(pace) == (3, pytest.approx(0.05), None)

    client.until_moved(OK)
    assert state(pace) == (5, pytest.approx(0.025), RAISED)


def test_a_level_is_tried_for_long_enough_to_judge_it() -> None:
    """Five answers are not enough in less than 0.2 s or two round trips, or if as many are in flight."""
    assert Client(AutoPace(), 0.01).until_moved(OK) == pytest.approx(20, abs=1)

    pace = AutoPace()
    for _ in range(9):
        pace.ended(0.0, 0.3, OK)
    assert pace.limit == 1
    pace.ended(0.3, 0.6, OK)
    assert pace.limit > 1

    assert at_level(AutoPace(), 64).until_moved(OK) >= 2 * 64


def test_a_first_refusal_lowers_the_pace() -> None:
    """After a refusal at the first level, requests start a twentieth further apart than a request takes."""
    pace = AutoPace()
    Client(pace, 0.3).ask(OK, LIMITED)

    assert state(pace) == (1, pytest.approx(0.3 / 0.95), REFUSED)


def test_a_first_request_that_is_refused() -> None:
    """Until there is a good answer, a request is assumed to take a tenth of a second, however soon it is refused."""
    pace = AutoPace()
    Client(pace, 0.001).ask(LIMITED)

    assert state(pace) == (1, pytest.approx(0.1 / 0.95), REFUSED)


def test_a_level_on_trial_that_is_refused_is_left() -> None:
    """The pace returns from a higher level to the good one at once, and then tries halfway, with more answers."""
    pace = AutoPace()
    client = at_level(pace, 16)
    client.until_moved(LIMITED)
    assert state(pace) == (8, 0.0, REFUSED)

    before = client.now
    assert client.until_moved(OK) >= 40
    assert client.now >= before + 1.0
    assert pace.limit == math.ceil(8 * math.sqrt(2))


def test_a_trial_takes_a_second_once_there_was_a_refusal() -> None:
    """After the first refusal each level is tried for a second, since many limits count by the second."""
    pace = AutoPace()
    client = at_level(pace, 16, 0.01)
    before = client.now
    client.until_moved(LIMITED)
    client.until_moved(OK)

    assert client.now >= before + 1.0


def test_earlier_requests_do_not_count() -> None:
    """A request that started before the level last changed says nothing about the new one."""
    pace = AutoPace()
    client = Client(pace)
    client.ask(OK, LIMITED)
    before = state(pace)

    for _ in range(10):
        pace.ended(client.now - 0.01, client.now + 1.0, LIMITED)
    assert state(pace) == before


def test_failures_do_not_count() -> None:
    """A request that failed for another reason does not move the pace, and is not one of the answers."""
    pace = AutoPace()
    Client(pace).ask(*[FAILED] * 100)
    assert state(pace) == (1, 0.0, None)

    assert Client(AutoPace()).until_moved(OK, FAILED) == 9


@pytest.mark.parametrize("most", [1, 3, 10])
def test_at_most_max_in_flight(most: int) -> None:
    """Neither the limit nor the rate exceeds what max_in_flight allows."""
    pace = AutoPace(most)
    run = simulate(Unlimited(latency(0.05, jitter=0.0, seed=1)), pace, seconds=20.0)

    assert max(limit for _, limit, _, _ in run.moves) == most
    assert run.throughput(10, 20) == pytest.approx(most / 0.05, rel=0.02)
    assert pace.gap_seconds == pytest.approx({1: 0.0, 3: 0.05 / 3, 10: 0.0}[most])


def test_a_gap_has_a_limit() -> None:
    """However long an API refuses everything, a request is made every ten seconds."""
    pace = AutoPace()
    client = Client(pace)
    client.ask(OK)
    gaps = set()
    for _ in range(100):
        client.ask(LIMITED)
        gaps.add(pace.gap_seconds)

    assert max(gaps) == 10.0
    assert pace.limit == 1


def test_a_pause_does_not_count() -> None:
    """The time of a pause and requests that started before it do not count; earlier answers still do."""
    pace = AutoPace()
    client = Client(pace)
    client.ask(*[OK] * 4)
    pace.resumed(50.0)
    pace.ended(client.now, client.now + 49.0, LIMITED)
    assert state(pace) == (1, 0.0, None)

    client.now += 50.0
    client.ask(OK)
    assert pace.limit == 3


def test_latency_that_rises_with_the_level() -> None:
    """If twice as many requests take twice as long, the level is left again; 40 % longer is not a queue."""
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
    """After a small step, a latency less than a fifth above the usual one does not count as a queue."""
    pace = AutoPace()
    client = at_level(pace, 16)
    for _ in range(2):
        client.until_moved(LIMITED)
        client.until_moved(OK)
    assert pace.limit == math.ceil(8 * 2**0.25)
    client.seconds = 0.115
    client.until_moved(OK)

    assert pace.reason == RAISED
