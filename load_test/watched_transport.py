"""A transport that records every request and how long the event loop was blocked."""

import asyncio
import heapq
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import httpx

_TICK_SECONDS = 0.005


class Span(NamedTuple):
    """One request: start and end in seconds since the sync began, its partition, and its status.

    `partition` is None for a page of parents, `status` None if no answer came.
    """

    start: float
    end: float
    partition: str | None
    status: int | None


class WatchedTransport(httpx.AsyncBaseTransport):
    """Forwards requests and records each; from the first one on, it also measures blocks of the event loop.

    `partition_of` returns a request's partition, None for a page of parents. After `max_pages` pages of parents, every
    further one is empty and is not requested from `inner`.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        *,
        partition_of: Callable[[httpx.Request], str | None],
        max_pages: int | None = None,
    ) -> None:
        self._inner = inner
        self._partition_of = partition_of
        self._pages_left = max_pages
        self._watch: asyncio.Task[None] | None = None
        self.began = time.perf_counter()
        """The reading of the performance counter from which the seconds are counted."""
        self.spans: list[Span] = []
        self.longest_block = 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request."""
        if self._watch is None:
            self._watch = asyncio.create_task(self._tick())
        partition = self._partition_of(request)
        if partition is None and self._pages_left is not None:
            self._pages_left -= 1
            if self._pages_left < 0:
                return httpx.Response(200, json=[])
        start, status = time.perf_counter(), None
        try:
            response = await self._inner.handle_async_request(request)
            status = response.status_code
        finally:
            self.spans.append(Span(start - self.began, time.perf_counter() - self.began, partition, status))
        return response

    async def aclose(self) -> None:
        """Close the inner transport and stop watching."""
        if self._watch is not None:
            self._watch.cancel()
        await self._inner.aclose()

    async def _tick(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(_TICK_SECONDS)
            self.longest_block = max(self.longest_block, time.perf_counter() - before - _TICK_SECONDS)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of all values does not exceed (nearest rank); 0.0 if there are none."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 100) // 100) - 1)] if ordered else 0.0


def slots(spans: Sequence[Span]) -> list[int]:
    """For each request for children, the lowest slot that was free when it started; -1 for a page of parents."""
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    given = [-1] * len(spans)
    for index in sorted(range(len(spans)), key=lambda index: spans[index].start):
        span = spans[index]
        if span.partition is None:
            continue
        while busy and busy[0][0] <= span.start:
            heapq.heappush(free, heapq.heappop(busy)[1])
        given[index] = heapq.heappop(free) if free else len(busy)
        heapq.heappush(busy, (span.end, given[index]))
    return given
