"""Reads a stream, or one partition of it, page by page."""

from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from functools import partial
from itertools import chain

import httpx

from async_sync.configuration.settings import Settings
from async_sync.errors.lists import IncompleteError, RequestError
from async_sync.errors.verdict import Verdict
from async_sync.http.fetcher import PageFetcher
from async_sync.http.sender import Judge
from async_sync.pagination.link_styles import AutoPages
from async_sync.pipeline.api_clock import ApiClock
from async_sync.pipeline.list_reading import ListReading
from async_sync.pipeline.page_warnings import (
    is_doubtful,
    last_page_warnings,
    page_warnings,
    start_warning,
    total_warnings,
)
from async_sync.pipeline.windows import Windows
from async_sync.records.answers import Answer
from async_sync.records.cursors import Cursor
from async_sync.records.pages import Page, Row
from async_sync.records.requests import Request
from async_sync.streams.bound import BoundStream
from async_sync.streams.reading import ReadRecords
from async_sync.streams.responses import judge
from async_sync.streams.stream import Stream
from async_sync.streams.tree import StreamTree
from async_sync.writing.outbox import Outbox
from async_sync.writing.watermark import StreamCursor


class Reader:
    """Reads pages of checked rows of these streams. `verdicts` counts what their rules have said about answers."""

    def __init__(
        self,
        fetcher: PageFetcher,
        settings: Settings,
        tree: StreamTree,
        *,
        api_clock: ApiClock,
        outbox: Outbox,
        verdicts: Counter[str],
    ) -> None:
        self._fetcher = fetcher
        self._settings = settings
        self._streams = {stream.name: BoundStream.bind(stream, settings, tree) for stream in tree.streams}
        self._base_url = fetcher.base_url.rstrip("/")
        self._api_clock = api_clock
        self._outbox = outbox
        self._verdicts = verdicts

    async def iter_pages(
        self,
        stream: Stream,
        cursor: StreamCursor,
        *,
        parent: Row,
        key: Mapping[str, object],
        partition: str | None = None,
        stops_before: Cursor | None = None,
    ) -> AsyncGenerator[Page]:
        """Pages of what changed at or after `cursor` (at its beginning: of everything), in the order of the API.

        Moves `cursor` with each page, and at the end. A list below the row `parent` may lack its fields that are in
        `key`; `partition` names it. A list that comes newest first ends with the first page that lies wholly before
        `stops_before`. Raises FatalError from the fetcher, the page style or the check of a record, and
        IncompleteError; every page before stays good.
        """
        bound = self._streams[stream.name]
        reading = self._begin(bound, cursor, parent, partition, stops_before)
        if stream.window is not None and cursor.seen_until is None:
            await self._outbox.warn(*start_warning(stream))
        is_complete = False
        while not is_complete:
            while reading.request is not None:
                page = await self._fetch(bound, reading, reading.request, key, partition)
                if page is not None:
                    await self._warn(bound, page, reading, cursor)
                    yield page
            try:
                is_complete = reading.end()
            except IncompleteError:
                yield reading.taken_back()
                raise
            moved = reading.moved()
            if moved is not None:
                yield moved
        if stream.finds_deleted:
            yield reading.end_page()
        for kind, text in total_warnings(bound, reading.total_check, url=reading.url, partition=partition):
            await self._outbox.warn(kind, text)

    def _begin(
        self,
        stream: BoundStream,
        cursor: StreamCursor,
        parent: Row,
        partition: str | None,
        stops_before: Cursor | None,
    ) -> ListReading:
        declared = stream.declared
        since = partial(self._since, declared)
        return ListReading(
            stream,
            cursor,
            since=since,
            ask=partial(self._first_request, stream, parent, partition or ""),
            page_size=self._settings.page_size,
            name=partition,
            stops_before=stops_before,
            is_new=partial(self._is_new, declared),
            windows=Windows(declared, since=since, clock=self._api_clock) if declared.is_windowed else None,
        )

    async def _fetch(
        self,
        stream: BoundStream,
        reading: ListReading,
        request: Request,
        key: Mapping[str, object],
        partition: str | None,
    ) -> Page | None:
        """The next page, or None if it was refused and `reading` has decided what to request instead."""

        def advance(answer: Answer) -> tuple[Page, Request | None]:
            return reading.advance(answer, *self._read(stream, answer, key))

        try:
            page, following = await self._fetcher.fetch(
                request, advance, partition=partition, stream=stream, judge=self._judge(stream, reading)
            )
        except RequestError as error:
            return reading.refused(error)
        return reading.take(page, following)

    def _judge(self, stream: BoundStream, reading: ListReading) -> Judge | None:
        """What the stream's rules say about the next answer; their verdicts are counted."""
        declared = stream.declared
        if not declared.responses:
            return None

        def judged(response: httpx.Response) -> Verdict | None:
            verdict = judge(declared.responses, response, is_first=reading.is_first, name=stream.name)
            if verdict is not None:
                self._verdicts[f"{stream.name}: {response.status_code} as {verdict.name}"] += 1
            return verdict

        return judged

    def _read(self, stream: BoundStream, answer: Answer, key: Mapping[str, object]) -> tuple[ReadRecords, Row | None]:
        """The checked records of an answer as they are written, and the last row as the API sent it."""
        self._api_clock.learn(answer)
        declared = stream.declared
        records = answer.records(
            declared.records, optional=declared.records_optional, single=declared.single, key=declared.records_key
        )
        read = stream.rows.read(records, url=answer.url, parent=key)
        # The last row also has what a map has left out, and what the conversion is about to change.
        last = {**read.rows[-1], **(records[-1] if isinstance(records[-1], dict) else {})} if read.rows else None
        stream.rows.convert(read, url=answer.url)
        return read, last

    def _first_request(
        self, stream: BoundStream, parent: Row, of: str, since: Cursor | None, until: Cursor | None
    ) -> Request:
        return stream.requests.build(self._base_url, since, parent, until=until, of=of)

    def _since(self, stream: Stream, seen_until: Cursor | None) -> Cursor | None:
        """The time from which changes are requested; None requests everything."""
        if seen_until is None or not stream.asks_for_changes:
            return None
        return stream.cursor_type.back(seen_until, self._settings.lookback_seconds)

    def _is_new(self, stream: Stream, cursor: Cursor) -> bool:
        """Whether the time is later than the start of the sync."""
        return stream.cursor_type.cap(cursor, self._api_clock.sync_start) is not cursor

    async def _warn(self, stream: BoundStream, page: Page, reading: ListReading, cursor: StreamCursor) -> None:
        is_last, style = reading.has_ended, stream.pagination
        is_just_full = is_last and reading.pages == 1 and len(page.rows) == self._settings.page_size != page.total
        cut_off = is_just_full and isinstance(style, AutoPages) and not style.says_end(page.answer)
        now = self._api_clock.now()
        in_order = cursor.in_order or not stream.declared.moves_by_page
        if stream.declared.is_sorted == "newest_first":
            in_order = reading.comes_newest_first
        if stream.declared.finds_deleted and (cut_off or is_doubtful(page, is_last=is_last)):
            reading.is_doubtful = True
        found = page_warnings(stream, page, since=reading.since, in_order=in_order, cut_off=cut_off, now=now)
        if is_last:
            found = chain(found, last_page_warnings(stream, page))
        for kind, text in found:
            await self._outbox.warn(kind, text)
