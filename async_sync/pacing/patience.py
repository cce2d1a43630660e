"""How long a pace that is known to be too fast is not tried again. Sans-I/O: the time is passed in."""

import math

_FIRST_SECONDS, _MAX_SECONDS = 0.5, 2.0
_ANSWERS = 100  # for each attempt that costs a refusal: that is one answer in a hundred
_PAUSES = 10  # times as long as the pause that the last attempt cost


class Patience:
    """Waits longer after each failure, but never for long: what an API allows may change at any time."""

    def __init__(self) -> None:
        self._seconds = _FIRST_SECONDS
        self._over_at = -math.inf

    def is_over(self, now: float) -> bool:
        """Whether to try again."""
        return now >= self._over_at

    def failed(self, now: float, per_second: float) -> None:
        """A faster pace was bad; that many answers come in a second."""
        self._over_at = max(self._over_at, now + self._seconds)
        self._seconds = min(2 * self._seconds, max(_MAX_SECONDS, _ANSWERS / per_second))

    def paused(self, now: float, seconds: float) -> None:
        """That has cost a pause."""
        self._over_at = max(self._over_at, now + _PAUSES * seconds)

    def reset(self) -> None:
        """A faster pace was good."""
        self._seconds = _FIRST_SECONDS

    def end(self) -> None:
        """What was known is out of date: try at once."""
        self._over_at = -math.inf
