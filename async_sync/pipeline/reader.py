"""One stream, or one partition of it, read page by page."""

from collections.abc import AsyncGenerator, Mapping
from functools import partial
from itertools import chain

from async_sync.configuration.settings import Settings
from async_sync.errors.lists import IncompleteError, RequestError
from async_sync.http.fetcher import PageFetcher
from async_sync.pagination.link_styles import AutoPages
from async_sync.pipeline.api_clock import ApiClock
from async_sync.pipeline.list_reading import ListReading
from async_sync.pipeline.page_warnings import end_notices, notices, total_notices
from async_sync.records.answers import Answer
from async_sync.records.cursors import Cursor
from async_sync.records.pages import Page, Row
from async_sync.records.requests import Request
from async_sync.records.usual import USUAL
from async_sync.streams.stream import Stream
from async_sync.writing.outbox import Outbox
from async_sync.writing.watermark import StreamCursor


class Reader:
    """Turns streams into pages of checked rows."""

    def __init__(self, client: PageFetcher, settings: Settings, *, api_clock: ApiClock, outbox: Outbox) -> None:
        self._client = client
        self._settings = settings
        self._base_url = client.base_url.rstrip("/")
        self._api_clock = api_clock
        self._outbox = outbox

    async def iter_pages(
        self,
        stream: Stream,
        cursor: StreamCursor,
        *,
        parent: Row,
        key: Mapping[str, object],
        partition: str | None = None,
    ) -> AsyncGenerator[Page]:
        """Pages of what changed at or after `cursor` (of everything at its beginning), in the order the API gives them.

        Moves `cursor` with each page, and at the end. Children are those of the row `parent`, and may leave out its
        fields that are in `key`. Raises FatalError as the client, the page style or the check of a record does, and
        IncompleteError; every page given before stays good.
        """
        reading = ListReading(
            stream,
            cursor,
            since=partial(self._since, stream),
            ask=partial(self._ask, stream, parent, partition or ""),
            page_size=self._settings.page_size,
            name=partition,
        )

        def advance(answer: Answer) -> tuple[Page, Request | None]:
            return reading.advance(answer, *self._read(stream, answer, key))

        while True:
            while reading.request is not None:
                try:
                    page, following = await self._client.fetch(
                        reading.request, advance, partition=partition, stream=stream
                    )
                except RequestError as error:
                    reading.refused(error)
                    continue
                page = reading.take(page, following)
                await self._warn(stream, page, reading, cursor)
                yield page
            try:
                if reading.end():
                    break
            except IncompleteError:
                yield reading.taken_back()
                raise
        for kind, text in total_notices(stream, reading.tally, url=reading.url, partition=partition):
            await self._outbox.warn(kind, text)

    def _read(
        self, stream: Stream, answer: Answer, key: Mapping[str, object]
    ) -> tuple[list[Row], list[Cursor], Row | None]:
        """The checked rows of an answer as they are written, their cursors, and the last row as the API gave it."""
        self._api_clock.learn(answer)
        records = answer.records(stream.records or USUAL, optional=stream.records_optional)
        rows, cursors = stream.read(records, url=answer.url, parent=key, deleted_field=self._settings.deleted_field)
        last = rows[-1].copy() if rows else None
        stream.convert(rows, cursors, url=answer.url)
        return rows, cursors, last

    def _ask(self, stream: Stream, parent: Row, of: str, since: Cursor | None) -> Request:
        return stream.request(self._base_url, since, parent, of=of)

    def _since(self, stream: Stream, seen_until: Cursor | None) -> Cursor | None:
        """From when on to ask for what has changed; None asks for everything."""
        if seen_until is None or not stream.since_param:
            return None
        return stream.cursor_type.back(seen_until, self._settings.lookback_seconds)

    async def _warn(self, stream: Stream, page: Page, reading: ListReading, cursor: StreamCursor) -> None:
        is_last, style = reading.request is None, stream.pagination
        is_just_full = is_last and reading.pages == 1 and len(page.rows) == self._settings.page_size != page.total
        cut_off = is_just_full and isinstance(style, AutoPages) and not style.says_end(page.answer)
        now, in_order = self._api_clock.now(), cursor.in_order
        found = notices(stream, page, since=reading.since, in_order=in_order, cut_off=cut_off, now=now)
        if is_last:
            found = chain(found, end_notices(stream, page))
        for kind, text in found:
            await self._outbox.warn(kind, text)
