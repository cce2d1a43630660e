"""One partition from its cursor to its end, and what its failure means for the others."""

from collections.abc import Sequence
from typing import NamedTuple

from async_sync.cursors import Cursor
from async_sync.errors import FatalError, RequestError, SourceError
from async_sync.messages import ChildPage, PartitionDone, PartitionGone, PartitionSkipped
from async_sync.outbox import Outbox
from async_sync.partitions import Partition
from async_sync.reader import Reader
from async_sync.settings import Settings
from async_sync.state import SyncState
from async_sync.streams import ChildStream, ParentStream, kept_fields
from async_sync.watermark import StreamCursor

GONE_STATUSES = {404, 410}
_UNAUTHORIZED = 401
_MAX_UNPROVEN = 20
_MAX_SKIPPED = 1000
_NAMED = 5


class _Gone(NamedTuple):
    """A partition that answered 404, for which of the parent's children, and the answer as an error."""

    message: PartitionGone
    name: str
    error: RequestError


class PartitionSync:
    """Reads partitions and sends what they hold to the writer.

    A partition that answers 404 is one whose parent is gone, unless no partition of that child stream has answered
    otherwise in this sync: then the path is likely to be wrong, and nothing may be taken for gone. Such partitions are
    held until another one answers.
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
        self._skips = settings.on_company_error == "skip"
        self._answered: set[str] = set()  # the names of the children of which some partition has answered
        self._held: list[_Gone] = []
        self.gone: list[str] = []
        self.skipped: list[str] = []

    async def sync(self, partition: Partition) -> None:
        """Read the partition. Raises FatalError where the sync cannot go on."""
        if partition.deleted:
            await self._outbox.send(PartitionGone(partition.id, partition.numbers))
            return
        try:
            gone = await self._read(partition)
        except FatalError as error:
            await self._skip(partition, error)
        else:
            if gone is not None:
                await self._hold(gone)

    async def settle(self) -> None:
        """Decide on what is still held, when no partition is left. Raises RequestError where the path seems wrong."""
        if not self._held:
            return
        known = self._state.known_partition(besides={gone.message.partition for gone in self._held})
        if known is not None and self._reads_by_key:
            await self.sync(Partition(known, {self._parent.primary_key[0]: known}))
        if self._held:
            raise self._held[0].error

    async def report(self) -> None:
        """Warn of the partitions that were gone or skipped: how many, and the first few by name."""
        table = self._parent.name
        if self.gone:
            text = f"{len(self.gone)} of {table} answered 404 or 410 and count as gone: {_few(self.gone)}"
            await self._outbox.warn(f"{table} gone", text, times=len(self.gone))
        if self.skipped:
            text = f"{len(self.skipped)} of {table} could not be read, and will be read first in the next sync: "
            await self._outbox.warn(f"{table} skipped", text + _few(self.skipped), times=len(self.skipped))

    async def _read(self, partition: Partition) -> _Gone | None:
        """Send everything of the partition to the writer; gives how it turned out to be gone, if it did."""
        done = []
        for child in self._children:
            try:
                done.append((child, await self._read_child(child, partition)))
            except RequestError as error:
                if error.status not in GONE_STATUSES:
                    raise
                return _Gone(PartitionGone(partition.id, partition.numbers), child.name, error)
        await self._outbox.send(PartitionDone(partition.id, partition.numbers, done))
        return None

    async def _read_child(self, child: ChildStream, partition: Partition) -> Cursor | None:
        cursor = StreamCursor(self._state.partition_cursor(child, partition.id), is_sorted=child.is_sorted)
        row, name = partition.parent, f"{self._parent.name} {partition.id}"
        key = self._parent.key_of(row)
        async for page in self._reader.iter_pages(child, cursor, parent=row, key=key, partition=name):
            await self._prove(child)
            await self._outbox.send(ChildPage(child, partition.id, page.rows, cursor.seen_until))
        return cursor.seen_until

    async def _prove(self, child: ChildStream) -> None:
        """A partition of this child has answered, so its path is right: those that were held for it are gone."""
        if child.name not in self._answered:
            self._answered.add(child.name)
            proven = [gone for gone in self._held if gone.name == child.name]
            self._held = [gone for gone in self._held if gone.name != child.name]
            for gone in proven:
                await self._hold(gone)

    async def _hold(self, gone: _Gone) -> None:
        if gone.name in self._answered:
            self.gone.append(gone.message.partition)
            await self._outbox.send(gone.message)
            return
        self._held.append(gone)
        if len(self._held) >= _MAX_UNPROVEN:
            raise gone.error

    async def _skip(self, partition: Partition, error: FatalError) -> None:
        is_general = isinstance(error, SourceError) or getattr(error, "status", None) == _UNAUTHORIZED
        if not self._skips or is_general or len(self.skipped) >= _MAX_SKIPPED:
            raise error
        self.skipped.append(f"{partition.id} ({error})")
        await self._outbox.send(PartitionSkipped(partition.id, partition.numbers, partition.parent))


def _few(names: Sequence[str]) -> str:
    return "; ".join(names[:_NAMED]) + ("; ..." if len(names) > _NAMED else "")
