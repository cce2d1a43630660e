"""One stream, or one partition of it, read page by page."""

from collections.abc import AsyncIterator, Mapping

from async_sync.api_clock import ApiClock
from async_sync.client import Client
from async_sync.cursors import Cursor
from async_sync.notices import notices
from async_sync.outbox import Outbox
from async_sync.pages import Answer, Page, Request
from async_sync.pagination import paginate
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
        path: str,
        cursor: StreamCursor,
        *,
        parent: Mapping[str, object],
        partition: str | None = None,
    ) -> AsyncIterator[Page]:
        """Pages of what changed at or after `cursor` (of everything at its beginning), in the order the API gives them.

        Moves `cursor` with each page, and at the end. `parent` holds the key fields that a record may leave out. Raises
        FatalError as the client, the page style or the check of a record does; every page given before stays good.
        """
        since = cursor.seen_until and stream.cursor_type.back(cursor.seen_until, self._settings.lookback_seconds)
        first = Request(self._base_url + path, _parameters(stream, since))
        pagination = paginate(self._settings.pagination, first, self._settings.page_size)

        def turn(answer: Answer) -> tuple[Page, Request | None]:
            self._api_clock.learn(answer)
            rows, cursors = stream.read(answer.records(), url=answer.url, parent=parent)
            return pagination.turn(Page(answer, rows, cursors, stream.primary_key))

        request: Request | None = pagination.first
        while request is not None:
            is_first = request is pagination.first
            page, request = await self._client.fetch(request, turn, partition=partition)
            cursor.page(page.cursors)
            await self._warn(stream, page, since, cursor, is_only=is_first and request is None)
            yield page
        cursor.end()

    async def _warn(
        self, stream: Stream, page: Page, since: Cursor | None, cursor: StreamCursor, *, is_only: bool
    ) -> None:
        settings = self._settings
        cut_off = is_only and settings.pagination == "auto" and len(page.rows) == settings.page_size
        now, in_order = self._api_clock.now(), cursor.in_order
        for kind, text in notices(stream, page, since=since, in_order=in_order, cut_off=cut_off, now=now):
            await self._outbox.warn(kind, text)


def _parameters(stream: Stream, since: Cursor | None) -> dict[str, str]:
    order = {"order_by": stream.api_cursor_field, "order_type": "asc"}
    return order if since is None else {"updated_since": str(since.raw), **order}
