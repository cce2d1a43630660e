"""Records of one kind, kept in the order of their last change."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias, overload

Record: TypeAlias = Mapping[str, Any]
Position: TypeAlias = tuple[datetime, str]
"""A record's place in the order: its instant, then its id, so that records with equal times have an order too."""


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
    """Records by id, and their order. A change moves one entry; nothing is sorted again."""

    __slots__ = ("_id_field", "_order", "_records")

    def __init__(self, id_field: str, records: Iterable[Record] = ()) -> None:
        self._id_field = id_field
        self._records = {record[id_field]: record for record in records}
        self._order = sorted(self._position(record) for record in self._records.values())

    def __contains__(self, record_id: str) -> bool:
        return record_id in self._records

    def __getitem__(self, record_id: str) -> Record:
        return self._records[record_id]

    def put(self, record: Record) -> None:
        """Insert the record, or replace the one of its id.

        Raises:
            KeyError: the record lacks its id or its `updated_at`.
            ValueError: `updated_at` is not ISO 8601.

        """
        own = dict(record)
        position = self._position(own)
        if position[1] in self:
            self.remove(position[1])
        self._records[position[1]] = own
        insort(self._order, position)

    def remove(self, record_id: str) -> None:
        """Remove the record.

        Raises:
            KeyError: no record has that id.

        """
        position = self._position(self._records.pop(record_id))
        del self._order[bisect_left(self._order, position)]

    def since(self, since: str | None) -> Listing:
        """The records whose `updated_at` is at or after `since` (ISO 8601), or all of them.

        Raises:
            ValueError: `since` is not ISO 8601.

        """
        return Listing(self._order, self._records, since)

    def _position(self, record: Record) -> Position:
        return instant(record["updated_at"]), record[self._id_field]
