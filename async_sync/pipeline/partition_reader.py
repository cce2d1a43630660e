"""One partition from its cursor to its end, and what its failure means for the others."""

from collections.abc import Collection, Sequence
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
_MAX_UNPROVEN = 20
_MAX_SKIPPED = 1000
_NAMED = 5


@dataclass(slots=True)
class _Held:
    """A partition that waits for the children of which it had no list: `unproven`, and the answers as errors.

    `cursors` are those of all its children, None for each of which it has no list.
    """

    partition: str
    numbers: Sequence[int]
    cursors: Sequence[tuple[ChildStream, Cursor | None]]
    unproven: dict[str, RequestError]
    is_gone: bool


class PartitionSync:
    """Reads partitions and sends what they hold to the writer.

    A list whose first request answers 404 or 410 does not exist for this parent, and a parent of which no list exists
    is gone. Unless no partition of that child stream has answered otherwise in this sync: then the path is likely to be
    wrong, and nothing may be taken for gone. Such partitions are held until another one answers.
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
        self._answered: set[str] = set()  # the names of the children of which some partition has answered
        self._held: list[_Held] = []
        self._known = state.known_partitions(_MAX_UNPROVEN)  # now, while no writer is at work on the state
        self._dropped: set[tuple[str, str]] = set()  # cursors that the writer may not have dropped from the state yet
        self.gone: list[str] = []
        self.missing: dict[str, list[str]] = {}  # the partitions without a list of some child, by its name
        self.skipped: list[str] = []

    async def sync(self, partition: Partition) -> None:
        """Read the partition. Raises FatalError where the sync cannot go on."""
        if partition.deleted:
            await self._drop(PartitionGone(partition.id, partition.numbers))
            return
        try:
            held = await self._read(partition)
        except FatalError as error:
            await self._skip(partition, error)
        else:
            await self._hold(held)

    async def settle(self) -> None:
        """Decide on what is still held, when no partition is left. Raises RequestError where the path seems wrong."""
        if not self._held:
            return
        held = {one.partition for one in self._held}  # fewer than are known, if that many are
        known = next((name for name in self._known if name not in held), None)
        if known is not None and self._reads_by_key:
            await self.sync(Partition(known, {self._parent.primary_key[0]: known}))
        if self._held:
            raise _first_error(self._held[0], besides=self._answered)

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

    async def _read(self, partition: Partition) -> _Held:
        """Send everything of the partition to the writer; returns how far each of its lists is complete."""
        cursors: list[tuple[ChildStream, Cursor | None]] = []
        refusals: dict[str, RequestError] = {}
        for child in self._children:
            found = await self._read_child(child, partition)
            if isinstance(found, RequestError):
                refusals[child.name] = found
            cursors.append((child, None if isinstance(found, RequestError) else found))
        is_gone = bool(refusals) and len(refusals) == len(self._children)
        return _Held(partition.id, partition.numbers, cursors, refusals, is_gone)

    async def _read_child(self, child: ChildStream, partition: Partition) -> Cursor | RequestError | None:
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
                    await self._prove(child)
                    await self._outbox.send(ChildPage(child, partition.id, page.rows, cursor.seen_until))
        except RequestError as error:
            if has_answered or error.status not in GONE_STATUSES:
                raise
            return error
        return cursor.seen_until

    async def _prove(self, child: ChildStream) -> None:
        """A partition of this child has answered, so its path is right: those that were held for it have none."""
        if child.name in self._answered:
            return
        self._answered.add(child.name)
        held, self._held = self._held, []
        for partition in held:
            await self._hold(partition)

    async def _hold(self, held: _Held) -> None:
        """Close the partition, once each child of which it has no list is proven to have one elsewhere."""
        if not held.unproven.keys() <= self._answered:
            self._held.append(held)
            if len(self._held) >= _MAX_UNPROVEN:
                raise _first_error(held, besides=self._answered)
            return
        if held.is_gone:
            self.gone.append(held.partition)
            await self._drop(PartitionGone(held.partition, held.numbers))
            return
        for child, _ in held.cursors:
            dropped = child.name, held.partition
            if child.name in held.unproven:
                self.missing.setdefault(child.name, []).append(held.partition)
                self._dropped.add(dropped)
            else:
                self._dropped.discard(dropped)
        await self._outbox.send(PartitionDone(held.partition, held.numbers, held.cursors))

    async def _drop(self, gone: PartitionGone) -> None:
        """Have the writer forget the partition; should its parent come again, it is read from its beginning."""
        self._dropped.update((child.name, gone.partition) for child in self._children)
        await self._outbox.send(gone)

    async def _skip(self, partition: Partition, error: FatalError) -> None:
        is_general = isinstance(error, SourceError) or getattr(error, "status", None) == _UNAUTHORIZED
        if not self._skips or is_general or len(self.skipped) >= _MAX_SKIPPED:
            raise error
        self.skipped.append(f"{partition.id} ({error})")
        await self._outbox.send(PartitionSkipped(partition.id, partition.numbers, partition.parent))


def _few(names: Sequence[str]) -> str:
    return "; ".join(names[:_NAMED]) + ("; ..." if len(names) > _NAMED else "")


def _first_error(held: _Held, *, besides: Collection[str]) -> RequestError:
    """The answer of a child that no partition has proven to have lists."""
    return next(error for table, error in held.unproven.items() if table not in besides)
