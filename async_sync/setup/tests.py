"""What is tried when a connection is set up: the settings, the way to the API, and the first pages of each stream.

The tests use the parts of a real sync, so that they fail where a sync would, with the same words. Of each list that
they look at, they read two pages, and one with the filter by time. They write nothing.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

import anyio
import httpx
import msgspec

from async_sync.configuration.key import ConfigurationKey
from async_sync.configuration.settings import Settings
from async_sync.errors.base import ConnectorError
from async_sync.errors.source import SourceError
from async_sync.http.own_auth import DeclaredAuth
from async_sync.log_lines import gate_status
from async_sync.process import block_on
from async_sync.progress import Progress
from async_sync.session import ConfiguredSource, Session, declared_tree, open_session
from async_sync.setup.probe import Probe
from async_sync.streams.table import Table
from async_sync.text.quoting import safe_url
from async_sync.writing.destination import Log, RedactingLog
from async_sync.writing.messages import Warn
from async_sync.writing.outbox import Outbox

_MAX_SECONDS = 60.0
_MAX_ATTEMPTS = 2
_MAX_OUTAGE_SECONDS = 5.0
_MAX_MESSAGES = 100
_MIN_REQUESTS_PER_SECOND = 1.0

Configuration = Mapping[str, str]


class SetupTests:
    """The tests of a connector of these streams, each a function of the configuration.

    A test takes no longer than `max_seconds`, and returns `result(None)` if it passes, otherwise `result(problem)`. Its
    findings (how many records, which fields) go to the log, since the SDK's success has no text. `log` and `transport`
    take the place of the SDK's log and of the network.
    """

    def __init__(
        self,
        streams: Sequence[Table],
        *,
        keys: Sequence[ConfigurationKey] = (),
        auth: DeclaredAuth | None = None,
        result: Callable[[str | None], Any],
        log: Log,
        transport: httpx.AsyncBaseTransport | None = None,
        max_seconds: float = _MAX_SECONDS,
    ) -> None:
        declared_tree(streams, keys)  # raises ValueError where they cannot be synced together
        self._keys = keys
        self._auth = auth
        self._streams = streams
        self._to_result = result
        self._log = log
        self._transport = transport
        self._max_seconds = max_seconds
        self._refresh_tokens: dict[str, str] = {}  # what has taken the place of each one in a test before

    def settings_are_valid(self, configuration: Configuration) -> Any:
        """Every key is known and has an allowed value. Sends no request."""
        return self._result(configuration, Probe.nothing)

    def api_can_be_reached(self, configuration: Configuration) -> Any:
        """The API responds, and accepts the credentials. The next test looks at what it responds."""
        return self._result(configuration, Probe.access)

    def roots_can_be_read(self, configuration: Configuration) -> Any:
        """The roots are where the settings say, and each record on the first page has its key and its cursor."""
        return self._result(configuration, Probe.roots)

    def children_can_be_read(self, configuration: Configuration) -> Any:
        """So is what is below the first record that has any, level by level."""
        return self._result(configuration, Probe.children)

    def _result(self, configuration: Configuration, check: Callable[[Probe], Awaitable[list[str]]]) -> Any:
        given = str(configuration.get("refresh_token", ""))
        if newer := self._refresh_tokens.get(given):
            configuration = {**configuration, "refresh_token": newer}
        try:
            source = ConfiguredSource.of(configuration, self._streams, self._keys, self._auth)
            source = replace(source, settings=_impatient(source.settings))
            log = RedactingLog(self._log, source.secrets)
            try:
                findings, warnings = block_on(self._within_time, source, log, check, secrets=source.secrets)
            finally:
                self._refresh_tokens[given] = source.configuration.get("refresh_token", "")
        except ConnectorError as error:
            return self._to_result(str(error))
        for finding in findings:
            log.info(finding)
        for warning in warnings:
            log.warning(warning)
        return self._to_result(None)

    async def _within_time(
        self, source: ConfiguredSource, log: Log, check: Callable[[Probe], Awaitable[list[str]]]
    ) -> tuple[list[str], list[str]]:
        """The findings of a check, and its warnings."""
        progress = Progress([table.name for table in source.tree.tables], started_at=monotonic())
        async with open_session(source, log, progress, self._transport) as session:
            with Outbox(_MAX_MESSAGES) as outbox:
                with anyio.move_on_after(self._max_seconds):
                    probe = Probe(source, session.reader(outbox), session.api_clock)
                    findings = await check(probe)
                    warned = [message.text for message in outbox.drain() if isinstance(message, Warn)]
                    return findings, [*warned, *probe.warnings]
            raise _timed_out(session, self._max_seconds)


def _impatient(settings: Settings) -> Settings:
    """The same, for someone who waits: give up sooner, and do not spread a handful of requests over minutes."""
    return msgspec.structs.replace(
        settings,
        max_attempts=min(settings.max_attempts, _MAX_ATTEMPTS),
        outage_seconds=min(settings.outage_seconds, _MAX_OUTAGE_SECONDS),
        requests_per_second=max(settings.requests_per_second, _MIN_REQUESTS_PER_SECOND),
    )


def _timed_out(session: Session, seconds: float) -> SourceError:
    status = gate_status(session.gate.statistics())
    return SourceError(
        f"{safe_url(session.source.settings.base_url)}: the test was given up after {seconds:g} s ({status}). See "
        "whether the API is up and how long it takes to respond; if it has asked for a pause, test again afterwards."
    )
