"""The search for how many requests in flight are worth it. Sans-I/O: the time is passed in."""

import math

from async_sync.pacing.levels import Move, Round, Usual, elasticity
from async_sync.pacing.pace import Level, PaceReason
from async_sync.pacing.patience import Patience

_LARGE_STEP, _STEP, _FEWER = 2.0, 1.5, 0.7
_LARGE_FROM = 1.45  # a step shows in few answers
_FOLLOWS, _FOLLOWS_WELL = 0.1, 0.6  # elasticity: twice as much in flight brings 7 %, or 52 %, more throughput
_SURELY_NOT, _NOT_LOST = 0.2, 0.3  # with the standard error
_FEW, _MANY, _MAX_DOUBLINGS = 8, 16, 4  # requests of a round
_SLOWER, _DOUBT = 1.5, 2.0
_OVERDUE = 4.0
_AS_A_RATE_BELOW = 4  # in flight: with fewer, one more is a large step, and starts at once are refused by many a limit


class Climb:
    """Climbs as long as throughput follows: in large steps first, and one by one where more was refused.

    `good` is the best level so far. Where it is in doubt whether throughput has grown, a level is tried for longer.
    `latency` is that of an answer, lately.
    """

    def __init__(self, start: Level, max_in_flight: float, *, patience: Patience, usual: Usual) -> None:
        self.good = start
        self.good_round: Round | None = None
        self.latency = 0.0
        self._max = max_in_flight
        self._patience = patience
        self._usual = usual
        self._step = _LARGE_STEP
        self._tries_fewer = False
        self._bad = math.inf  # in flight, tried and found bad
        self._more = 1.0  # in flight, where more was refused

    @property
    def is_edge(self) -> bool:
        """Whether more than the good level was refused."""
        return self._bad <= self.good.in_flight + 1

    def skip(self, level: Level) -> int:
        """How many requests say nothing about a level: the first ones above a knee only fill the queue."""
        return 0 if self._bad == math.inf or self.is_edge else max(0, level.limit - self.good.limit)

    def count(self, level: Level) -> int:
        """How many requests it takes to judge a level."""
        if self._bad < math.inf and level.in_flight > self.good.in_flight:
            return max(_FEW, level.limit)
        if self.good_round is None or level.in_flight > _LARGE_FROM * self.good.in_flight:
            return max(_FEW, level.limit // 2)
        return max(_FEW if self.is_edge or level.in_flight > self.good.in_flight else _MANY, level.limit)

    def is_overdue(self, tried: Round, now: float) -> bool:
        """Whether a trial takes longer than if throughput had not grown at all."""
        if self.good_round is None or tried.level == self.good:
            return False
        factor = max(1.0, tried.level.in_flight / self.good.in_flight)
        return now - tried.since > _OVERDUE * factor * self.good_round.seconds

    def judge(self, tried: Round, now: float) -> Move | None:
        """What follows from a round: where to go, or None for another round at the same level."""
        self.latency = tried.seconds if tried.good else self.latency
        good, more = self.good_round, tried.level.in_flight - self.good.in_flight
        if tried.is_complete and not tried.is_busy:
            return None
        if good is None:
            return self._accept(tried)
        if more > 0:
            return self._judge_more(good, tried, now)
        return self._judge_fewer(good, tried, now) if more < 0 else self._hold(good, tried, now)

    def found(self, level: Level, bad: float) -> None:
        """This much is accepted, and `bad` in flight are not."""
        if level != self.good:
            self.good, self.good_round = level, None
        self._bad, self._more = bad, 1.0

    def begin_again(self, level: Level) -> None:
        """Nothing is known about what is above a level."""
        self.found(level, math.inf)
        self.good_round, self._step = None, _STEP

    def _judge_more(self, good: Round, tried: Round, now: float) -> Move | None:
        grown, error = elasticity(good, tried, self._usual)
        is_last = not tried.is_complete or tried.count >= _MAX_DOUBLINGS * max(_FEW, tried.level.limit)
        if grown + error < _SURELY_NOT or (grown < _FOLLOWS and is_last):
            self._bad = tried.level.in_flight
            self._patience.failed(now, self.per_second)
            self._tries_fewer = grown + error < -_SURELY_NOT
            return Move(self.good, PaceReason.LATENCY_ROSE)
        if grown >= _FOLLOWS:
            return self._accept(tried, grown)
        tried.count *= 2
        return Move(tried.level)

    def _judge_fewer(self, good: Round, tried: Round, now: float) -> Move:
        grown, error = elasticity(tried, good, self._usual)
        if grown + error >= _NOT_LOST:
            self.good_round = None
            return Move(self.good, PaceReason.API_BECAME_SLOWER)
        self._bad = self.good.in_flight
        self._patience.failed(now, self.per_second)
        self.good, self.good_round = tried.level, tried
        return Move(self.good.times(_FEWER), PaceReason.THROUGHPUT_NOT_LOST)

    def _hold(self, good: Round, again: Round, now: float) -> Move | None:
        """Another round at the good level: see whether the API has changed, and whether it is time to try more."""
        (before, error), (after, other) = good.slowness(self._usual), again.slowness(self._usual)
        change = max(_SLOWER, math.exp(_DOUBT * math.hypot(error, other)))
        self.good_round = again
        if (after > change * before or self._tries_fewer) and self.good.limit > 1:
            self._tries_fewer = False
            return Move(self.good.times(_FEWER))
        is_time = self._patience.is_over(now) or after * change < before
        return Move(self._above()) if is_time and self.good.in_flight < self._max else None

    def _accept(self, tried: Round, grown: float = 0.0) -> Move:
        reason = None
        if tried.level.in_flight > self.good.in_flight:
            reason = PaceReason.THROUGHPUT_FOLLOWED
            self._bad, self._more = (tried.level.in_flight, 2 * self._more) if self.is_edge else (math.inf, 1.0)
            self._step = _LARGE_STEP if grown >= _FOLLOWS_WELL else _STEP
            self._patience.reset()
        self.good, self.good_round = tried.level, tried
        if self.good.in_flight >= self._max or (self._bad < math.inf and self._more == 1):
            return Move(self.good, reason)
        more = self.good.times(self._step) if self._bad == math.inf else Level(self.good.in_flight + self._more)
        return Move(self._capped(more), reason)

    def _above(self) -> Level:
        """The next level to try above the good one."""
        good = self.good
        if not self.is_edge:
            return self._capped(good.times(_STEP))
        if good.limit >= _AS_A_RATE_BELOW:
            return Level(good.in_flight + 1)
        return Level(good.in_flight + 1, _STEP * self.per_second)

    def _capped(self, level: Level) -> Level:
        return Level(min(level.in_flight, self._max))

    @property
    def per_second(self) -> float:
        """How many answers come in a second at the good level."""
        return self.good.in_flight / max(self.latency, 1e-3)
