"""The time at the API, and the start of the sync by its clock."""

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync.pipeline.api_clock import ApiClock
from async_sync.records.answers import Answer
from async_sync.records.cursors import NANOSECONDS
from tests.helpers.parts import Clock

DATE = "Thu, 01 Jan 2026 00:00:00 GMT"
AT = 1_767_225_600


def answer(date: str | None = None, elapsed_seconds: float = 0.0) -> Answer:
    return Answer("http://localhost", {} if date is None else {"date": date}, [], elapsed_seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock(500.0)


@pytest.fixture
def api_clock(clock: Clock) -> ApiClock:
    return ApiClock(clock=clock, wall_clock=lambda: 1000.5)


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Tokyo"])
def _anywhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_begins_with_our_own_clock(api_clock: ApiClock, clock: Clock) -> None:
    """Before the first answer, the time is ours, and stands still."""
    clock.now += 10

    assert api_clock.sync_start == api_clock.now() == 1000_500_000_000


def test_the_first_answers_date(api_clock: ApiClock, clock: Clock) -> None:
    """The sync began when the first request left: at the date of its answer less the time it took."""
    api_clock.learn(answer(DATE, elapsed_seconds=2.5))

    assert api_clock.sync_start == int((AT - 2.5) * NANOSECONDS)


@pytest.mark.parametrize(
    "date",
    [None, "", "today", "2026-01-01T00:00:00Z", "Thu, 99 Jan 2026 00:00:00 GMT", "-99999999999 jan +0000 25:61:61 0"],
)
def test_without_a_date_it_is_our_own_clock(api_clock: ApiClock, date: str | None) -> None:
    """Where the first answer has no date that can be read, our own clock tells the time."""
    api_clock.learn(answer(date, elapsed_seconds=0.25))

    assert api_clock.sync_start == 1000_250_000_000


def test_only_the_first_answer_counts(api_clock: ApiClock) -> None:
    """Later answers do not move the start of the sync, whatever they say."""
    api_clock.learn(answer())
    api_clock.learn(answer(DATE))

    assert api_clock.sync_start == 1000_500_000_000


def test_it_goes_on(api_clock: ApiClock, clock: Clock) -> None:
    """The time at the API goes on with our clock from the first answer, while the start of the sync stays."""
    api_clock.learn(answer(DATE))
    clock.now += 1.5

    assert api_clock.now() == AT * NANOSECONDS + 1_500_000_000
    assert api_clock.sync_start == AT * NANOSECONDS


@pytest.mark.parametrize(
    "date",
    [
        DATE,
        "Thursday, 01-Jan-26 00:00:00 GMT",
        "Thu Jan  1 00:00:00 2026",
        "Thu, 01 Jan 2026 00:00:00 -0000",
        "Thu, 01 Jan 2026 02:00:00 +0200",
    ],
)
@pytest.mark.usefixtures("_anywhere")
def test_forms_of_a_date(api_clock: ApiClock, date: str) -> None:
    """A date of each form that HTTP allows is read, and one without a zone is GMT wherever the connector runs."""
    api_clock.learn(answer(date))

    assert api_clock.sync_start == AT * NANOSECONDS


@given(st.lists(st.sampled_from(["Thu,", "1", "Jan", "9" * 20, "-1", "0:0", "25:61", "+9999", "", ",", "é"])))
def test_no_date_is_an_error(words: list[str]) -> None:
    """Whatever stands in the header, the clock is set."""
    api_clock = ApiClock(clock=Clock(), wall_clock=Clock())

    api_clock.learn(answer(" ".join(words)))

    assert isinstance(api_clock.now(), int)
