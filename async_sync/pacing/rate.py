"""How many requests may start in a second. Sans-I/O: the time is passed in."""

import math
from collections import deque

_MAX_CAUGHT_UP_SECONDS = 0.01  # what an event loop is late by; more would be a burst


class Rate:
    """At most this many starts in any second, evenly spaced; a fraction holds for the next whole number of starts.

    4 means no more than 4 in a second, 2.5 no more than 3 in 1.2 s, and 0.5 no more than one in 2 s. After a late start
    the next one may come earlier, by one gap at most and only within that limit. Actual starts are counted.
    """

    def __init__(self, per_second: float) -> None:
        self._gap_seconds = 1 / per_second
        max_starts = 1 if math.isinf(per_second) else math.ceil(per_second)
        self._span_seconds = max_starts / per_second
        self._starts: deque[float] = deque(maxlen=max_starts)
        self.next_start = 0.0

    def started(self, now: float, *, min_gap_seconds: float = 0.0) -> None:
        """A request has started; the next one may at `next_start`."""
        gap = max(self._gap_seconds, min_gap_seconds)
        if not gap:
            return
        caught_up = gap if gap == self._gap_seconds else min(gap, _MAX_CAUGHT_UP_SECONDS)
        self.next_start = max(self.next_start, now - caught_up) + gap
        if self._gap_seconds:
            self._starts.append(now)
            if len(self._starts) == self._starts.maxlen:
                self.next_start = max(self.next_start, self._starts[0] + self._span_seconds)
