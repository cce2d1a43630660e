"""Whether a list was read whole, as far as the number of its records tells. Sans-I/O."""

from collections.abc import Sequence
from itertools import takewhile

from async_sync.records.cursors import Cursor


class TotalCheck:
    """Counts the records of a list that is read whole, and compares the count with the total that the API reports.

    The total is the smallest one reported, as records may be added or deleted while the list is read. A list that is
    read from a cursor on is not compared: some APIs report the total of all records, whatever was asked for.
    """

    def __init__(self, *, is_whole: bool) -> None:
        self._is_whole = is_whole
        self._is_from_start = True
        self._last: Cursor | None = None  # the last cursor since the list was last asked for
        self._passed_count = 0  # how many records there are up to the last cursor that a later one has followed
        self._counted_until: Cursor | None = None  # records up to here were counted before
        self.count = 0
        self.total: int | None = None

    @property
    def missed_total(self) -> int | None:
        """The total if fewer records than that were read, else None."""
        return self.total if self.total is not None and self.count < self.total else None

    @property
    def has_no_total(self) -> bool:
        """Whether the whole list was read and no answer reported a total."""
        return self._is_whole and self.total is None

    def is_doubtful(self, *, is_declared: bool) -> bool:
        """Whether a total speaks against that everything was read, or one that is declared was not reported."""
        return self.missed_total is not None or (is_declared and self.has_no_total)

    def add_page(self, cursors: Sequence[Cursor], total: int | None) -> None:
        """Count the records of a page; `total` is the number of all records that it reports."""
        if not self._is_whole:
            return
        if total is not None and self._is_from_start:
            self.total = total if self.total is None else min(self.total, total)
        known, last = self._counted_until, self._last
        fresh = cursors if known is None else [cursor for cursor in cursors if cursor.at > known.at]
        if cursors and last is not None and cursors[-1].at > last.at:
            self._passed_count = self.count + sum(1 for _ in takewhile(lambda cursor: cursor.at <= last.at, fresh))
        self._last = cursors[-1] if cursors else last
        self.count += len(fresh)

    def restart(self, since: Cursor | None) -> None:
        """The list is asked for again, from a cursor that a later one has followed or (None) from the beginning."""
        self._last = None
        if since is None:
            self.count, self.total, self._is_from_start, self._counted_until = 0, None, True, None
        else:
            self.count, self._counted_until, self._is_from_start = self._passed_count, since, False
