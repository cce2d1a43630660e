"""Requests through the engine's own gate and retries, to a simulated API, on virtual time."""

import asyncio
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import anyio
import httpx

from async_sync.configuration.settings import Settings
from async_sync.errors.base import ConnectorError
from async_sync.http.sender import RetryingSender
from async_sync.pacing.gate import Gate
from async_sync.pacing.pace import Pace
from async_sync.progress import Progress
from load_test.pace import virtual_time
from load_test.pace.apis import LIMITED, MAX_IN_FLIGHT, Api, Server

_REQUESTS = [httpx.Request("GET", f"https://api.test/{number}") for number in range(8)]


@dataclass
class Simulated:
    """What one sync got: answers, how many of them were refused by a limit, and when; and the moves of the pace."""

    answers: int = 0
    refused: int = 0
    error: str = ""
    done_at: list[float] = field(default_factory=list)
    refused_at: list[float] = field(default_factory=list)
    moves: list[tuple[float, int, float, str]] = field(default_factory=list)


class _Http:
    """Stands in for the HTTP client: an answer comes when the server says."""

    headers = httpx.Headers()

    def __init__(self, server: Server, run: Simulated, pace: Pace, factors: list[float]) -> None:
        self._server, self._run, self._pace, self._factors = server, run, pace, factors
        self._clock = asyncio.get_running_loop().time

    async def send(self, request: httpx.Request, auth: object) -> httpx.Response:
        """Answer after the latency."""
        number = int(request.url.path[1:])
        answer = self._server.ask(self._clock(), self._factors[number])
        await asyncio.sleep(answer.ends - self._clock())
        run, now, pace = self._run, self._clock(), self._pace
        if answer.status == LIMITED:
            run.refused_at.append(now)
        move = (pace.limit, pace.gap_seconds, pace.reason.name if pace.reason else "")
        if not run.moves or run.moves[-1][1:] != move:
            run.moves.append((now, *move))
        headers = {"Retry-After": str(answer.retry_after)} if answer.retry_after else {}
        return httpx.Response(answer.status, headers=headers, content=b"", request=request)


def simulate(
    api: Api, pace: Pace, seconds: float, *, seed: int = 0, requests_per_second: float = math.inf
) -> Simulated:
    """Make requests for so many seconds, each until it succeeds, as fast as the pace allows."""

    async def main() -> Simulated:
        clock = asyncio.get_running_loop().time
        server, run = Server(api, seed), Simulated()
        settings = Settings(base_url="https://api.test", max_attempts=100, outage_seconds=3600)
        gate = Gate(pace, requests_per_second=requests_per_second, max_wait_seconds=3600, clock=clock)
        http = _Http(server, run, pace, [factor for factor, _, _ in api.lists])
        sender = RetryingSender(
            cast("httpx.AsyncClient", http),
            settings,
            gate=gate,
            progress=Progress("parent", started_at=0.0),
            info=lambda _: None,
            clock=clock,
            wall_clock=clock,
        )
        with anyio.move_on_after(seconds):
            await _all(sender, _asked(api, seconds, seed), run)
        run.answers, run.refused = server.answered, server.refused
        return run

    random.seed(seed)
    return virtual_time.run(main)[0]


def _asked(api: Api, seconds: float, seed: int) -> Iterator[int]:
    """Which list each request is for, without end."""
    chance, clock = random.Random(seed + 1), asyncio.get_running_loop().time
    while True:
        shares = [first + (last - first) * min(1.0, clock() / seconds) for _, first, last in api.lists]
        yield chance.choices(range(len(shares)), shares)[0]


async def _all(sender: RetryingSender, asked: Iterator[int], run: Simulated) -> None:
    loop = asyncio.get_running_loop()

    async def work() -> None:
        for number in asked:
            request = _REQUESTS[number]

            async def attempt(request: httpx.Request = request) -> Any:
                return await sender.send(request, auth=None, partition=True, is_retry=False, kind=request.url.path)

            try:
                await sender.retry(attempt, url=f"https://api.test/{id(attempt)}")
            except ConnectorError as error:
                run.error = str(error)
            run.done_at.append(loop.time())

    async with anyio.create_task_group() as tasks:
        for _ in range(MAX_IN_FLIGHT):
            tasks.start_soon(work)
