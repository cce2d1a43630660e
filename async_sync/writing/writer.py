"""The only consumer of messages: every row that reaches the SDK, and every change of the state, goes through `Writer`.

The order is always the same: first the rows, then the cursors that count them as written, then a checkpoint if one is
due. A saved cursor is therefore never ahead of the rows that have been handed over.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from async_sync.configuration.settings import Settings
from async_sync.progress import Progress
from async_sync.records.pages import Row
from async_sync.streams.stream import Stream
from async_sync.streams.table import Table
from async_sync.streams.tree import StreamTree
from async_sync.text.amounts import counted
from async_sync.writing.checkpoints import CheckpointPolicy
from async_sync.writing.deletions import Deletions, Excess
from async_sync.writing.destination import Destination, Log
from async_sync.writing.key_store import ListName
from async_sync.writing.messages import (
    Begin,
    Change,
    Done,
    End,
    Forget,
    ForgetList,
    Message,
    SetPosition,
    Skip,
    Warn,
)
from async_sync.writing.row_writer import Record, RowWriter
from async_sync.writing.state import SyncState


class Writer:
    """Writes messages in the order in which they were sent. Blocks: call it off the event loop, one call at a time."""

    def __init__(
        self,
        *,
        destination: Destination,
        log: Log,
        settings: Settings,
        tree: StreamTree,
        state: SyncState,
        progress: Progress,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
    ) -> None:
        self._destination = destination
        self._log = log
        self._rows = RowWriter(destination=destination, settings=settings, tree=tree, state=state, progress=progress)
        self._tables = {table.name: table for table in tree.tables}
        self._state = state
        self._progress = progress
        self._clock = clock
        self._wall_clock = wall_clock
        self._policy = CheckpointPolicy(
            rows=settings.checkpoint_rows, interval_seconds=settings.checkpoint_interval_seconds, now=clock()
        )
        self._budget_bytes = settings.state_budget_kb * 1000
        self._unsaved = False
        self._is_whole = True  # false: a row has been handed over, and nobody knows whether it is there

    def write(self, messages: Iterable[Message]) -> None:
        """Write the messages, and checkpoint when one is due. Raises what the destination raises."""
        self._is_whole = False
        for message in messages:
            if isinstance(message, Warn):
                self._log.warning(message.text)
                continue
            for rows in message.rows:
                if rows.old:
                    self._rows.find(self._tables[rows.stream], rows.rows, rows.partition, unchanged=rows.unchanged)
                else:
                    self._write_rows(self._tables[rows.stream], rows.rows, rows.partition)
            for change in message.changes:
                self._unsaved = True
                self._apply(change)
            if message.save:
                self.finish()
            self._checkpoint_if_due()
        self._checkpoint_if_due()
        self._is_whole = True

    def begin(self) -> None:
        """Before the first row, save that a sync has begun, where it has to be known whether the last one has ended."""
        if self._state.keys.has_digests:
            if self._state.is_writing:
                self._state.keys.forget_digests()
            self._state.is_writing = True
            self._checkpoint()

    def end(self) -> None:
        """Checkpoint that the sync has ended, unless a row could not be written."""
        if self._state.is_writing and self._is_whole:
            self._state.is_writing = False
            self._checkpoint()

    @property
    def deletions(self) -> Deletions:
        """What is deleted in this sync because the API does not have it any more."""
        return self._rows.deletions

    @property
    def found_again(self) -> list[Record]:
        """The records that were deleted and are there again, though they have not changed."""
        return self._rows.found_again

    @property
    def unknown(self) -> Counter[tuple[str, str]]:
        """How many deleted rows have rows below them whose keys are not known, by the names of both streams."""
        return self._rows.unknown

    def remove(self, *, is_complete: bool) -> Sequence[Excess]:
        """Delete what the API does not have any more, and checkpoint; returns where that would have been too much.

        `is_complete` says that everything that has changed was read.
        """
        self._rows.leave_again()
        while True:
            plan = self.deletions.plan(is_complete=is_complete)
            if self._rows.doom(plan.removals):
                self._checkpoint()
            for removal in plan.removals:
                self._rows.remove(removal)
                self._unsaved = True
                self._policy.wrote(1)
                self._checkpoint_if_due()
            if not plan.removals:
                self.finish()
                return plan.excesses

    def tried(self, lists: Iterable[ListName]) -> None:
        """It was tried in vain to read these lists whole; those of records that are deleted by now do not matter."""
        for name, list_id in lists:
            stream = self._tables[name]
            if isinstance(stream, Stream) and self._state.knows(stream, list_id):
                self._state.keys.try_at(stream, list_id, self._minute())
                self._unsaved = True
        self.finish()

    def _minute(self) -> int:
        return int(self._wall_clock() // 60)

    def finish(self) -> None:
        """Checkpoint, unless everything has been checkpointed already."""
        if self._unsaved:
            self._checkpoint()

    def _apply(self, change: Change) -> None:
        match change:
            case SetPosition(stream, partition, position):
                if not self._rows.is_below_gone(stream, partition):
                    self._state.set_position(stream, partition, position)
            case Done(stream, partition):
                self._state.done(stream, partition)
            case Forget():
                self._forget(change)
            case ForgetList(stream, partition):
                self._state.forget_list(stream, partition)
            case Skip(stream, partition, parent):
                if not self._rows.is_gone(stream, partition):
                    self._state.skip(stream, partition, parent)
            case Begin(stream, partition, is_first):
                self._state.keys.begin(stream, partition, is_first=is_first)
            case End(stream, partition, is_whole):
                self._state.keys.end(stream, partition, self._minute(), is_whole=is_whole)
            case _:
                self._rows.contains(self._tables[change.stream], change.partition, change.keys)

    def _forget(self, change: Forget) -> None:
        stream, row = change.stream, change.row
        self._rows.note_cursors(stream, change.partition)
        self._state.forget(stream, change.partition, change.below)
        if row is not None and isinstance(stream, Stream) and stream.finds_deleted:
            key = stream.key_in(row)
            for list_id in self._state.keys.lists_with(stream, row, key):
                self._state.keys.lose_key(stream, list_id, key)

    def _write_rows(self, table: Table, rows: Sequence[Row], partition: str) -> None:
        written = 0
        while written < len(rows):
            chunk = rows[written : written + self._policy.room()]
            if self._rows.prepare(table, chunk):
                self._checkpoint()
            self._rows.write(table, chunk, partition)
            written += len(chunk)
            self._unsaved = True
            self._policy.wrote(len(chunk))
            if written < len(rows):  # after the last row, a checkpoint waits for the page's cursor
                self._checkpoint_if_due()

    def _checkpoint_if_due(self) -> None:
        if self._unsaved and self._policy.is_due(self._clock()):
            self._checkpoint()

    def _keep_within_budget(self) -> None:
        cursors, lists = self._state.cut(self._budget_bytes)
        progress = self._progress
        if cursors and not progress.cursors_dropped:
            self._log.warning(
                f"The state has outgrown state_budget_kb: {cursors} of the cursors that have not moved for longest are "
                "forgotten. Nothing is lost: what they belong to is read in full when it next changes."
            )
        if lists and not progress.lists_dropped:
            self._log.warning(
                f"The state has outgrown state_budget_kb: the keys of {counted(lists, 'list')} that changed longest "
                "ago are forgotten. Rows of these lists that disappear from the API before they are next read whole "
                "stay in the destination: see docs/deletes.md."
            )
        progress.cursors_dropped += cursors
        progress.lists_dropped += lists

    def _checkpoint(self) -> None:
        started = self._clock()
        self._keep_within_budget()
        self._destination.checkpoint(self._state.dump())
        ended = self._clock()
        self._policy.done(started, ended)
        self._unsaved = False
        self._progress.checkpoints += 1
        self._progress.checkpoint_seconds += ended - started
