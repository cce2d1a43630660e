"""The parents' list, read page by page: its rows go to the writer, and its partitions to the queue."""

from collections.abc import AsyncGenerator, Callable

from async_sync.pipeline.parents import Parents
from async_sync.pipeline.partition_queue import Partition, PartitionQueue
from async_sync.pipeline.partition_reader import PartitionReader
from async_sync.pipeline.prefetch import prefetched
from async_sync.pipeline.reader import Reader
from async_sync.records.pages import Page, Row
from async_sync.records.rows import partition_id
from async_sync.writing.messages import DeletedParents, DeletesEnd, ParentPage, ParentsEnd
from async_sync.writing.outbox import Outbox
from async_sync.writing.watermark import StreamCursor


class ParentReader:
    """Reads the parents of one pass. Each record has a number, counted from 0 in the order of the list."""

    def __init__(self, parents: Parents, reader: Reader, partition_reader: PartitionReader, outbox: Outbox) -> None:
        self._parents = parents
        self._reader = reader
        self._partition_reader = partition_reader
        self._outbox = outbox
        self._next_number = 0

    async def read(self, queue: PartitionQueue, must_stop: Callable[[], bool]) -> None:
        """Read to the end of the list, or until `must_stop` says to begin nothing more.

        First come the deletes, where they are listed apart, then the parents that an earlier sync skipped. Raises
        FatalError as `Reader.iter_pages` does.
        """
        if self._parents.changes_cursor is not None:
            if not await self._read_deletes(self._parents.changes_cursor, must_stop):
                return
            await self._outbox.send(DeletesEnd(self._parents.changes_cursor.seen_until))
        for row in self._parents.skipped_before:
            await queue.put(self._partition_id(row), row, [])
        if await self._read_parents(queue, must_stop):
            await self._outbox.send(ParentsEnd())

    async def _read_deletes(self, changes_cursor: StreamCursor, must_stop: Callable[[], bool]) -> bool:
        """Have every parent deleted that the list of what changed shows as deleted; false if it was not read whole."""
        async with prefetched(self._pages(changes_cursor)) as pages:
            async for page in pages:
                await self._delete(self._parents.deleted_in(page))
                if must_stop():
                    return False
        return True

    async def _read_parents(self, queue: PartitionQueue, must_stop: Callable[[], bool]) -> bool:
        """Have every parent written and its partition fetched; false if the list was not read whole."""
        async with prefetched(self._pages(self._parents.cursor)) as pages:
            async for page in pages:
                if not await self._take(page, queue, must_stop):
                    return False
        return True

    def _pages(self, cursor: StreamCursor) -> AsyncGenerator[Page]:
        return self._reader.iter_pages(self._parents.stream, cursor, parent={}, key={})

    async def _delete(self, rows: list[Row]) -> None:
        """Have these parents deleted. No partition is queued yet, so that no worker can be reading one of theirs."""
        await self._outbox.send(DeletedParents(rows))
        for row in rows:
            await self._partition_reader.read(Partition(self._partition_id(row), row, deleted=True))

    async def _take(self, page: Page, queue: PartitionQueue, must_stop: Callable[[], bool]) -> bool:
        """Have a page of parents written and its partitions queued; false if it was not queued whole."""
        rows, of_other_shards = self._parents.split(page, first_number=self._next_number)
        await self._outbox.send(ParentPage(rows, page.cursors, page.total, of_other_shards, page.restart))
        for row in page.rows:
            if must_stop():
                return False
            if self._next_number not in of_other_shards:
                deleted = self._parents.is_deleted(row)
                await queue.put(self._partition_id(row), row, [self._next_number], deleted=deleted)
            self._next_number += 1
        return True

    def _partition_id(self, row: Row) -> str:
        return partition_id(self._parents.stream.key_of(row))
