"""From the records of a page to rows that can be written, and their cursors."""

from collections.abc import Mapping, Sequence
from datetime import UTC

from async_sync.errors.lists import RecordError
from async_sync.records.cursors import Cursor, Timestamp
from async_sync.records.decimals import decimal_columns, decimal_text, exact_key
from async_sync.records.deletion import is_deleted
from async_sync.records.pages import Row
from async_sync.records.rows import apply_map, check_key, type_in_words
from async_sync.records.times import is_plain, sdk_time, time_at, time_columns
from async_sync.streams.stream import Stream


class RowReader:
    """Reads the records of a stream.

    `cursor_field` is the API's name of it; `deleted_field` marks a record as deleted (None: nothing does). `is_exact`
    says whether numbers have to keep the digits that they are written with.
    """

    def __init__(self, stream: Stream, *, cursor_field: str, deleted_field: str | None) -> None:
        self._map = stream.map
        self._primary_key = stream.primary_key
        self._deleted_field = deleted_field
        self._cursor_field = stream.cursor_field if stream.map is not None else cursor_field
        self._cursor_column = stream.cursor_field
        self._cursor_type = stream.cursor_type
        self._zone = stream.cursor_type.tz if isinstance(stream.cursor_type, Timestamp) else UTC
        self._time_columns = time_columns(stream.columns)
        self._decimal_columns = decimal_columns(stream.columns)
        self._undeclared_keys = [name for name in stream.primary_key if name not in stream.columns]
        self.is_exact = bool(self._decimal_columns)

    def read(
        self, records: Sequence[object], *, url: str, parent: Mapping[str, object]
    ) -> tuple[list[Row], list[Cursor]]:
        """Check the records of a page; return its rows and, in parallel, their cursors.

        A field that a record lacks is taken from its `parent`'s key. Raises RecordError at the first record that is not
        an object, cannot be mapped, has no usable key or no readable cursor, or holds in `deleted_field` neither a yes
        nor a no.
        """
        rows, cursors = [], []
        for index, record in enumerate(records):
            if not isinstance(record, dict):
                raise RecordError(url=url, index=index, problem=f"is {type_in_words(record)}, not an object", fields=())
            own = record
            try:
                if self._map is not None:
                    own = apply_map(self._map, record)
                row = {**parent, **own}
                check_key(row, self._primary_key)
                cursors.append(self._take_cursor(row))
                if self._deleted_field is not None:
                    is_deleted(row, self._deleted_field)
            except ValueError as error:
                raise RecordError(url=url, index=index, problem=str(error), fields=list(own)) from None
            rows.append(row)
        return rows, cursors

    def convert(self, rows: Sequence[Row], cursors: Sequence[Cursor], *, url: str) -> None:
        """Change rows in place so that the SDK accepts the values in columns for times and decimals, and in keys.

        Raises RecordError at the first row that holds something else in a column for times.
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
                        self._convert_time(row, column, cursors[index])
                    except ValueError as error:
                        raise RecordError(url=url, index=index, problem=str(error), fields=list(row)) from None

    def _convert_time(self, row: Row, column: str, cursor: Cursor) -> None:
        try:
            if column == self._cursor_column and not isinstance(self._cursor_type, Timestamp):
                row[column] = time_at(cursor.at)
            elif column in row:
                row[column] = sdk_time(row[column], self._zone)
        except ValueError as error:
            raise ValueError(f"has a field {column} that is not a valid UTC_DATETIME: {error}") from None

    def _take_cursor(self, row: Row) -> Cursor:
        """Read the cursor, and move it to its column if the API has another name for it."""
        name, column = self._cursor_field, self._cursor_column
        if name not in row:
            raise ValueError(f"has no cursor field {name}")
        if name != column:
            row[column] = row.pop(name)
        try:
            return self._cursor_type.parse(row[column])
        except ValueError as error:
            raise ValueError(f"has a cursor field {name} that cannot be read: {error}") from None
