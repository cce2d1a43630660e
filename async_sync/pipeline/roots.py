"""Reads roots: what an earlier sync skipped, the single list of a root, or its lists for parents known beforehand."""

from collections.abc import Callable, Iterator

from async_sync.configuration.settings import Settings
from async_sync.pipeline.list_reader import ListReader
from async_sync.pipeline.list_starts import ListStarts
from async_sync.pipeline.open_list import OpenList
from async_sync.pipeline.partitions import Partition
from async_sync.pipeline.work import Work
from async_sync.records.cursors import Cursor
from async_sync.streams.stream import Stream
from async_sync.streams.tree import StreamTree
from async_sync.writing.saved_values import ROOT


class RootReader:
    """Reads the roots of one pass."""

    def __init__(
        self,
        *,
        lists: ListReader,
        starts: ListStarts,
        work: Work,
        tree: StreamTree,
        settings: Settings,
        cap: Callable[[Stream, Cursor], Cursor],
    ) -> None:
        self._lists = lists
        self._starts = starts
        self._work = work
        self._tree = tree
        self._settings = settings
        self._cap = cap

    async def read(self, root: Stream, must_stop: Callable[[], bool]) -> None:
        """Read a root to its end, or until `must_stop` says to begin nothing more.

        First come the deletes, where they are listed apart, then what an earlier sync skipped. Raises FatalError as
        `Reader.iter_pages` does.
        """
        static = self._tree.static_parents(root)
        if static is not None:
            await self._queue_skipped(root)
            for name, row in static.rows.items():
                await self._work.put(1, Partition(static, name, row))
            return
        list_ = self._open(root)
        if not await self._lists.read_deletes(list_, must_stop):
            return
        await self._queue_skipped(root)
        if await self._lists.read(list_, must_stop):
            await self._lists.over(list_)

    async def _queue_skipped(self, root: Stream) -> None:
        for partition in self._skipped(root):
            await self._work.put(self._tree.level(partition.stream) + 1, partition)

    def _skipped(self, root: Stream) -> Iterator[Partition]:
        for stream in (root, *self._tree.below(root)):
            for name, row in self._starts.skipped(stream):
                yield Partition(stream, name, row)

    def _open(self, root: Stream) -> OpenList:
        return OpenList(
            root,
            ROOT,
            self._starts.of(root, ROOT),
            self._settings,
            is_inner=bool(self._tree.children(root)),
            cap=self._cap,
        )
