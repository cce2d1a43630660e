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

from async_sync.configuration.settings import Settings
from async_sync.errors.base import ConnectorError
from async_sync.errors.lists import AnswerError, ReportedError, RequestError
from async_sync.errors.source import SourceError
from async_sync.log_lines import gate_status
from async_sync.pipeline.partition_reader import GONE_STATUSES
from async_sync.pipeline.reader import Reader
from async_sync.process import block_on
from async_sync.progress import Progress
from async_sync.records.deletion import is_deleted
from async_sync.records.pages import Page, Row
from async_sync.records.rows import partition_id
from async_sync.session import ConfiguredSource, Session, open_session
from async_sync.streams.checks import check_together
from async_sync.streams.stream import ChildStream, ParentStream, Stream
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

Configuration = Mapping[str, str]


class SetupTests:
    """The tests of a connector of these streams, each a function of the configuration.

    A test takes no longer than `max_seconds`, and returns `result(None)` if it passes, otherwise `result(problem)`. Its
    findings (how many records, which fields) go to the log, since the SDK's success has no text. `log` and `transport`
    take the place of the SDK's log and of the network.
    """

    def __init__(
        self,
        parent: ParentStream,
        children: Sequence[ChildStream],
        *,
        result: Callable[[str | None], Any],
        log: Log,
        transport: httpx.AsyncBaseTransport | None = None,
        max_seconds: float = _MAX_SECONDS,
    ) -> None:
        check_together(parent, children)
        self._parent = parent
        self._children = children
        self._to_result = result
        self._log = log
        self._transport = transport
        self._max_seconds = max_seconds

    def settings_are_valid(self, configuration: Configuration) -> Any:
        """Every key is known and has an allowed value. Sends no request."""
        return self._result(configuration, _Probe.nothing)

    def api_can_be_reached(self, configuration: Configuration) -> Any:
        """The API responds, and accepts the credentials. The next test looks at what it responds."""
        return self._result(configuration, _Probe.access)

    def parents_can_be_read(self, configuration: Configuration) -> Any:
        """The parents are where the settings say, and each on the first page has its key and its cursor."""
        return self._result(configuration, _Probe.parents)

    def children_can_be_read(self, configuration: Configuration) -> Any:
        """So are the children of the first parent on that page that has any."""
        return self._result(configuration, _Probe.children)

    def _result(self, configuration: Configuration, check: Callable[["_Probe"], Awaitable[list[str]]]) -> Any:
        try:
            source = ConfiguredSource.of(configuration, parent=self._parent, children=self._children)
            source = replace(source, settings=_impatient(source.settings))
            log = RedactingLog(self._log, source.secrets)
            findings = block_on(self._within_time, source, log, check, secrets=source.secrets)
        except ConnectorError as error:
            return self._to_result(str(error))
        for finding in findings:
            log.info(finding)
        return self._to_result(None)

    async def _within_time(
        self, source: ConfiguredSource, log: Log, check: Callable[["_Probe"], Awaitable[list[str]]]
    ) -> list[str]:
        progress = Progress(source.parent.name, started_at=monotonic())
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
            await self._parents()
        except ReportedError:
            raise
        except AnswerError:
            return []
        except RequestError as error:
            if error.status is None or error.status in _ACCESS_STATUSES:
                raise
        return []

    async def parents(self) -> list[str]:
        page, name = await self._parents(), self.source.parent.name
        if not page.rows:
            return [f"{name}: the API has none, so its key and cursor fields could not be checked."]
        return [_found(page, name)]

    async def children(self) -> list[str]:
        page, deleted = await self._parents(), self.source.settings.deleted_field
        rows = [row for row in page.rows if not (deleted and is_deleted(row, deleted))][:_MAX_PARENTS]
        return [await self._of_one_parent(child, rows) for child in self.source.children]

    async def _of_one_parent(self, child: ChildStream, parents: Sequence[Row]) -> str:
        """Raises RequestError where every parent's children are gone: then the path is likely to be wrong."""
        empty: list[str] = []
        gone: list[RequestError] = []
        for parent in parents:
            key = self.source.parent.key_of(parent)
            name = f"{self.source.parent.name} {partition_id(key)}"
            try:
                page = await self._page(child, parent=parent, key=key, partition=name)
            except RequestError as error:
                if error.status not in GONE_STATUSES:
                    raise
                gone.append(error)
                continue
            if page.rows:
                return _found(page, f"{child.name} of {name}")
            empty.append(name)
        if gone and not empty:
            raise gone[0]
        return _unchecked(child, self.source.parent, empty)

    async def _parents(self) -> Page:
        return await self._page(self.source.parent, parent={}, key={})

    async def _page(self, stream: Stream, *, parent: Row, key: Row, partition: str | None = None) -> Page:
        pages = self.reader.iter_pages(stream, StreamCursor(None), parent=parent, key=key, partition=partition)
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


def _found(page: Page, what: str) -> str:
    columns = sorted({name for row in page.rows for name in row})
    of_total = "" if page.total is None else f" of {page.total}"
    return f"{what}: {len(page.rows)}{of_total} records on the first page, with the columns {field_names(columns)}."


def _unchecked(child: ChildStream, parent: ParentStream, empty: Sequence[str]) -> str:
    why = f"there are none in {', '.join(empty)}" if empty else f"there is no {parent.name} to ask for them"
    return f"{child.name}: {why}, so its key and cursor fields could not be checked."
