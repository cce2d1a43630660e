"""How much the API takes: requests a second, requests worked on at once, requests waiting."""

import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext

import anyio

_ROUNDING = 1e-6
LIMIT_HEADERS = ("none", "retry-after", "x-ratelimit", "ietf")


class TokenBucket:
    """Lets `rps` requests a second through, and after a pause up to `burst` of them at once.

    Raises:
        ValueError: `rps` is not above 0, or `burst` is below 1.

    """

    def __init__(self, rps: float, burst: int, clock: Callable[[], float]) -> None:
        if not 0 < rps < math.inf:
            raise ValueError(f"rps={rps:g}: must be above 0")
        if burst < 1:
            raise ValueError(f"burst={burst}: must be at least 1")
        self.rps = rps
        self.burst = burst
        self._clock = clock
        self._tokens = float(burst)
        self._filled_at = clock()

    def take(self) -> bool:
        """Take one token, if there is one."""
        if self.remaining < 1:
            return False
        self._tokens -= 1
        return True

    @property
    def remaining(self) -> int:
        """How many requests would be let through now."""
        self._fill()
        return math.floor(self._tokens + _ROUNDING)  # so that a token is there at the moment it was said to be

    def wait(self, tokens: int) -> float:
        """Seconds until there are so many tokens."""
        self._fill()
        return max(0.0, (tokens - self._tokens) / self.rps)

    def _fill(self) -> None:
        now = self._clock()
        # A clock that goes backwards takes no token away.
        self._tokens = min(self.burst, self._tokens + max(0.0, now - self._filled_at) * self.rps)
        self._filled_at = now


class Limits:
    """Refuses requests above `rps` (see `TokenBucket`) or above `max_in_flight`, and works on `slots` of them at once.

    What is in flight is worked on or waits for a slot, first come, first served. `headers` is how the limit is told:
    one of `LIMIT_HEADERS`. `clock` gives seconds since 1970.

    Raises:
        ValueError: a number is too small, there are no such `headers`, or they or `burst` need an `rps`.

    """

    def __init__(
        self,
        *,
        rps: float | None = None,
        burst: int = 1,
        slots: int | None = None,
        max_in_flight: int | None = None,
        headers: str = "none",
        clock: Callable[[], float] = time.time,
    ) -> None:
        for name, number in (("slots", slots), ("max_in_flight", max_in_flight)):
            if number is not None and number < 1:
                raise ValueError(f"{name}={number}: must be at least 1")
        if headers not in LIMIT_HEADERS:
            raise ValueError(f"headers={headers!r}: must be one of {', '.join(LIMIT_HEADERS)}")
        if headers in {"x-ratelimit", "ietf"} and rps is None:
            raise ValueError(f"headers={headers!r}: tell of rps, which is not given")
        if burst != 1 and rps is None:
            raise ValueError(f"burst={burst}: belongs to rps, which is not given")
        self._bucket = None if rps is None else TokenBucket(rps, burst, clock)
        self._slots = None if slots is None else anyio.Semaphore(slots)
        self._max_in_flight = max_in_flight
        self._headers = headers
        self._clock = clock
        self._in_flight = 0

    def refusal(self) -> str | None:
        """Count a request against the limits; gives the one that keeps it out, "max_in_flight" or "rps"."""
        if self._max_in_flight is not None and self._in_flight >= self._max_in_flight:
            return "max_in_flight"
        return "rps" if self._bucket is not None and not self._bucket.take() else None

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """In flight for as long as the block lasts, which begins when there is a slot."""
        self._in_flight += 1
        try:
            async with self._slots or nullcontext():
                yield
        finally:
            self._in_flight -= 1

    def headers(self, *, refused: bool) -> dict[str, str]:
        """What an answer tells of the limits, as they are at this moment.

        The quota is that of a window: of a second, or of the time in which the bucket fills up if that is longer.
        Its reset is when the bucket is full again.
        """
        bucket = self._bucket
        if self._headers == "retry-after":
            return {"Retry-After": str(_whole(bucket.wait(1)) if bucket else 1)} if refused else {}
        if bucket is None or self._headers == "none":
            return {}
        quota, window = math.ceil(max(bucket.rps, bucket.burst)), max(1, math.ceil(bucket.burst / bucket.rps))
        remaining, reset = bucket.remaining, bucket.wait(bucket.burst)
        if self._headers == "ietf":
            return {
                "RateLimit-Policy": f'"default";q={quota};w={window}',
                "RateLimit": f'"default";r={remaining};t={_whole(reset)}',
            }
        return {
            "X-RateLimit-Limit": str(quota),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": str(math.ceil(self._clock() + reset)),
        }


def _whole(seconds: float) -> int:
    """Whole seconds, at least 1: there is no header for less."""
    return max(1, math.ceil(seconds - _ROUNDING))
