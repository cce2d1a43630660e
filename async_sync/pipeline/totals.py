"""Whether a list was read whole, as far as the number of its records tells. Sans-I/O."""

from collections.abc import Sequence
from itertools import takewhile

from async_sync.records.cursors import Cursor


class Tally:
    """Counts the records of a list that is read whole, beside the total that its answers report.

    The total is the smallest one reported, as records may be added or deleted while the list is read. A list that is
    read from a cursor on is not compared: some APIs report the total of all records, whatever was asked for.
    """

    def __init__(self, *, is_whole: bool) -> None:
        self._is_whole = is_whole
        self._is_from_start = True
        self._end: Cursor | None = None  # of what was read since the list was last asked for
        self._proven = 0  # how many records there are up to the last cursor that a later one has followed
        self._floor: Cursor | None = None  # records up to here were counted before
        self.count = 0
        self.total: int | None = None

    @property
    def missing(self) -> int | None:
        """The total, where fewer records than that were read; else None."""
        return self.total if self.total is not None and self.count < self.total else None

    @property
    def has_no_total(self) -> bool:
        """Whether the whole list was read and no answer reported a total."""
        return self._is_whole and self.total is None

    def add_page(self, cursors: Sequence[Cursor], total: int | None) -> None:
        """Take a page."""
        if not self._is_whole:
            return
        if total is not None and self._is_from_start:
            self.total = total if self.total is None else min(self.total, total)
        floor, end = self._floor, self._end
        fresh = cursors if floor is None else [cursor for cursor in cursors if cursor.at > floor.at]
        if cursors and end is not None and cursors[-1].at > end.at:
            self._proven = self.count + sum(1 for _ in takewhile(lambda cursor: cursor.at <= end.at, fresh))
        self._end = cursors[-1] if cursors else end
        self.count += len(fresh)

    def restart(self, since: Cursor | None) -> None:
        """The list is asked for again: from a cursor that a later one has followed, or (None) from the beginning."""
        self._end = None
        if since is None:
            self.count, self.total, self._is_from_start, self._floor = 0, None, True, None
        else:
            self.count, self._floor, self._is_from_start = self._proven, since, False
