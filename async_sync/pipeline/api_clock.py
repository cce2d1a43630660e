"""What time it is at the API. Its clock, not ours, dates its records."""

from collections.abc import Callable

from async_sync.records.answers import Answer
from async_sync.records.cursors import NANOSECONDS
from async_sync.text.dates import http_date

_TOLERANCE = 300 * NANOSECONDS
"""How far our own clock may be ahead of the API's, as long as that is not known."""


class ApiClock:
    """Set by the first answer: by its `Date` where it has one, else (and until then) by our own clock.

    In nanoseconds since 1970.
    """

    def __init__(self, *, clock: Callable[[], float], wall_clock: Callable[[], float]) -> None:
        self._clock = clock
        self._wall_clock = wall_clock
        self._set_at: float | None = None
        self.sync_start = int(wall_clock() * NANOSECONDS)

    def learn(self, answer: Answer) -> None:
        """Take the first answer; the sync began when its request left, since what it shows may be as old as that."""
        if self._set_at is None:
            self._set_at = self._clock()
            date = http_date(answer.headers.get("date", ""))
            self.sync_start = int(
                ((self._wall_clock() if date is None else date) - answer.elapsed_seconds) * NANOSECONDS
            )

    def now(self) -> int:
        """The time at the API."""
        elapsed = 0.0 if self._set_at is None else self._clock() - self._set_at
        return self.sync_start + int(elapsed * NANOSECONDS)

    def passed(self) -> int:
        """A time that has come at the API: now, or before its first answer, five minutes before our own clock's.

        Some APIs refuse to be asked up to a time in their future.
        """
        return self.now() if self._set_at is not None else self.sync_start - _TOLERANCE
