"""How long a pace that is too fast is not tried again."""

import pytest

from async_sync.pacing.patience import Patience


def waits(patience: Patience, per_second: float, count: int, now: float = 100.0) -> list[float]:
    """How long it takes after each of so many failures until it is time to try again."""
    found = []
    for _ in range(count):
        patience.failed(now, per_second)
        seconds = next(tenths / 10 for tenths in range(10_000) if patience.is_over(now + tenths / 10))
        found.append(seconds)
        now += seconds
    return found


def test_at_first_it_is_time() -> None:
    """Before a failure nothing has to be waited for."""
    assert Patience().is_over(0.0)


def test_each_failure_doubles_the_wait_up_to_two_seconds() -> None:
    """The wait is half a second after the first failure, and at most 2 s where answers come fast."""
    assert waits(Patience(), 1000.0, 4) == [0.5, 1.0, 2.0, 2.0]


def test_where_answers_come_slowly_the_wait_is_as_long_as_a_hundred_of_them() -> None:
    """A failure costs a refusal, so it is no more than one answer in a hundred."""
    assert waits(Patience(), 10.0, 7) == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_a_success_makes_the_wait_short_again() -> None:
    """Once a faster pace was good, the next failure is followed by half a second again."""
    patience = Patience()
    waits(patience, 1000.0, 3)
    patience.reset()

    assert waits(patience, 1000.0, 1, now=200.0) == [0.5]


@pytest.mark.parametrize(("paused", "over_after"), [(0.01, 0.5), (3.0, 30.0)])
def test_a_pause_that_it_has_cost_lengthens_the_wait_to_ten_times_its_length(paused: float, over_after: float) -> None:
    """The longer of the two waits counts."""
    patience = Patience()
    patience.failed(100.0, 1000.0)
    patience.paused(100.0, paused)

    assert not patience.is_over(100.0 + over_after - 0.01)
    assert patience.is_over(100.0 + over_after)


def test_a_failure_does_not_shorten_a_wait() -> None:
    """A wait that a pause has made long stays long when something fails meanwhile."""
    patience = Patience()
    patience.paused(100.0, 3.0)
    patience.failed(101.0, 1000.0)

    assert not patience.is_over(129.0)


def test_the_wait_can_end_at_once() -> None:
    """Once what was known is out of date, it is time."""
    patience = Patience()
    patience.failed(100.0, 1000.0)
    patience.end()

    assert patience.is_over(100.0)
