"""Detects that no request gets through to the API: an outage, or a rate limit without a time to wait. Sans-I/O.

A request that fails while others are answered has only itself to blame. When requests fail one after the other and none
is answered in between, the API is to blame: then no request's attempts are used up, and one request at a time finds out
whether it is over.
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


class FailureKind(Enum):
    """How an attempt failed for which the API as a whole may be to blame."""

    UNREACHABLE = auto()  # no connection could be made
    UNANSWERED = auto()  # a timeout, a connection that broke, or a gateway without a server behind it
    FAILED = auto()  # the API answered that it failed
    REFUSED = auto()  # for now: a rate limit


ALWAYS_SHARED = {FailureKind.UNREACHABLE, FailureKind.REFUSED}
"""Kinds of failure for which the request itself is never to blame."""


@dataclass(eq=False)
class FailureStreak:
    """Attempts that failed one after the other, with no answer in between."""

    began_at: float
    in_flight: int  # requests for partitions when it began
    attempts: dict[FailureKind, int] = field(default_factory=lambda: dict.fromkeys(FailureKind, 0))
    urls: dict[FailureKind, set[str]] = field(default_factory=lambda: {kind: set() for kind in FailureKind})
    pauses: int = 0
    standstill_at: float = math.inf  # when it turned out to be a standstill

    @property
    def is_standstill(self) -> bool:
        """Whether the API is known to be to blame."""
        return self.standstill_at < math.inf

    @property
    def is_refusal(self) -> bool:
        """Whether all of it was rate limits."""
        return not any(self.attempts[kind] for kind in FailureKind if kind is not FailureKind.REFUSED)

    def add(self, kind: FailureKind, url: str, now: float) -> None:
        """Record one more failed attempt."""
        self.attempts[kind] += 1
        self.urls[kind].add(url)
        if not self.is_standstill and self._is_beyond_chance():
            self.standstill_at = now

    def _is_beyond_chance(self) -> bool:
        """The more requests are in flight, the more of them have to fail."""
        unanswered = self.urls[FailureKind.UNANSWERED]
        return (
            self.attempts[FailureKind.UNREACHABLE] >= _MIN_UNREACHABLE
            or len(unanswered) >= max(_MIN_UNANSWERED, math.ceil(self.in_flight / 2))
            or self.attempts[FailureKind.REFUSED] >= max(_MIN_REFUSED, self.in_flight // 2)
            or len(unanswered | self.urls[FailureKind.FAILED]) >= max(_MIN_FAILED, self.in_flight)
        )


@dataclass(frozen=True, slots=True)
class ApiFailure:
    """A failed attempt for which the API as a whole may be to blame: that is certain only a little later.

    `streak` is None if the API said for how long everyone is to wait.
    """

    kind: FailureKind
    streak: FailureStreak | None
    pause_seconds: float | None = None  # how long everyone is to wait now

    @property
    def is_shared(self) -> bool:
        """Whether other requests fail like this one, so that it is not to blame."""
        return self.kind in ALWAYS_SHARED or (self.streak is not None and self.streak.is_standstill)


class Standstill:
    """Finds a standstill from how each attempt ended, and decides when everyone pauses and for how long.

    All times are in seconds, and readings of one clock.
    """

    def __init__(self) -> None:
        self.streak: FailureStreak | None = None
        self._resume_at = -math.inf
        self._random = random.random
        self._quarantined: set[str] = set()

    def record_failure(self, kind: FailureKind, url: str, *, started: float, now: float, in_flight: int) -> ApiFailure:
        """Record a failed attempt that began at `started`."""
        streak = self.streak = self.streak or FailureStreak(now, in_flight)
        if url not in self._quarantined or kind in ALWAYS_SHARED:
            streak.add(kind, url, now)
        if not streak.is_standstill or started < self._resume_at:  # one from before the pause says nothing new
            return ApiFailure(kind, streak)
        streak.pauses += 1
        pause = pause_seconds(streak.pauses, self._random())
        self._resume_at = now + pause
        return ApiFailure(kind, streak, pause)

    def record_answer(self, started: float) -> FailureStreak | None:
        """Record an attempt that was answered and began at `started`. Returns the standstill that it ends, if any."""
        streak = self.streak
        if streak is None or (streak.is_standstill and started < streak.standstill_at):  # late, so no sign of life
            return None
        self.streak = None
        return streak if streak.is_standstill else None

    def quarantine(self, url: str) -> None:
        """Do not take this request's failures as a sign of a standstill: it failed while others were answered."""
        self._quarantined.add(url)

    def release(self, url: str) -> None:
        """End the quarantine of a request, if it is in one."""
        self._quarantined.discard(url)
