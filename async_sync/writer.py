"""The single consumer: everything that reaches the SDK, and every change of the state, passes through `Writer`.

The order is always the same: rows first, then what has become true by them, then perhaps a checkpoint. A saved state
therefore never speaks of a row that has not been handed over.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from async_sync.cursors import Cursor
from async_sync.destination import Destination
from async_sync.progress import Progress
from async_sync.state import SyncState
from async_sync.streams import ChildStream, ParentStream, Row
from async_sync.watermark import Watermark

CHECKPOINT_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class ParentPage:
    """A page of parents; `cursors` stand beside `rows`. `ceiling` is the start of the sync, nanoseconds since 1970."""

    rows: Sequence[Row]
    cursors: Sequence[Cursor]
    ceiling: int


@dataclass(frozen=True, slots=True)
class ParentsEnd:
    """The parent stream has been read to its end."""


@dataclass(frozen=True, slots=True)
class ChildPage:
    """A page of one partition; once it is written, the partition is complete up to `cursor`."""

    child: ChildStream
    partition: str
    rows: Sequence[Row]
    cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class PartitionDone:
    """All pages of a partition have been sent: each child is complete up to its cursor, and these parents are done."""

    partition: str
    numbers: Sequence[int]
    cursors: Sequence[tuple[ChildStream, Cursor | None]]


Message = ParentPage | ParentsEnd | ChildPage | PartitionDone


class CheckpointPolicy:
    """When a checkpoint is due: every so many rows or seconds, whichever comes first.

    A checkpoint grows dearer with the state. It never comes sooner than 20 times what the last one took, so that
    checkpoints stay below 5 % of the sync's time; a `rows` of 1 asks for one after every record, whatever it takes.
    """

    def __init__(self, *, rows: int, interval_seconds: float, now: float) -> None:
        self._rows = rows
        self._interval = interval_seconds
        self._last = now
        self._cost = 0.0
        self.pending_rows = 0

    def room(self) -> int:
        """How many more rows may be written before a checkpoint is due by their number (at least 1)."""
        return max(1, self._rows - self.pending_rows)

    def is_due(self, now: float) -> bool:
        """Whether to checkpoint now."""
        if self._rows == 1:
            return self.pending_rows > 0
        waited = now - self._last
        return (self.pending_rows >= self._rows or waited >= self._interval) and waited >= self._cost / CHECKPOINT_SHARE

    def done(self, started: float, ended: float) -> None:
        """A checkpoint has been made."""
        self._last = ended
        self._cost = ended - started
        self.pending_rows = 0


class Writer:
    """Writes messages in the order they were sent. Blocks: call it off the event loop, one call at a time."""

    def __init__(
        self,
        *,
        destination: Destination,
        parent: ParentStream,
        state: SyncState,
        policy: CheckpointPolicy,
        progress: Progress,
        clock: Callable[[], float],
    ) -> None:
        self._destination = destination
        self._parent = parent
        self._state = state
        self._policy = policy
        self._progress = progress
        self._clock = clock
        self._watermark = Watermark(state.parent_cursor)
        self._ceiling = 0
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
                self._upsert(child.table, rows)
                self._set_cursor(child, partition, cursor)
            case PartitionDone(partition, numbers, cursors):
                for child, cursor in cursors:
                    self._set_cursor(child, partition, cursor)
                self._watermark.close(numbers)
                self._progress.parents_done += len(numbers)
            case ParentPage(rows, cursors, ceiling):
                self._ceiling = ceiling
                self._upsert(self._parent.table, rows)
                self._watermark.page(cursors)
            case ParentsEnd():
                self._watermark.end()
        watermark = self._watermark.value
        self._state.parent_cursor = watermark and self._parent.cursor_type.cap(watermark, self._ceiling)

    def _set_cursor(self, child: ChildStream, partition: str, cursor: Cursor | None) -> None:
        if cursor is not None:
            self._state.set_partition_cursor(child, partition, child.cursor_type.cap(cursor, self._ceiling))

    def _upsert(self, table: str, rows: Sequence[Row]) -> None:
        upsert = self._destination.upsert
        written = 0
        while written < len(rows):
            chunk = rows[written : written + self._policy.room()]
            for row in chunk:
                upsert(table, row)
            written += len(chunk)
            self._policy.pending_rows += len(chunk)
            self._progress.rows[table] += len(chunk)
            if written < len(rows):  # after the last row, the checkpoint waits for what the page makes true
                self._checkpoint_if_due()

    def _checkpoint_if_due(self) -> None:
        if self._unsaved and self._policy.is_due(self._clock()):
            self._checkpoint()

    def _checkpoint(self) -> None:
        started = self._clock()
        self._destination.checkpoint(self._state.dump())
        ended = self._clock()
        self._policy.done(started, ended)
        self._unsaved = False
        self._progress.checkpoints += 1
        self._progress.checkpoint_seconds += ended - started
