"""The task group: a reader of parents, workers that fetch their partitions, and the delivery to the writer.

    parent reader ──(partition)──> queue ──> workers ──┐
       └──────────(page of parents)────────────────────┴──(messages)──> outbox ──> writer

Queue and outbox are bounded, so that a slow destination slows the API down instead of filling the memory.
"""

from collections.abc import Awaitable, Callable
from functools import partial

import anyio
from anyio.abc import TaskGroup

from async_sync.pacing.gate import Gate
from async_sync.pipeline.parent_reader import ParentReader
from async_sync.pipeline.partition_queue import Partition, PartitionQueue
from async_sync.pipeline.partition_reader import PartitionReader
from async_sync.writing.delivery import Delivery

PROGRESS_INTERVAL_SECONDS = 10.0


class Pipeline:
    """One pass over the parents; `run` it once. When `is_time_up` returns true, it begins nothing more.

    At most `max_in_flight` requests for partitions are in flight; the gate may allow fewer.
    """

    def __init__(
        self,
        *,
        parent_reader: ParentReader,
        partition_reader: PartitionReader,
        delivery: Delivery,
        gate: Gate,
        max_in_flight: int,
        is_time_up: Callable[[], bool],
        show_progress: Callable[[], None],
    ) -> None:
        self._parent_reader = parent_reader
        self._partition_reader = partition_reader
        self._delivery = delivery
        self._gate = gate
        self._max_in_flight = max_in_flight
        self._is_time_up = is_time_up
        self._show_progress = show_progress
        self._queue = PartitionQueue(2 * max_in_flight + 100)
        self._failure: Exception | None = None
        self._is_stopping = False  # begin no further partition
        self._in_time = True
        self._workers = 0

    async def run(self) -> bool:
        """Run until all parents are read and all partitions written; returns false where the time was up sooner.

        Raises the first error of any request or record once everything in flight has been written and checkpointed, and
        an error of the destination at once. When it is cancelled, it fetches nothing more, and takes at most 5 s to
        write and checkpoint what has been received.
        """
        with self._queue, self._delivery:
            try:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._report)
                    tasks.start_soon(self._produce)
                    await self._delivery.run()
                    tasks.cancel_scope.cancel()
            except anyio.get_cancelled_exc_class():
                await self._delivery.save()
                raise
        await self._delivery.finish()
        if self._failure is not None:
            raise self._failure
        return self._in_time

    async def _produce(self) -> None:
        """Read the parents while workers read their partitions; then no more messages follow."""
        workers = anyio.create_task_group()
        with self._gate.on_room(partial(self._add_workers, workers)):
            async with workers:
                self._add_workers(workers)
                await self._keep_error(self._parent_reader.read(self._queue, self._must_stop))
                self._queue.close()
        if self._failure is None:
            await self._keep_error(self._partition_reader.finish())
        await self._partition_reader.report()
        self._delivery.close()

    def _add_workers(self, tasks: TaskGroup) -> None:
        """Start as many workers as the gate can use."""
        while self._workers < self._enough_workers():
            self._workers += 1
            tasks.start_soon(self._work)

    def _enough_workers(self) -> int:
        """A few more than may be in flight: while one hands its page on, another already waits for its place.

        One that waits for its next attempt needs no place.
        """
        limit = self._gate.limit
        return limit + min(limit, 10) + min(self._gate.waiting_to_retry, self._max_in_flight)

    async def _work(self) -> None:
        """Read one queued partition after another, unless there are more workers than the gate can use by now."""
        async for partition in self._queue:
            await self._read(partition)
            if self._workers > self._enough_workers():
                break
        self._workers -= 1

    async def _read(self, partition: Partition) -> None:
        """Read a partition, and again if its parent has appeared again meanwhile; leave it once the pass is to stop."""
        while not self._must_stop():
            partition.begin()
            if not await self._keep_error(self._partition_reader.read(partition)):
                self._is_stopping = True
            elif not self._queue.finish(partition):
                break

    def _must_stop(self) -> bool:
        """Whether to begin nothing more: a partition has failed, or the time is up."""
        if not self._is_stopping and self._is_time_up():
            self._is_stopping, self._in_time = True, False
        return self._is_stopping

    async def _keep_error(self, step: Awaitable[None]) -> bool:
        """Whether the step succeeded; the first error is raised when everything in flight has been written."""
        try:
            await step
        except Exception as error:
            self._failure = self._failure or error
            return False
        return True

    async def _report(self) -> None:
        while True:
            await anyio.sleep(PROGRESS_INTERVAL_SECONDS)
            self._show_progress()
