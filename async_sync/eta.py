"""How long the rest of a sync takes. Pure: the time is passed in."""

from collections import deque

_LOOKS = 6
_FEWEST = 5
_SHORTEST, _MINUTE, _HOUR = 10, 60, 3600


class Eta:
    """Reckons with the pace since the sixth look back: of the last minute, with a look every 10 s.

    The pace since the beginning would be wrong for long after a slow start or a pause.
    """

    def __init__(self, now: float) -> None:
        self._seen = deque([(now, 0)], maxlen=_LOOKS)

    def look(self, now: float, *, done: int, expected: float | None) -> float | None:
        """The seconds left, or None where nobody can know: no total, too few done of late, or more done than expected.

        `now` is in seconds and never goes back; `done` only grows.
        """
        since, done_then = self._seen[0]
        self._seen.append((now, done))
        if expected is None or done >= expected or done - done_then < _FEWEST or now <= since:
            return None
        return (expected - done) * (now - since) / (done - done_then)


def rough(seconds: float) -> str:
    """The duration in words, such as "about 20 s": nobody knows it to the second."""
    if seconds < _SHORTEST:
        return f"less than {_SHORTEST} s"
    if seconds < _MINUTE:
        return f"about {10 * round(seconds / 10)} s"
    if seconds < _HOUR:
        return f"about {round(seconds / _MINUTE)} min"
    hours, minutes = divmod(10 * round(seconds / _MINUTE / 10), 60)
    return f"about {hours} h {minutes} min" if minutes else f"about {hours} h"
