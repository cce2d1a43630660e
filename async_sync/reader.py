"""One stream, or one partition of it, read page by page."""

from collections.abc import AsyncIterator, Mapping

from async_sync.api_clock import ApiClock
from async_sync.client import Client
from async_sync.cursors import Cursor
from async_sync.notices import notices
from async_sync.outbox import Outbox
from async_sync.page_styles import Auto
from async_sync.pages import Answer, Page, Request, Row
from async_sync.settings import Settings
from async_sync.streams import Stream
from async_sync.watermark import StreamCursor


class Reader:
    """Turns streams into pages of checked rows."""

    def __init__(self, client: Client, settings: Settings, *, api_clock: ApiClock, outbox: Outbox) -> None:
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
    ) -> AsyncIterator[Page]:
        """Pages of what changed at or after `cursor` (of everything at its beginning), in the order the API gives them.

        Moves `cursor` with each page, and at the end. Children are those of the row `parent`, and may leave out its
        fields that are in `key`. Raises FatalError as the client, the page style or the check of a record does; every
        page given before stays good.
        """
        since = self._since(stream, cursor)
        first = stream.request(self._base_url, since, parent, of=partition or "")
        pagination = stream.pagination.paginate(first, self._settings.page_size, is_full=since is None)

        def turn(answer: Answer) -> tuple[Page, Request | None]:
            self._api_clock.learn(answer)
            records = answer.records(stream.records, optional=stream.records_optional)
            rows, cursors = stream.read(records, url=answer.url, parent=key)
            last = rows[-1].copy() if rows else None
            stream.convert(rows, cursors, url=answer.url)
            return pagination.turn(Page(answer, rows, cursors, stream.primary_key, answer.total(stream.total), last))

        request: Request | None = pagination.first
        while request is not None:
            is_first = request is pagination.first
            page, request = await self._client.fetch(request, turn, partition=partition, exact=stream.is_exact)
            cursor.page(page.cursors)
            await self._warn(stream, page, since, cursor, is_only=is_first and request is None)
            yield page
        cursor.end()

    def _since(self, stream: Stream, cursor: StreamCursor) -> Cursor | None:
        """From when on to ask for what has changed; None asks for everything."""
        if cursor.seen_until is None or not stream.since_param:
            return None
        return stream.cursor_type.back(cursor.seen_until, self._settings.lookback_seconds)

    async def _warn(
        self, stream: Stream, page: Page, since: Cursor | None, cursor: StreamCursor, *, is_only: bool
    ) -> None:
        settings = self._settings
        style = stream.pagination
        may_be_cut_off = is_only and isinstance(style, Auto) and not style.says_end(page.answer)
        cut_off = may_be_cut_off and len(page.rows) == settings.page_size != page.total
        now, in_order = self._api_clock.now(), cursor.in_order
        for kind, text in notices(stream, page, since=since, in_order=in_order, cut_off=cut_off, now=now):
            await self._outbox.warn(kind, text)
