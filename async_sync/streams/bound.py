"""A stream as one sync reads it: what is declared, with what the user configured instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from async_sync.configuration.settings import Settings
from async_sync.errors.base import ConfigurationError
from async_sync.pagination.page_style import PageStyle
from async_sync.pagination.styles import STYLES
from async_sync.streams.embedded_rows import EmbeddedRows
from async_sync.streams.reading import RowReader
from async_sync.streams.requests import RequestBuilder
from async_sync.streams.stream import Stream
from async_sync.streams.tree import StreamTree


def check_settings(streams: Sequence[Stream], settings: Settings) -> None:
    """Raises ConfigurationError for settings that do not go together with what the streams declare."""
    style = settings.pagination
    fixed = [stream for stream in streams if stream.places or stream.pagination.in_body]
    problems = [
        f"pagination: must be {stream.pagination.kind} or left out, since {stream.name} puts its positions into a text "
        f"or the body of its requests, not {style}"
        for stream in fixed
        if style is not None and style != stream.pagination.kind
    ]
    problems += [
        f"lookback_seconds: must be less than the window of {stream.name}, {stream.window}, which would begin before "
        "where it ended"
        for stream in streams
        if stream.window is not None and stream.window.total_seconds() <= settings.lookback_seconds
    ]
    if problems:
        raise ConfigurationError(problems)


@dataclass(frozen=True)
class BoundStream:
    """A declared stream bound to the settings of a sync; `cursor_field` is the API's name of it, None without one."""

    declared: Stream
    pagination: PageStyle
    cursor_field: str | None
    requests: RequestBuilder
    rows: RowReader

    @classmethod
    def bind(cls, stream: Stream, settings: Settings, tree: StreamTree | None = None) -> Self:
        """Apply the path, the cursor field and the page style that the user set."""
        path = stream.path if stream.path_key is None else settings.paths.get(stream.path_key, stream.path)
        cursor_field = None if stream.cursor_field is None else settings.cursor_field or stream.cursor_field_of_api
        style = settings.pagination or stream.pagination.kind
        deleted_field, embedded = settings.deleted_field, list[EmbeddedRows]()
        if tree is not None:
            embedded = [
                EmbeddedRows(below, tree, deleted_field=deleted_field, cursor_type=stream.cursor_type)
                for below in tree.embedded(stream)
            ]
        return cls(
            stream,
            stream.pagination if style == stream.pagination.kind else STYLES[style](),
            cursor_field,
            RequestBuilder(stream, path=path, cursor_field=cursor_field, keys=settings.keys),
            RowReader(stream, cursor_field=cursor_field, deletion=stream.deletion(deleted_field), embedded=embedded),
        )

    @property
    def name(self) -> str:
        """The stream's name."""
        return self.declared.name
