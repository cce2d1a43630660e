"""What a sync and the setup tests have in common: the configured source, and an open session with its API."""

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Self

import httpx

from async_sync.configuration.key import ConfigurationKey
from async_sync.configuration.parsing import check_own_keys, own_words, parse_settings
from async_sync.configuration.settings import AUTO, Settings
from async_sync.http.access_token import TokenAuth
from async_sync.http.auth import credentials
from async_sync.http.client import open_http
from async_sync.http.declared_session import SessionAuth
from async_sync.http.fetcher import PageFetcher
from async_sync.http.kept_configuration import KeptConfiguration
from async_sync.http.oauth import TokenEndpoint
from async_sync.http.own_auth import Auth, DeclaredAuth, GatedAuth, auth_of
from async_sync.http.sender import RetryingSender
from async_sync.http.session_auth import SessionLogin
from async_sync.http.transport import proxy_secrets
from async_sync.pacing.auto import AutoPace
from async_sync.pacing.gate import Gate
from async_sync.pacing.pace import FixedPace, Level, Pace
from async_sync.pipeline.api_clock import ApiClock
from async_sync.pipeline.reader import Reader
from async_sync.progress import Progress
from async_sync.streams.bound import check_settings
from async_sync.streams.stream import path_keys
from async_sync.streams.table import Table
from async_sync.streams.tree import StreamTree
from async_sync.text.redaction import Secrets
from async_sync.writing.destination import Log
from async_sync.writing.outbox import Outbox, Relay


@dataclass(frozen=True)
class ConfiguredSource:
    """The API as declared and configured: settings, streams, and the secrets to hide."""

    settings: Settings
    tree: StreamTree
    secrets: Secrets = field(default_factory=Secrets)
    configuration: dict[str, str] = field(default_factory=dict, repr=False)
    """As it is to be kept for the next sync: a refresh token that is replaced is replaced here too."""
    auth: Auth | None = field(default=None, repr=False)
    """The credentials that the connector brings; None if they are those of the settings."""

    @classmethod
    def of(
        cls,
        configuration: Mapping[str, str],
        streams: Sequence[Table],
        keys: Sequence[ConfigurationKey] = (),
        auth: DeclaredAuth | None = None,
    ) -> Self:
        """Raises ValueError if the streams, keys and auth cannot be used together, and ConfigurationError."""
        tree = declared_tree(streams, keys)
        settings = parse_settings(configuration, path_keys(tree.streams), keys, brings_auth=auth is not None)
        check_settings(tree.streams, settings)
        names = [word for table in tree.tables for word in (table.name, table.table)]
        secrets = Secrets([*settings.secrets, *proxy_secrets()], own_words=[*own_words(settings), *names])
        own_auth = None if auth is None else auth_of(auth, configuration, secrets)
        return cls(settings, tree, secrets, dict(configuration), own_auth)


def declared_tree(streams: Sequence[Table], keys: Sequence[ConfigurationKey]) -> StreamTree:
    """The streams of a connector that has these keys of its own. Raises ValueError if they cannot be used together."""
    tree = StreamTree(streams, keys=[key.name for key in keys])
    check_own_keys(keys, path_keys(tree.streams))
    return tree


@dataclass(frozen=True, kw_only=True)
class Session:
    """The parts that read from the API: open, with credentials, at the configured pace."""

    source: ConfiguredSource
    progress: Progress
    gate: Gate
    api_clock: ApiClock
    _fetcher: PageFetcher
    _relay: Relay

    def reader(self, outbox: Outbox) -> Reader:
        """A reader of streams; from now on warnings go through this outbox."""
        self._relay.outbox = outbox
        return Reader(
            self._fetcher,
            self.source.settings,
            self.source.tree,
            api_clock=self.api_clock,
            outbox=outbox,
            verdicts=self.progress.verdicts,
        )


@asynccontextmanager
async def open_session(
    source: ConfiguredSource,
    log: Log,
    progress: Progress,
    transport: httpx.AsyncBaseTransport | None = None,
    pace: Pace | None = None,
) -> AsyncIterator[Session]:
    """Open a session; `transport` takes the place of the network, and `pace` that of the pace that the settings name.

    Closes its connections at the end.
    """
    settings, clock = source.settings, time.monotonic
    async with open_http(settings, transport, info=log.info, goes_elsewhere=source.auth is not None) as http:
        gate, relay = _gate(settings, pace or pace_of(settings)), Relay()
        sender = RetryingSender(
            http, settings, gate=gate, progress=progress, info=log.info, clock=clock, wall_clock=time.time
        )
        auth = _auth(source, http, sender, relay)
        yield Session(
            source=source,
            progress=progress,
            gate=gate,
            api_clock=ApiClock(clock=clock, wall_clock=time.time),
            _fetcher=PageFetcher(http, sender, auth=auth),
            _relay=relay,
        )


def _auth(source: ConfiguredSource, http: httpx.AsyncClient, sender: RetryingSender, relay: Relay) -> httpx.Auth:
    """The credentials of each request: those that the connector brings, or those of the settings."""
    settings, secrets, clock = source.settings, source.secrets, time.monotonic
    match source.auth:
        case None:
            kept = KeptConfiguration(http, settings, source.configuration)
            tokens = TokenEndpoint(
                settings,
                sender,
                secrets=secrets,
                clock=clock,
                wall_clock=time.time,
                warn=relay.warn,
                keep=partial(kept.replace, "refresh_token"),
            )
            return credentials(settings, tokens, further_request=sender.further_request, clock=clock)
        case SessionAuth() as declared:
            login = SessionLogin(declared, sender, base_url=str(http.base_url), secrets=secrets, clock=clock)
            return TokenAuth(login, declared.place, further_request=sender.further_request, clock=clock)
        case auth:
            return GatedAuth(auth, sender, secrets)


def pace_of(settings: Settings, start: Level | None = None) -> Pace:
    """The pace that the settings name; an automatic one begins with what was found before."""
    is_auto = settings.max_concurrency == AUTO
    return AutoPace(settings.max_in_flight, start) if is_auto else FixedPace(settings.max_in_flight)


def _gate(settings: Settings, pace: Pace) -> Gate:
    return Gate(
        pace,
        requests_per_second=settings.requests_per_second,
        max_wait_seconds=settings.max_wait_seconds,
        clock=time.monotonic,
    )
