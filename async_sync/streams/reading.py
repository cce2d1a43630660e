"""From the records of a page to rows that can be written, and their cursors."""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from async_sync.errors.lists import RecordError
from async_sync.records.cursors import NO_CURSOR, Cursor
from async_sync.records.deletion import Deletion
from async_sync.records.pages import Embedded, Row, Written
from async_sync.records.rows import apply_map, check_key, type_in_words
from async_sync.streams.converting import RowConverter, UnusableTimeError
from async_sync.streams.embedded_rows import EmbeddedRows
from async_sync.streams.stream import Stream


class ReadRecords(NamedTuple):
    """The records of a page, in its fields of that name."""

    rows: list[Row]
    cursors: list[Cursor]
    written: list[Written] | None
    nulls: int = 0


class RowReader:
    """Reads the records of a stream.

    `cursor_field` is the API's name of it (None: there is none), `deletion` says which rows are deleted ones, and
    `embedded` are the streams whose rows its records contain. `is_exact` says whether numbers have to keep the digits
    that they are written with.
    """

    def __init__(
        self,
        stream: Stream,
        *,
        cursor_field: str | None,
        deletion: Deletion,
        embedded: Sequence[EmbeddedRows] = (),
    ) -> None:
        self._map = stream.map
        self._primary_key = stream.primary_key
        self._key_of = stream.key_of
        self._deletion = deletion
        self._is_marked = deletion.field is not None
        self._api_cursor_field = cursor_field
        self._cursor_field = stream.cursor_field if stream.map is not None else cursor_field
        self._cursor_column = stream.cursor_field
        self._cursor_type = stream.cursor_type
        self._converter = RowConverter(stream, stream.cursor_field, stream.cursor_type)
        self._embedded = embedded
        self.is_exact = self._converter.is_exact or any(rows.is_exact for rows in embedded)

    def read(self, records: Sequence[object], *, url: str, parent: Mapping[str, object]) -> ReadRecords:
        """Check the records of a page; return its rows and their cursors.

        A field that a record lacks is taken from its `parent`'s key. Null is a record that is dropped. Raises
        RecordError at the first record that is not an object and has no `map`, cannot be mapped, has no usable key or
        no readable cursor, or holds in its deleted_field neither a yes nor a no.
        """
        rows: list[Row] = []
        cursors: list[Cursor | None] = []
        is_plain = self._map is None and not self._embedded and None not in records
        written: list[Written] | None = None if is_plain else []
        for index, record in enumerate(records):
            own = record if isinstance(record, dict) else {}
            try:
                if written is None:
                    row = {**parent, **_object(record)}
                    cursors.append(self._check(row))
                else:
                    lists = [embedded.found(record) for embedded in self._embedded]
                    made = self._made(record)
                    own = made[0] if made else own
                    row, cursor, one = self._take(record, made, parent, index)
                    if self._embedded and one.rows and not self._deletion.marks(row):
                        one = Written(one.rows, list(self._embedded_rows(lists, row)))
                    cursors.append(cursor)
                    written.append(one)
            except ValueError as error:
                raise RecordError(url=url, index=index, problem=str(error), fields=list(own)) from None
            rows.append(row)
        return self._complete(rows, cursors, written, records, url)

    def _complete(
        self,
        rows: list[Row],
        cursors: list[Cursor | None],
        written: list[Written] | None,
        records: Sequence[object],
        url: str,
    ) -> ReadRecords:
        """The page, where a dropped record without a cursor has that of the record before it, or else after it."""
        nulls = 0 if written is None else list(records).count(None)
        if written is None or None not in cursors:
            return ReadRecords(rows, cursors, written, nulls)  # type: ignore[arg-type]  # none of the cursors is None
        last = next((cursor for cursor in cursors if cursor is not None), None)
        if last is None and nulls == len(records):
            return ReadRecords([], [], [], nulls)
        if last is None:
            index, record = next((index, record) for index, record in enumerate(records) if record is not None)
            problem = f"was dropped by map, and no record of its page has a cursor field {self._cursor_column}"
            fields = list(record) if isinstance(record, dict) else []
            raise RecordError(url=url, index=index, problem=problem, fields=fields)
        known = [last := cursor or last for cursor in cursors]
        return ReadRecords(rows, known, written, nulls)

    def convert(self, read: ReadRecords, *, url: str) -> None:
        """Change rows in place so that the SDK accepts their values. Raises RecordError where that cannot be done."""
        rows = read.rows if read.written is None else [row for one in read.written for row in one.rows]
        try:
            self._converter.convert(rows)
        except UnusableTimeError as error:
            index = error.index if read.written is None else _record_of(error.index, read.written)
            fields = list(rows[error.index])
            raise RecordError(url=url, index=index, problem=str(error), fields=fields) from None

    def _made(self, record: object) -> list[Row]:
        """The rows that a record becomes: none for null, or if `map` drops it."""
        if record is None:
            return []
        return [_object(record)] if self._map is None else apply_map(self._map, copy(record))

    def _take(
        self, record: object, made: Sequence[Row], parent: Mapping[str, object], index: int
    ) -> tuple[Row, Cursor | None, Written]:
        """What stands for a record that may become several rows or none, its cursor, and what is written for it."""
        if not made:
            content = record if record is not None else f"null {index}"
            return *self._dropped(content, parent), Written(())
        rows = [{**parent, **own} for own in made]
        cursors = [self._check(row) for row in rows]
        return rows[0], max(cursors, key=lambda cursor: cursor.at), Written(rows)

    def _embedded_rows(self, lists: Sequence[Sequence[object] | None], row: Row) -> Iterator[Embedded]:
        """The rows of all streams below, from the lists that were in the record of this row."""
        key = self._key_of(row)
        for embedded, found in zip(self._embedded, lists, strict=True):
            yield from embedded.read(found, key)

    def _dropped(self, content: object, parent: Mapping[str, object]) -> tuple[Row, Cursor | None]:
        """What stands for a record that is dropped: it still counts for the cursor and for its place in the list."""
        encoded = msgspec.json.encode(content, enc_hook=str, order="sorted")  # str: of a number with all its digits
        digest = blake2b(encoded, digest_size=16).hexdigest()
        row: Row = {**parent, **content} if isinstance(content, dict) else {**parent}
        cursor: Cursor | None = NO_CURSOR
        if self._cursor_column is not None:
            name = self._api_cursor_field if self._api_cursor_field in row else self._cursor_column
            try:
                cursor = None if row.get(name) is None else self._cursor_type.parse(row[name])
            except ValueError as error:
                raise _unreadable(str(name), error) from None
        for name in self._primary_key:
            if type(row.get(name)) not in {str, int}:
                row[name] = digest
        return row, cursor

    def _check(self, row: Row) -> Cursor:
        """Check a row, move its cursor to its column if the API has another name for it, and return it."""
        check_key(row, self._primary_key)
        if self._is_marked:
            self._deletion.marks(row)
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


def _object(record: object) -> dict[str, Any]:
    """The record. Raises ValueError if it is not an object."""
    if not isinstance(record, dict):
        raise ValueError(f"is {type_in_words(record)}, not an object; have the stream's map make it one")
    return record


def _unreadable(name: str, error: ValueError) -> ValueError:
    return ValueError(f"has a cursor field {name} that cannot be read: {error}")
