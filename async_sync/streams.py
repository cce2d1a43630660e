"""Streams: what the records of one table look like, and the check each record passes at the boundary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import quote

from async_sync.cursors import TIMESTAMP, Cursor, CursorType
from async_sync.errors import FatalError, RecordError
from async_sync.settings import Settings

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One table: where its records come from and how they are told apart.

    `path` is appended to `base_url`; configuration.json may replace it under the key `path_key`. `cursor_field` is the
    column that holds the time of a record's last change. `api_cursor_field` is the API's name of it where that differs
    (`cursor_field` in configuration.json goes before it); the row is written under the column's name.
    """

    table: str
    path: str
    primary_key: Sequence[str]
    columns: Mapping[str, str]
    path_key: str = ""
    cursor_field: str = "updated_at"
    cursor_type: CursorType = TIMESTAMP
    api_cursor_field: str = ""

    def schema(self) -> dict[str, object]:
        """The table as Fivetran's `schema()` wants it."""
        return {"table": self.table, "primary_key": list(self.primary_key), "columns": dict(self.columns)}

    def key_of(self, row: Row) -> Row:
        """The key fields of a record of this stream."""
        return {name: row[name] for name in self.primary_key}

    def configured(self, settings: Settings) -> Self:
        """This stream with the path and the cursor field that the user set."""
        return replace(
            self,
            path=settings.paths.get(self.path_key, self.path),
            api_cursor_field=settings.cursor_field or self.api_cursor_field or self.cursor_field,
        )

    def read(
        self, records: Sequence[object], *, url: str, parent: Mapping[str, object]
    ) -> tuple[list[Row], list[Cursor]]:
        """Check a page's records; give its rows and, beside them, their cursors.

        A field of the primary key that a record lacks is taken from its `parent`'s key. Raises RecordError at the first
        record that is no object, has no usable key, or no readable cursor.
        """
        rows, cursors = [], []
        for index, record in enumerate(records):
            if not isinstance(record, dict):
                raise RecordError(url=url, index=index, problem=f"is {_kind(record)}, not an object", fields=())
            row = {**parent, **record}
            try:
                self._check_key(row)
                cursors.append(self._take_cursor(row))
            except ValueError as error:
                raise RecordError(url=url, index=index, problem=str(error), fields=list(record)) from None
            rows.append(row)
        return rows, cursors

    def _check_key(self, row: Row) -> None:
        for name in self.primary_key:
            value = row.get(name)
            if type(value) is not str and type(value) is not int:
                found = "is missing" if name not in row else f"is {_kind(value)}"
                raise ValueError(f"has no usable key: {name} {found}")
            if value == "":
                raise ValueError(f"has no usable key: {name} is empty")

    def _take_cursor(self, row: Row) -> Cursor:
        """Read the cursor; put it under the column's own name where the API calls it otherwise."""
        name = self.api_cursor_field
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
    """A stream read page by page with one cursor, such as the companies."""


@dataclass(frozen=True, kw_only=True)
class ChildStream(Stream):
    """A stream that is read for each parent with a cursor of its own, such as a company's departments."""

    def path_of(self, parent: Mapping[str, object]) -> str:
        """The path of one parent's partition; each key goes into it as one encoded segment.

        Raises FatalError for a key that no encoding keeps from leading to another path.
        """
        for name, value in parent.items():
            if value in (".", ".."):
                raise FatalError(
                    f"The {name} {value!r} cannot stand in a URL: it would lead to another path than {self.path}. "
                    "Correct it in the source, or set on_company_error in configuration.json to skip."
                )
        return self.path.format_map({name: quote(str(value), safe="") for name, value in parent.items()})


def partition_id(parent: Mapping[str, object]) -> str:
    """The name of a partition in the state: the parent's key as text.

    The parts of a longer key are encoded and joined by a slash, so that no two keys have one name.
    """
    parts = [str(value) for value in parent.values()]
    return parts[0] if len(parts) == 1 else "/".join(quote(part, safe="") for part in parts)


def is_deleted(row: Row, field: str) -> bool:
    """Whether the field (a boolean, or a date that is set once the record is gone) marks the record as deleted."""
    value = row.get(field)
    return bool(value) and str(value).lower() not in {"false", "0"}


def _kind(value: object) -> str:
    return "null" if value is None else f"a {type(value).__name__}"
