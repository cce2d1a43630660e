"""What a connector declares about its tables: where their records come from, and how to ask for them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from async_sync.configuration.key import PathKey
from async_sync.pagination.link_styles import AutoPages
from async_sync.pagination.page_style import PageStyle
from async_sync.records.cursors import SEQUENCE, TIMESTAMP, CursorType
from async_sync.records.pages import Row
from async_sync.records.rows import Map
from async_sync.records.usual import SAME_AS_CURSOR_FIELD, SAME_AS_TABLE, USUAL, Usual
from async_sync.streams.checks import check
from async_sync.streams.templates import CURSOR, CURSOR_FIELD, placeholders


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One list of records: where they come from, what identifies them, and which table they go to.

    What is written:

    - `name` names the stream in the state and in the log. It is the table's, and must be another if several streams
      fill one table.
    - `primary_key` and `columns` are the table's; other fields of a record become columns by themselves. A child's row
      also contains its parent's key, in columns of the parent's names that the record itself does not have. In columns
      declared as UTC_DATETIME, times are written in the form that the SDK accepts; those without an offset are local to
      the zone of `cursor_type`. In columns declared as DECIMAL, numbers keep the digits that the API sent.
    - `cursor_field` is the column that holds the time of a record's last change, `cursor_type` its form.
      `api_cursor_field` is the API's name for it if that differs (`cursor_field` in configuration.json takes
      precedence); the row is written under the column's name.
    - `map` turns a record into a row, before key and cursor are looked up (the cursor under the column's name then).

    What is requested:

    - `path` is appended to `base_url`; configuration.json may replace it under the key `path_key` (None: it may not).
    - `since_param` is the parameter that asks for changes, in the form of `since_format`. None says that the API has
      none: every sync reads everything.
    - `sort_params` ask for the order of the cursor, oldest first. If the API cannot sort, set `is_sorted` to False:
      then they are not sent, and no cursor moves before a list has been read to its end.
    - `params` and `headers` are whatever else the API needs.
    - `pagination` is the page style; a different one in configuration.json takes precedence.

    What is answered: `records` and `total` are the dotted paths of the list and of the total number of records, by
    default where they usually are; `records="."` means that the answer itself is the list. Null in place of the list is
    an empty list. If the API leaves out an empty list altogether, set `records_optional` to True.

    In these texts, `{cursor_field}` stands for the API's name of the cursor field, and `{cursor}` in `since_format` for
    the cursor. In a child's `path`, `params`, `headers` and `since_format`, other names stand for columns of the
    parent's row. Raises ValueError, which says what to write instead, for a declaration that cannot work.
    """

    table: str
    name: str = SAME_AS_TABLE
    path: str
    primary_key: Sequence[str]
    columns: Mapping[str, str | Mapping[str, object]]
    path_key: str | None = None
    records: str | Usual = USUAL
    records_optional: bool = False
    total: str | Usual = USUAL
    cursor_field: str = "updated_at"
    cursor_type: CursorType = TIMESTAMP
    api_cursor_field: str = SAME_AS_CURSOR_FIELD
    since_param: str | None = "updated_since"
    since_format: str = "{cursor}"
    sort_params: Mapping[str, str] = field(default_factory=lambda: {"order_by": "{cursor_field}", "order_type": "asc"})
    is_sorted: bool = True
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    pagination: PageStyle = AutoPages()  # noqa: RUF009 - it is frozen
    map: Map | None = None

    has_parent: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.name is SAME_AS_TABLE:
            object.__setattr__(self, "name", self.table)
        check(self)

    def schema(self) -> dict[str, object]:
        """The table as Fivetran's `schema()` expects it."""
        return {"table": self.table, "primary_key": list(self.primary_key), "columns": dict(self.columns)}

    def texts(self) -> Iterator[tuple[str, str]]:
        """Each text that may contain placeholders, with the name of its field."""
        yield from [("path", self.path), ("since_format", self.since_format)]
        if self.since_param is not None:
            yield "since_param", self.since_param
        for name, texts in (("sort_params", self.sort_params), ("params", self.params), ("headers", self.headers)):
            yield from ((name, text) for text in texts.values())

    @cached_property
    def placeholders(self) -> frozenset[str]:
        """The columns of the parent's row that the requests need."""
        return frozenset().union(*(placeholders(text) for _, text in self.texts())) - {CURSOR, CURSOR_FIELD}

    @cached_property
    def path_placeholders(self) -> frozenset[str]:
        """Those of them that the path needs."""
        return placeholders(self.path)

    @property
    def cursor_field_of_api(self) -> str:
        """The declared name of the cursor field in the API."""
        return self.cursor_field if self.api_cursor_field is SAME_AS_CURSOR_FIELD else self.api_cursor_field

    def key_of(self, row: Row) -> Row:
        """The key fields of a record of this stream."""
        return {name: row[name] for name in self.primary_key}


@dataclass(frozen=True, kw_only=True)
class ParentStream(Stream):
    """A stream read page by page with one cursor, such as the companies.

    `cursor_marks_changes` says whether a record that changes gets a later cursor. If not (a time of creation, an id),
    every parent that is read is written; if so, `all_parents` reads them all and writes those from the cursor on. By
    default, a time is taken as that of a change, and a `SEQUENCE` as an id.
    """

    cursor_marks_changes: bool | Usual = USUAL

    @property
    def marks_changes(self) -> bool:
        """Whether a parent from before the cursor is known to be unchanged."""
        return self.cursor_type != SEQUENCE if self.cursor_marks_changes is USUAL else self.cursor_marks_changes


@dataclass(frozen=True, kw_only=True)
class ChildStream(Stream):
    """A stream that is read for each parent with a cursor of its own, such as a company's departments."""

    has_parent: ClassVar[bool] = True


def kept_fields(parent: ParentStream, children: Sequence[ChildStream]) -> list[str]:
    """The columns of a parent's row that its children cannot be read without: its key, and what requests need."""
    needed = frozenset[str]().union(*(child.placeholders for child in children))
    return [*parent.primary_key, *sorted(needed - set(parent.primary_key))]


def path_keys(streams: Sequence[Stream]) -> list[PathKey]:
    """The keys of the configuration that set the path of a stream, or of several that share one."""
    found: dict[str, PathKey] = {}
    for stream in streams:
        key = stream.path_key
        if key is not None and key not in found:
            found[key] = PathKey(key=key, name=stream.name, default=stream.path, placeholders=stream.path_placeholders)
    return list(found.values())
