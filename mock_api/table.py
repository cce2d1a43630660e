"""Records of one kind, kept in the order of their last change, and the tables below them."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias, overload

Record: TypeAlias = Mapping[str, Any]
Position: TypeAlias = tuple[datetime, str]
"""A record's place in the order: its instant, then its id, so that records with equal times have an order too."""

NO_TIME = datetime.min.replace(tzinfo=UTC)
"""The instant of every record without a time of change: such records are in the order of their ids."""


class UnknownRecordError(KeyError):
    """A table has no record with that id."""

    def __init__(self, id_field: str, record_id: str) -> None:
        super().__init__(id_field, record_id)
        self.id_field = id_field
        self.record_id = record_id

    def __str__(self) -> str:
        return f"no such {self.id_field.removesuffix('_id')}: {self.record_id}"


def instant(text: str) -> datetime:
    """The instant of an ISO 8601 text, which is UTC if it has no offset.

    Raises:
        ValueError: the text is not ISO 8601.

    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def iso(moment: datetime) -> str:
    """A UTC moment as `YYYY-MM-DDTHH:MM:SSZ`, with a fraction only if it is not zero."""
    return moment.isoformat().replace("+00:00", "Z")


class Listing(Sequence[Record]):
    """The records from one instant on, oldest first. A view, so that a page costs O(log n + page).

    It is valid until the next change to the table.
    """

    __slots__ = ("_first", "_order", "_records")

    def __init__(self, order: list[Position], records: Mapping[str, Record], since: str | None) -> None:
        self._order = order
        self._records = records
        self._first = 0 if since is None else bisect_left(order, (instant(since), ""))

    def __len__(self) -> int:
        return len(self._order) - self._first

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        chosen = range(self._first, len(self._order))[index]
        if isinstance(chosen, int):
            return self._records[self._order[chosen][1]]
        return [self._records[self._order[place][1]] for place in chosen]

    def window(self, start: int, count: int, *, newest_first: bool = False) -> list[Record]:
        """Return `count` records from the `start`-th on, counted in the requested order."""
        if not newest_first:
            return self[start : start + count]
        end = max(0, len(self) - start)
        return self[max(0, end - count) : end][::-1]

    def start_after(self, position: Position, *, newest_first: bool = False) -> int:
        """The number of records up to and including `position`, in the requested order."""
        if newest_first:
            return len(self._order) - bisect_left(self._order, position, lo=self._first)
        return bisect_right(self._order, position, lo=self._first) - self._first


class Table:
    """Records by id, and their order. A change moves one entry; nothing is sorted again.

    Another table can hang below each record, and goes when the record is removed.
    """

    __slots__ = ("_below", "_id_field", "_order", "_records")

    def __init__(self, id_field: str, records: Iterable[Record] = ()) -> None:
        self._id_field = id_field
        self._records = {record[id_field]: record for record in records}
        self._order = sorted(self._position(record) for record in self._records.values())
        self._below: dict[str, Table] | None = None  # made when needed: there may be a million tables

    def __getitem__(self, record_id: str) -> Record:
        self._require(record_id)
        return self._records[record_id]

    def put(self, record: Record) -> None:
        """Insert the record, or replace the one with its id, whose table below stays.

        Raises:
            KeyError: the record lacks its id or its `updated_at`.
            ValueError: `updated_at` is not ISO 8601.

        """
        own = dict(record)
        position = self._position(own)
        if position[1] in self._records:
            self._unlist(position[1])
        self._records[position[1]] = own
        insort(self._order, position)

    def remove(self, record_id: str) -> None:
        """Remove the record and everything below it.

        Raises:
            UnknownRecordError: no record has that id.

        """
        self._unlist(record_id)
        del self._records[record_id]
        if self._below:
            self._below.pop(record_id, None)

    def hang(self, record_id: str, table: "Table") -> None:
        """Hang a table below a record, in place of the one that was there.

        Raises:
            UnknownRecordError: no record has that id.

        """
        self._require(record_id)
        self._below = self._below or {}
        self._below[record_id] = table

    def below(self, record_id: str) -> "Table | None":
        """The table that hangs below a record, if any.

        Raises:
            UnknownRecordError: no record has that id.

        """
        table = self._below.get(record_id) if self._below else None
        if table is None:
            self._require(record_id)
        return table

    def since(self, since: str | None) -> Listing:
        """The records whose `updated_at` is at or after `since` (ISO 8601), or all of them.

        Raises:
            ValueError: `since` is not ISO 8601.

        """
        return Listing(self._order, self._records, since)

    def _require(self, record_id: str) -> None:
        if record_id not in self._records:
            raise UnknownRecordError(self._id_field, record_id)

    def _unlist(self, record_id: str) -> None:
        del self._order[bisect_left(self._order, self._position(self[record_id]))]

    def _position(self, record: Record) -> Position:
        return instant(record["updated_at"]), record[self._id_field]


class TimelessTable(Table):
    """Records without a time of change, by id and in the order of their ids."""

    __slots__ = ()

    def _position(self, record: Record) -> Position:
        return NO_TIME, record[self._id_field]
