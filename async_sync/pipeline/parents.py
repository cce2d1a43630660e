"""Which of the parents are read and written in this sync. Pure."""

from collections.abc import Collection, Sequence

from async_sync.configuration.settings import Settings
from async_sync.records.deletion import is_deleted
from async_sync.records.pages import Page, Row
from async_sync.records.rows import partition_id
from async_sync.streams.stream import ParentStream
from async_sync.writing.passes import PassStart
from async_sync.writing.state import SyncState
from async_sync.writing.watermark import StreamCursor


class Parents:
    """The parent stream in one sync.

    With `sync_scope` = `changed_parents` it is read from its cursor. With `all_parents` every parent is read, from
    where an unfinished pass has come to, but where their cursor marks changes, only those from it on are written. Where
    several connections share the work, all parents are listed, but only those of this `shard` are written and have
    their children read.

    `cursor` moves with the list of the pass. `changes` moves with the list of what changed, which is read for its
    deletes before; it is None where that list is not asked for.
    """

    def __init__(self, stream: ParentStream, settings: Settings, state: SyncState, start: PassStart) -> None:
        self.stream = stream
        self._skipped = dict(state.skipped)
        self._shard = settings.shard
        self._deleted_field = settings.deleted_field
        self._reads_all = start.reads_all
        known = start.known_until
        tells_changes = self._reads_all and stream.marks_changes
        self._known_until = (
            stream.cursor_type.back(known, settings.lookback_seconds) if known and tells_changes else None
        )
        self.cursor = StreamCursor(start.cursor, is_sorted=stream.is_sorted)
        self.changes: StreamCursor | None = None
        if start.deletes_from is not None:
            self.changes = StreamCursor(start.deletes_from, is_sorted=stream.is_sorted)

    @property
    def skipped_before(self) -> list[Row]:
        """The parents that an earlier sync skipped, but for those that have been deleted since, as far as is known."""
        return list(self._skipped.values())

    def split(self, page: Page, *, first: int) -> tuple[Sequence[Row], Collection[int]]:
        """The page's rows that are to be written, and the numbers of those that belong to other shards.

        `first` is the number of the page's first row. Neither those of other shards are written nor those that an
        earlier sync wrote and that have not changed.
        """
        elsewhere = self._elsewhere(page, first)
        known = self._known_until
        if known is None and not elsewhere:
            return page.rows, elsewhere
        rows = [
            row
            for number, (row, cursor) in enumerate(zip(page.rows, page.cursors, strict=True), first)
            if number not in elsewhere and (known is None or cursor.at >= known.at)
        ]
        return rows, elsewhere

    def _elsewhere(self, page: Page, first: int) -> Collection[int]:
        if self._shard.count == 1:
            return ()
        keys = map(self.stream.key_of, page.rows)
        return {number for number, key in enumerate(keys, first) if not self._shard.holds(partition_id(key))}

    def deletes(self, page: Page) -> list[Row]:
        """The deleted parents in a page of what changed, but for those of other shards."""
        named = ((partition_id(self.stream.key_of(row)), row) for row in page.rows if self.is_deleted(row))
        deleted = {name: row for name, row in named if self._shard.holds(name)}
        for name in deleted:
            self._skipped.pop(name, None)
        return list(deleted.values())

    def is_deleted(self, row: Row) -> bool:
        """Whether the parent is deleted, so that its children are not to be read."""
        return bool(self._deleted_field) and is_deleted(row, self._deleted_field)
