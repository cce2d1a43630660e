"""How long to wait after failures: exponential backoff with jitter.

Sans-I/O: chance is passed in, as a number from 0 to 1.
"""

FIRST_SECONDS = 0.5
_MAX_RETRY_SECONDS = 30.0
_MAX_REFUSED_SECONDS = 2.0
_MAX_PAUSE_SECONDS = 10.0
_MAX_DOUBLINGS = 20


def retry_seconds(failures: int, chance: float) -> float:
    """Seconds until a request's next attempt, after this many of its own have failed."""
    return _jittered(failures, _MAX_RETRY_SECONDS, chance)


def refused_seconds(refusals: int, chance: float) -> float:
    """Seconds until the next attempt of a request that was refused this many times while others got through."""
    return _jittered(refusals, _MAX_REFUSED_SECONDS, chance)


def pause_seconds(pauses: int, chance: float) -> float:
    """Seconds of the pause with this number, after which one request finds out whether the API answers again."""
    return _jittered(pauses, _MAX_PAUSE_SECONDS, chance)


def _jittered(count: int, max_seconds: float, chance: float) -> float:
    """Between half of the backoff and all of it."""
    return min(max_seconds, FIRST_SECONDS * 2.0 ** min(count - 1, _MAX_DOUBLINGS)) * (1 + chance) / 2
