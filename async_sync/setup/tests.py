"""What is tried when a connection is set up: the settings, the way to the API, and one page of each stream.

The tests use the parts of a real sync, so that they fail where a sync would, with the same words. They read at most one
page of the parents and one page each for a few of their children, and write nothing.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

import anyio
import httpx
import msgspec

from async_sync.configuration.key import ConfigurationKey
from async_sync.configuration.settings import Settings
from async_sync.errors.base import ConnectorError
from async_sync.errors.lists import AnswerError, ReportedError, RequestError
from async_sync.errors.source import SourceError
from async_sync.http.own_auth import DeclaredAuth
from async_sync.log_lines import gate_status
from async_sync.pipeline.partitions import Partition
from async_sync.pipeline.reader import Reader
from async_sync.process import block_on
from async_sync.progress import Progress
from async_sync.records.deletion import is_deleted
from async_sync.records.pages import Page, Row
from async_sync.records.rows import partition_id
from async_sync.session import ConfiguredSource, Session, declared_tree, open_session
from async_sync.streams.stream import Stream
from async_sync.streams.table import Table
from async_sync.text.quoting import field_names, safe_url
from async_sync.writing.destination import Log, RedactingLog
from async_sync.writing.messages import Warn
from async_sync.writing.outbox import Outbox
from async_sync.writing.watermark import StreamCursor

_MAX_SECONDS = 60.0
_MAX_ATTEMPTS = 2
_MAX_OUTAGE_SECONDS = 5.0
_MAX_PARENTS = 5
_MAX_MESSAGES = 100
_MIN_REQUESTS_PER_SECOND = 1.0
_ACCESS_STATUSES = {*range(300, 400), 401, 403, 407, 429, *range(500, 600)}
"""What is answered by something on the way, or to somebody who may not read."""
_UNCHECKED = "its key and cursor fields could not be checked."

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
        return self._result(configuration, _Probe.nothing)

    def api_can_be_reached(self, configuration: Configuration) -> Any:
        """The API responds, and accepts the credentials. The next test looks at what it responds."""
        return self._result(configuration, _Probe.access)

    def roots_can_be_read(self, configuration: Configuration) -> Any:
        """The roots are where the settings say, and each record on the first page has its key and its cursor."""
        return self._result(configuration, _Probe.roots)

    def children_can_be_read(self, configuration: Configuration) -> Any:
        """So is what is below the first record that has any, level by level."""
        return self._result(configuration, _Probe.children)

    def _result(self, configuration: Configuration, check: Callable[["_Probe"], Awaitable[list[str]]]) -> Any:
        given = str(configuration.get("refresh_token", ""))
        if newer := self._refresh_tokens.get(given):
            configuration = {**configuration, "refresh_token": newer}
        try:
            source = ConfiguredSource.of(configuration, self._streams, self._keys, self._auth)
            source = replace(source, settings=_impatient(source.settings))
            log = RedactingLog(self._log, source.secrets)
            try:
                findings = block_on(self._within_time, source, log, check, secrets=source.secrets)
            finally:
                self._refresh_tokens[given] = source.configuration.get("refresh_token", "")
        except ConnectorError as error:
            return self._to_result(str(error))
        for finding in findings:
            log.info(finding)
        return self._to_result(None)

    async def _within_time(
        self, source: ConfiguredSource, log: Log, check: Callable[["_Probe"], Awaitable[list[str]]]
    ) -> list[str]:
        progress = Progress([table.name for table in source.tree.tables], started_at=monotonic())
        async with open_session(source, log, progress, self._transport) as session:
            with Outbox(_MAX_MESSAGES) as outbox:
                with anyio.move_on_after(self._max_seconds):
                    findings = await check(_Probe(source, session.reader(outbox)))
                    return findings + [message.text for message in outbox.drain() if isinstance(message, Warn)]
            raise _timed_out(session, self._max_seconds)


@dataclass(frozen=True)
class _Probe:
    """Requests single pages. Each check returns its findings, one sentence each, or raises."""

    source: ConfiguredSource
    reader: Reader

    async def nothing(self) -> list[str]:
        return []

    async def access(self) -> list[str]:
        try:
            await self._first_page(self.source.tree.roots[0])
        except ReportedError:
            raise
        except AnswerError:
            return []
        except RequestError as error:
            if error.status is None or error.status in _ACCESS_STATUSES:
                raise
        return []

    async def roots(self) -> list[str]:
        findings = []
        for root in self.source.tree.roots:
            page = await self._first_page(root)
            checked = _found(page, root.name) if page.rows else f"{root.name}: the API has none, so {_UNCHECKED}"
            findings.append(checked)
        return findings

    async def children(self) -> list[str]:
        found: dict[str, Sequence[Row]] = {}
        findings = []
        for stream in self._from_above():
            if stream.parent is None:
                found[stream.name] = _rows(await self._first_page(stream))
            else:
                rows, finding = await self._below(stream, stream.parent, found[stream.parent.name])
                found[stream.name] = rows
                findings.append(finding)
        return findings

    def _from_above(self) -> Sequence[Stream]:
        """The streams, each after its parent; roots only where there is something below."""
        tree = self.source.tree
        streams = [stream for stream in tree.streams if stream.parent is not None or tree.children(stream)]
        return sorted(streams, key=tree.level)

    async def _below(self, child: Stream, parent: Table, above: Sequence[Row]) -> tuple[Sequence[Row], str]:
        """The first page below one of these records that has any.

        Raises RequestError where it is gone for every one of them: then the path is likely to be wrong.
        """
        deleted = self.source.settings.deleted_field
        empty: list[str] = []
        gone: list[RequestError] = []
        for row in [row for row in above if not (deleted and is_deleted(row, deleted))][:_MAX_PARENTS]:
            partition = Partition(parent, partition_id(parent.key_of(row)), row)
            try:
                page = await self._page(child, partition)
            except RequestError as error:
                if not error.is_missing:
                    raise
                gone.append(error)
                continue
            if page.rows:
                return _rows(page), _found(page, f"{child.name} of {partition.title}")
            empty.append(partition.title)
        if gone and not empty:
            raise gone[0]
        why = f"there are none in {', '.join(empty)}" if empty else f"there is no {parent.name} to ask for them"
        return [], f"{child.name}: {why}, so {_UNCHECKED}"

    async def _first_page(self, root: Stream) -> Page:
        """The first page of a root; of one with parents that are known beforehand, that of the first."""
        static = self.source.tree.static_parents(root)
        if static is None:
            return await self._page(root, None)
        name, row = next(iter(static.rows.items()))
        return await self._page(root, Partition(static, name, row))

    async def _page(self, stream: Stream, above: Partition | None) -> Page:
        row = {} if above is None else above.parent
        key = {name: row[name] for name in stream.parent_key}
        title = None if above is None else above.title
        pages = self.reader.iter_pages(stream, StreamCursor(None), parent=row, key=key, partition=title)
        async with aclosing(pages):
            return await anext(pages)


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


def _rows(page: Page) -> Sequence[Row]:
    """The rows that a sync would write, which are not one for each record where there is a `map`."""
    return [row for one in page.to_write() for row in one.rows]


def _found(page: Page, what: str) -> str:
    columns = sorted({name for row in _rows(page) for name in row})
    of_total = "" if page.total is None else f" of {page.total}"
    return f"{what}: {len(page.rows)}{of_total} records on the first page, with the columns {field_names(columns)}."
