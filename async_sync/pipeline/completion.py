"""What follows from a list or a partition being through: whatever is above it may be complete as well. Sans-I/O."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from async_sync.pipeline.open_list import OpenList
from async_sync.pipeline.partitions import Partition
from async_sync.writing.messages import Change


class Completed(NamedTuple):
    """What the writer has to know, from the bottom up, and the partitions that are settled by it."""

    changes: Sequence[Change]
    partitions: Sequence[Partition]


class Completion:
    """A partition is settled when it has been read and its lists are; a list when it is over and its records are.

    `count` is told of the records of a root below which everything has been read: the root, how many, and whether it
    was the last.
    """

    def __init__(self, count: Callable[[str, int, bool], None]) -> None:
        self._count = count

    def list_over(self, list_: OpenList) -> Completed:
        """No more of the list will be read."""
        changes: list[Change] = [] if list_.is_void else [list_.set_position()]
        self._count_root(list_, 0)
        above = self._above(list_)
        below = self.partition_read(above) if above is not None else Completed((), ())
        return Completed([*changes, *below.changes], below.partitions)

    def partition_read(self, partition: Partition) -> Completed:
        """The partition may be settled: it has been read, or a list below it is."""
        changes: list[Change] = []
        partitions: list[Partition] = []
        waiting = [partition]
        while waiting:
            settled = waiting.pop()
            if not settled.is_settled:
                continue
            partitions.append(settled)
            changes += () if settled.is_void else settled.outcome or ()
            lists: dict[OpenList, int] = {}
            for list_, number in settled.places:
                list_.close(number)
                lists[list_] = lists.get(list_, 0) + 1
            for list_, count in lists.items():
                self._count_root(list_, count)
                if not list_.is_void:
                    changes.append(list_.set_position())
                above = self._above(list_)
                if above is not None:
                    waiting.append(above)
        return Completed(changes, partitions)

    def _count_root(self, list_: OpenList, count: int) -> None:
        if list_.stream.parent is None:
            self._count(list_.stream.name, count, list_.is_settled and not list_.stream.has_parent)

    def _above(self, list_: OpenList) -> Partition | None:
        """The partition that the list belonged to, if it is settled now."""
        if not list_.is_settled or list_.owner is None:
            return None
        owner, list_.owner = list_.owner, None
        owner.open_lists -= 1
        return owner
