"""One stream, or one partition of it, read page by page."""

from collections.abc import AsyncIterator, Mapping

from async_sync.client import Client
from async_sync.cursors import Cursor
from async_sync.pages import Page, Request
from async_sync.pagination import paginate
from async_sync.settings import Settings
from async_sync.streams import Stream


class Reader:
    """Turns streams into pages of checked rows."""

    def __init__(self, client: Client, settings: Settings, base_url: str) -> None:
        self._client = client
        self._settings = settings
        self._base_url = base_url.rstrip("/")

    async def iter_pages(
        self,
        stream: Stream,
        path: str,
        since: Cursor | None,
        *,
        parent: Mapping[str, object],
        partition: str | None = None,
    ) -> AsyncIterator[Page]:
        """Pages of what changed at or after `since` (None: of everything), in the order the API gives them.

        `parent` holds the key fields a record may leave out. Raises FatalError as the client, the page style or the
        check of a record does; every page given before stays good.
        """
        first = Request(self._base_url + path, self._parameters(stream, since))
        pagination = paginate(self._settings.pagination, first, self._settings.page_size)
        request: Request | None = pagination.first
        while request is not None:
            answer = await self._client.fetch(request, partition=partition)
            rows, cursors = stream.read(answer.records(), url=answer.url, parent=parent)
            page, request = pagination.turn(Page(answer, rows, cursors, stream.primary_key))
            yield page

    def _parameters(self, stream: Stream, since: Cursor | None) -> dict[str, str]:
        parameters = {"order_by": stream.api_cursor_field, "order_type": "asc"}
        if since is None:
            return parameters
        return {"updated_since": str(stream.cursor_type.back(since, self._settings.lookback_seconds).raw), **parameters}
