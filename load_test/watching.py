"""What a client sees of its requests, and for how long the event loop was not free."""

import asyncio
import heapq
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import httpx

_TICK_SECONDS = 0.005


class Span(NamedTuple):
    """One request: seconds since the sync began, the company (None: a page of them), the status (None: no answer)."""

    start: float
    end: float
    company: str | None
    status: int | None


class WatchedTransport(httpx.AsyncBaseTransport):
    """Passes requests on and notes each; from the first one on it watches the event loop.

    `partition_of` tells the requests apart. After `most_pages` pages of companies there are none any more.
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
        self._began = time.perf_counter()
        self.spans: list[Span] = []
        self.longest_block = 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request."""
        if self._watch is None:
            self._watch = asyncio.create_task(self._tick())
        company = self._partition_of(request)
        if company is None and self._pages_left is not None:
            self._pages_left -= 1
            if self._pages_left < 0:
                return httpx.Response(200, json=[])
        start, status = time.perf_counter(), None
        try:
            response = await self._inner.handle_async_request(request)
            status = response.status_code
        finally:
            self.spans.append(Span(start - self._began, time.perf_counter() - self._began, company, status))
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
    """The value that this share of them does not exceed (the nearest rank); 0.0 for none."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 100) // 100) - 1)] if ordered else 0.0


def slots(spans: Sequence[Span]) -> list[int]:
    """For each request for departments the lowest slot that was free when it started; -1 for a page of companies."""
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    given = [-1] * len(spans)
    for index in sorted(range(len(spans)), key=lambda index: spans[index].start):
        span = spans[index]
        if span.company is None:
            continue
        while busy and busy[0][0] <= span.start:
            heapq.heappush(free, heapq.heappop(busy)[1])
        given[index] = heapq.heappop(free) if free else len(busy)
        heapq.heappush(busy, (span.end, given[index]))
    return given
