"""A pace that records each of its moves."""

import time
from typing import NamedTuple

from async_sync.log_lines import pace_reason
from async_sync.pacing.pace import Attempt, Level, Pace, PaceReason


class Move(NamedTuple):
    """From when on a pace held, in seconds since the sync began, and why it was set, None at the start.

    `gap_seconds` is the shortest time between two starts, 0.0 if there is none.
    """

    at: float
    limit: int
    gap_seconds: float
    reason: str | None


class WatchedPace:
    """Passes everything on to another pace, and looks after each answer whether it has moved."""

    def __init__(self, inner: Pace) -> None:
        self._inner = inner
        self.began = time.perf_counter()
        """The reading of the performance counter from which the seconds are counted."""
        self._seen = self._state()
        self.moves = [Move(0.0, inner.limit, inner.gap_seconds, None)]

    @property
    def limit(self) -> int:
        """That of the other pace."""
        return self._inner.limit

    @property
    def gap_seconds(self) -> float:
        """That of the other pace."""
        return self._inner.gap_seconds

    @property
    def reason(self) -> PaceReason | None:
        """That of the other pace."""
        return self._inner.reason

    @property
    def found(self) -> Level | None:
        """That of the other pace."""
        return self._inner.found

    def ended(self, attempt: Attempt) -> None:
        """Pass it on."""
        self._inner.ended(attempt)
        self._look()

    def resumed(self, paused_seconds: float, now: float, number: int) -> None:
        """Pass it on."""
        self._inner.resumed(paused_seconds, now, number)
        self._look()

    def _look(self) -> None:
        if (state := self._state()) == self._seen:
            return
        self._seen = state
        limit, gap_seconds, reason = state
        words = None if reason is None else pace_reason(reason)
        self.moves.append(Move(time.perf_counter() - self.began, limit, gap_seconds, words))

    def _state(self) -> tuple[int, float, PaceReason | None]:
        return self._inner.limit, self._inner.gap_seconds, self._inner.reason
