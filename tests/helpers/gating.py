"""A gate in virtual time, and requests that pass it."""

import asyncio
import math
from collections.abc import Awaitable, Callable

import anyio

from async_sync.pacing.gate import Gate
from async_sync.pacing.pace import Attempt, FixedPace, Outcome, Pace, PaceReason
from async_sync.pacing.requested_waits import Wait
from load_test.pace import virtual_time

URL = "https://api.test/companies?limit=2&key=hidden"


class RecordingPace:
    """A pace that never moves. Records the attempts, and the pauses: how long, the time, and the first request."""

    limit = 8
    gap_seconds = 0.0
    reason: PaceReason | None = PaceReason.THROUGHPUT_FOLLOWED
    found = None

    def __init__(self) -> None:
        self.attempts: list[Attempt] = []
        self.pauses: list[tuple[float, float, int]] = []

    def ended(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)

    def resumed(self, paused_seconds: float, now: float, number: int) -> None:
        self.pauses.append((paused_seconds, now, number))


class Gating:
    """A gate, when each request through it started, and how many were in flight at most."""

    def __init__(self, pace: Pace, requests_per_second: float, max_wait_seconds: float) -> None:
        self.clock = asyncio.get_running_loop().time
        self.gate = Gate(
            pace, requests_per_second=requests_per_second, max_wait_seconds=max_wait_seconds, clock=self.clock
        )
        self.starts: list[float] = []
        self.peak = 0

    async def request(
        self, seconds: float = 0.0, outcome: Outcome | None = Outcome.OK, *, partition: bool = True
    ) -> None:
        """Make a request that takes this long."""
        async with self.gate.admit(partition=partition) as admission:
            self.starts.append(round(self.clock(), 6))
            self.peak = max(self.peak, self.gate.in_flight)
            await anyio.sleep(seconds)
            admission.outcome = outcome

    async def requests(self, count: int, seconds: float = 0.0, *, partition: bool = True) -> None:
        """Make this many requests at once."""
        async with anyio.create_task_group() as tasks:
            for _ in range(count):
                tasks.start_soon(lambda: self.request(seconds, partition=partition))

    def pause(self, seconds: float, asked_by: str = "Retry-After") -> float:
        """Pause as the API asks."""
        return self.gate.pause_as_asked(Wait(seconds, asked_by), url=URL)


def run(
    main: Callable[[Gating], Awaitable[None]],
    *,
    limit: int = 10,
    pace: Pace | None = None,
    requests_per_second: float = math.inf,
    max_wait_seconds: float = 600,
) -> Gating:
    """Run to the end, without waiting in real time."""

    async def in_loop() -> Gating:
        gating = Gating(pace or FixedPace(limit), requests_per_second, max_wait_seconds)
        await main(gating)
        return gating

    return virtual_time.run(in_loop)[0]
