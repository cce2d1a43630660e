"""How requests start again after a pause: one that probes first, then step by step. Sans-I/O."""

from math import inf

_MIN_GAP_SECONDS = 0.005
_MAX_RAMP_SECONDS = 30.0


class Recovery:
    """The limit and the gap between a pause and the full pace. At the full pace, there is neither."""

    def __init__(self) -> None:
        self.limit = inf  # how many requests may be in flight
        self.gap_seconds = 0.0
        self.is_probing = False  # only one request may start, until one has been answered
        self._gap_factor = 0.0

    @property
    def is_complete(self) -> bool:
        """Whether the pace alone says how many requests may be in flight."""
        return self.limit == inf

    def begin(self) -> None:
        """A pause begins: after it, one request probes."""
        self.limit, self.is_probing = 1, True

    def ramp_up_over(self, seconds: float) -> None:
        """Raise the rate from a few requests a second to the full pace in this time, at most 30 s."""
        seconds = min(seconds, _MAX_RAMP_SECONDS)
        self.gap_seconds = min(1.0, seconds / 10)
        self._gap_factor = 1 - self.gap_seconds / seconds if seconds else 0.0

    def advance(self, pace_limit: int) -> None:
        """After a good answer, allow one more request in flight, and a shorter gap between starts."""
        self.is_probing = False
        self.limit = inf if self.limit >= pace_limit else self.limit + 1
        self.gap_seconds *= self._gap_factor
        if self.gap_seconds < _MIN_GAP_SECONDS:
            self.gap_seconds = 0.0
        elif self.limit == inf:
            self.limit = int(pace_limit)
