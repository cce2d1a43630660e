"""The limits of the API: requests per second, requests processed at once, requests waiting."""

import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext

import anyio

_ROUNDING = 1e-6
LIMIT_HEADERS = ("none", "retry-after", "x-ratelimit", "ietf")


class TokenBucket:
    """Lets `rps` requests per second through, and up to `burst` of them at once after a pause.

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
        """Take one token, if one is left."""
        if self.remaining < 1:
            return False
        self._tokens -= 1
        return True

    @property
    def remaining(self) -> int:
        """How many requests would be let through now."""
        self._fill()
        return math.floor(self._tokens + _ROUNDING)  # so that a token is available exactly when announced

    def wait(self, tokens: int) -> float:
        """Seconds until this many tokens are available."""
        self._fill()
        return max(0.0, (tokens - self._tokens) / self.rps)

    def _fill(self) -> None:
        now = self._clock()
        # A clock that goes backwards takes away no tokens.
        self._tokens = min(self.burst, self._tokens + max(0.0, now - self._filled_at) * self.rps)
        self._filled_at = now


class Limits:
    """Refuses requests above `rps` (see `TokenBucket`) or above `max_in_flight`, and processes `slots` of them at once.

    A request in flight is being processed or waits for a slot, first come, first served. `headers` is one of
    `LIMIT_HEADERS`: how answers report the limit. `clock` returns seconds since 1970.

    Raises:
        ValueError: a number is too small, `headers` is unknown, or `headers` or `burst` requires `rps`.

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
            raise ValueError(f"headers={headers!r}: requires rps, which is not given")
        if burst != 1 and rps is None:
            raise ValueError(f"burst={burst}: requires rps, which is not given")
        self._bucket = None if rps is None else TokenBucket(rps, burst, clock)
        self._slots = None if slots is None else anyio.Semaphore(slots)
        self._max_in_flight = max_in_flight
        self._headers = headers
        self._clock = clock
        self._in_flight = 0

    def refusal(self) -> str | None:
        """Count a request against the limits; returns the limit that refuses it, "max_in_flight" or "rps"."""
        if self._max_in_flight is not None and self._in_flight >= self._max_in_flight:
            return "max_in_flight"
        return "rps" if self._bucket is not None and not self._bucket.take() else None

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """In flight until the block ends; the block begins when a slot is free."""
        self._in_flight += 1
        try:
            async with self._slots or nullcontext():
                yield
        finally:
            self._in_flight -= 1

    def headers(self, *, refused: bool) -> dict[str, str]:
        """The headers that report the limits, as they are at this moment.

        The quota is that of a window: one second, or the time in which the bucket fills up if that is longer. The
        reset is the moment at which the bucket is full again.
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
    """Whole seconds, at least 1: the headers cannot express less."""
    return max(1, math.ceil(seconds - _ROUNDING))
