"""Reads one list page by page: its rows go to the writer, and what is below its records to the workers."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, aclosing

from async_sync.pipeline.completion import Completed, Completion
from async_sync.pipeline.list_starts import ListStarts
from async_sync.pipeline.open_list import OpenList, Taken
from async_sync.pipeline.partitions import Partition, Place
from async_sync.pipeline.prefetch import prefetched
from async_sync.pipeline.reader import Reader
from async_sync.pipeline.work import Work
from async_sync.progress import Progress
from async_sync.records.pages import Page
from async_sync.records.rows import partition_id
from async_sync.streams.stream import Stream
from async_sync.streams.tree import StreamTree
from async_sync.writing.key_store import Below
from async_sync.writing.messages import Begin, Change, Forget, Rows, Write
from async_sync.writing.outbox import Outbox
from async_sync.writing.watermark import StreamCursor


class ListReader:
    """Reads the lists of one pass."""

    def __init__(
        self,
        *,
        reader: Reader,
        outbox: Outbox,
        work: Work,
        tree: StreamTree,
        progress: Progress,
        starts: ListStarts,
    ) -> None:
        self._reader = reader
        self._outbox = outbox
        self._work = work
        self._tree = tree
        self._progress = progress
        self._starts = starts
        self._completion = Completion(progress.finish)

    async def read(
        self,
        list_: OpenList,
        must_stop: Callable[[], bool],
        *,
        above: Partition | None = None,
        on_answer: Callable[[Stream], Awaitable[None]] | None = None,
    ) -> bool:
        """Read a list to its end, or until `must_stop` says to begin nothing more; returns whether it was read whole.

        `above` is what the list belongs to: if that is deleted meanwhile, the list is not read on. `on_answer` is
        awaited at its first page, before any of it is sent. Raises FatalError as `Reader.iter_pages` does.
        """
        if list_.changes_cursor is not None and not await self.read_deletes(list_, must_stop, above=above):
            return False
        if list_.is_void:
            return False
        if list_.start.is_whole:
            await self._outbox.send(Write(changes=[Begin(list_.stream, list_.id, list_.start.known_until is None)]))
        is_last = list_.stream.parent is not None and not list_.is_inner  # as most are: the shortest way for them
        async with self._pages(list_, list_.cursor, above) as pages:
            async for page in pages:
                is_first, list_.has_answered = not list_.has_answered, True
                if is_first and on_answer is not None:
                    await on_answer(list_.stream)  # may raise what other lists have answered
                if list_.is_void:
                    return False
                if is_last:
                    await self._send(list_, list_.take(page), page)
                elif not await self._take(list_, page, must_stop):
                    return False
        list_.end()
        if list_.start.is_whole:
            self._starts.whole.was_read(list_.stream, list_.id)
        return True

    async def read_deletes(
        self, list_: OpenList, must_stop: Callable[[], bool], *, above: Partition | None = None
    ) -> bool:
        """Have every record deleted that the list of what changed shows as deleted, where that has to be read first."""
        if list_.changes_cursor is None:
            return True
        async with self._pages(list_, list_.changes_cursor, above) as pages:
            async for page in pages:
                await self._delete(list_, page)
                if must_stop():
                    return False
        list_.end_deletes()
        return True

    def _pages(
        self, list_: OpenList, cursor: StreamCursor, above: Partition | None
    ) -> AbstractAsyncContextManager[AsyncGenerator[Page]]:
        """The pages. Those of a root with lists below it are fetched ahead, while what is below waits for room.

        Elsewhere that would gain nothing, and `cursor`, which moves as a page is fetched, tells what has been sent.
        """
        row = {} if above is None else above.parent
        pages = self._reader.iter_pages(
            list_.stream,
            cursor,
            parent=row,
            key={name: row[name] for name in list_.stream.parent_key},
            partition=None if above is None else above.title,
            stops_before=list_.stops_before if cursor is list_.cursor else None,
        )
        return prefetched(pages) if above is None and list_.is_inner else aclosing(pages)

    async def _delete(self, list_: OpenList, page: Page) -> None:
        """Have these records deleted; nothing below one of them counts any more."""
        deleted = dict(list_.deleted_in(page))
        self._progress.read[list_.stream.name] += len(deleted)
        changes = self._forget(list_.stream, deleted) if list_.is_inner else []
        await self._outbox.send(Write([Rows(list_.stream.name, [*deleted.values()], list_.id)], changes))

    def _forget(self, stream: Stream, names: Iterable[str]) -> list[Change]:
        """Nothing below these records counts any more."""
        for name in names:
            self._starts.forget(stream, name)
            self._work.delete(stream, name)
        return [Forget(stream, name, Below.DELETED) for name in names]

    def _count(self, stream: Stream, page: Page) -> None:
        """Count the rows that were read."""
        read = self._progress.read
        if page.written is None:
            read[stream.name] += len(page.rows)
            return
        for written in page.written:
            read[stream.name] += len(written.rows)
            for embedded in written.embedded:
                read[embedded.stream] += len(embedded.rows)

    async def _send(self, list_: OpenList, taken: Taken, page: Page) -> None:
        """Have the rows of a page written, and say how far the list is by that."""
        stream = list_.stream
        self._count(stream, page)
        changes = [*taken.changes, list_.set_position(), *self._forget(stream, taken.deleted)]
        for other in self._tree.replaced_by(stream):
            if self._tree.children(other):
                changes += self._forget(other, [partition_id(stream.key_of(row)) for row in page.rows])
        await self._outbox.send(Write(taken.rows, changes))

    async def _take(self, list_: OpenList, page: Page, must_stop: Callable[[], bool]) -> bool:
        """Have a page of records written and what is below them queued; false if it was not queued whole."""
        stream = list_.stream
        is_root = stream.parent is None
        if is_root and list_.start_deletes(page):
            await self._outbox.send(Write(changes=[list_.set_position()], save=True))
        taken = list_.take(page)
        if is_root:
            if not stream.has_parent:
                self._progress.expect(stream.name, page.total)
            self._progress.finish(stream.name, taken.done)
        await self._send(list_, taken, page)
        for number, row in taken.below:
            if must_stop():
                return False
            name = partition_id(stream.key_of(row))
            place = Place(list_, number)
            partition = Partition(stream, name, row, waiting=[place], is_fresh=list_.start.is_fresh)
            await self._work.put(self._tree.level(stream) + 1, partition)
        return True

    async def over(self, list_: OpenList) -> None:
        """No more of the list will be read: have everything above it completed that is complete by that."""
        await self.send(self._completion.list_over(list_))

    async def settle(self, partition: Partition) -> None:
        """The partition has been read: have it completed, and everything above it, if there is nothing open below."""
        await self.send(self._completion.partition_read(partition))

    async def send(self, completed: Completed) -> None:
        """Tell the writer, and then have those read again that have appeared again meanwhile."""
        if completed.changes:
            await self._outbox.send(Write(changes=completed.changes))
        for partition in completed.partitions:
            self._work.finish(self._tree.level(partition.stream) + 1, partition)
