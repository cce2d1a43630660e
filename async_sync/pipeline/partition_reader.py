"""One partition: all lists below one record, and what a list that fails or is missing means."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from async_sync.configuration.settings import Settings
from async_sync.errors.base import FatalError
from async_sync.errors.lists import RequestError
from async_sync.errors.source import SourceError
from async_sync.errors.verdict import Verdict
from async_sync.pipeline.list_reader import ListReader
from async_sync.pipeline.list_starts import ListStarts
from async_sync.pipeline.open_list import OpenList
from async_sync.pipeline.partition_warnings import PartitionWarnings
from async_sync.pipeline.partitions import Partition
from async_sync.pipeline.sync_memory import SyncMemory
from async_sync.pipeline.whole_readings import needs_row
from async_sync.records.cursors import Cursor
from async_sync.records.pages import Row
from async_sync.records.rows import partition_key
from async_sync.streams.stream import Stream
from async_sync.streams.tree import StreamTree
from async_sync.writing.key_store import Below
from async_sync.writing.messages import Change, Done, Forget, ForgetList, SetPosition, Skip
from async_sync.writing.outbox import Outbox
from async_sync.writing.row_writer import Record
from async_sync.writing.state import SyncState

_UNAUTHORIZED = 401
_MAX_UNCONFIRMED = 20
_MAX_SKIPPED = 1000


def is_general(error: Exception) -> bool:
    """Whether the error concerns the whole API, so that it cannot be blamed on one list."""
    return isinstance(error, SourceError) or getattr(error, "status", None) == _UNAUTHORIZED


@dataclass(slots=True)
class _Read:
    """A partition whose lists have been read: how far those are that are complete, and which of them are missing.

    `missing` has the answers to the first requests for those, as errors, by the stream's name.
    """

    partition: Partition
    positions: Sequence[SetPosition]
    missing: Mapping[str, RequestError]
    is_gone: bool


class PartitionReader:
    """Reads partitions: the lists of each child stream, one after the other.

    A list whose first request answers 404 or 410 does not exist for this parent, and a parent without any list is gone.
    But while no such list has answered for any parent of this sync, its path is more likely to be wrong. Then nothing
    counts as gone: the partition waits, unconfirmed, until a list of that stream answers for another parent.
    """

    def __init__(
        self,
        *,
        lists: ListReader,
        outbox: Outbox,
        starts: ListStarts,
        tree: StreamTree,
        settings: Settings,
        state: SyncState,
        cap: Callable[[Stream, Cursor], Cursor],
        must_stop: Callable[[], bool],
        memory: SyncMemory | None = None,
    ) -> None:
        self._lists = lists
        self._outbox = outbox
        self._starts = starts
        self._tree = tree
        self._settings = settings
        self._cap = cap
        self._must_stop = must_stop
        self.warnings = PartitionWarnings()
        self._memory = memory or SyncMemory()
        self._confirmed = self._memory.answered
        self._unconfirmed: list[_Read] = []
        inner = [stream for stream in tree.streams if tree.children(stream)]
        finding = [stream for stream in inner if any(child.finds_deleted for child in tree.children(stream))]
        self._rows_needed = {stream.name for stream in finding if needs_row(tree, stream)}
        self._finding = {stream.name for stream in finding} | {stream.name for stream in inner if stream.finds_deleted}
        # now, while no writer is at work on the state
        self._known = {stream.name: state.known_partitions(stream, _MAX_UNCONFIRMED) for stream in inner}

    async def read(self, partition: Partition) -> None:
        """Send the records below the partition's to the writer.

        Raises RequestError if it fails, or if too many are missing before any other answers; with `on_parent_error` =
        `skip`, only those that concern the whole API, or too many. A partition that is left early is not settled.
        """
        is_over = partition.is_extra and self._starts.is_forgotten(partition.stream, partition.id)
        if partition.is_void or is_over:
            await self._settle(partition, ())
            return
        try:
            read = await self._read_lists(partition)
        except FatalError as error:
            if is_general(error) or not (partition.is_void or partition.is_extra):
                await self._skip(partition, error)
                return
            if not partition.is_void:
                self.warnings.add_unread(partition.stream, f"{partition.id} ({error})")
            await self._settle(partition, ())
        else:
            if read is not None:
                await self._close(read)
            elif partition.is_void:
                await self._settle(partition, ())

    def others_to_ask(self) -> Iterator[tuple[int, Partition]]:
        """When no partition is left: records from earlier syncs whose lists may confirm what is missing elsewhere."""
        for stream in {read.partition.stream.name: read.partition.stream for read in self._unconfirmed}.values():
            asked = {read.partition.id for read in self._unconfirmed if read.partition.stream is stream}
            other = next((name for name in self._known.get(stream.name, ()) if name not in asked), None)
            if other is not None and self._tree.kept_fields(stream) == list(stream.primary_key):
                yield self._tree.level(stream) + 1, Partition(stream, other, partition_key(other, stream.primary_key))

    async def report(self) -> None:
        """Warn of the partitions that were gone or skipped: how many, and the first few by name."""
        for kind, text, times in self.warnings.texts():
            await self._outbox.warn(kind, text, times=times)

    async def check_confirmed(self) -> None:
        """Raises RequestError if a list is missing, and no list of its stream has answered for any other parent.

        Nobody needs to know that of a record which has been deleted since.
        """
        for read in self._unconfirmed:
            if not read.partition.is_void:
                raise self._first_error(read)
            await self._close(read)

    async def _read_lists(self, partition: Partition) -> _Read | None:
        """Read each list below; None where one was not read whole."""
        if partition.stream.name in self._rows_needed:
            row = {name: partition.parent[name] for name in self._tree.kept_fields(partition.stream)}
            self._memory.rows[partition.stream.name, partition.id] = row
        positions: list[SetPosition] = []
        missing: dict[str, RequestError] = {}
        children = self._tree.children(partition.stream)
        for child in children:
            list_ = self._open(child, partition)
            try:
                if list_.is_inner:
                    is_whole = await self._read_inner(list_, partition)
                else:
                    is_whole = await self._lists.read(list_, self._must_stop, above=partition, on_answer=self._confirm)
                if not is_whole:
                    return None
            except RequestError as error:
                if list_.has_answered or not error.is_missing:
                    raise
                missing[child.name] = error
            else:
                if not list_.is_inner:  # how far an inner list is written changes with each record below it
                    positions.append(list_.set_position())
        return _Read(partition, positions, missing, is_gone=len(missing) == len(children))

    async def _read_inner(self, list_: OpenList, partition: Partition) -> bool:
        """Read a list that has lists below it; false where it was not read whole."""
        partition.open_lists += 1
        try:
            is_whole = await self._lists.read(list_, self._must_stop, above=partition, on_answer=self._confirm)
        except FatalError:
            list_.give_up()
            await self._lists.over(list_)
            raise
        if is_whole or list_.is_void:
            list_.give_up()
            await self._lists.over(list_)
        return is_whole

    def _open(self, child: Stream, partition: Partition) -> OpenList:
        return OpenList(
            child,
            partition.id,
            self._starts.of(child, partition.id, is_fresh=partition.is_fresh),
            self._settings,
            is_inner=bool(self._tree.children(child)),
            cap=self._cap,
            owner=partition,
        )

    async def _confirm(self, child: Stream) -> None:
        """A list of this stream has answered, so its path is right, and a list that is missing does not exist."""
        if child.name in self._confirmed:
            return
        self._confirmed.add(child.name)
        unconfirmed, self._unconfirmed = self._unconfirmed, []
        for read in unconfirmed:
            await self._close(read)

    async def _close(self, read: _Read) -> None:
        """Have the partition settled, or keep it until every list that is missing is confirmed.

        Raises RequestError when too many are unconfirmed.
        """
        partition, stream = read.partition, read.partition.stream
        if partition.is_void:
            await self._settle(partition, ())
            return
        if not (partition.is_extra or read.missing.keys() <= self._confirmed):
            self._unconfirmed.append(read)
            if len(self._unconfirmed) >= _MAX_UNCONFIRMED:
                raise self._first_error(read)
            return
        if read.is_gone:
            await self._settle(partition, self._gone(partition))
            return
        self._memory.gone.pop((stream.name, partition.id), None)
        changes: list[Change] = [*read.positions, Done(stream, partition.id)]
        for child in self._tree.children(stream):
            if child.name in read.missing:
                self.warnings.add_missing(stream, child, partition.id)
                self._starts.forget_list(child, partition.id)
                changes.append(ForgetList(child, partition.id))
            else:
                self._starts.remember_list(child, partition.id)
        await self._settle(partition, changes)

    async def _settle(self, partition: Partition, outcome: Sequence[Change]) -> None:
        partition.outcome = outcome
        await self._lists.settle(partition)

    def _forget(self, partition: Partition, below: Below, row: Row | None = None) -> Sequence[Change]:
        self._starts.forget(partition.stream, partition.id)
        return [Forget(partition.stream, partition.id, below, row)]

    def _gone(self, partition: Partition) -> Sequence[Change]:
        """Nothing below the record counts. Whether its rows can go, has to be said twice."""
        name = (partition.stream.name, partition.id)
        is_certain = name in self._memory.gone_before
        if partition.stream.name in self._finding:
            self._memory.gone[name] = Record(partition.stream, partition.id, partition.parent)
        if is_certain and self._memory.may_be_unread(partition.stream, partition.parent, self._tree):
            return [*self._forget(partition, Below.KEPT), Skip(partition.stream, partition.id, partition.parent)]
        if is_certain and partition.stream.finds_deleted:
            return self._forget(partition, Below.DELETED, partition.parent)
        if not (is_certain or partition.stream.finds_deleted):
            self.warnings.add_gone(partition.stream, partition.id)
        return self._forget(partition, Below.MISSING)

    async def _skip(self, partition: Partition, error: FatalError) -> None:
        """Leave the partition to the next sync, where that is allowed. Raises the error where it is not."""
        skips = self._settings.on_parent_error == "skip" and not is_general(error)
        is_declared = isinstance(error, RequestError) and error.verdict is Verdict.SKIP
        if not (skips or is_declared) or self.warnings.skipped_count >= _MAX_SKIPPED:
            raise error
        self.warnings.add_skipped(partition.stream, f"{partition.id} ({error})")
        self._memory.skipped.add((partition.stream.name, partition.id))
        changes: Sequence[Change] = self._forget(partition, Below.KEPT) if partition.is_fresh else ()
        await self._settle(partition, [*changes, Skip(partition.stream, partition.id, partition.parent)])

    def _first_error(self, read: _Read) -> RequestError:
        """The answer of a list that no other parent has confirmed."""
        return next(error for child, error in read.missing.items() if child not in self._confirmed)
