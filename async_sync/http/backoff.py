"""How long to wait after failures: exponential, with jitter. Sans-I/O: chance is passed in, as a number from 0 to 1."""

FIRST_SECONDS = 0.5
MAX_RETRY_SECONDS = 30.0
MAX_REFUSED_SECONDS = 2.0
MAX_PAUSE_SECONDS = 10.0
_MAX_DOUBLINGS = 20


def retry_seconds(failures: int, chance: float) -> float:
    """Seconds until a request's next attempt, after this many of its own have failed."""
    return _seconds(failures, MAX_RETRY_SECONDS, chance)


def refused_seconds(refusals: int, chance: float) -> float:
    """Seconds until the next attempt of a request that was refused this many times while others got through."""
    return _seconds(refusals, MAX_REFUSED_SECONDS, chance)


def pause_seconds(pauses: int, chance: float) -> float:
    """Seconds until one request tries whether the API answers again; this is the pause of that number."""
    return _seconds(pauses, MAX_PAUSE_SECONDS, chance)


def _seconds(count: int, longest: float, chance: float) -> float:
    """Between half of what is due and all of it."""
    return min(longest, FIRST_SECONDS * 2.0 ** min(count - 1, _MAX_DOUBLINGS)) * (1 + chance) / 2
