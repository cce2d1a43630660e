"""The search for how many requests may start in a second."""

import math

import pytest

from async_sync.pacing.levels import Move, Round
from async_sync.pacing.pace import Level, PaceReason
from async_sync.pacing.patience import Patience
from async_sync.pacing.rate_search import RateSearch
from tests.helpers.attempts import attempt

FOLLOWED = PaceReason.THROUGHPUT_FOLLOWED
IN_FLIGHT = 8.0


def level(per_second: float) -> Level:
    return Level(IN_FLIGHT, per_second)


def search_from(good: float, bad: float = math.inf, patience: Patience | None = None) -> RateSearch:
    return RateSearch(level(good), bad, patience=patience or Patience())


def judge(search: RateSearch, rate: float, *, used: float = 1.0, beside: int = 0, now: float = 0.0) -> Move | None:
    """Have a search judge a round at a rate of which this share was used, beside so many others."""
    tried = Round(level(rate), 1, 20, 0.0)
    for number in range(1, 21):
        tried.add(attempt(number, started=number / rate / used, beside=beside))
    return search.judge(tried, now)


def rate_of(move: Move | None) -> float:
    """The rate that a search goes to, without a reason."""
    assert move is not None
    assert move.reason is None
    return move.level.per_second


def failed(now: float = 0.0) -> Patience:
    """A patience that is over half a second after this."""
    patience = Patience()
    patience.failed(now, 1000.0)
    return patience


def test_a_first_rate_that_is_accepted_becomes_the_good_one() -> None:
    """While the first rate is only tried, there is none to go back to."""
    search = RateSearch(None, math.inf, patience=Patience())
    assert search.good is None

    assert judge(search, 20.0) == Move(level(30.0), FOLLOWED)
    assert search.good == level(20.0)


def test_a_rate_that_is_accepted_is_raised() -> None:
    """As long as nothing is refused, each rate is half as high again as the one before."""
    search = search_from(20.0)

    assert judge(search, 20.0) == Move(level(30.0))
    assert judge(search, 30.0) == Move(level(45.0), FOLLOWED)


def test_below_a_bad_rate_steps_are_small_and_halve_what_is_left() -> None:
    """Once a rate was refused, the next ones are at most 5 % higher, and no more than half-way to it."""
    search = search_from(20.0)
    search.refused(30.0)
    assert rate_of(judge(search, 20.0)) == pytest.approx(21.0)

    search.refused(21.5)
    assert rate_of(judge(search, 20.0)) == pytest.approx(math.sqrt(20 * 21.5))


def test_close_to_a_bad_rate_the_search_waits() -> None:
    """A step of less than 3 % is not worth a refusal: the bad rate is forgotten once it is time to try again."""
    patience = failed()
    search = search_from(20.0, 20.5, patience)
    assert judge(search, 20.0, now=0.4) is None

    assert judge(search, 20.0, now=0.6) == Move(level(21.0))
    assert judge(search, 21.0, now=0.6) == Move(level(31.5), FOLLOWED)


def test_a_rate_that_is_accepted_close_to_a_bad_one_is_kept() -> None:
    """A step up to just below the bad rate is no reason to go beyond it."""
    search = search_from(20.0, 21.0, failed())

    assert judge(search, 20.49) == Move(level(20.49), FOLLOWED)
    assert judge(search, 20.49) is None


def test_a_success_makes_the_wait_short_again() -> None:
    """After a higher rate was good, the next failure is followed by half a second again."""
    patience = failed()
    search = search_from(20.0, patience=patience)
    judge(search, 30.0)
    patience.failed(10.0, 1000.0)

    assert patience.is_over(10.5)


def test_a_rate_that_is_not_used_is_not_raised() -> None:
    """With little to ask for, it is not the rate that limits throughput."""
    assert judge(search_from(20.0), 20.0, used=0.6) is None
    assert judge(search_from(20.0), 20.0, used=0.75) == Move(level(30.0))


def test_a_higher_rate_that_is_not_used_is_good_but_not_raised() -> None:
    """Nothing was refused, so it is the good one from now on."""
    search = search_from(20.0)

    assert judge(search, 30.0, used=0.6) == Move(level(30.0), FOLLOWED)
    assert search.good == level(30.0)


def test_where_the_requests_in_flight_limit_throughput_the_search_ends() -> None:
    """If all places are taken, and the rate is not reached, the level that follows has no rate."""
    assert judge(search_from(20.0), 20.0, used=0.8, beside=7) == Move(Level(IN_FLIGHT))
    assert judge(search_from(20.0), 30.0, used=0.8, beside=7) == Move(Level(IN_FLIGHT), FOLLOWED)
    assert judge(search_from(20.0), 20.0, used=0.95, beside=7) == Move(level(30.0))


def test_what_is_accepted_takes_the_place_of_the_good_rate() -> None:
    """If the good rate is refused, the search goes on between what is accepted and that rate."""
    search = search_from(20.0)
    search.found(level(10.0), 20.0)

    assert search.good == level(10.0)
    assert rate_of(judge(search, 10.0)) == pytest.approx(math.sqrt(10.0 * 20.0))


@pytest.mark.parametrize(("rate", "count"), [(2.0, 4), (20.0, 6), (100.0, 30)])
def test_a_rate_is_judged_after_three_tenths_of_a_second(rate: float, count: int) -> None:
    """That is by at least four requests, all of which count."""
    search = search_from(20.0)

    assert search.count(level(rate)) == count
    assert search.skip(level(rate)) == 0
