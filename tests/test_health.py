"""When asking on makes no sense any more."""

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync.errors import UnhealthyError
from async_sync.health import WINDOW, Health

URL = "https://api.test/companies?key=hunter2"


def recorded(*outcomes: str) -> Health:
    health = Health()
    for failure in outcomes:
        health.record(failure, url=URL)
    return health


@pytest.mark.parametrize("spoilt_first", [True, False])
def test_more_than_half_of_the_last_100(spoilt_first: bool) -> None:
    """The 51st failure among the last 100 requests ends the sync, wherever the others stand."""
    half = ["reset"] * 50
    health = recorded(*([*half, *[""] * 49] if spoilt_first else [*[""] * 49, *half]))

    with pytest.raises(UnhealthyError, match=r"^51 of the last 100 requests failed, .*: 51 times reset\. "):
        health.record("reset", url=URL)


def test_half_of_the_last_100_is_not_too_many() -> None:
    """Where just every other request fails, the sync goes on for good."""
    recorded(*["", "reset"] * 500)


def test_the_first_99_decide_nothing() -> None:
    """Before 100 requests have been made, even nothing but failures is no verdict."""
    health = recorded(*["reset"] * 99)

    with pytest.raises(UnhealthyError, match=r"^100 of the last 100 "):
        health.record("reset", url=URL)


def test_a_success_never_ends_the_sync() -> None:
    """What went well raises nothing, however many failed before; the next failure does."""
    health = recorded(*["reset"] * 99)
    health.record("", url=URL)

    with pytest.raises(UnhealthyError, match=r"^99 of the last 100 "):
        health.record("reset", url=URL)


def test_what_is_long_ago_does_not_count() -> None:
    """Only the last 100 count: failures before them are forgotten one by one."""
    health = recorded(*["reset"] * 50, *[""] * 100, *["reset"] * 50)

    with pytest.raises(UnhealthyError, match=r"^51 of the last 100 "):
        health.record("reset", url=URL)


def test_tells_what_failed() -> None:
    """The error counts each reason, the most frequent first, and shows where the last one was, without secrets."""
    health = recorded(*[""] * 40, *["reset"] * 25, *["the API answered 500"] * 25, *[""] * 9)

    with pytest.raises(UnhealthyError) as caught:
        health.record("the API answered 500", url=URL)
    assert caught.value.failures == {"the API answered 500": 26, "reset": 25}
    assert list(caught.value.failures) == ["the API answered 500", "reset"]
    assert caught.value.url == "https://api.test/companies?key=..."


def test_stays_unhealthy() -> None:
    """Who goes on all the same is told again, with each failure."""
    health = recorded(*["reset"] * 99)
    for reason in ("reset", "timeout", "reset"):
        with pytest.raises(UnhealthyError, match=r"^100 of the last 100 "):
            health.record(reason, url=URL)


# Runs, as a list of single outcomes would hardly ever reach 100 requests of which half failed.
runs = st.lists(st.tuples(st.sampled_from(["", "reset", "timeout"]), st.integers(1, 60)), max_size=12)


@given(runs)
def test_counts_as_a_recount_does(planned: list[tuple[str, int]]) -> None:
    """The verdict after each request is that of counting the last 100 anew."""
    health, last = Health(), deque[str](maxlen=WINDOW)
    for failure in (failure for failure, times in planned for _ in range(times)):
        last.append(failure)
        failed = len([earlier for earlier in last if earlier])
        told = 0
        try:
            health.record(failure, url=URL)
        except UnhealthyError as error:
            told = sum(error.failures.values())
        assert told == (failed if failure and len(last) == WINDOW and failed > WINDOW / 2 else 0)
