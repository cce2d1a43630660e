"""The only consumer of messages: every row that reaches the SDK, and every change of the state, goes through `Writer`.

The order is always the same: first the rows, then the cursors that count them as written, then a checkpoint if one is
due. A saved cursor is therefore never ahead of the rows that have been handed over.
"""

from collections.abc import Callable, Iterable, Sequence

from async_sync.configuration.settings import Settings
from async_sync.progress import Progress
from async_sync.records.cursors import Cursor, earlier, later
from async_sync.records.deletion import is_deleted
from async_sync.records.pages import Row
from async_sync.streams.stream import ChildStream, ParentStream, Stream
from async_sync.writing.checkpoints import CheckpointPolicy
from async_sync.writing.destination import Destination, Log
from async_sync.writing.messages import (
    ChildPage,
    DeletedParents,
    DeletesEnd,
    Message,
    ParentPage,
    ParentsEnd,
    PartitionDone,
    PartitionGone,
    PartitionSkipped,
)
from async_sync.writing.passes import PassStart
from async_sync.writing.state import SyncState
from async_sync.writing.watermark import Watermark


class Writer:
    """Writes messages in the order in which they were sent. Blocks: call it off the event loop, one call at a time.

    `start` is where the pass begins. `sync_start` returns when the sync began, in nanoseconds since 1970: no cursor
    beyond it is saved.
    """

    def __init__(
        self,
        *,
        destination: Destination,
        log: Log,
        settings: Settings,
        parent: ParentStream,
        state: SyncState,
        start: PassStart,
        progress: Progress,
        clock: Callable[[], float],
        sync_start: Callable[[], int],
    ) -> None:
        self._destination = destination
        self._log = log
        self._parent = parent
        self._state = state
        self._progress = progress
        self._clock = clock
        self._sync_start = sync_start
        self._policy = CheckpointPolicy(
            rows=settings.checkpoint_rows, interval_seconds=settings.checkpoint_interval_seconds, now=clock()
        )
        self._budget_bytes = settings.state_budget_kb * 1000
        self._deleted_field = settings.deleted_field
        self._start = start
        self._deletes: DeletesEnd | None = None
        self._hides_deletes = bool(settings.deleted_field and parent.since_param)  # in a list read from the beginning
        self._watermark = Watermark(start.cursor, is_sorted=parent.is_sorted)
        self._unsaved = False

    def write(self, messages: Iterable[Message]) -> None:
        """Write the messages, and checkpoint when one is due. Raises what the destination raises."""
        for message in messages:
            self._unsaved = True
            self._apply(message)
            self._checkpoint_if_due()
        self._checkpoint_if_due()

    def finish(self) -> None:
        """Checkpoint, unless everything has been checkpointed already."""
        if self._unsaved:
            self._checkpoint()

    def _apply(self, message: Message) -> None:
        """Write the rows, and then move the cursors that count them as written."""
        match message:
            case ChildPage(child, partition, rows, cursor):
                self._write_rows(child, rows)
                self._set_cursor(child, partition, cursor)
            case PartitionDone(partition, record_numbers, cursors):
                for child, cursor in cursors:
                    self._set_cursor(child, partition, cursor)
                self._close(partition, record_numbers)
            case PartitionGone(partition, record_numbers):
                self._state.drop_partition(partition)
                self._close(partition, record_numbers)
            case PartitionSkipped(partition, record_numbers, parent):
                self._close(partition, record_numbers)
                self._state.skip(partition, parent)
            case ParentPage(rows, cursors, total, of_other_shards, restart):
                self._progress.expect(total)
                self._start_deletes_cursor(cursors)
                self._write_rows(self._parent, rows)
                self._watermark.add_page(cursors, restart)
                self._watermark.close(of_other_shards)
            case ParentsEnd():
                self._watermark.end()
            case DeletedParents(rows):
                self._write_rows(self._parent, rows)
            case DeletesEnd():
                self._deletes = message
            case _:
                self._log.warning(message.text)
        self._move_parent_cursor()

    def _set_cursor(self, child: ChildStream, partition: str, cursor: Cursor | None) -> None:
        if cursor is None:
            self._state.drop_cursor(child, partition)
        else:
            self._state.set_partition_cursor(child, partition, child.cursor_type.cap(cursor, self._sync_start()))

    def _start_deletes_cursor(self, cursors: Sequence[Cursor]) -> None:
        """Before the very first parents are written, save since when their deletes have to be listed."""
        if self._hides_deletes and cursors:
            first = self._parent.cursor_type.cap(cursors[0], self._sync_start())
            if self._state.start_deletes_cursor(first):
                self._checkpoint()

    def _close(self, partition: str, record_numbers: Sequence[int]) -> None:
        self._watermark.close(record_numbers)
        self._state.skipped.pop(partition, None)
        self._progress.parents_done += len(record_numbers)

    def _move_parent_cursor(self) -> None:
        """Move the parents' cursor to the watermark, but not beyond the listed deletes or the start of the sync."""
        reached, is_complete = self._watermark.value, self._watermark.is_complete
        if self._deletes is not None:  # a complete pass has written all that the list of what changed has shown
            reached = self._deletes.cursor if is_complete else earlier(self._deletes.cursor, reached)
        reached = reached and self._parent.cursor_type.cap(reached, self._sync_start())
        if self._start.reads_all:
            self._state.pass_cursor = None if is_complete else reached
            reached = later(self._start.known_until, reached)
        self._state.parent_cursor = reached
        if reached is not None:
            self._state.deletes_cursor = None

    def _write_rows(self, stream: Stream, rows: Sequence[Row]) -> None:
        written = 0
        while written < len(rows):
            chunk = rows[written : written + self._policy.room()]
            for row in chunk:
                self._write_row(stream, row)
            written += len(chunk)
            self._unsaved = True
            self._policy.wrote(len(chunk))
            self._progress.wrote(stream.name, len(chunk))
            if written < len(rows):  # after the last row, a checkpoint waits for the page's cursor
                self._checkpoint_if_due()

    def _write_row(self, stream: Stream, row: Row) -> None:
        if self._deleted_field and is_deleted(row, self._deleted_field):
            self._destination.delete(stream.table, stream.key_of(row))
        else:
            self._destination.upsert(stream.table, row)

    def _checkpoint_if_due(self) -> None:
        if self._unsaved and self._policy.is_due(self._clock()):
            self._checkpoint()

    def _keep_within_budget(self) -> None:
        dropped = self._state.cut(self._budget_bytes)
        if not dropped:
            return
        if not self._progress.cursors_dropped:
            self._log.warning(
                f"The state has outgrown state_budget_kb: {dropped} of the cursors that have not moved for longest are "
                "forgotten. Nothing is lost: what they belong to is read in full when it next changes."
            )
        self._progress.cursors_dropped += dropped

    def _checkpoint(self) -> None:
        started = self._clock()
        self._keep_within_budget()
        self._destination.checkpoint(self._state.dump())
        ended = self._clock()
        self._policy.done(started, ended)
        self._unsaved = False
        self._progress.checkpoints += 1
        self._progress.checkpoint_seconds += ended - started
