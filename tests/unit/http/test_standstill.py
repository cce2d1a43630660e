"""When failures are a standstill, and how long everyone waits then."""

import pytest

from async_sync.http.standstill import ApiFailure, FailureKind, Standstill

pytestmark = pytest.mark.usefixtures("real_backoff")

UNREACHABLE, UNANSWERED = FailureKind.UNREACHABLE, FailureKind.UNANSWERED
FAILED, REFUSED = FailureKind.FAILED, FailureKind.REFUSED


def fail(
    standstill: Standstill, kind: FailureKind, url: str = "/1", now: float = 0.0, in_flight: int = 10
) -> ApiFailure:
    return standstill.record_failure(kind, url, started=now, now=now, in_flight=in_flight)


@pytest.mark.parametrize(
    ("kind", "in_flight", "needed"),
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
def test_how_many_it_takes(kind: FailureKind, in_flight: int, needed: int) -> None:
    """Failures in a row are a standstill once that many requests have failed, and all of them are shared then."""
    standstill = Standstill()
    failures = [fail(standstill, kind, f"/{number}", in_flight=in_flight) for number in range(needed)]

    assert [one.pause_seconds is not None for one in failures] == [False] * (needed - 1) + [True]
    assert all(one.is_shared for one in failures)


@pytest.mark.parametrize(("kind", "shared"), [(UNANSWERED, False), (FAILED, False), (REFUSED, True)])
def test_one_request_alone(kind: FailureKind, *, shared: bool) -> None:
    """A request that fails again and again is no sign of an outage; a rate limit is never a request's own fault."""
    standstill = Standstill()
    assert {fail(standstill, kind).is_shared for _ in range(20)} == {shared}


@pytest.mark.parametrize("kind", [UNANSWERED, FAILED])
def test_an_answer_in_between_ends_a_streak(kind: FailureKind) -> None:
    """As long as other requests are answered, a failure is not shared."""
    standstill = Standstill()
    for number in range(100):
        failure = fail(standstill, kind, f"/{number}", now=number, in_flight=1)
        assert standstill.record_answer(number) is None
        assert not failure.is_shared


def test_requests_in_quarantine_prove_nothing() -> None:
    """Requests that failed while others were answered are no sign of an outage when only they are left."""
    standstill = Standstill()
    for url in ("/1", "/2"):
        standstill.quarantine(url)
    assert not any(fail(standstill, UNANSWERED, f"/{number % 2 + 1}", in_flight=2).is_shared for number in range(20))
    standstill.release("/1")
    fail(standstill, UNANSWERED, "/1", in_flight=2)
    assert fail(standstill, UNANSWERED, "/3", in_flight=2).is_shared


def test_pauses_grow_and_begin_anew() -> None:
    """Each attempt that fails after a pause makes the next pause longer, up to 10 s; an answer begins anew."""
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

    ended = standstill.record_answer(now)
    assert ended is not None
    assert (ended.pauses, ended.began_at, ended.is_refusal) == (7, 0.0, False)
    fail(standstill, UNREACHABLE, now=now)
    assert fail(standstill, UNREACHABLE, now=now).pause_seconds == 0.5


def test_a_late_answer_is_no_sign_of_life() -> None:
    """A request from before the outage may be answered during it, since a server that stops finishes its work."""
    standstill = Standstill()
    for _ in range(2):
        fail(standstill, UNREACHABLE, now=5.0)

    assert standstill.record_answer(4.9) is None
    assert standstill.streak is not None
    assert standstill.record_answer(5.0) is not None


def test_a_rate_limit_is_not_an_outage() -> None:
    """A standstill is a rate limit if all of its failures were refusals."""
    standstill = Standstill()
    fail(standstill, REFUSED, in_flight=1)
    assert standstill.streak is not None
    assert standstill.streak.is_refusal
    fail(standstill, UNANSWERED, in_flight=1)
    assert not standstill.streak.is_refusal
