"""From the records of a page to rows that can be written, and their cursors."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from async_sync.errors.lists import RecordError
from async_sync.records.cursors import NO_CURSOR, Cursor
from async_sync.records.deletion import is_deleted
from async_sync.records.pages import Row, Written
from async_sync.records.rows import apply_map, check_key, type_in_words
from async_sync.streams.converting import RowConverter, UnusableTimeError
from async_sync.streams.embedded_rows import EmbeddedRows
from async_sync.streams.stream import Stream


class ReadRecords(NamedTuple):
    """The records of a page, in its fields of that name."""

    rows: list[Row]
    cursors: list[Cursor]
    written: list[Written] | None


class RowReader:
    """Reads the records of a stream.

    `cursor_field` is the API's name of it (None: there is none); `deleted_field` marks a record as deleted (None:
    nothing does), and `embedded` are the streams whose rows its records contain. `is_exact` says whether numbers have
    to keep the digits that they are written with.
    """

    def __init__(
        self,
        stream: Stream,
        *,
        cursor_field: str | None,
        deleted_field: str | None,
        embedded: Sequence[EmbeddedRows] = (),
    ) -> None:
        self._map = stream.map
        self._primary_key = stream.primary_key
        self._key_of = stream.key_of
        self._deleted_field = deleted_field
        self._api_cursor_field = cursor_field
        self._cursor_field = stream.cursor_field if stream.map is not None else cursor_field
        self._cursor_column = stream.cursor_field
        self._cursor_type = stream.cursor_type
        self._converter = RowConverter(stream, stream.cursor_field, stream.cursor_type)
        self._embedded = embedded
        self.is_exact = self._converter.is_exact or any(rows.is_exact for rows in embedded)

    def read(self, records: Sequence[object], *, url: str, parent: Mapping[str, object]) -> ReadRecords:
        """Check the records of a page; return its rows and their cursors.

        A field that a record lacks is taken from its `parent`'s key. Raises RecordError at the first record that is not
        an object, cannot be mapped, has no usable key or no readable cursor, or holds in `deleted_field` neither a yes
        nor a no.
        """
        rows: list[Row] = []
        cursors: list[Cursor] = []
        written: list[Written] | None = [] if self._map is not None or self._embedded else None
        for index, record in enumerate(records):
            if not isinstance(record, dict):
                raise RecordError(url=url, index=index, problem=f"is {type_in_words(record)}, not an object", fields=())
            own = record
            try:
                if written is None:
                    row = {**parent, **record}
                    cursors.append(self._check(row))
                else:
                    lists = [embedded.found(record) for embedded in self._embedded]
                    made = [record] if self._map is None else apply_map(self._map, record.copy())
                    own = made[0] if made else record
                    row, cursor, one = self._take(record, made, parent)
                    if self._embedded and one.rows and not self._is_deleted(row):
                        one = Written(one.rows, list(self._embedded_rows(lists, row)))
                    cursors.append(cursor)
                    written.append(one)
            except ValueError as error:
                raise RecordError(url=url, index=index, problem=str(error), fields=list(own)) from None
            rows.append(row)
        return ReadRecords(rows, cursors, written)

    def convert(self, read: ReadRecords, *, url: str) -> None:
        """Change rows in place so that the SDK accepts their values. Raises RecordError where that cannot be done."""
        rows = read.rows if read.written is None else [row for one in read.written for row in one.rows]
        try:
            self._converter.convert(rows)
        except UnusableTimeError as error:
            index = error.index if read.written is None else _record_of(error.index, read.written)
            fields = list(rows[error.index])
            raise RecordError(url=url, index=index, problem=str(error), fields=fields) from None

    def _take(
        self, record: dict[str, Any], made: Sequence[Row], parent: Mapping[str, object]
    ) -> tuple[Row, Cursor, Written]:
        """What stands for a record that may become several rows or none, its cursor, and what is written for it."""
        if not made:
            return *self._dropped(record, parent), Written(())
        rows = [{**parent, **own} for own in made]
        cursors = [self._check(row) for row in rows]
        return rows[0], max(cursors, key=lambda cursor: cursor.at), Written(rows)

    def _embedded_rows(self, lists: Sequence[Sequence[object]], row: Row) -> Iterator[tuple[str, Sequence[Row]]]:
        """The rows of all streams below, from the lists that were in the record of this row."""
        key = self._key_of(row)
        for embedded, found in zip(self._embedded, lists, strict=True):
            yield from embedded.read(found, key)

    def _is_deleted(self, row: Row) -> bool:
        return self._deleted_field is not None and is_deleted(row, self._deleted_field)

    def _dropped(self, record: dict[str, Any], parent: Mapping[str, object]) -> tuple[Row, Cursor]:
        """What stands for a record that `map` drops: it still counts for the cursor and for its place in the list."""
        content = msgspec.json.encode(record, enc_hook=str, order="sorted")  # str: of a number with all its digits
        digest = blake2b(content, digest_size=16).hexdigest()
        row: Row = {**parent, **record}
        cursor = NO_CURSOR
        if self._cursor_column is not None:
            name = self._api_cursor_field if self._api_cursor_field in row else self._cursor_column
            if name not in row:
                raise ValueError(f"was dropped by map, and has no cursor field {name}: make it a row, or an error")
            try:
                cursor = self._cursor_type.parse(row[name])
            except ValueError as error:
                raise _unreadable(str(name), error) from None
        for name in self._primary_key:
            if type(row.get(name)) not in {str, int}:
                row[name] = digest
        return row, cursor

    def _check(self, row: Row) -> Cursor:
        """Check a row, move its cursor to its column if the API has another name for it, and return it."""
        check_key(row, self._primary_key)
        if self._deleted_field is not None:
            is_deleted(row, self._deleted_field)
        name, column = self._cursor_field, self._cursor_column
        if name is None or column is None:
            return NO_CURSOR
        if name not in row:
            raise ValueError(f"has no cursor field {name}")
        if name != column:
            row[column] = row.pop(name)
        try:
            return self._cursor_type.parse(row[column])
        except ValueError as error:
            raise _unreadable(name, error) from None


def _record_of(row: int, written: Sequence[Written]) -> int:
    """The index of the record that the row with this index was made of."""
    return [index for index, one in enumerate(written) for _ in one.rows][row]


def _unreadable(name: str, error: ValueError) -> ValueError:
    return ValueError(f"has a cursor field {name} that cannot be read: {error}")
