"""What a connector declares about its tables: where their records come from, and how to ask for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from async_sync.configuration.key import PathKey
from async_sync.pagination.link_styles import AutoPages
from async_sync.records.cursors import SEQUENCE, TIMESTAMP, CursorType
from async_sync.records.deletion import Deletion
from async_sync.records.usual import SAME_AS_CURSOR_FIELD, USUAL, Usual
from async_sync.streams.answer_options import AnswerOptions
from async_sync.streams.checks import check, check_embedded
from async_sync.streams.graphql import Graphql
from async_sync.streams.request_options import RequestOptions
from async_sync.streams.table import Table
from async_sync.streams.templates import CURSOR, OWN_NAMES, UNTIL, placeholders


@dataclass(frozen=True, kw_only=True)
class Stream(Table, RequestOptions, AnswerOptions):
    """A table whose records are requested: one list, or a list for each record of its `parent`.

    Where it stands:

    - `parent` is the stream above: for each of its records, one list is read. Without a parent it is a root.
    - `parents` are parents that are known beforehand, such as `[{"region": "eu"}, {"region": "us"}]`: the stream is a
      root with a list for each of them.
    - `touches_parent` says whether a record that changes here also updates its parent's time. If not, this stream is
      requested for every record of its parent in each sync. `sync_scope` in configuration.json takes precedence.

    What is written:

    - `name` names the stream in the state and in the log. It is the table's, and must be another if several streams
      fill one table.
    - `primary_key` and `columns` are the table's; other fields of a record become columns by themselves. A row also
      contains its parent's key, in columns of the parent's names that the record itself does not have. In columns
      declared as UTC_DATETIME, times are written in the form that the SDK accepts; those without an offset are local to
      the zone of `cursor_type`. In columns declared as DECIMAL, numbers keep the digits that the API sent.
    - `cursor_field` is the column that holds the time of a record's last change, `cursor_type` its form.
      `api_cursor_field` is the API's name for it if that differs (`cursor_field` in configuration.json takes
      precedence); the row is written under the column's name. With a `cursor_field` of None, there is no such time: the
      list is read whole whenever it is read, and every row is written.
    - `cursor_marks_changes` says whether a record that changes gets a later cursor. If not (a time of creation, an id),
      every record that is read is written. By default, a time is taken as that of a change, and a `SEQUENCE` as an id.
    - `means_deleted` says that whatever is listed is deleted, as in a list of archived records: a second stream of a
      table, under another `name`, whose rows are deleted before those of the first are written.
    - `map` turns a record into a row, into a list of rows, or into None, which drops it. It is called before key and
      cursor are looked up (the cursor under the column's name then).

    How its lists are requested is described at `RequestOptions`, and how responses are read at `AnswerOptions`.

    In these texts, `{cursor_field}` stands for the API's name of the cursor field, and `{cursor}` for the cursor, or a
    form of it such as `{cursor:%Y-%m-%d}`. Outside `since_format` it takes the place of `since_param`, and is the
    beginning of time where a list has no cursor. In `path`, `params`, `headers`, `since_format` and `body`, a name that
    is a parameter of the page style (`{offset}`) is filled for each page instead of being sent as that parameter, and
    other names stand for keys of the configuration, or columns of the parent's row. Raises ValueError, which says what
    to write instead, for a declaration that cannot work.
    """

    parent: Table | None = None
    parents: Sequence[Mapping[str, str | int]] = ()
    touches_parent: bool = True
    means_deleted: bool = False
    cursor_field: str | None = "updated_at"
    cursor_type: CursorType = TIMESTAMP
    cursor_marks_changes: bool | Usual = USUAL
    api_cursor_field: str = SAME_AS_CURSOR_FIELD

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.body, Graphql):
            style = self.pagination != AutoPages()
            self._set(self.body.long_form(records=self.records, responses=tuple(self.responses), has_style=style))
        self._set(self.implied())
        check(self)

    def _set(self, fields: Iterable[tuple[str, object]]) -> None:
        """Set what follows from other fields: this is called while the stream is made."""
        for name, value in fields:
            object.__setattr__(self, name, value)

    def deletion(self, configured: str | None) -> Deletion:
        """Which of its rows are deleted ones; `configured` is the `deleted_field` of the configuration."""
        return Deletion(always=True) if self.means_deleted else super().deletion(configured)

    @property
    def has_parent(self) -> bool:
        """Whether it has a list for each of several parents."""
        return self.parent is not None or bool(self.parents)

    @property
    def parent_key(self) -> Sequence[str]:
        """The columns that tell its lists apart: the key of its parent; none for a single list."""
        if self.parent is not None:
            return self.parent.primary_key
        return list(self.parents[0]) if self.parents else []

    @cached_property
    def placeholders(self) -> frozenset[str]:
        """The names that the requests need: columns of the parent's row, and keys of the configuration."""
        paged, others = self._names_in("path", "params", "body"), self._names_in("headers", "since_format")
        return ((paged - self.places) | others) - OWN_NAMES

    @cached_property
    def path_placeholders(self) -> frozenset[str]:
        """Those in the path."""
        return placeholders(self.path)

    @cached_property
    def places(self) -> frozenset[str]:
        """The parameters of its page style that stand in path, params or body instead."""
        return (self._names_in("path", "params", "body") & self.pagination.params) - OWN_NAMES

    @cached_property
    def sends_cursor(self) -> bool:
        """Whether the cursor stands in a text, so that `since_param` is not needed."""
        return CURSOR in self._names_in("path", "params", "headers", "body")

    @cached_property
    def is_windowed(self) -> bool:
        """Whether what is asked for has an end."""
        texts = ["path", "params", "headers", "body"]
        if self.since_header is not None or (self.since_param is not None and not self.sends_cursor):
            texts.append("since_format")
        return self.until_param is not None or UNTIL in self._names_in(*texts)

    def _names_in(self, *wheres: str) -> frozenset[str]:
        return frozenset[str]().union(*(placeholders(text) for where, text in self.texts() if where in wheres))

    @property
    def moves_by_page(self) -> bool:
        """Whether a cursor may move while a list is read. If that may be cut off, nobody knows which part came."""
        return self.is_sorted is True and self.max_results is None

    @property
    def cursor_field_of_api(self) -> str | None:
        """The declared name of the cursor field in the API; None without one."""
        return self.cursor_field if self.api_cursor_field is SAME_AS_CURSOR_FIELD else self.api_cursor_field

    @property
    def marks_changes(self) -> bool:
        """Whether a record from before the cursor is known to be unchanged."""
        return self.cursor_type != SEQUENCE if self.cursor_marks_changes is USUAL else self.cursor_marks_changes

    @property
    def asks_for_changes(self) -> bool:
        """Whether the API can be asked for what has changed since a cursor."""
        is_sent = self.since_param is not None or self.since_header is not None or self.sends_cursor
        return is_sent and self.cursor_field is not None


@dataclass(frozen=True, kw_only=True)
class EmbeddedStream(Table):
    """A table whose rows come with each record of its `parent`, in the list at the dotted path `records`.

    It takes no request, has no cursor, and is complete with the record that it came in. A row also contains its
    parent's key. `position` names a column for a row's place among those of its list, counted from 0, where no field
    tells the rows of one parent apart. Null or a missing list is an empty one. `map` is that of `Stream`, and times
    without an offset are local to the zone of the `Stream` that the rows come with. Raises ValueError, which says what
    to write instead, for a declaration that cannot work.
    """

    parent: Table
    records: str
    position: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_embedded(self)


def path_keys(streams: Sequence[Stream]) -> list[PathKey]:
    """The keys of the configuration that set the path of a stream, or of several that share one."""
    found: dict[str, PathKey] = {}
    for stream in streams:
        key = stream.path_key
        if key is not None and key not in found:
            found[key] = PathKey(key=key, name=stream.name, default=stream.path, placeholders=stream.path_placeholders)
    return list(found.values())
