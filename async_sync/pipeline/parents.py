"""Which of the parents are read and written in one pass. Sans-I/O."""

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
    """The parent stream in one pass.

    With `sync_scope` = `changed_parents` it is read from its cursor, and every record is written. With `all_parents` it
    is read from its beginning, or from where an unfinished pass stopped; if its cursor marks changes, only records that
    have changed are written. Where several connections share the work, each of them lists all parents, but writes only
    those of its own shard and reads only their children.

    `cursor` moves with the list of the pass. `changes_cursor` moves with the list of what changed, which is read first,
    for its deletes; it is None where that list is not needed.
    """

    def __init__(self, stream: ParentStream, settings: Settings, state: SyncState, start: PassStart) -> None:
        self.stream = stream
        self._skipped = dict(state.skipped)
        self._shard = settings.shard
        self._deleted_field = settings.deleted_field
        known = start.known_until
        self._written_until = (  # records before it have not changed since they were written
            stream.cursor_type.back(known, settings.lookback_seconds)
            if known and start.reads_all and stream.marks_changes
            else None
        )
        self.cursor = StreamCursor(start.cursor, is_sorted=stream.is_sorted)
        self.changes_cursor: StreamCursor | None = None
        if start.deletes_from is not None:
            self.changes_cursor = StreamCursor(start.deletes_from, is_sorted=stream.is_sorted)

    @property
    def skipped_before(self) -> list[Row]:
        """The parents that an earlier sync skipped, without those that are known to have been deleted since."""
        return list(self._skipped.values())

    def split(self, page: Page, *, first_number: int) -> tuple[Sequence[Row], Collection[int]]:
        """The rows of the page that are to be written, and the numbers of its records that belong to other shards.

        `first_number` is the number of the first record. Left out of the rows are those of other shards, and those that
        an earlier sync wrote and that have not changed since.
        """
        of_other_shards = self._of_other_shards(page, first_number)
        until = self._written_until
        if until is None and not of_other_shards:
            return page.rows, of_other_shards
        rows = [
            row
            for number, (row, cursor) in enumerate(zip(page.rows, page.cursors, strict=True), first_number)
            if number not in of_other_shards and (until is None or cursor.at >= until.at)
        ]
        return rows, of_other_shards

    def _of_other_shards(self, page: Page, first_number: int) -> Collection[int]:
        if self._shard.count == 1:
            return ()
        keys = map(self.stream.key_of, page.rows)
        return {number for number, key in enumerate(keys, first_number) if not self._shard.holds(partition_id(key))}

    def deleted_in(self, page: Page) -> list[Row]:
        """The deleted parents of this shard in a page of what changed; they are no longer among the skipped ones."""
        named = ((partition_id(self.stream.key_of(row)), row) for row in page.rows if self.is_deleted(row))
        deleted = {name: row for name, row in named if self._shard.holds(name)}
        for name in deleted:
            self._skipped.pop(name, None)
        return list(deleted.values())

    def is_deleted(self, row: Row) -> bool:
        """Whether the parent is deleted, so that its children are not read."""
        return self._deleted_field is not None and is_deleted(row, self._deleted_field)
