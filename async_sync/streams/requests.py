"""The first request of each list of a stream."""

from collections.abc import Mapping
from typing import Any

from async_sync.errors.lists import PlaceholderError
from async_sync.records.cursors import NO_CURSOR, Cursor, zone_of
from async_sync.records.pages import Row
from async_sync.records.requests import Request
from async_sync.records.rows import UnusableKeyError, check_key
from async_sync.streams.stream import Stream
from async_sync.streams.templates import (
    CURSOR,
    CURSOR_FIELD,
    UNTIL,
    SentCursor,
    Values,
    filled,
    filled_headers,
    filled_path,
    placeholders,
    texts_in,
)

_HTTP_DATE = "if-modified-since"


class RequestBuilder:
    """Builds the first request of a list from the declaration.

    `path` and `cursor_field` (the API's name of it, None without one) are the configured ones, or else the declared
    ones. `keys` are the values of the connector's own keys.
    """

    def __init__(
        self, stream: Stream, *, path: str, cursor_field: str | None, keys: Mapping[str, str] | None = None
    ) -> None:
        self._stream = stream
        self._path = path
        self._path_names = placeholders(path)
        is_sorted = stream.is_sorted and cursor_field is not None
        self._params = {**(stream.sort_params if is_sorted else {}), **stream.params}
        self._places = stream.places
        self._fixed: Values = {**(keys or {}), CURSOR_FIELD: cursor_field or ""}
        self._columns = (stream.placeholders | (self._path_names - self._places)) - self._fixed.keys()
        self._filled_params = self._filled_once(self._params)
        kind = stream.cursor_type  # what does not depend on the list is made once
        self._zone = zone_of(kind)
        self._beginning = self._sent(kind.at(0) or NO_CURSOR._replace(raw=0))

    def build(
        self, base_url: str, since: Cursor | None, parent: Row, *, until: Cursor | None = None, of: str = ""
    ) -> Request:
        """The request for what changed at or after `since`, or for everything; `of` names the parent in errors.

        `until` ends what is asked for, where the stream declares that it has an end.

        Raises FatalError if the parent's row lacks a value that a placeholder needs.
        """
        stream, places = self._stream, self._places
        values = self._values(parent, of, since)
        if until is not None:
            values[UNTIL] = self._sent(until)
        path = filled_path(self._path, {name: values[name] for name in self._path_names - places}, places)
        once = self._filled_params
        params = dict(once) if once is not None else filled(self._params, values, places)
        if since is not None and stream.since_param is not None and not stream.sends_cursor:
            params[stream.since_param.format_map(values)] = stream.since_format.format_map(values)
        if until is not None and stream.until_param is not None:
            ended = {**values, CURSOR: values[UNTIL]}
            params[stream.until_param.format_map(values)] = stream.since_format.format_map(ended)
        return Request(
            base_url + path,
            params,
            self._headers(values, since),
            stream.method,
            None if stream.body is None else filled(stream.body, values, places),
            places,
            base_url=base_url,
        )

    def _headers(self, values: Values, since: Cursor | None) -> dict[str, str]:
        stream = self._stream
        if not stream.headers and stream.since_header is None:
            return {}
        headers = filled_headers(stream.headers, values)
        if since is not None and stream.since_header is not None:
            is_http_date = stream.since_header.lower() == _HTTP_DATE and stream.since_format == "{cursor}"
            sent = self._sent(since).http_date if is_http_date else stream.since_format.format_map(values)
            headers[stream.since_header] = sent
        return headers

    def _values(self, parent: Row, of: str, since: Cursor | None) -> dict[str, Any]:
        """The values of the placeholders."""
        try:
            check_key(parent, self._columns)
        except UnusableKeyError as error:
            raise PlaceholderError(
                table=self._stream.name, partition=of, name=error.name, problem=error.problem, fields=list(parent)
            ) from None
        values = {**self._fixed, **{name: parent[name] for name in self._columns}}
        values[CURSOR] = self._beginning if since is None else self._sent(since)
        return values

    def _sent(self, cursor: Cursor) -> SentCursor:
        return SentCursor(cursor, self._zone)

    def _filled_once(self, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The parameters, if they are the same for every list of the stream."""
        names = frozenset[str]().union(*map(placeholders, texts_in(params)))
        return filled(params, self._fixed, self._places) if names <= self._fixed.keys() | self._places else None
