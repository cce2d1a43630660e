"""When trying again makes no sense any more."""

import pytest

from async_sync.errors.source import UnhealthyError
from async_sync.http.retry_budget import MIN_FAILURES, RetryBudget

URL = "https://api.test/companies?key=hunter2"


def budget_of(seconds: float = 300, max_wait_seconds: float = 600) -> RetryBudget:
    return RetryBudget(seconds, max_wait_seconds=max_wait_seconds)


def blocked(budget: RetryBudget, now: float, paused_seconds: float = 0.0, reason: str = "refused") -> None:
    budget.blocked(reason, url=URL, now=now, paused_seconds=paused_seconds)


def failed(budget: RetryBudget, now: float, reason: str = "reset") -> None:
    budget.failed(reason, url=URL, now=now)


def test_an_outage_lasts_as_long_as_it_may() -> None:
    """Where nothing succeeds the sync goes on for the time that is set, and ends after it, told what failed."""
    budget = budget_of()
    for second in range(301):
        blocked(budget, 1000.0 + second, reason="reset" if second else "timeout")

    with pytest.raises(UnhealthyError, match=r"^Nothing has succeeded for 301 s, in 302 attempts, ") as caught:
        blocked(budget, 1301.0)
    assert list(caught.value.failures.items()) == [("reset", 300), ("timeout", 1), ("refused", 1)]
    assert caught.value.url == "https://api.test/companies?key=..."


def test_a_success_begins_the_time_anew() -> None:
    """One request that succeeds is enough: the time counts from the first failure after it."""
    budget = budget_of()
    blocked(budget, 0.0)
    budget.succeeded(299.0)
    blocked(budget, 1000.0)
    blocked(budget, 1300.0)

    with pytest.raises(UnhealthyError, match=r"^Nothing has succeeded for 301 s, in 3 attempts, "):
        blocked(budget, 1301.0)


def test_asked_pauses_are_no_part_of_an_outage() -> None:
    """Pauses that the API asks for do not count, up to max_wait_seconds of them; those from before never do."""
    budget = budget_of(max_wait_seconds=600)
    blocked(budget, 0.0, paused_seconds=5000.0)
    blocked(budget, 800.0, paused_seconds=5500.0)
    blocked(budget, 900.0, paused_seconds=5900.0)

    with pytest.raises(UnhealthyError):
        blocked(budget, 901.0, paused_seconds=5900.0)


@pytest.mark.parametrize("succeeded", [0, MIN_FAILURES - 1])
def test_failures_that_prevail_end_the_sync(succeeded: int) -> None:
    """More than half of what was tried has failed, and that is no chance."""
    budget = budget_of()
    for second in range(succeeded):
        budget.succeeded(second)
    for second in range(MIN_FAILURES - 1):
        failed(budget, 100.0 + second)

    with pytest.raises(UnhealthyError) as caught:
        failed(budget, 200.0)
    assert sum(caught.value.failures.values()) == MIN_FAILURES


def test_half_is_not_too_many() -> None:
    """Where just every other attempt fails, the sync goes on for good."""
    budget = budget_of()
    for second in range(10_000):
        budget.succeeded(second)
        failed(budget, second)


def test_what_is_long_ago_does_not_count() -> None:
    """Only attempts in the time of the budget count: neither old failures nor old successes."""
    budget = budget_of()
    for _ in range(10_000):
        budget.succeeded(0.0)
    for _ in range(MIN_FAILURES - 1):
        failed(budget, 400.0)
    with pytest.raises(UnhealthyError, match=f"in {MIN_FAILURES} attempts"):
        failed(budget, 401.0)
    failed(budget, 1000.0)
