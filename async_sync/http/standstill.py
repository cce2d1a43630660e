"""Whether nothing gets through to the API, for any request: an outage, or a rate limit that says no more. Sans-I/O.

One request that fails while others are answered is sick, and its failures are its own. When requests fail one after the
other and none is answered in between, the API is to blame: nobody's attempts are used up, and one request at a time
finds out when it is over.
"""

import math
import random
from dataclasses import dataclass, field
from enum import Enum, auto

from async_sync.http.backoff import pause_seconds

_MIN_UNREACHABLE = 2
_MIN_UNANSWERED = 2
_MIN_REFUSED = 1
_MIN_FAILED = 10


class Trouble(Enum):
    """How an attempt failed, as far as it may be the fault of the API as a whole."""

    UNREACHABLE = auto()  # no connection could be made
    UNANSWERED = auto()  # a timeout, a connection that broke, or a gateway without a server behind it
    FAILED = auto()  # the API answered that it failed
    REFUSED = auto()  # for now: a rate limit


ALWAYS_SHARED = {Trouble.UNREACHABLE, Trouble.REFUSED}
"""These are never the fault of one request."""


@dataclass(eq=False)
class Streak:
    """Attempts that failed one after the other, with no answer in between."""

    began: float
    in_flight: int  # requests for partitions when it began
    attempts: dict[Trouble, int] = field(default_factory=lambda: dict.fromkeys(Trouble, 0))
    urls: dict[Trouble, set[str]] = field(default_factory=lambda: {trouble: set() for trouble in Trouble})
    pauses: int = 0
    found: float = math.inf  # when it turned out to be everyone's

    @property
    def is_shared(self) -> bool:
        """Whether it is everyone's: a standstill."""
        return self.found < math.inf

    @property
    def is_refusal(self) -> bool:
        """Whether it was rate limits alone."""
        return not any(self.attempts[trouble] for trouble in Trouble if trouble is not Trouble.REFUSED)

    def add(self, trouble: Trouble, url: str, now: float) -> None:
        """Take one more failed attempt."""
        self.attempts[trouble] += 1
        self.urls[trouble].add(url)
        if not self.is_shared and self._is_evident():
            self.found = now

    def _is_evident(self) -> bool:
        """Whether this can no longer be chance. The more requests are in flight, the more of them have to fail."""
        unanswered = self.urls[Trouble.UNANSWERED]
        return (
            self.attempts[Trouble.UNREACHABLE] >= _MIN_UNREACHABLE
            or len(unanswered) >= max(_MIN_UNANSWERED, math.ceil(self.in_flight / 2))
            or self.attempts[Trouble.REFUSED] >= max(_MIN_REFUSED, self.in_flight // 2)
            or len(unanswered | self.urls[Trouble.FAILED]) >= max(_MIN_FAILED, self.in_flight)
        )


@dataclass(frozen=True, slots=True)
class Blocked:
    """An attempt that failed as others may: whether they did is known for certain only a little later.

    `streak` is None where the API said itself how long everyone is to wait.
    """

    trouble: Trouble
    streak: Streak | None
    pause_seconds: float | None = None  # how long everyone is to wait now

    @property
    def is_shared(self) -> bool:
        """Whether the failure says nothing about the request."""
        return self.trouble in ALWAYS_SHARED or (self.streak is not None and self.streak.is_shared)


class Standstill:
    """Is told how each attempt ended, and by what its request is known, and says when to pause and for how long.

    All times are in seconds, and readings of one clock.
    """

    def __init__(self) -> None:
        self.streak: Streak | None = None
        self._resume_at = -math.inf
        self._random = random.random
        self._sick: set[str] = set()

    def failed(self, trouble: Trouble, url: str, *, started: float, now: float, in_flight: int) -> Blocked:
        """An attempt failed that had started then."""
        streak = self.streak = self.streak or Streak(now, in_flight)
        if url not in self._sick or trouble in ALWAYS_SHARED:
            streak.add(trouble, url, now)
        if not streak.is_shared or started < self._resume_at:  # one from before the pause tells nothing new
            return Blocked(trouble, streak)
        streak.pauses += 1
        pause = pause_seconds(streak.pauses, self._random())
        self._resume_at = now + pause
        return Blocked(trouble, streak, pause)

    def answered(self, started: float) -> Streak | None:
        """An attempt was answered that had started then. Returns the standstill that this ends."""
        streak = self.streak
        if streak is None or (streak.is_shared and started < streak.found):  # a late answer is no sign of life
            return None
        self.streak = None
        return streak if streak.is_shared else None

    def set_sick(self, url: str, *, sick: bool) -> None:
        """Let failures of a request that has failed while others were answered say nothing about the API, or again."""
        if sick:
            self._sick.add(url)
        else:
            self._sick.discard(url)
