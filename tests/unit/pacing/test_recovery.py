"""How the limit and the gap change between a pause and the full pace."""

import math

from async_sync.pacing.recovery import Recovery


def test_without_a_pause_there_is_neither_limit_nor_gap() -> None:
    """Until a pause begins, only the pace limits requests."""
    recovery = Recovery()

    assert (recovery.limit, recovery.gap_seconds, recovery.is_probing, recovery.is_complete) == (
        math.inf,
        0,
        False,
        True,
    )


def test_the_limit_rises_by_one_with_each_answer() -> None:
    """After a pause one request probes, and then each good answer allows one more, up to the limit of the pace."""
    recovery = Recovery()
    recovery.begin()
    assert (recovery.limit, recovery.is_probing) == (1, True)

    limits = []
    while not recovery.is_complete:
        recovery.advance(4)
        limits.append(recovery.limit)
        assert not recovery.is_probing
    assert limits == [2, 3, 4, math.inf]


def test_a_ramp_outlasts_the_rise_of_the_limit() -> None:
    """With a ramp, the recovery goes on at the limit of the pace until the gap has all but vanished."""
    recovery = Recovery()
    recovery.begin()
    recovery.ramp_up_over(10.0)
    gaps = [recovery.gap_seconds]
    while not recovery.is_complete:
        recovery.advance(2)
        assert recovery.limit == 2 or recovery.is_complete
        gaps.append(recovery.gap_seconds)

    assert gaps[:3] == [1.0, 0.9, 0.81]
    assert gaps == sorted(gaps, reverse=True)
    assert 0.005 <= gaps[-2] < 0.006
    assert gaps[-1] == 0.0


def test_a_ramp_has_a_limit() -> None:
    """However long a standstill was, the rate is back after about 30 s."""
    recovery = Recovery()
    recovery.begin()
    recovery.ramp_up_over(3600.0)
    total = 0.0
    while not recovery.is_complete:
        total += recovery.gap_seconds
        recovery.advance(2)

    assert 25 < total <= 30


def test_no_ramp_at_all() -> None:
    """A standstill that took no time needs no ramp."""
    recovery = Recovery()
    recovery.begin()
    recovery.ramp_up_over(0.0)
    recovery.advance(1)

    assert (recovery.gap_seconds, recovery.is_complete) == (0.0, True)
