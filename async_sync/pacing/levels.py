"""What the answers at one level of an automatic pace say about its throughput. Sans-I/O."""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from async_sync.pacing.pace import Attempt, Level, Outcome, PaceReason

_LEARNED_ANSWERS = 20
_MIN_SECONDS = 1e-6
_ENDED_SHARE = 0.8  # of the requests of a round: the rest would only tell how slow the slowest are
_BUSY_SHARE = 0.75  # of what a level allows
_MIN_SPREAD, _SPREAD_OF_QUARTILES = 0.05, 0.75  # of a normal distribution: its deviation in widths of the middle half


class Move(NamedTuple):
    """The level to go to, and why; None: still for the same reason as before."""

    level: Level
    reason: PaceReason | None = None


class Usual:
    """How long an answer of each kind takes beside few others, so that different kinds can be compared."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, list[float]] = defaultdict(list)
        self._middle: dict[str, float] = {}

    def is_known(self, kind: str) -> bool:
        """Whether enough answers of this kind have been learned."""
        return len(self._seconds.get(kind, ())) == _LEARNED_ANSWERS

    def learn(self, kind: str, seconds: float, slowness: float) -> None:
        """An answer of this kind took so long, while others took `slowness` times as long as usual."""
        known = self._seconds[kind]
        known.append(seconds / slowness)
        self._middle[kind] = max(_MIN_SECONDS, median(known))

    def of(self, kind: str) -> float:
        """The usual seconds of a kind that has been learned."""
        return self._middle[kind]


@dataclass
class Round:
    """The first `count` requests that start at a level, from the one with the number `first` on.

    What has not ended counts as slower than the rest: looking only at what has ended would make any level seem fast.
    """

    level: Level
    first: int
    count: int
    since: float
    ended: int = 0
    good: list[Attempt] = field(default_factory=list)

    def add(self, attempt: Attempt) -> None:
        """One request has ended."""
        if self.first <= attempt.number < self.first + self.count:
            self.ended += 1
            if attempt.outcome is Outcome.OK:
                self.good.append(attempt)

    @property
    def is_complete(self) -> bool:
        """Whether so many have ended that the rest does not matter, and so many are good that the middle is known."""
        return len(self.good) > self._late and self.ended >= _ENDED_SHARE * self.count

    @property
    def is_busy(self) -> bool:
        """Whether about as much was in flight as the level allows: else it is not the pace that limits throughput."""
        return self.in_flight >= _BUSY_SHARE * self.level.limit

    @property
    def seconds(self) -> float:
        """How long an answer takes here, in the middle."""
        return median(attempt.seconds for attempt in self.good)

    @property
    def in_flight(self) -> float:
        """How many requests were in flight on average."""
        return sum(one.beside + one.beside_at_end + 2 for one in self.good) / 2 / max(1, len(self.good))

    @property
    def per_second(self) -> float:
        """How many of them have started in a second."""
        starts = [attempt.started for attempt in self.good]
        return (len(starts) - 1) / max(_MIN_SECONDS, max(starts) - min(starts))

    @property
    def _late(self) -> int:
        """How many have not ended; a refused page of parents has the number of another request, and counts too."""
        return max(0, self.count - self.ended)

    def slowness(self, usual: Usual) -> tuple[float, float]:
        """How many times as long as usual an answer takes, and the standard error of that, as a share of it."""
        values = sorted(attempt.seconds / usual.of(attempt.kind) for attempt in self.good)
        counted = len(values) + self._late
        quarter = counted // 4
        middle = values[quarter : max(quarter + 1, counted - quarter)]  # of it no outlier is part
        if not middle:
            return math.inf, 0.0
        mean = sum(middle) / len(middle)
        spread = max(_MIN_SPREAD, _SPREAD_OF_QUARTILES * (middle[-1] - middle[0]) / mean)
        return mean, spread / math.sqrt(len(values))


def elasticity(few: Round, many: Round, usual: Usual) -> tuple[float, float]:
    """By which power of the requests in flight throughput has grown, and the standard error of that.

    1 if it grew in proportion, 0 if it did not grow, less if it fell. Throughput follows from how many were in flight,
    and from how long each took (Little's law): so a mix of lists that changes, or a moment without work, counts for
    nothing.
    """
    slower, error = few.slowness(usual)
    slow, other = many.slowness(usual)
    if math.inf in {slow, slower}:
        return (-math.inf if slow == math.inf else math.inf), 0.0
    grown = math.log(max(1.01, many.in_flight / few.in_flight))
    return 1 - math.log(slow / slower) / grown, math.hypot(error, other) / grown
