"""A list that is asked for from one time to another: which ranges of time, one after the other. Sans-I/O.

A range begins exactly where the one before it ended, and both ends are sent in the same form. So no record lies between
two ranges, whether the API counts the end in or not, and however coarse the form is.
"""

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from async_sync.records.cursors import NANOSECONDS, Cursor
from async_sync.streams.stream import Stream

_SHORTEST = timedelta(seconds=1)


class Clock(Protocol):
    """The API's time, in nanoseconds since 1970; `sync_start` is when the sync began."""

    sync_start: int

    def passed(self) -> int:
        """A time that has come."""


class Windows:
    """The ranges of one reading of a list; `since` turns a cursor into the time to ask from, None at the beginning.

    `start` is where the open range begins, `since` and `until` are what is sent for it.
    """

    def __init__(self, stream: Stream, *, since: Callable[[Cursor | None], Cursor | None], clock: Clock) -> None:
        self._kind = stream.cursor_type
        self._widest = stream.window
        self._max_results = stream.max_results
        self._sent = since
        self._clock = clock
        self._span = self._widest
        self.start: Cursor | None = None
        self.count = 0

    def open(self, start: Cursor | None) -> None:
        """Begin a range at this cursor; None is the beginning of time."""
        beginning = self._kind.at(0)
        assert beginning is not None  # noqa: S101 - a declared window has cursors that are times
        self.start, self.count = start, 0
        self.since = self._sent(start) or beginning
        rest = timedelta(microseconds=max(0, math.ceil((self._clock.passed() - self.since.at) / 1000)))
        span = rest if self._span is None else self._span
        while span < rest and not self._gets_further(span):  # as within a repeated hour
            span *= 2
        span = min(span, rest)
        self.until = self._end_of(span)
        self._reaches = int(self.since.at) + int(span.total_seconds() * NANOSECONDS)

    def add(self, count: int) -> None:
        """Count the records of a page."""
        self.count += count

    @property
    def is_last(self) -> bool:
        """Whether the range reaches to the start of the sync, even if the form of its end is less exact than that."""
        return self._reaches >= self._clock.sync_start

    @property
    def is_capped(self) -> bool:
        """Whether the range may have more records than the API returns."""
        return self._max_results is not None and self.count >= self._max_results

    def halve(self) -> bool:
        """Make ranges half as wide as this one; false if it cannot be divided any further."""
        half = timedelta(microseconds=(self.until.at - self.since.at) // 2000)
        if half < _SHORTEST or not self._gets_further(half):
            return False
        self._span = half
        return True

    def widen(self) -> None:
        """Make ranges twice as wide again, if they are narrower than they may be."""
        if self._span is not None and self._span != self._widest:
            wider = 2 * self._span
            self._span = wider if self._widest is None else min(wider, self._widest)

    def _gets_further(self, span: timedelta) -> bool:
        """Whether a range of this width ends after it began, in the form that is sent."""
        return self._end_of(span).at > max(self.since.at, self.start.at if self.start else self.since.at)

    def _end_of(self, span: timedelta) -> Cursor:
        """The end of a range of this width, in the form of its start: not after now, and not before its start."""
        end = self._kind.cap(self._kind.back(self.since, -span.total_seconds()), self._clock.passed())
        return max(self.since, end, key=lambda cursor: cursor.at)
