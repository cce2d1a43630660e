"""The task group: a reader for each root, workers for each level below, and the delivery to the writer.

    readers of roots ──(partitions)──> queue 1 ──> workers ──(partitions)──> queue 2 ──> workers ...
       └─────────────────(messages)──────────────────┴─────────────────────────────────────┴──> outbox ──> writer

Queues and outbox are bounded, so that a slow destination slows the API down instead of filling the memory.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial

import anyio
from anyio.abc import TaskGroup

from async_sync.pacing.gate import Gate
from async_sync.pipeline.partition_reader import PartitionReader, is_general
from async_sync.pipeline.partitions import Partition
from async_sync.pipeline.roots import RootReader
from async_sync.pipeline.work import Work
from async_sync.streams.stream import Stream
from async_sync.streams.table import Table
from async_sync.writing.delivery import Delivery
from async_sync.writing.row_writer import Record

PROGRESS_INTERVAL_SECONDS = 10.0


class Stopping:
    """When to begin nothing more: a partition has failed, or the time is up."""

    def __init__(self, is_time_up: Callable[[], bool]) -> None:
        self._is_time_up = is_time_up
        self._is_stopping = False
        self.in_time = True

    def stop(self) -> None:
        """Begin nothing more."""
        self._is_stopping = True

    def must_stop(self) -> bool:
        """Whether to begin nothing more."""
        if not self._is_stopping and self._is_time_up():
            self._is_stopping, self.in_time = True, False
        return self._is_stopping


class Pipeline:
    """One pass over roots and everything below them; `run` it once.

    At most `max_in_flight` requests for lists below a record are in flight; the gate may allow fewer. With `skips`, a
    root that fails lets the others be read to their end.
    """

    def __init__(
        self,
        *,
        roots: RootReader,
        partition_reader: PartitionReader,
        work: Work,
        delivery: Delivery,
        gate: Gate,
        max_in_flight: int,
        stopping: Stopping,
        skips: bool,
        level: Callable[[Table], int],
        show_progress: Callable[[], None],
    ) -> None:
        self._roots = roots
        self._partition_reader = partition_reader
        self._work = work
        self._delivery = delivery
        self._gate = gate
        self._max_in_flight = max_in_flight
        self._stopping = stopping
        self._skips = skips
        self._level = level
        self._records: Iterable[Record] = ()
        self._show_progress = show_progress
        self._failure: Exception | None = None
        self._stops_roots = False
        self._workers = [0] * work.levels

    async def run(self, roots: Sequence[Stream], records: Iterable[Record] = ()) -> bool:
        """Run until everything is read and written; returns false where the time was up sooner.

        After the roots, the lists below these `records` are read.

        Raises the first error of any request or record once everything in flight has been written and checkpointed, and
        an error of the destination at once. When it is cancelled, it fetches nothing more, and takes at most 5 s to
        write and checkpoint what has been received.
        """
        self._records = records
        with self._work, self._delivery:
            try:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._report)
                    tasks.start_soon(self._produce, roots)
                    await self._delivery.run()
                    tasks.cancel_scope.cancel()
            except anyio.get_cancelled_exc_class():
                await self._delivery.save()
                raise
        await self._delivery.finish()
        if self._failure is not None:
            raise self._failure
        return self._stopping.in_time

    async def _produce(self, roots: Sequence[Stream]) -> None:
        """Read the roots while workers read what is below; then no more messages follow."""
        workers = anyio.create_task_group()
        with self._gate.on_room(partial(self._add_workers, workers)):
            async with workers:
                self._add_workers(workers)
                await self._read(roots)
                self._work.close()
        await self._partition_reader.report()
        self._delivery.close()

    async def _read(self, roots: Sequence[Stream]) -> None:
        """Read the roots side by side, until everything below them is read as well.

        First those whose rows mean deleted: what they delete may be written again by others, and not the other way.
        """
        for means_deleted in (True, False):
            async with anyio.create_task_group() as tasks:
                for root in [root for root in roots if root.means_deleted == means_deleted]:
                    tasks.start_soon(self._read_root, root)
            await self._work.idle()
        await self._read_again()
        for level in range(1, self._work.levels + 1):  # from the top: what is below those asked may be missing, too
            await self._ask_others(level)
        if self._failure is None and self._stopping.in_time:
            try:
                await self._partition_reader.check_confirmed()
            except Exception as error:
                self._failure = error

    async def _read_again(self) -> None:
        """Read what is below the records of this pass, if it has any of its own."""
        for record in self._records:
            if self._must_stop_root():
                break
            await self._work.put(self._level(record.stream) + 1, Partition(*record, is_extra=True))
        await self._work.idle()

    async def _ask_others(self, level: int) -> None:
        """Read records that may confirm what is missing below others of their level."""
        if self._failure is None:
            for of_level, partition in list(self._partition_reader.others_to_ask()):
                if of_level == level:
                    await self._work.put(level, partition)
            await self._work.idle()

    async def _read_root(self, root: Stream) -> None:
        error = await self._keep_error(self._roots.read(root, self._must_stop_root))
        if error is not None and (not self._skips or is_general(error)):
            self._stops_roots = True

    def _must_stop_root(self) -> bool:
        return self._stops_roots or self._stopping.must_stop()

    def _add_workers(self, tasks: TaskGroup) -> None:
        """Start as many workers for each level as the gate can use."""
        for index, count in enumerate(self._workers):
            for _ in range(count, self._enough_workers()):
                self._workers[index] += 1
                tasks.start_soon(self._work_at, index + 1)

    def _enough_workers(self) -> int:
        """A few more than may be in flight: while one hands its page on, another already waits for its place.

        One that waits for its next attempt needs no place.
        """
        limit = self._gate.limit
        return limit + min(limit, 10) + min(self._gate.waiting_to_retry, self._max_in_flight)

    async def _work_at(self, level: int) -> None:
        """Read one queued partition after another, unless there are more workers than the gate can use by now."""
        while self._workers[level - 1] <= self._enough_workers():
            try:
                partition = await self._work.take(level)
            except anyio.EndOfStream:
                break
            await self._read_partition(partition)
            self._work.leave()
        self._workers[level - 1] -= 1

    async def _read_partition(self, partition: Partition) -> None:
        """Read a partition, unless nothing more is to be begun."""
        if self._stopping.must_stop():
            return
        partition.begin()
        if await self._keep_error(self._partition_reader.read(partition)) is not None:
            self._stopping.stop()

    async def _keep_error(self, step: Awaitable[object]) -> Exception | None:
        """The step's error; the first of all is raised when everything in flight has been written."""
        try:
            await step
        except Exception as error:
            self._failure = self._failure or error
            return error
        return None

    async def _report(self) -> None:
        while True:
            await anyio.sleep(PROGRESS_INTERVAL_SECONDS)
            self._show_progress()
