"""Where each list begins in a sync. Sans-I/O."""

from collections.abc import Sequence
from typing import NamedTuple

from async_sync.configuration.settings import Settings
from async_sync.pipeline.whole_readings import WholeReadings
from async_sync.records.cursors import Cursor
from async_sync.records.pages import Row
from async_sync.streams.stream import Stream
from async_sync.streams.table import Table
from async_sync.streams.tree import StreamTree
from async_sync.writing.state import SyncState


class ListStart(NamedTuple):
    """The start of one reading of a list.

    - `cursor`: it is read from here; None is its beginning.
    - `known_until`: its saved cursor. Everything that changed before it is written, with everything below it.
    - `reads_all`: it is read whole, to read what is below the records that have not changed as well.
    - `deletes_from`: what changed since then is listed first, for its deletes. An API may show a deleted record only to
      a request with the filter by time, which a list from the beginning does not have. None: that is not needed.
    - `deletes_cursor`: that of the state, kept until the list has a cursor.
    - `is_fresh`: no cursor below it counts, since what it belongs to was gone.
    - `is_whole`: everything that is ever read of the list is read now, so that what is missing can be found.
    - `is_reread`: that is so for this once, and what is below its records is read only as far as they have changed.
    """

    cursor: Cursor | None
    known_until: Cursor | None
    reads_all: bool = False
    deletes_from: Cursor | None = None
    deletes_cursor: Cursor | None = None
    is_fresh: bool = False
    is_whole: bool = False
    is_reread: bool = False


class ListStarts:
    """Looks up where lists begin, in the state and in what has happened to it in this sync.

    `whole` says which lists have to be read whole in this pass, and `reads_skipped` whether it begins with the records
    that an earlier sync skipped.
    """

    def __init__(
        self,
        state: SyncState,
        tree: StreamTree,
        settings: Settings,
        whole: WholeReadings | None = None,
        *,
        reads_skipped: bool = True,
    ) -> None:
        self._state = state
        self._settings = settings
        self.whole = whole or WholeReadings()
        self._reads_all = {stream.name for stream in tree.streams if tree.reads_whole(stream, settings.sync_scope)}
        self._reads_all |= self.whole.reads_all
        self._passes = {name: dict(cursors) for name, cursors in state.passes.items()}
        self._deletes = {stream.name: dict(state.deletes.of(stream)) for stream in state.deletes.streams()}
        self._tree = tree
        self._skipped = {name: dict(rows) for name, rows in state.skipped.items() if reads_skipped}
        self._reset = {(name, partition) for name, names in state.reset.items() for partition in names}
        self._forgotten: set[tuple[str, str]] = set()  # in this sync: the writer may have yet to do so

    def of(self, stream: Stream, partition: str, *, is_fresh: bool = False) -> ListStart:
        """Where this list begins now. `is_fresh` says that its parent's own list is read afresh.

        If the list was forgotten in an earlier sync, a cursor that it has was set since, and its reading goes on there.
        """
        is_fresh = is_fresh or (stream.name, partition) in self._forgotten
        reads_all = stream.name in self._reads_all
        unfinished, deletes = self._mark(self._passes, stream, partition), self._mark(self._deletes, stream, partition)
        known = self._state.cursor(stream, partition)
        if is_fresh:
            known = unfinished = None
        # in ranges of time, the whole list is what has changed since the start date: an API may refuse earlier ones
        whole = unfinished or (self._first(stream) if stream.is_windowed else None)
        cursor = whole if reads_all else known or self._first(stream)
        is_reread = known is not None and not reads_all and self.whole.wants(stream, partition)
        if is_reread:
            cursor = self._first(stream)
        marks_deleted = stream.deletion(self._settings.deleted_field).field is not None
        hides_deletes = cursor is None and marks_deleted and stream.asks_for_changes
        return ListStart(
            cursor=cursor,
            known_until=known,
            reads_all=reads_all,
            deletes_from=(known or deletes) if hides_deletes else None,
            deletes_cursor=deletes,
            is_fresh=is_fresh or (stream.name, partition) in self._reset,
            is_whole=stream.finds_deleted and (cursor in {None, self._first(stream)} or _is_always_whole(stream)),
            is_reread=is_reread,
        )

    def skipped(self, stream: Stream) -> Sequence[tuple[str, Row]]:
        """The records that an earlier sync skipped, without those that are known to have been deleted since."""
        return list(self._skipped.get(stream.name, {}).items())

    def forget(self, stream: Table, partition: str) -> None:
        """The record does not exist any more: should it appear again, what is below it begins at its beginning."""
        self._skipped.get(stream.name, {}).pop(partition, None)
        for child in self._tree.children(stream):
            self.forget_list(child, partition)

    def forget_list(self, stream: Stream, partition: str) -> None:
        """The list does not exist any more: the next one of that name begins at its beginning."""
        self._forgotten.add((stream.name, partition))

    def is_forgotten(self, stream: Table, partition: str) -> bool:
        """Whether the record has not existed any more in this pass, and has not been read since."""
        return all((child.name, partition) in self._forgotten for child in self._tree.children(stream))

    def remember_list(self, stream: Stream, partition: str) -> None:
        """The list has been read whole, with everything below it."""
        self._forgotten.discard((stream.name, partition))
        self._reset.discard((stream.name, partition))

    def _first(self, stream: Stream) -> Cursor | None:
        """Where a list without a cursor begins."""
        if self._settings.start_date is None or stream.cursor_field is None:
            return None
        return stream.cursor_type.at(self._settings.start_date.nanoseconds)

    def _mark(self, marks: dict[str, dict[str, str | int | float]], stream: Stream, partition: str) -> Cursor | None:
        """The mark of an earlier sync, for the first reading in this one."""
        raw = marks[stream.name].pop(partition, None) if marks.get(stream.name) else None
        return None if raw is None else stream.cursor_type.parse(raw)


def _is_always_whole(stream: Stream) -> bool:
    """Whether each reading of a list is of the whole list."""
    return not stream.asks_for_changes and stream.is_sorted != "newest_first"
