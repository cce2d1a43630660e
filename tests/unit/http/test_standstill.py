"""When a failure is everyone's, and how long everyone waits then."""

import pytest

from async_sync.http import backoff
from async_sync.http.standstill import Blocked, Standstill, Trouble

UNREACHABLE, UNANSWERED, FAILED, REFUSED = Trouble.UNREACHABLE, Trouble.UNANSWERED, Trouble.FAILED, Trouble.REFUSED


@pytest.fixture(autouse=True)
def real_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses grow as they do in a sync."""
    monkeypatch.setattr(backoff, "FIRST_SECONDS", 0.5)


def fail(standstill: Standstill, trouble: Trouble, url: str = "/1", now: float = 0.0, in_flight: int = 10) -> Blocked:
    return standstill.failed(trouble, url, started=now, now=now, in_flight=in_flight)


@pytest.mark.parametrize(
    ("trouble", "in_flight", "needed"),
    [
        (UNREACHABLE, 0, 2),
        (UNREACHABLE, 50, 2),
        (UNANSWERED, 0, 2),
        (UNANSWERED, 4, 2),
        (UNANSWERED, 5, 3),
        (UNANSWERED, 50, 25),
        (FAILED, 1, 10),
        (FAILED, 50, 50),
        (REFUSED, 0, 1),
        (REFUSED, 1, 1),
        (REFUSED, 3, 1),
        (REFUSED, 50, 25),
    ],
)
def test_how_many_it_takes(trouble: Trouble, in_flight: int, needed: int) -> None:
    """Failures in a row are everyone's when that many requests have failed, and until then it is open."""
    standstill = Standstill()
    blocked = [fail(standstill, trouble, f"/{number}", in_flight=in_flight) for number in range(needed)]

    assert [one.pause_seconds is not None for one in blocked] == [False] * (needed - 1) + [True]
    assert all(one.is_shared for one in blocked)  # the first ones too, now that it is known


@pytest.mark.parametrize(("trouble", "shared"), [(UNANSWERED, False), (FAILED, False), (REFUSED, True)])
def test_one_request_alone(trouble: Trouble, *, shared: bool) -> None:
    """A request that fails again and again is sick, and no outage; a rate limit is never its own fault."""
    standstill = Standstill()
    assert {fail(standstill, trouble).is_shared for _ in range(20)} == {shared}


@pytest.mark.parametrize("trouble", [UNANSWERED, FAILED])
def test_an_answer_in_between_shows_whose_fault_it_is(trouble: Trouble) -> None:
    """As long as other requests are answered, a failure is that of its request."""
    standstill = Standstill()
    for number in range(100):
        blocked = fail(standstill, trouble, f"/{number}", now=number, in_flight=1)
        assert standstill.answered(number) is None
        assert not blocked.is_shared


def test_those_that_are_known_to_be_sick_prove_nothing() -> None:
    """Requests that failed while others were answered are no sign of an outage when they are the last to be left."""
    standstill = Standstill()
    for url in ("/1", "/2"):
        standstill.set_sick(url, sick=True)
    assert not any(fail(standstill, UNANSWERED, f"/{number % 2 + 1}", in_flight=2).is_shared for number in range(20))
    standstill.set_sick("/1", sick=False)
    fail(standstill, UNANSWERED, "/1", in_flight=2)
    assert fail(standstill, UNANSWERED, "/3", in_flight=2).is_shared


def test_pauses_grow_and_begin_anew() -> None:
    """Each attempt that fails after a pause makes the next one longer, up to 10 s; an answer ends that."""
    standstill = Standstill()
    standstill._random = lambda: 1.0
    fail(standstill, UNREACHABLE)
    now, pauses = 0.0, []
    for _ in range(7):
        pause = fail(standstill, UNREACHABLE, now=now).pause_seconds
        assert pause is not None
        pauses.append(pause)
        assert fail(standstill, UNREACHABLE, now=now).pause_seconds is None  # it started before the pause was over
        now += pause
    assert pauses == [0.5, 1, 2, 4, 8, 10, 10]

    over = standstill.answered(now)
    assert over is not None
    assert (over.pauses, over.began, over.is_refusal) == (7, 0.0, False)
    fail(standstill, UNREACHABLE, now=now)
    assert fail(standstill, UNREACHABLE, now=now).pause_seconds == 0.5


def test_a_late_answer_is_no_sign_of_life() -> None:
    """What was sent before the outage may still be answered during it: a server that stops finishes what it has."""
    standstill = Standstill()
    for _ in range(2):
        fail(standstill, UNREACHABLE, now=5.0)

    assert standstill.answered(4.9) is None
    assert standstill.streak is not None
    assert standstill.answered(5.0) is not None


def test_tells_a_rate_limit_from_an_outage() -> None:
    """A standstill is a rate limit where nothing but refusals came."""
    standstill = Standstill()
    fail(standstill, REFUSED, in_flight=1)
    assert standstill.streak is not None
    assert standstill.streak.is_refusal
    fail(standstill, UNANSWERED, in_flight=1)
    assert not standstill.streak.is_refusal
