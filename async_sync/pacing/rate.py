"""How many requests start in a second. Sans-I/O: the time is passed in."""

import math
from collections import deque


class Rate:
    """At most this many starts in any second, evenly spread; a fraction holds over the shortest fitting time.

    4 means no more than 4 in a second, 2.5 no more than 3 in 1.2 s, and 0.5 no more than one in 2 s. What came late is
    made up for by one gap at most, and only within that limit. It is counted from when requests really started.
    """

    def __init__(self, per_second: float) -> None:
        self._gap_seconds = 1 / per_second
        most = 1 if math.isinf(per_second) else math.ceil(per_second)
        self._span_seconds = most / per_second
        self._starts: deque[float] = deque(maxlen=most)
        self.next_start = 0.0

    def started(self, now: float, *, least_gap_seconds: float = 0.0) -> None:
        """A request has started; the next one may at `next_start`."""
        gap = max(self._gap_seconds, least_gap_seconds)
        if not gap:
            return
        self.next_start = max(self.next_start, now - gap) + gap
        if self._gap_seconds:
            self._starts.append(now)
            if len(self._starts) == self._starts.maxlen:
                self.next_start = max(self.next_start, self._starts[0] + self._span_seconds)
