"""A client over a router of respx that is passed in as its transport."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx
import respx

from async_sync.http.attempts import RetryingSender
from async_sync.http.auth import credentials
from async_sync.http.fetcher import PageFetcher
from async_sync.http.oauth import TokenEndpoint
from async_sync.http.transport import open_http
from async_sync.pacing.gate import Gate
from async_sync.pacing.pace import FixedPace
from async_sync.progress import Progress
from async_sync.records.answers import Answer
from async_sync.records.requests import Request
from async_sync.text.redaction import Secrets
from tests.helpers.parts import Clock, parse


class Fetching:
    """A client and what it counts with."""

    def __init__(self, http: httpx.AsyncClient, configuration: Mapping[str, str], clock: Clock | None = None) -> None:
        settings = parse(configuration)
        self.clock = clock or Clock()
        self.gate = Gate(
            FixedPace(settings.max_in_flight),
            requests_per_second=settings.requests_per_second,
            max_wait_seconds=settings.max_wait_seconds,
            clock=self.clock,
        )
        self.progress = Progress("company", started_at=0.0)
        self.warnings: list[tuple[str, str]] = []
        self.lines: list[str] = []
        sender = RetryingSender(
            http,
            settings,
            gate=self.gate,
            progress=self.progress,
            info=self.lines.append,
            clock=self.clock,
            wall_clock=lambda: 1.8e9,
        )
        tokens = TokenEndpoint(settings, sender, secrets=Secrets(), clock=self.clock, warn=self._warn)
        self.auth = http.auth = credentials(settings, tokens, self.clock)
        self.client = PageFetcher(http, sender)

    async def fetch(
        self,
        path: str = "/companies",
        partition: str | None = None,
        params: Mapping[str, str] = {},
    ) -> Answer:
        url = path if "://" in path else f"http://localhost{path}"
        return await self.client.fetch(Request(url, params), _as_it_is, partition=partition)

    async def _warn(self, kind: str, text: str) -> None:
        self.warnings.append((kind, text))


def _as_it_is(answer: Answer) -> Answer:
    return answer


@asynccontextmanager
async def fetching(
    transport: respx.Router | httpx.AsyncBaseTransport | None,
    configuration: Mapping[str, str] = {},
    clock: Clock | None = None,
) -> AsyncIterator[Fetching]:
    """Open a client; None is the network."""
    if isinstance(transport, respx.Router):
        transport = httpx.MockTransport(transport.async_handler)
    async with open_http(parse(configuration), transport) as http:
        yield Fetching(http, configuration, clock)
