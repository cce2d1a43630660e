"""The task group: one reader of parents, workers that fetch their partitions, and the loop that feeds the writer.

    reader ──(parent)──> queue ──> workers ──┐
       └──────(page of parents)──────────────┴──(messages)──> outbox ──> writer

Queue and outbox are bounded, so that a slow destination slows the API down instead of filling the memory.
"""

import contextlib
from collections.abc import Callable, Sequence
from email.utils import parsedate_to_datetime

import anyio

from async_sync.cursors import NANOSECONDS
from async_sync.destination import Destination
from async_sync.gate import Gate
from async_sync.pages import Answer
from async_sync.partitions import Partition, Partitions
from async_sync.progress import Progress
from async_sync.reader import Reader
from async_sync.settings import Settings
from async_sync.state import SyncState
from async_sync.streams import ChildStream, ParentStream, Row
from async_sync.watermark import StreamCursor
from async_sync.writer import ChildPage, Message, ParentPage, ParentsEnd, PartitionDone, Writer

PROGRESS_INTERVAL_SECONDS = 10.0
LINGER_SECONDS = 0.02
MESSAGES_AT_ONCE = 500


class Pipeline:
    """One sync. `run` it once."""

    def __init__(
        self,
        *,
        settings: Settings,
        parent: ParentStream,
        children: Sequence[ChildStream],
        reader: Reader,
        gate: Gate,
        state: SyncState,
        writer: Writer,
        destination: Destination,
        progress: Progress,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._parent = parent
        self._children = children
        self._reader = reader
        self._gate = gate
        self._state = state
        self._writer = writer
        self._destination = destination
        self._progress = progress
        self._clock = clock
        self._wall_clock = wall_clock
        self._partitions = Partitions()
        self._produced = anyio.Event()
        self._failure: Exception | None = None
        self._stopping = False  # begin no further partition
        buffer = max(100, 2 * settings.max_concurrency)
        self._outbox, self._inbox = anyio.create_memory_object_stream[Message](buffer)
        self._queue, self._queued = anyio.create_memory_object_stream[Partition](buffer)

    async def run(self) -> None:
        """Sync until the parent stream has been read and every partition is written.

        Raises the first error of any request or record once everything in flight has been written and checkpointed, and
        an error of the destination at once.
        """
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._show_progress)
            tasks.start_soon(self._produce)
            async with self._inbox:
                await self._consume()
            tasks.cancel_scope.cancel()
        await anyio.to_thread.run_sync(self._writer.finish)
        if self._failure is not None:
            raise self._failure

    async def _produce(self) -> None:
        """Reader and workers; the outbox is closed behind the last of them."""
        async with self._outbox:
            async with anyio.create_task_group() as tasks:
                for _ in range(_workers(self._settings.max_concurrency)):
                    tasks.start_soon(self._work)
                async with self._queue:
                    await self._read_parents()
            self._produced.set()

    async def _read_parents(self) -> None:
        count = 0
        ceiling = None
        try:
            async for page in self._reader.iter_pages(
                self._parent, self._parent.path, self._state.parent_cursor, parent={}
            ):
                ceiling = ceiling if ceiling is not None else self._ceiling(page.answer)
                self._progress.parents_total = page.answer.total()
                await self._outbox.send(ParentPage(page.rows, page.cursors, ceiling))
                for row in page.rows:
                    if self._stopping:
                        return
                    await self._enqueue(row, count)
                    count += 1
            await self._outbox.send(ParentsEnd())
        except Exception as error:
            self._fail(error)

    def _ceiling(self, first: Answer) -> int:
        """When the sync began, by the API's own clock if it tells the time, in nanoseconds since 1970."""
        date = first.headers.get("date")
        now = parsedate_to_datetime(date).timestamp() if date else self._wall_clock()
        return int((now - first.elapsed_seconds) * NANOSECONDS)

    async def _enqueue(self, parent: Row, number: int) -> None:
        partition = self._partitions.add(self._parent.key_of(parent), number)
        if partition is not None:
            await self._queue.send(partition)

    async def _work(self) -> None:
        """Fetch one queued partition after another; after a failure elsewhere, leave what has not begun."""
        async for partition in self._queued.clone():
            again = True
            while again and not self._stopping:
                partition.begin()
                try:
                    await self._sync_partition(partition)
                except Exception as error:
                    self._stopping = True
                    self._fail(error)
                    break
                again = self._partitions.finish(partition)

    async def _sync_partition(self, partition: Partition) -> None:
        done = []
        for child in self._children:
            cursor = StreamCursor(self._state.partition_cursor(child, partition.id))
            pages = self._reader.iter_pages(
                child,
                child.path_of(partition.parent),
                cursor.seen_until,
                parent=partition.parent,
                partition=self._name(partition),
            )
            async for page in pages:
                cursor.page(page.cursors)
                await self._outbox.send(ChildPage(child, partition.id, page.rows, cursor.seen_until))
            cursor.end()
            done.append((child, cursor.seen_until))
        await self._outbox.send(PartitionDone(partition.id, partition.numbers, done))

    def _name(self, partition: Partition) -> str:
        return f"{self._parent.table} {partition.id}"

    def _fail(self, error: Exception) -> None:
        """Keep the first error: the sync ends with it when everything in flight is written."""
        self._failure = self._failure or error

    async def _consume(self) -> None:
        """Hand messages to the writer in batches, in a thread: the destination blocks, the event loop must not."""
        while True:
            try:
                messages = await self._next_messages()
            except anyio.EndOfStream:
                return
            await anyio.to_thread.run_sync(self._writer.write, messages)

    async def _next_messages(self) -> list[Message]:
        """What has been sent, waiting a little for more company; nothing when it is time to think of a checkpoint."""
        messages: list[Message] = []
        with anyio.move_on_after(self._settings.checkpoint_interval_seconds):
            messages.append(await self._inbox.receive())
            with anyio.move_on_after(LINGER_SECONDS):
                await self._produced.wait()
        with contextlib.suppress(anyio.WouldBlock, anyio.EndOfStream):
            while messages and len(messages) < MESSAGES_AT_ONCE:
                messages.append(self._inbox.receive_nowait())
        return messages

    async def _show_progress(self) -> None:
        while True:
            await anyio.sleep(PROGRESS_INTERVAL_SECONDS)
            self._destination.info(
                self._progress.line(self._clock(), in_flight=self._gate.in_flight, cursor=self._state.parent_cursor)
            )


def _workers(max_concurrency: int) -> int:
    """A few more workers than slots: while one hands its page on, another already waits for the slot it left."""
    return max_concurrency + min(max_concurrency, 10)
