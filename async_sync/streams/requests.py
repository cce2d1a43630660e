"""The first request of each list of a stream."""

from async_sync.errors.lists import PlaceholderError
from async_sync.records.cursors import Cursor
from async_sync.records.pages import Row
from async_sync.records.requests import Request
from async_sync.records.rows import UnusableKeyError, check_key
from async_sync.streams.stream import Stream
from async_sync.streams.templates import (
    CURSOR,
    CURSOR_FIELD,
    filled,
    filled_headers,
    filled_path,
    placeholders,
)


class RequestBuilder:
    """Builds the first request of a list from the declaration.

    `path` and `cursor_field` (the API's name of it, None without one) are the configured ones, or
    else the declared ones.
    """

    def __init__(self, stream: Stream, *, path: str, cursor_field: str | None) -> None:
        self._stream = stream
        self._path = path
        self._path_placeholders = placeholders(path)
        self._placeholders = stream.placeholders | self._path_placeholders
        self._cursor_field = cursor_field

    def build(self, base_url: str, since: Cursor | None, parent: Row, *, of: str = "") -> Request:
        """The request for what changed at or after `since`, or for everything; `of` names the parent in errors.

        Raises FatalError if the parent's row lacks a value that a placeholder needs.
        """
        stream = self._stream
        values = self._values(parent, of)
        path = filled_path(self._path, {name: values[name] for name in self._path_placeholders})
        is_sorted = stream.is_sorted and self._cursor_field is not None
        params = filled({**(stream.sort_params if is_sorted else {}), **stream.params}, values)
        if since is not None and stream.since_param is not None:
            sent = {**values, CURSOR: str(since.raw)}
            params[stream.since_param.format_map(values)] = stream.since_format.format_map(sent)
        return Request(base_url + path, params, filled_headers(stream.headers, values))

    def _values(self, parent: Row, of: str) -> dict[str, str]:
        """The values of the placeholders."""
        values = {CURSOR_FIELD: self._cursor_field or ""}
        try:
            check_key(parent, self._placeholders)
        except UnusableKeyError as error:
            raise PlaceholderError(
                table=self._stream.name, partition=of, name=error.name, problem=error.problem, fields=list(parent)
            ) from None
        return values | {name: str(parent[name]) for name in self._placeholders}
