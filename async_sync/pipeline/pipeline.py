"""The task group: one reader of parents, workers that fetch their partitions, and the loop that feeds the writer.

    reader ──(parent)──> queue ──> workers ──┐
       └──────(page of parents)──────────────┴──(messages)──> outbox ──> writer

Queue and outbox are bounded, so that a slow destination slows the API down instead of filling the memory.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial

import anyio
from anyio.abc import TaskGroup

from async_sync.configuration.settings import Settings
from async_sync.pacing.gate import Gate
from async_sync.pipeline.parents import Parents
from async_sync.pipeline.partition_queue import Partition, Partitions
from async_sync.pipeline.partition_reader import PartitionSync
from async_sync.pipeline.prefetch import use_each
from async_sync.pipeline.reader import Reader
from async_sync.records.pages import Page, Row
from async_sync.records.rows import partition_id
from async_sync.writing.messages import DeletedParents, DeletesEnd, ParentPage, ParentsEnd
from async_sync.writing.outbox import Outbox
from async_sync.writing.watermark import StreamCursor
from async_sync.writing.writer import Writer

PROGRESS_INTERVAL_SECONDS = 10.0
SAVE_SECONDS = 5.0


class Pipeline:
    """One pass over the parents. `run` it once; after `deadline`, a reading of `clock`, it begins nothing more."""

    def __init__(
        self,
        *,
        settings: Settings,
        gate: Gate,
        parents: Parents,
        reader: Reader,
        partition_sync: PartitionSync,
        outbox: Outbox,
        writer: Writer,
        clock: Callable[[], float],
        deadline: float,
        show_progress: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._gate = gate
        self._parents = parents
        self._reader = reader
        self._partition_sync = partition_sync
        self._outbox = outbox
        self._writer = writer
        self._clock = clock
        self._show_progress = show_progress
        self._deadline = deadline
        self._partitions = Partitions()
        self._failure: Exception | None = None
        self._stopping = False  # begin no further partition
        self._in_time = True
        self._workers = 0
        self._parents_taken = 0
        self._queue, self._queued = anyio.create_memory_object_stream[Partition](2 * settings.max_in_flight + 100)

    async def run(self) -> bool:
        """Sync until the parent stream has been read and every partition is written; false if the deadline was sooner.

        Raises the first error of any request or record once everything in flight has been written and checkpointed, and
        an error of the destination at once. When it is cancelled, it fetches nothing more, and takes at most 5 s to
        write and checkpoint what has been received.
        """
        with self._queue, self._queued, self._outbox:
            try:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._report)
                    tasks.start_soon(self._produce)
                    await self._consume()
                    tasks.cancel_scope.cancel()
            except anyio.get_cancelled_exc_class():
                with anyio.move_on_after(SAVE_SECONDS, shield=True):
                    await anyio.to_thread.run_sync(self._save, abandon_on_cancel=True)
                raise
        with anyio.CancelScope(shield=True):  # all that is left to do is to save
            await anyio.to_thread.run_sync(self._writer.finish)
        if self._failure is not None:
            raise self._failure
        return self._in_time

    async def _produce(self) -> None:
        """Reader and workers; the outbox is closed behind the last of them."""
        workers = anyio.create_task_group()
        with self._gate.on_room(partial(self._staff, workers)):
            async with workers:
                self._staff(workers)
                await self._keep_error(self._read_parents())
                self._queue.close()
        if self._failure is None:
            await self._keep_error(self._partition_sync.settle())
        await self._partition_sync.report()
        self._outbox.close()

    async def _read_parents(self) -> None:
        parents = self._parents
        if parents.changes is not None:
            if not await use_each(self._pages(parents.changes), self._take_deletes):
                return
            await self._outbox.send(DeletesEnd(parents.changes.seen_until))
        for row in parents.skipped_before:
            await self._enqueue(row, [], deleted=False)
        if await use_each(self._pages(parents.cursor), self._take):
            await self._outbox.send(ParentsEnd())

    def _pages(self, cursor: StreamCursor) -> AsyncGenerator[Page]:
        return self._reader.iter_pages(self._parents.stream, cursor, parent={}, key={})

    async def _take_deletes(self, page: Page) -> bool:
        """Have the deleted parents in a page of what changed deleted; False when no more may be begun.

        Nothing is in hand yet, so that no worker may be at such a partition.
        """
        rows = self._parents.deletes(page)
        await self._outbox.send(DeletedParents(rows))
        for row in rows:
            name = partition_id(self._parents.stream.key_of(row))
            await self._partition_sync.sync(Partition(name, row, deleted=True))
        return not self._must_stop()

    async def _take(self, page: Page) -> bool:
        """Have a page of parents written and their partitions queued; False when no more may be begun."""
        rows, elsewhere = self._parents.split(page, first=self._parents_taken)
        await self._outbox.send(ParentPage(rows, page.cursors, page.total, elsewhere, page.restart))
        for row in page.rows:
            if self._must_stop():
                return False
            if self._parents_taken not in elsewhere:
                await self._enqueue(row, [self._parents_taken], deleted=self._parents.is_deleted(row))
            self._parents_taken += 1
        return True

    async def _enqueue(self, parent: Row, numbers: list[int], *, deleted: bool) -> None:
        name = partition_id(self._parents.stream.key_of(parent))
        partition = self._partitions.add(name, parent, numbers, deleted=deleted)
        if partition is not None:
            await self._queue.send(partition)

    def _staff(self, tasks: TaskGroup) -> None:
        """Have as many workers as the gate can use."""
        while self._workers < self._enough_workers():
            self._workers += 1
            tasks.start_soon(self._work)

    def _enough_workers(self) -> int:
        """A few more than may be in flight: while one hands its page on, another already waits for the place it left.

        One that waits for its next attempt needs no place.
        """
        limit = self._gate.limit
        return limit + min(limit, 10) + min(self._gate.waiting_to_retry, self._settings.max_in_flight)

    async def _work(self) -> None:
        """Sync one queued partition after another, unless there are more workers than the gate can use by now."""
        async for partition in self._queued:
            await self._sync(partition)
            if self._workers > self._enough_workers():
                break
        self._workers -= 1

    async def _sync(self, partition: Partition) -> None:
        """Sync a partition, again where its parent has come by meanwhile; once the sync is stopping, leave it."""
        while not self._must_stop():
            partition.begin()
            if not await self._keep_error(self._partition_sync.sync(partition)):
                self._stopping = True
            elif not self._partitions.finish(partition):
                break

    def _must_stop(self) -> bool:
        """Whether to begin nothing more: a partition has failed, or the time for this sync is up."""
        if not self._stopping and self._clock() >= self._deadline:
            self._stopping, self._in_time = True, False
        return self._stopping

    async def _keep_error(self, step: Awaitable[None]) -> bool:
        """Whether the step succeeded; the sync ends with the first error, when everything in flight is written."""
        try:
            await step
        except Exception as error:
            self._failure = self._failure or error
            return False
        return True

    async def _consume(self) -> None:
        """Hand messages to the writer in batches, in a thread: the destination blocks, the event loop must not."""
        while True:
            try:
                messages = await self._outbox.receive(self._settings.checkpoint_interval_seconds)
            except anyio.EndOfStream:
                return
            with anyio.CancelScope(shield=True):  # messages that have been received are written, whatever happens
                await anyio.to_thread.run_sync(self._writer.write, messages)

    def _save(self) -> None:
        """Write what has been received, and checkpoint."""
        self._writer.write(self._outbox.drain())
        self._writer.finish()

    async def _report(self) -> None:
        while True:
            await anyio.sleep(PROGRESS_INTERVAL_SECONDS)
            self._show_progress()
