"""One partition: all lists of one parent's children, and what a list that fails or is missing means."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

from async_sync.configuration.settings import Settings
from async_sync.errors.base import FatalError
from async_sync.errors.lists import RequestError
from async_sync.errors.source import SourceError
from async_sync.pipeline.partition_queue import Partition
from async_sync.pipeline.reader import Reader
from async_sync.records.cursors import Cursor
from async_sync.streams.stream import ChildStream, ParentStream, kept_fields
from async_sync.writing.messages import ChildPage, PartitionDone, PartitionGone, PartitionSkipped
from async_sync.writing.outbox import Outbox
from async_sync.writing.state import SyncState
from async_sync.writing.watermark import StreamCursor

GONE_STATUSES = {404, 410}
_UNAUTHORIZED = 401
_MAX_UNCONFIRMED = 20
_MAX_SKIPPED = 1000
_MAX_NAMED = 5


@dataclass(slots=True)
class _ReadPartition:
    """A partition that has been read: how far each of its lists is complete, and which of them are missing.

    `cursors` has all its children, with None for a list that is missing. `missing` has the answers to the first
    requests for those, as errors, by the child's name.
    """

    id: str
    record_numbers: Sequence[int]
    cursors: Sequence[tuple[ChildStream, Cursor | None]]
    missing: dict[str, RequestError]

    @property
    def is_gone(self) -> bool:
        """Whether none of its lists exists."""
        return 0 < len(self.missing) == len(self.cursors)


class PartitionReader:
    """Reads partitions and sends their records to the writer.

    A list whose first request answers 404 or 410 does not exist for this parent, and a parent without any list is gone.
    But while no such list has answered for any parent of this sync, its path is more likely to be wrong. Then nothing
    counts as gone: the partition waits, unconfirmed, until a list of that child stream answers for another parent.
    """

    def __init__(
        self,
        *,
        reader: Reader,
        outbox: Outbox,
        settings: Settings,
        state: SyncState,
        parent: ParentStream,
        children: Sequence[ChildStream],
    ) -> None:
        self._reader = reader
        self._outbox = outbox
        self._state = state
        self._parent = parent
        self._children = children
        self._reads_by_key = len(parent.primary_key) == len(kept_fields(parent, children)) == 1
        self._skips = settings.on_parent_error == "skip"
        self._confirmed: set[str] = set()  # the names of the children whose lists have answered for some parent
        self._unconfirmed: list[_ReadPartition] = []
        self._known = state.known_partitions(_MAX_UNCONFIRMED)  # now, while no writer is at work on the state
        self._dropped: set[tuple[str, str]] = set()  # cursors that the writer may not have dropped from the state yet
        self.gone: list[str] = []
        self.missing: dict[str, list[str]] = {}  # by the child's name, the partitions that have no list of it
        self.skipped: list[str] = []

    async def read(self, partition: Partition) -> None:
        """Read the partition. Raises FatalError where the sync cannot go on."""
        if partition.deleted:
            await self._drop(PartitionGone(partition.id, partition.record_numbers))
            return
        try:
            found = await self._read_lists(partition)
        except FatalError as error:
            await self._skip(partition, error)
        else:
            await self._close(found)

    async def finish(self) -> None:
        """When no partition is left, find out about those that are unconfirmed. Raises RequestError if they stay so."""
        if not self._unconfirmed:
            return
        asked = {partition.id for partition in self._unconfirmed}  # fewer than `_known` has, where it is full
        other = next((name for name in self._known if name not in asked), None)
        if other is not None and self._reads_by_key:
            await self.read(Partition(other, {self._parent.primary_key[0]: other}))
        if self._unconfirmed:
            raise self._first_error(self._unconfirmed[0])

    async def report(self) -> None:
        """Warn of the partitions that were gone or skipped: how many, and the first few by name."""
        table = self._parent.name
        if self.gone:
            text = f"{len(self.gone)} of {table} answered 404 or 410 and count as gone: {_few(self.gone)}"
            await self._outbox.warn(f"{table} gone", text, times=len(self.gone))
        for child, missing in self.missing.items():
            text = (
                f"{len(missing)} of {table} answered 404 or 410 for {child} and count as having none: {_few(missing)}"
            )
            await self._outbox.warn(f"{table} without {child}", text, times=len(missing))
        if self.skipped:
            text = f"{len(self.skipped)} of {table} could not be read, and will be read first in the next sync: "
            await self._outbox.warn(f"{table} skipped", text + _few(self.skipped), times=len(self.skipped))

    async def _read_lists(self, partition: Partition) -> _ReadPartition:
        """Send all records of the partition to the writer."""
        cursors: list[tuple[ChildStream, Cursor | None]] = []
        missing: dict[str, RequestError] = {}
        for child in self._children:
            found = await self._read_list(child, partition)
            if isinstance(found, RequestError):
                missing[child.name] = found
            cursors.append((child, None if isinstance(found, RequestError) else found))
        return _ReadPartition(partition.id, partition.record_numbers, cursors, missing)

    async def _read_list(self, child: ChildStream, partition: Partition) -> Cursor | RequestError | None:
        """How far the list is complete, or the answer to its first request where there is no such list."""
        is_dropped = (child.name, partition.id) in self._dropped
        start = None if is_dropped else self._state.partition_cursor(child, partition.id)
        cursor = StreamCursor(start, is_sorted=child.is_sorted)
        row, name = partition.parent, f"{self._parent.name} {partition.id}"
        key = self._parent.key_of(row)
        has_answered = False
        try:
            async with aclosing(self._reader.iter_pages(child, cursor, parent=row, key=key, partition=name)) as pages:
                async for page in pages:
                    has_answered = True
                    await self._confirm(child)
                    await self._outbox.send(ChildPage(child, partition.id, page.rows, cursor.seen_until))
        except RequestError as error:
            if has_answered or error.status not in GONE_STATUSES:
                raise
            return error
        return cursor.seen_until

    async def _confirm(self, child: ChildStream) -> None:
        """A list of this child has answered, so its path is right, and a list that is missing does not exist."""
        if child.name in self._confirmed:
            return
        self._confirmed.add(child.name)
        unconfirmed, self._unconfirmed = self._unconfirmed, []
        for partition in unconfirmed:
            await self._close(partition)

    async def _close(self, partition: _ReadPartition) -> None:
        """Tell the writer how the partition ended, or keep it until every list that is missing is confirmed.

        Raises RequestError when too many are unconfirmed.
        """
        if not partition.missing.keys() <= self._confirmed:
            self._unconfirmed.append(partition)
            if len(self._unconfirmed) >= _MAX_UNCONFIRMED:
                raise self._first_error(partition)
            return
        if partition.is_gone:
            self.gone.append(partition.id)
            await self._drop(PartitionGone(partition.id, partition.record_numbers))
            return
        for child, _ in partition.cursors:
            cursor_of = child.name, partition.id
            if child.name in partition.missing:
                self.missing.setdefault(child.name, []).append(partition.id)
                self._dropped.add(cursor_of)
            else:
                self._dropped.discard(cursor_of)
        await self._outbox.send(PartitionDone(partition.id, partition.record_numbers, partition.cursors))

    async def _drop(self, gone: PartitionGone) -> None:
        """Have the writer forget the partition; should its parent appear again, it is read from its beginning."""
        self._dropped.update((child.name, gone.partition) for child in self._children)
        await self._outbox.send(gone)

    async def _skip(self, partition: Partition, error: FatalError) -> None:
        """Leave the partition to the next sync, where that is allowed. Raises the error where it is not."""
        is_general = isinstance(error, SourceError) or getattr(error, "status", None) == _UNAUTHORIZED
        if not self._skips or is_general or len(self.skipped) >= _MAX_SKIPPED:
            raise error
        self.skipped.append(f"{partition.id} ({error})")
        await self._outbox.send(PartitionSkipped(partition.id, partition.record_numbers, partition.parent))

    def _first_error(self, partition: _ReadPartition) -> RequestError:
        """The answer of a list that no other parent has confirmed."""
        return next(error for child, error in partition.missing.items() if child not in self._confirmed)


def _few(names: Sequence[str]) -> str:
    return "; ".join(names[:_MAX_NAMED]) + ("; ..." if len(names) > _MAX_NAMED else "")
