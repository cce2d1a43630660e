"""One sync in a process of its own: `python -m load_test.probe CONFIGURATION` prints what it took, as JSON.

The destination only counts, so that what is measured is the connector.
"""

import asyncio
import json
import resource
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

import httpx

from async_sync import run_sync
from async_sync.settings import Settings
from async_sync.transport import network_transport
from connector import COMPANY, DEPARTMENT

_TICK_SECONDS = 0.001


@dataclass(frozen=True)
class Measured:
    """What one sync took: seconds, except `rows`, `checkpoints` and `peak_memory_mb`. `cpu` is the whole process's."""

    rows: int
    checkpoints: int
    wall: float
    sync_cpu: float
    cpu: float
    peak_memory_mb: float
    longest_block: float


class CountingDestination:
    """Counts rows; `checkpoint` takes as long as it is told to."""

    def __init__(self, checkpoint_seconds: float) -> None:
        self.rows = 0
        self.checkpoints = 0
        self._checkpoint_seconds = checkpoint_seconds

    def upsert(self, table: str, row: dict[str, Any]) -> None:
        """Count the row."""
        self.rows += 1

    def delete(self, table: str, key: dict[str, Any]) -> None:
        """Count the row."""
        self.rows += 1

    def checkpoint(self, state: dict[str, Any]) -> None:
        """Block as a real one would."""
        self.checkpoints += 1
        time.sleep(self._checkpoint_seconds)

    def info(self, message: str) -> None:
        """Keep standard output for the result."""
        print(message, file=sys.stderr)

    warning = info


class WatchedTransport(httpx.AsyncBaseTransport):
    """Passes requests on, and from the first one watches for how long the event loop was not free."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self._watch: asyncio.Task[None] | None = None
        self.longest_block = 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request."""
        if self._watch is None:
            self._watch = asyncio.create_task(self._tick())
        return await self._inner.handle_async_request(request)

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


def measure(configuration: dict[str, str], *, checkpoint_seconds: float, watch: bool) -> Measured:
    """Sync from an empty state. Watching the loop costs CPU of its own: do one or the other."""
    destination = CountingDestination(checkpoint_seconds)
    settings = Settings(base_url=configuration["base_url"])
    watched = WatchedTransport(network_transport(settings, settings.base_url)) if watch else None
    cpu, wall = time.process_time(), time.perf_counter()
    run_sync(configuration, {}, parent=COMPANY, children=[DEPARTMENT], destination=destination, transport=watched)
    wall = time.perf_counter() - wall
    return Measured(
        rows=destination.rows,
        checkpoints=destination.checkpoints,
        wall=wall,
        sync_cpu=time.process_time() - cpu,
        cpu=time.process_time(),
        peak_memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        longest_block=watched.longest_block if watched else 0.0,
    )


if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    print(json.dumps(asdict(measure(**asked))))
