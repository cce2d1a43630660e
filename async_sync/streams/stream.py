"""Streams: where records of a table come from, what is asked for, and how a record becomes a row."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from functools import cached_property
from typing import ClassVar, Self

from async_sync.configuration.key import PathKey
from async_sync.configuration.settings import Settings
from async_sync.errors.lists import PlaceholderError, RecordError
from async_sync.pagination.link_styles import AutoPages
from async_sync.pagination.page_style import PageStyle
from async_sync.pagination.styles import STYLES
from async_sync.records.cursors import SEQUENCE, TIMESTAMP, Cursor, CursorType, Timestamp
from async_sync.records.decimals import decimal_columns, decimal_text, exact_key
from async_sync.records.deletion import is_deleted
from async_sync.records.pages import Row
from async_sync.records.requests import Request
from async_sync.records.rows import Map, check_key, kind_of, mapped
from async_sync.records.times import is_plain, sdk_time, time_at
from async_sync.streams.checks import check
from async_sync.streams.templates import CURSOR, CURSOR_FIELD, filled, filled_headers, filled_path, placeholders


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One list of records: where they come from, how they are told apart, and which table they go to.

    What is written:

    - `name` is what its cursors in the state and its lines in the log go by. It is the table, and has to be another
      where several streams fill one.
    - `primary_key` and `columns` are the table's; further fields of a record become columns by themselves. A child's
      row also has the parent's key, in columns of the parent's names that the record itself does not have. In columns
      declared as UTC_DATETIME, times are written in the form that the SDK takes; those without an offset are read in
      the zone of `cursor_type`. In columns declared as DECIMAL numbers are written as the digits that the API sent.
    - `cursor_field` is the column that holds the time of a record's last change, `cursor_type` its form.
      `api_cursor_field` is the API's name of it where that differs (`cursor_field` in configuration.json goes before
      it); the row is written under the column's name.
    - `map` makes a row of a record, before key and cursor are looked for (the cursor under the column's name then).

    What is asked for:

    - `path` is appended to `base_url`; configuration.json may replace it under the key `path_key`.
    - `since_param` is the parameter that asks for what has changed, in the form of `since_format`. "" says that the API
      has none: every sync reads everything.
    - `sort_params` ask for the order of the cursor, oldest first. Where the API does not have it, `is_sorted` is False:
      then they are not sent, and no cursor moves before a list has been read to its end.
    - `params` and `headers` for whatever else the API needs.
    - `pagination` is the page style; another one in configuration.json goes before it.

    What is answered: `records` and `total` are the dotted paths of the list and of the number of all records; "" looks
    where they usually stand, and `records` set to "." means that the answer is the list. Null in place of the list is
    an empty one; where the API leaves out an empty list altogether, `records_optional` is True.

    In these texts `{cursor_field}` stands for the API's name of the cursor field, and `{cursor}` in `since_format` for
    the cursor. In a child's `path`, `params`, `headers` and `since_format` other names stand for columns of the
    parent's row. Raises ValueError, which says what to write instead, where a declaration cannot work.
    """

    table: str
    name: str = ""
    path: str
    primary_key: Sequence[str]
    columns: Mapping[str, str | Mapping[str, object]]
    path_key: str = ""
    records: str = ""
    records_optional: bool = False
    total: str = ""
    cursor_field: str = "updated_at"
    cursor_type: CursorType = TIMESTAMP
    api_cursor_field: str = ""
    since_param: str = "updated_since"
    since_format: str = "{cursor}"
    sort_params: Mapping[str, str] = field(default_factory=lambda: {"order_by": "{cursor_field}", "order_type": "asc"})
    is_sorted: bool = True
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    pagination: PageStyle = AutoPages()  # noqa: RUF009 - it is frozen
    map: Map | None = None

    has_parent: ClassVar[bool] = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.table if self.name == "" else self.name)
        check(self)

    def schema(self) -> dict[str, object]:
        """The table as Fivetran's `schema()` wants it."""
        return {"table": self.table, "primary_key": list(self.primary_key), "columns": dict(self.columns)}

    def texts(self) -> Iterator[tuple[str, str]]:
        """Each text that may hold placeholders, and the field it stands in."""
        yield from [("path", self.path), ("since_param", self.since_param), ("since_format", self.since_format)]
        for name, texts in (("sort_params", self.sort_params), ("params", self.params), ("headers", self.headers)):
            yield from ((name, text) for text in texts.values())

    @cached_property
    def placeholders(self) -> frozenset[str]:
        """The columns of the parent's row that the requests need."""
        return frozenset().union(*(placeholders(text) for _, text in self.texts())) - {CURSOR, CURSOR_FIELD}

    @cached_property
    def path_placeholders(self) -> frozenset[str]:
        """Those of them that stand in the path."""
        return placeholders(self.path)

    def key_of(self, row: Row) -> Row:
        """The key fields of a record of this stream."""
        return {name: row[name] for name in self.primary_key}

    def configured(self, settings: Settings) -> Self:
        """This stream with the path, the cursor field and the page style that the user set."""
        style = settings.pagination or self.pagination.kind
        return replace(
            self,
            path=settings.paths.get(self.path_key, self.path),
            api_cursor_field=settings.cursor_field or self.api_cursor_field or self.cursor_field,
            pagination=self.pagination if style == self.pagination.kind else STYLES[style](),
        )

    def request(self, base_url: str, since: Cursor | None, parent: Row, *, of: str = "") -> Request:
        """The first request for what changed at or after `since`, or for everything; `of` names the parent.

        Raises FatalError where the parent's row holds no value that can stand in it.
        """
        values = self._values(parent, of)
        path = filled_path(self.path, {name: values[name] for name in self.path_placeholders})
        params = filled({**(self.sort_params if self.is_sorted else {}), **self.params}, values)
        if since is not None:
            sent = {**values, CURSOR: str(since.raw)}
            params[self.since_param.format_map(values)] = self.since_format.format_map(sent)
        return Request(base_url + path, params, filled_headers(self.headers, values))

    @cached_property
    def _zone(self) -> tzinfo:
        """Where the clock stands that a time without an offset was read from."""
        return self.cursor_type.tz if isinstance(self.cursor_type, Timestamp) else UTC

    @cached_property
    def _time_columns(self) -> tuple[str, ...]:
        return tuple(name for name, kind in self.columns.items() if kind == "UTC_DATETIME")

    @cached_property
    def _decimal_columns(self) -> tuple[str, ...]:
        return decimal_columns(self.columns)

    @cached_property
    def _undeclared_keys(self) -> tuple[str, ...]:
        return tuple(name for name in self.primary_key if name not in self.columns)

    @property
    def is_exact(self) -> bool:
        """Whether numbers have to keep the digits that they are written with."""
        return bool(self._decimal_columns)

    def read(
        self, records: Sequence[object], *, url: str, parent: Mapping[str, object], deleted_field: str | None = None
    ) -> tuple[list[Row], list[Cursor]]:
        """Check a page's records; give its rows and, beside them, their cursors.

        A field that a record lacks is taken from its `parent`'s key. Raises RecordError at the first record that is no
        object, cannot be mapped, has no usable key, no readable cursor, or in `deleted_field` what says neither that it
        is deleted nor that it is not.
        """
        rows, cursors = [], []
        name = self.api_cursor_field if self.map is None else self.cursor_field
        for index, record in enumerate(records):
            if not isinstance(record, dict):
                raise RecordError(url=url, index=index, problem=f"is {kind_of(record)}, not an object", fields=())
            own = record
            try:
                if self.map is not None:
                    own = mapped(record, self.map)
                row = {**parent, **own}
                check_key(row, self.primary_key)
                cursors.append(self._take_cursor(row, name))
                if deleted_field:
                    is_deleted(row, deleted_field)
            except ValueError as error:
                raise RecordError(url=url, index=index, problem=str(error), fields=list(own)) from None
            rows.append(row)
        return rows, cursors

    def convert(self, rows: Sequence[Row], cursors: Sequence[Cursor], *, url: str) -> None:
        """Have the SDK take what stands in columns for times and decimals, and in keys: rows are changed in place.

        Raises RecordError at the first row that has something else in a column for times.
        """
        for column in self._undeclared_keys:
            for row in rows:
                row[column] = exact_key(row[column])
        for column in self._decimal_columns:
            for row in rows:
                if column in row:
                    row[column] = decimal_text(row[column])
        for column in self._time_columns:
            for index, row in enumerate(rows):
                if not is_plain(row.get(column)):
                    try:
                        self._write_time(row, column, cursors[index])
                    except ValueError as error:
                        raise RecordError(url=url, index=index, problem=str(error), fields=list(row)) from None

    def _values(self, parent: Row, of: str) -> dict[str, str]:
        """What stands for the placeholders."""
        values = {CURSOR_FIELD: self.api_cursor_field}
        for name in self.placeholders:
            value = parent.get(name)
            if (type(value) is not str and type(value) is not int) or value == "":
                found = "is empty" if value == "" else f"is {kind_of(value)}" if name in parent else "is missing"
                raise PlaceholderError(table=self.name, of=of, name=name, problem=found, fields=list(parent))
            values[name] = str(value)
        return values

    def _write_time(self, row: Row, column: str, cursor: Cursor) -> None:
        """Have the SDK take what stands in a column for times."""
        try:
            if column == self.cursor_field and not isinstance(self.cursor_type, Timestamp):
                row[column] = time_at(cursor.at)
            elif column in row:
                row[column] = sdk_time(row[column], self._zone)
        except ValueError as error:
            raise ValueError(f"has a field {column} that is no UTC_DATETIME: {error}") from None

    def _take_cursor(self, row: Row, name: str) -> Cursor:
        """Read the cursor; put it under the column's own name where the API calls it otherwise."""
        if name not in row:
            raise ValueError(f"has no cursor field {name}")
        if name != self.cursor_field:
            row[self.cursor_field] = row.pop(name)
        try:
            return self.cursor_type.parse(row[self.cursor_field])
        except ValueError as error:
            raise ValueError(f"has a cursor field {name} that cannot be read: {error}") from None


@dataclass(frozen=True, kw_only=True)
class ParentStream(Stream):
    """A stream read page by page with one cursor, such as the companies.

    `cursor_marks_changes` says whether a record that changes gets a later cursor. Where it does not (a time of
    creation, an id), every parent that is read is written; where it does, `all_parents` reads them all and writes
    those from the cursor on. None takes a time for that of a change, and a `SEQUENCE` for an id.
    """

    cursor_marks_changes: bool | None = None

    @property
    def marks_changes(self) -> bool:
        """Whether a parent from before the cursor is known to be unchanged."""
        return self.cursor_type != SEQUENCE if self.cursor_marks_changes is None else self.cursor_marks_changes


@dataclass(frozen=True, kw_only=True)
class ChildStream(Stream):
    """A stream that is read for each parent with a cursor of its own, such as a company's departments."""

    has_parent: ClassVar[bool] = True


def kept_fields(parent: ParentStream, children: Sequence[ChildStream]) -> list[str]:
    """The columns of a parent's row that its children cannot be read without: its key, and what requests need."""
    needed = frozenset[str]().union(*(child.placeholders for child in children))
    return [*parent.primary_key, *sorted(needed - set(parent.primary_key))]


def path_keys(streams: Sequence[Stream]) -> list[PathKey]:
    """The keys of the configuration that set the path of one of the streams."""
    return [
        PathKey(key=stream.path_key, name=stream.name, default=stream.path, placeholders=stream.path_placeholders)
        for stream in streams
        if stream.path_key
    ]
