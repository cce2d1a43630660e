"""The partitions on their way to the workers: a bounded queue for each level, so that no level can block another.

A list of level 1 belongs to a record of a root, one of level 2 to a record of level 1, and so on. Workers of one level
put partitions into the queue of the next, and those of the last level put none: whatever is full is being emptied.
"""

import math
from typing import Self

import anyio

from async_sync.pipeline.partitions import ActivePartitions, Partition
from async_sync.streams.table import Table


class _Queue:
    """A queue: first in, first out. What is put into it waits for room, what comes back does not."""

    def __init__(self, size: int) -> None:
        self.room = anyio.Semaphore(size, fast_acquire=True)
        self.send, self.receive = anyio.create_memory_object_stream[tuple[Partition, bool]](math.inf)


class Work:
    """What is queued or being read, level by level from 1; no partition is read twice at the same time."""

    def __init__(self, levels: int, size: int) -> None:
        self.levels = levels
        self._active = ActivePartitions()
        self._queues = [_Queue(size) for _ in range(levels)]
        self._busy = 0
        self._is_idle = anyio.Event()

    async def put(self, level: int, partition: Partition) -> None:
        """Queue a partition where it is not active already; waits while the queue is full."""
        queued = self._active.add(partition)
        if queued is not None:
            self._busy += 1
            queue = self._queues[level - 1]
            await queue.room.acquire()
            queue.send.send_nowait((queued, True))

    def delete(self, stream: Table, name: str) -> None:
        """The record is deleted: a reading that has begun does not count, and should it come back, all is read."""
        self._active.delete(stream, name)

    def finish(self, level: int, partition: Partition) -> None:
        """The partition is settled; it is queued again if its record has appeared again."""
        if self._active.finish(partition):
            self._busy += 1
            self._queues[level - 1].send.send_nowait((partition, False))

    async def take(self, level: int) -> Partition:
        """The next partition of a level, to be read until `leave`. Raises anyio.EndOfStream after `close`."""
        queue = self._queues[level - 1]
        partition, took_room = await queue.receive.receive()
        if took_room:
            queue.room.release()
        return partition

    def leave(self) -> None:
        """A partition that was taken is not being read any more."""
        self._busy -= 1
        if self._busy == 0:
            self._is_idle.set()

    async def idle(self) -> None:
        """Wait until nothing is queued or being read."""
        while self._busy:
            self._is_idle = anyio.Event()
            await self._is_idle.wait()

    def close(self) -> None:
        """Nothing more will be put."""
        for queue in self._queues:
            queue.send.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        for queue in self._queues:
            queue.receive.close()
