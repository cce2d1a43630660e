"""How far a stream is known to be complete. Pure: no I/O, no clock.

Two questions are kept apart. `StreamCursor` answers «up to where have we *seen* everything?», which depends on the
order of the records. `Watermark` answers «up to where is everything *written*, children included?», which also depends
on the partitions that are still open.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence

from async_sync.records.cursors import Cursor, earlier, later
from async_sync.records.pages import Restart


class StreamCursor:
    """How far one stream, read page by page from `start`, has been seen completely.

    While the records come in order, that is the end of the latest page that a later record has followed: were the
    stream sorted newest first, it would be found out before the cursor has moved. As soon as a record comes out of
    order, the cursor goes back to `start` and stays there until the end, where it becomes the latest cursor seen.
    Where the stream is not sorted, as far as is known, it stays there from the beginning.
    """

    def __init__(self, start: Cursor | None, *, is_sorted: bool = True) -> None:
        self._start = start
        self._last: Cursor | None = None
        self._highest = start
        self.seen_until = start
        self.in_order = is_sorted

    def add_page(self, cursors: Sequence[Cursor]) -> None:
        """Take the cursors of the next page, in the order of its records."""
        if not cursors:
            return
        self.in_order = self.in_order and _ascending(cursors, self._last)
        if not self.in_order:
            self.seen_until = self._start
        elif self._last is not None and self._last.at < cursors[-1].at:  # ties may as well be descending
            self.seen_until = later(self.seen_until, self._last)
        self._highest = later(self._highest, max(cursors, key=_at))
        self._last = cursors[-1]

    def restart(self, since: Cursor | None) -> None:
        """The stream is read again from `since`: everything before it has been seen, and nothing behind it has."""
        self.seen_until = since
        self._last = None

    def end(self) -> None:
        """The stream has been read to its end: everything has been seen, whatever the order was."""
        self.seen_until = self._highest


class Watermark:
    """How far a parent stream is completely written: the longest prefix of records whose children are all written.

    Each record has a number, counted from 0 in the order of the stream. It is open from the moment its page is read
    until `close` says that its children are written. Only open numbers are kept.
    """

    def __init__(self, start: Cursor | None, *, is_sorted: bool = True) -> None:
        self._start = start
        self._stream = StreamCursor(start, is_sorted=is_sorted)
        self._ended = False
        self._count = 0
        self._previous = start
        self._before: OrderedDict[int, Cursor | None] = OrderedDict()  # an open number → the cursor before its record

    def add_page(self, cursors: Sequence[Cursor], restart: Restart | None = None) -> None:
        """Open the next page's records, in the order of the stream; `restart` says where it was asked for again."""
        if restart is not None:
            self._restart(restart.since)
        self._stream.add_page(cursors)
        for cursor in cursors:
            self._before[self._count] = self._previous
            self._previous = later(self._start, cursor)
            self._count += 1

    def _restart(self, since: Cursor | None) -> None:
        """What is still open from before is read again as well, so that nothing beyond `since` is known while it is."""
        self._stream.restart(since)
        self._previous = since
        for number, before in self._before.items():
            self._before[number] = earlier(before, since)

    def close(self, numbers: Iterable[int]) -> None:
        """The children of these records are written."""
        for number in numbers:
            del self._before[number]

    def end(self) -> None:
        """The stream has been read to its end."""
        self._ended = True
        self._stream.end()

    @property
    def in_order(self) -> bool:
        """Whether the records came in order so far."""
        return self._stream.in_order

    @property
    def is_complete(self) -> bool:
        """Whether the stream has been read to its end and everything is written."""
        return self._ended and not self._before

    @property
    def value(self) -> Cursor | None:
        """The cursor up to which everything is written; None while that is the very beginning."""
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
