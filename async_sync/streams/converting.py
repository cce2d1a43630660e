"""Values in the form that the SDK takes, column by column."""

from collections.abc import Sequence

from async_sync.records.cursors import TIMESTAMP, CursorType, Timestamp, zone_of
from async_sync.records.decimals import decimal_columns, decimal_text, exact_key
from async_sync.records.pages import Row
from async_sync.records.times import is_plain, sdk_time, time_at, time_columns
from async_sync.streams.table import Table


class UnusableTimeError(ValueError):
    """The row with this index holds something else than a time in a column for times; the text says what to do."""

    def __init__(self, *, index: int, column: str, problem: str) -> None:
        self.index = index
        super().__init__(f"has a field {column} that is not a valid UTC_DATETIME: {problem}")


class RowConverter:
    """Converts the rows of a table. `is_exact` says whether numbers have to keep the digits they are written with.

    A cursor of another type than text, in the column `cursor_field`, is written as its time. Times without an offset
    are local to the zone of `cursor_type`.
    """

    def __init__(self, table: Table, cursor_field: str | None = None, cursor_type: CursorType = TIMESTAMP) -> None:
        self._cursor_column = None if isinstance(cursor_type, Timestamp) else cursor_field
        self._cursor_type = cursor_type
        self._zone = zone_of(cursor_type)
        self._time_columns = time_columns(table.columns)
        self._decimal_columns = decimal_columns(table.columns)
        self._undeclared_keys = [name for name in table.primary_key if name not in table.columns]
        self.is_exact = bool(self._decimal_columns)

    def convert(self, rows: Sequence[Row]) -> None:
        """Change rows in place so that the SDK accepts the values in columns for times and decimals, and in keys.

        Raises UnusableTimeError at the first row that holds something else in a column for times.
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
                        self._convert_time(row, column)
                    except ValueError as error:
                        raise UnusableTimeError(index=index, column=column, problem=str(error)) from None

    def _convert_time(self, row: Row, column: str) -> None:
        if column == self._cursor_column:
            row[column] = time_at(self._cursor_type.parse(row[column]).at)
        elif column in row:
            row[column] = sdk_time(row[column], self._zone)
