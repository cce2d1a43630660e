"""The queue of partitions between the reader of parents and the workers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Self

import anyio

from async_sync.records.pages import Row


@dataclass(slots=True, eq=False)
class Partition:
    """One parent whose children are to be fetched, or forgotten if it is `deleted`.

    `parent` is its latest row. `record_numbers` are the parent records that the present fetch serves, `waiting_numbers`
    those that the next one will serve: a parent may appear in its list more than once.
    """

    id: str
    parent: Row
    record_numbers: list[int] = field(default_factory=list)
    waiting_numbers: list[int] = field(default_factory=list)
    deleted: bool = False

    def begin(self) -> None:
        """A fetch starts now: it serves every record that has appeared so far, and none that appears later."""
        self.record_numbers, self.waiting_numbers = self.waiting_numbers, []


class ActivePartitions:
    """The partitions that are queued or being fetched. Sans-I/O."""

    def __init__(self) -> None:
        self._active: dict[str, Partition] = {}

    def add(self, name: str, parent: Row, record_numbers: list[int], *, deleted: bool = False) -> Partition | None:
        """Take the parent records with these numbers, the last of which is `parent`; returns a partition to queue.

        A parent that appears again while its partition is active is not queued a second time: a fetch that has not
        begun serves it too, and after one that has, the partition is fetched again.
        """
        partition = self._active.get(name)
        if partition is not None:
            partition.parent = parent
            partition.waiting_numbers += record_numbers
            partition.deleted = deleted
            return None
        partition = self._active[name] = Partition(name, parent, waiting_numbers=[*record_numbers], deleted=deleted)
        return partition

    def finish(self, partition: Partition) -> bool:
        """A fetch has ended; returns whether the partition has to be fetched again."""
        if partition.waiting_numbers:
            return True
        del self._active[partition.id]
        return False


class PartitionQueue:
    """Partitions on their way to the workers, first in, first out; no partition is fetched twice at the same time.

    A full queue makes the reader of parents wait. Workers iterate over the queue, and call `finish` after a fetch.
    """

    def __init__(self, size: int) -> None:
        self._active = ActivePartitions()
        self._send, self._receive = anyio.create_memory_object_stream[Partition](size)

    async def put(self, name: str, parent: Row, record_numbers: list[int], *, deleted: bool = False) -> None:
        """Queue the partition of these parent records where it is not active already; waits while the queue is full."""
        partition = self._active.add(name, parent, record_numbers, deleted=deleted)
        if partition is not None:
            await self._send.send(partition)

    def finish(self, partition: Partition) -> bool:
        """A fetch has ended; returns whether the partition has to be fetched again."""
        return self._active.finish(partition)

    def __aiter__(self) -> AsyncIterator[Partition]:
        return self._receive

    def close(self) -> None:
        """Nothing more will be put; what is queued can still be received."""
        self._send.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._send.close()
        self._receive.close()
