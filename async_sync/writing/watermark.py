"""How far a stream is complete. Sans-I/O.

Two questions are kept apart. `StreamCursor` answers "up to where have we *seen* every record?", which depends on the
order of the records. `Watermark` answers "up to where is every record *written*, its children included?", which also
depends on the partitions that are not done yet. The watermark is never ahead of either, and so may be saved.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence

from async_sync.records.cursors import Cursor, earlier, later
from async_sync.records.pages import Restart


class StreamCursor:
    """Up to where every record of one list has been seen: `seen_until`. The list is read page by page from `start`.

    - While records come in order, it is the end of the last page that a later record has followed. A list that turns
      out to be sorted newest first has therefore not moved it yet.
    - From the first record out of order, it is `start` again, until the end of the list.
    - At the end, it is the latest cursor of all.

    A stream that is declared unsorted counts as out of order from the beginning.
    """

    def __init__(self, start: Cursor | None, *, is_sorted: bool = True) -> None:
        self._start = start
        self._last: Cursor | None = None
        self._latest = start
        self.seen_until = start
        self.in_order = is_sorted

    @property
    def last(self) -> Cursor | None:
        """The cursor of the last record since the list was last asked for."""
        return self._last

    def add_page(self, cursors: Sequence[Cursor]) -> None:
        """Add the cursors of the next page, in the order of its records."""
        if not cursors:
            return
        self.in_order = self.in_order and _ascending(cursors, self._last)
        if not self.in_order:
            self.seen_until = self._start
        elif self._last is not None and self._last.at < cursors[-1].at:  # ties may as well be descending
            self.seen_until = later(self.seen_until, self._last)
        self._latest = later(self._latest, max(cursors, key=_at))
        self._last = cursors[-1]

    def restart(self, since: Cursor | None) -> None:
        """The list is read again from `since`: every record before it has been seen, and none after it counts."""
        self._start = self.seen_until = since
        self._latest = later(self._latest, since)
        self._last = None

    def end(self) -> None:
        """The list has been read to its end: every record has been seen, in whatever order."""
        self.seen_until = self._latest


class Watermark:
    """Up to where the parents' list is completely written: its longest prefix of records whose children are written.

    The records are numbered from 0 in the order of the list. A record is open from when its page is added until `close`
    says that its children are written. Only open records are remembered.
    """

    def __init__(self, start: Cursor | None, *, is_sorted: bool = True) -> None:
        self._start = start
        self._stream = StreamCursor(start, is_sorted=is_sorted)
        self._has_ended = False
        self._next_number = 0
        self._previous = start
        self._before: OrderedDict[int, Cursor | None] = OrderedDict()  # by open number, the cursor before that record
        self._passed: deque[tuple[int, Cursor | None]] = deque()  # where the list was asked for again, by next number

    def add_page(self, cursors: Sequence[Cursor], restart: Restart | None = None) -> None:
        """Open the records of the next page; `restart` says from where the list was asked for again before it."""
        if restart is not None:
            self._restart(restart.since)
        self._stream.add_page(cursors)
        for cursor in cursors:
            self._before[self._next_number] = self._previous
            self._previous = later(self._start, cursor)
            self._next_number += 1

    def _restart(self, since: Cursor | None) -> None:
        """Read again from `since`: while a record from before is open, nothing after `since` counts as written.

        A record of the second reading may have an earlier cursor than that one, and be open as well.
        """
        self._stream.restart(since)
        self._previous = since
        for number, before in self._before.items():
            self._before[number] = earlier(before, since)
        self._passed.append((self._next_number, since))
        self._pass()

    def _pass(self) -> None:
        """Where no record from before is open, what was asked for then is the start of what is left."""
        first_open = next(iter(self._before), self._next_number)
        while self._passed and self._passed[0][0] <= first_open:
            _, self._start = self._passed.popleft()

    def close(self, record_numbers: Iterable[int]) -> None:
        """The children of these records are written. Raises KeyError for a record that is not open."""
        for number in record_numbers:
            del self._before[number]
        if self._passed:
            self._pass()

    def end(self) -> None:
        """The list has been read to its end."""
        self._has_ended = True
        self._stream.end()

    @property
    def in_order(self) -> bool:
        """Whether the records have come in order so far."""
        return self._stream.in_order

    @property
    def is_open(self) -> bool:
        """Whether any record is open."""
        return bool(self._before)

    @property
    def is_complete(self) -> bool:
        """Whether the list has been read to its end and all of it is written."""
        return self._has_ended and not self._before

    @property
    def value(self) -> Cursor | None:
        """The cursor up to which everything is written; None is the beginning."""
        if not self._before:
            return self._stream.seen_until
        if not self.in_order:
            return self._start
        return earlier(self._stream.seen_until, next(iter(self._before.values())))


def _at(cursor: Cursor) -> int | float:
    return cursor.at


def _ascending(cursors: Sequence[Cursor], last: Cursor | None) -> bool:
    previous = last.at if last is not None else cursors[0].at
    for cursor in cursors:
        if cursor.at < previous:
            return False
        previous = cursor.at
    return True
