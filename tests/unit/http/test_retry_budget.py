"""When the retry budget of a sync is spent."""

import pytest

from async_sync.errors.source import UnhealthyError
from async_sync.http.retry_budget import MIN_FAILURES, RetryBudget

URL = "https://api.test/companies?key=hunter2"


def budget_of(seconds: float = 300, max_wait_seconds: float = 600) -> RetryBudget:
    return RetryBudget(seconds, max_wait_seconds=max_wait_seconds)


def shared(budget: RetryBudget, now: float, paused_seconds: float = 0.0, reason: str = "refused") -> None:
    budget.record_shared_failure(reason, url=URL, now=now, paused_seconds=paused_seconds)


def own(budget: RetryBudget, now: float, reason: str = "reset") -> None:
    budget.record_own_failure(reason, url=URL, now=now)


def test_an_outage_may_last_as_long_as_the_budget() -> None:
    """If nothing succeeds, the sync goes on for the time of the budget, and then ends with the counted reasons."""
    budget = budget_of()
    for second in range(301):
        shared(budget, 1000.0 + second, reason="reset" if second else "timeout")

    with pytest.raises(UnhealthyError, match=r"^Nothing has succeeded for 301 s, in 302 attempts, ") as caught:
        shared(budget, 1301.0)
    assert list(caught.value.failures.items()) == [("reset", 300), ("timeout", 1), ("refused", 1)]
    assert caught.value.url == "https://api.test/companies?key=..."


def test_a_success_begins_the_time_anew() -> None:
    """After a single success, the time counts from the first failure that follows."""
    budget = budget_of()
    shared(budget, 0.0)
    budget.record_success(299.0)
    shared(budget, 1000.0)
    shared(budget, 1300.0)

    with pytest.raises(UnhealthyError, match=r"^Nothing has succeeded for 301 s, in 3 attempts, "):
        shared(budget, 1301.0)


def test_requested_pauses_are_not_part_of_an_outage() -> None:
    """Pauses that the API asked for do not count, up to max_wait_seconds; those before the outage never do."""
    budget = budget_of(max_wait_seconds=600)
    shared(budget, 0.0, paused_seconds=5000.0)
    shared(budget, 800.0, paused_seconds=5500.0)
    shared(budget, 900.0, paused_seconds=5900.0)

    with pytest.raises(UnhealthyError):
        shared(budget, 901.0, paused_seconds=5900.0)


@pytest.mark.parametrize("succeeded", [0, MIN_FAILURES - 1])
def test_failures_that_prevail_end_the_sync(succeeded: int) -> None:
    """The sync ends when more than half of the attempts have failed, and too many to be chance."""
    budget = budget_of()
    for second in range(succeeded):
        budget.record_success(second)
    for second in range(MIN_FAILURES - 1):
        own(budget, 100.0 + second)

    with pytest.raises(UnhealthyError) as caught:
        own(budget, 200.0)
    assert sum(caught.value.failures.values()) == MIN_FAILURES


def test_half_is_not_too_many() -> None:
    """If exactly half of the attempts fail, the sync goes on."""
    budget = budget_of()
    for second in range(10_000):
        budget.record_success(second)
        own(budget, second)


def test_old_attempts_do_not_count() -> None:
    """Only attempts within the time of the budget count: neither older failures nor older successes."""
    budget = budget_of()
    for _ in range(10_000):
        budget.record_success(0.0)
    for _ in range(MIN_FAILURES - 1):
        own(budget, 400.0)
    with pytest.raises(UnhealthyError, match=f"in {MIN_FAILURES} attempts"):
        own(budget, 401.0)
    own(budget, 1000.0)
