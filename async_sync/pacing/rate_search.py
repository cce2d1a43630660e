"""The search for how many requests may start in a second. Sans-I/O: the time is passed in."""

import math

from async_sync.pacing.levels import Move, Round
from async_sync.pacing.pace import Level, PaceReason
from async_sync.pacing.patience import Patience

_STEP, _SMALL_STEP, _MIN_STEP = 1.5, 1.05, 1.03
_MIN_ROUND, _ROUND_SECONDS = 4, 0.3
_USED = 0.7  # of a rate: with less, it is not the rate that limits throughput
_BUSY, _HELD_UP = 0.9, 0.9


class RateSearch:
    """Raises the rate step by step, to between the last good one and the first bad one; where they are close, it waits.

    `good` is the best level so far, None while the first one is only tried.
    """

    def __init__(self, good: Level | None, bad: float, *, patience: Patience) -> None:
        self.good = good
        self._bad = bad  # per second, tried and found bad
        self._step = _STEP
        self._patience = patience

    def skip(self, _: Level) -> int:
        """How many requests say nothing about a level: none."""
        return 0

    def count(self, level: Level) -> int:
        """How many requests it takes to judge a level."""
        return max(_MIN_ROUND, int(_ROUND_SECONDS * level.per_second))

    def judge(self, tried: Round, now: float) -> Move | None:
        """What follows from a round in which nothing was refused; None for another one at the same level.

        A level without a rate means that it is the requests in flight that limit throughput.
        """
        level, reason = tried.level, None
        if self.good is None or level.per_second > self.good.per_second:
            self._step = _STEP if self._bad == math.inf else _SMALL_STEP
            self._patience.reset()
            reason = PaceReason.THROUGHPUT_FOLLOWED
        self.good = level
        used = tried.per_second / level.per_second
        if tried.in_flight > _BUSY * level.limit and used < _HELD_UP:
            return Move(Level(level.in_flight), reason)
        if used > _USED:
            step = min(self._step, math.sqrt(self._bad / level.per_second))
            if step < _MIN_STEP and self._patience.is_over(now):
                self._bad, self._step = math.inf, _SMALL_STEP
                step = self._step
            if step >= _MIN_STEP:
                return Move(level.times(step), reason)
        return Move(level, reason) if reason else None

    def refused(self, bad: float) -> None:
        """A rate that was tried is too high."""
        self._bad, self._step = bad, _SMALL_STEP

    def found(self, good: Level, bad: float) -> None:
        """The good rate is too high: this is what is accepted."""
        self.good, self._bad = good, bad
