"""A page fetcher over a transport that a test passes in, such as a router of respx."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

import httpx
import respx

from async_sync.configuration.settings import Settings
from async_sync.http.auth import credentials
from async_sync.http.client import open_http
from async_sync.http.fetcher import PageFetcher
from async_sync.http.kept_configuration import KeptConfiguration
from async_sync.http.oauth import TokenEndpoint
from async_sync.http.own_auth import GatedAuth
from async_sync.http.sender import RetryingSender
from async_sync.pacing.gate import Gate
from async_sync.pacing.pace import FixedPace
from async_sync.progress import Progress
from async_sync.records.answers import Answer
from async_sync.records.requests import Request
from async_sync.text.redaction import Secrets
from tests.helpers.parts import Clock, parse


class Fetching:
    """A page fetcher and its parts; `lines` is its log."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        settings: Settings,
        lines: list[str],
        clock: Clock | None = None,
        auth: httpx.Auth | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.gate = Gate(
            FixedPace(settings.max_in_flight),
            requests_per_second=settings.requests_per_second,
            max_wait_seconds=settings.max_wait_seconds,
            clock=self.clock,
        )
        self.progress = Progress("company", started_at=0.0)
        self.secrets = Secrets()
        self.warnings: list[tuple[str, str]] = []
        self.lines = lines
        self.sender = sender = RetryingSender(
            http,
            settings,
            gate=self.gate,
            progress=self.progress,
            info=self.lines.append,
            clock=self.clock,
            wall_clock=lambda: 1.8e9,
        )
        tokens = TokenEndpoint(
            settings,
            sender,
            secrets=self.secrets,
            clock=self.clock,
            wall_clock=lambda: 1.8e9,
            warn=self._warn,
            keep=partial(KeptConfiguration(http, settings, {}).replace, "refresh_token"),
        )
        self.auth = credentials(settings, tokens, further_request=sender.further_request, clock=self.clock)
        if auth is not None:
            self.auth = GatedAuth(auth, sender, self.secrets)
        self.client = PageFetcher(http, sender, auth=self.auth)

    async def fetch(
        self,
        path: str = "/companies",
        partition: str | None = None,
        params: Mapping[str, str] = {},
    ) -> Answer:
        url = path if "://" in path else f"http://localhost{path}"
        return await self.client.fetch(Request(url, params), _unchanged, partition=partition)

    async def _warn(self, kind: str, text: str) -> None:
        self.warnings.append((kind, text))


def _unchanged(answer: Answer) -> Answer:
    return answer


@asynccontextmanager
async def fetching(
    transport: respx.Router | httpx.AsyncBaseTransport | None,
    configuration: Mapping[str, str] = {},
    clock: Clock | None = None,
    auth: httpx.Auth | None = None,
) -> AsyncIterator[Fetching]:
    """Open a page fetcher; without a transport it uses the network."""
    if isinstance(transport, respx.Router):
        transport = httpx.MockTransport(transport.async_handler)
    settings, lines = parse(configuration), list[str]()
    async with open_http(settings, transport, info=lines.append) as http:
        yield Fetching(http, settings, lines, clock, auth)
