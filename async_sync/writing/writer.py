"""The single consumer: everything that reaches the SDK, and every change of the state, passes through `Writer`.

The order is always the same: rows first, then what has become true by them, then perhaps a checkpoint. A saved state
therefore never speaks of a row that has not been handed over.
"""

from collections.abc import Callable, Iterable, Sequence

from async_sync.configuration.settings import Settings
from async_sync.errors.lists import RowError
from async_sync.progress import Progress
from async_sync.records.cursors import Cursor, earlier, later
from async_sync.records.deletion import is_deleted
from async_sync.records.pages import Row
from async_sync.records.rows import kind_of
from async_sync.streams.stream import ChildStream, ParentStream, Stream
from async_sync.writing.checkpoints import CheckpointPolicy
from async_sync.writing.destination import Destination
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
    """Writes messages in the order they were sent. Blocks: call it off the event loop, one call at a time.

    `start` is where the pass begins. `ceiling` gives the start of the sync, in nanoseconds since 1970: no cursor is
    saved beyond it.
    """

    def __init__(
        self,
        *,
        destination: Destination,
        settings: Settings,
        parent: ParentStream,
        state: SyncState,
        start: PassStart,
        progress: Progress,
        clock: Callable[[], float],
        ceiling: Callable[[], int],
    ) -> None:
        self._destination = destination
        self._parent = parent
        self._state = state
        self._progress = progress
        self._clock = clock
        self._ceiling = ceiling
        self._policy = CheckpointPolicy(
            rows=settings.checkpoint_rows, interval_seconds=settings.checkpoint_interval_seconds, now=clock()
        )
        self._budget_bytes = settings.state_budget_kb * 1000
        self._deleted_field = settings.deleted_field
        self._start = start
        self._deletes: DeletesEnd | None = None
        self._hides_deletes = bool(settings.deleted_field and parent.since_param)  # from a list without a cursor
        self._watermark = Watermark(start.cursor, is_sorted=parent.is_sorted)
        self._unsaved = False

    def write(self, messages: Iterable[Message]) -> None:
        """Write the messages, and checkpoint where it is due. Raises what the destination raises."""
        for message in messages:
            self._unsaved = True
            self._apply(message)
            self._checkpoint_if_due()
        self._checkpoint_if_due()

    def finish(self) -> None:
        """Checkpoint what has not been checkpointed yet."""
        if self._unsaved:
            self._checkpoint()

    def _apply(self, message: Message) -> None:
        """The rows, and then what is true once they are written."""
        match message:
            case ChildPage(child, partition, rows, cursor):
                self._write_rows(child, rows)
                self._set_cursor(child, partition, cursor)
            case PartitionDone(partition, numbers, cursors):
                for child, cursor in cursors:
                    self._set_cursor(child, partition, cursor)
                self._close(partition, numbers)
            case PartitionGone(partition, numbers):
                self._state.drop_partition(partition)
                self._close(partition, numbers)
            case PartitionSkipped(partition, numbers, parent):
                self._close(partition, numbers)
                self._state.skip(partition, parent)
            case ParentPage(rows, cursors, total, elsewhere, restart):
                self._progress.expect(total)
                self._keep_for_deletes(cursors)
                self._write_rows(self._parent, rows)
                self._watermark.add_page(cursors, restart)
                self._watermark.close(elsewhere)
            case ParentsEnd():
                self._watermark.end()
            case DeletedParents(rows):
                self._write_rows(self._parent, rows)
            case DeletesEnd():
                self._deletes = message
            case _:
                self._destination.warning(message.text)
        self._advance()

    def _set_cursor(self, child: ChildStream, partition: str, cursor: Cursor | None) -> None:
        if cursor is None:
            self._state.drop_cursor(child, partition)
        else:
            self._state.set_partition_cursor(child, partition, child.cursor_type.cap(cursor, self._ceiling()))

    def _keep_for_deletes(self, cursors: Sequence[Cursor]) -> None:
        """Before the first parents of all are written, save since when their deletes are to be asked for."""
        if self._hides_deletes and cursors:
            first = self._parent.cursor_type.cap(cursors[0], self._ceiling())
            if self._state.keep_for_deletes(first):
                self._checkpoint()

    def _close(self, partition: str, numbers: Sequence[int]) -> None:
        self._watermark.close(numbers)
        self._state.skipped.pop(partition, None)
        self._progress.parents_done += len(numbers)

    def _advance(self) -> None:
        """Move the parent's cursor to the watermark, but not beyond the start of the sync."""
        reached, is_complete = self._watermark.value, self._watermark.is_complete
        if self._deletes is not None:  # what is complete holds all that the list of what changed has shown
            reached = self._deletes.cursor if is_complete else earlier(self._deletes.cursor, reached)
        reached = reached and self._parent.cursor_type.cap(reached, self._ceiling())
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
            if written < len(rows):  # after the last row, the checkpoint waits for what the page makes true
                self._checkpoint_if_due()

    def _write_row(self, stream: Stream, row: Row) -> None:
        try:
            if self._deleted_field and is_deleted(row, self._deleted_field):
                self._destination.delete(stream.table, stream.key_of(row))
            else:
                self._destination.upsert(stream.table, row)
        except (AttributeError, TypeError, ValueError) as error:  # what the SDK's conversions raise
            kinds = {name: f"holds {kind_of(row.get(name))} for {kind}" for name, kind in stream.columns.items()}
            raise RowError(table=stream.name, key=stream.key_of(row), error=error, kinds=kinds) from None

    def _checkpoint_if_due(self) -> None:
        if self._unsaved and self._policy.is_due(self._clock()):
            self._checkpoint()

    def _keep_within_budget(self) -> None:
        dropped = self._state.cut(self._budget_bytes)
        if not dropped:
            return
        if not self._progress.cursors_dropped:
            self._destination.warning(
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
