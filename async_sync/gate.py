"""The one place that says when a request may start."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio


class Gate:
    """At most `max_concurrency` requests for partitions at a time, first come, first served.

    The parent stream is read one page at a time, and everything else waits for its records: its requests pass beside
    that limit, so that a long queue of partitions never keeps the next page of parents waiting.
    """

    def __init__(self, max_concurrency: int) -> None:
        self._slots = anyio.CapacityLimiter(max_concurrency)

    @asynccontextmanager
    async def admit(self, *, partition: bool) -> AsyncIterator[None]:
        """Wait until the request may start; leave once its answer has been read. A cancelled wait takes no slot."""
        if not partition:
            yield
            return
        async with self._slots:
            yield

    @property
    def in_flight(self) -> int:
        """How many requests for partitions are under way."""
        return self._slots.borrowed_tokens
