"""The only consumer of messages: every row that reaches the SDK, and every change of the state, goes through `Writer`.

The order is always the same: first the rows, then the cursors that count them as written, then a checkpoint if one is
due. A saved cursor is therefore never ahead of the rows that have been handed over.
"""

from collections.abc import Callable, Iterable, Sequence

from async_sync.configuration.settings import Settings
from async_sync.progress import Progress
from async_sync.records.deletion import is_deleted
from async_sync.records.pages import Row
from async_sync.streams.table import Table
from async_sync.streams.tree import StreamTree
from async_sync.writing.checkpoints import CheckpointPolicy
from async_sync.writing.destination import Destination, Log
from async_sync.writing.messages import Change, Done, Forget, ForgetList, Message, SetPosition, Warn
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
    ) -> None:
        self._destination = destination
        self._log = log
        self._tables = {table.name: table for table in tree.tables}
        self._state = state
        self._progress = progress
        self._clock = clock
        self._policy = CheckpointPolicy(
            rows=settings.checkpoint_rows, interval_seconds=settings.checkpoint_interval_seconds, now=clock()
        )
        self._budget_bytes = settings.state_budget_kb * 1000
        self._deleted_field = settings.deleted_field
        self._unsaved = False

    def write(self, messages: Iterable[Message]) -> None:
        """Write the messages, and checkpoint when one is due. Raises what the destination raises."""
        for message in messages:
            if isinstance(message, Warn):
                self._log.warning(message.text)
                continue
            for name, rows in message.rows:
                self._write_rows(self._tables[name], rows)
            for change in message.changes:
                self._unsaved = True
                self._apply(change)
            if message.save:
                self.finish()
            self._checkpoint_if_due()
        self._checkpoint_if_due()

    def finish(self) -> None:
        """Checkpoint, unless everything has been checkpointed already."""
        if self._unsaved:
            self._checkpoint()

    def _apply(self, change: Change) -> None:
        match change:
            case SetPosition(stream, partition, position):
                self._state.set_position(stream, partition, position)
            case Done(stream, partition):
                self._state.done(stream, partition)
            case Forget(stream, partition):
                self._state.forget(stream, partition)
            case ForgetList(stream, partition):
                self._state.forget_list(stream, partition)
            case _:
                self._state.skip(change.stream, change.partition, change.parent)

    def _write_rows(self, table: Table, rows: Sequence[Row]) -> None:
        written = 0
        while written < len(rows):
            chunk = rows[written : written + self._policy.room()]
            for row in chunk:
                self._write_row(table, row)
            written += len(chunk)
            self._unsaved = True
            self._policy.wrote(len(chunk))
            self._progress.wrote(table.name, len(chunk))
            if written < len(rows):  # after the last row, a checkpoint waits for the page's cursor
                self._checkpoint_if_due()

    def _write_row(self, table: Table, row: Row) -> None:
        if self._deleted_field and is_deleted(row, self._deleted_field):
            self._destination.delete(table.table, table.key_of(row))
        else:
            self._destination.upsert(table.table, row)

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
