"""Which partitions are in hand, so that none is fetched twice at the same time. Pure."""

from dataclasses import dataclass, field

from async_sync.records.pages import Row


@dataclass(slots=True, eq=False)
class Partition:
    """One parent whose children are to be fetched, or forgotten, for the parent records with these numbers.

    `parent` is the row of the last of them.
    """

    id: str
    parent: Row
    numbers: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    deleted: bool = False

    def begin(self) -> None:
        """A fetch starts now: it serves every record that has come by until here, and none that comes later."""
        self.numbers, self.waiting = self.waiting, []


class Partitions:
    """The partitions that are queued or being fetched."""

    def __init__(self) -> None:
        self._in_hand: dict[str, Partition] = {}

    def add(self, name: str, parent: Row, numbers: list[int], *, deleted: bool = False) -> Partition | None:
        """Take the parent records with these numbers, the last of which is `parent`; give their partition to be queued.

        A parent that comes by again while its partition is in hand is not queued a second time: a fetch that has not
        begun serves it too, and after one that has, the partition is fetched again.
        """
        partition = self._in_hand.get(name)
        if partition is not None:
            partition.parent = parent
            partition.waiting += numbers
            partition.deleted = deleted
            return None
        self._in_hand[name] = Partition(name, parent, waiting=[*numbers], deleted=deleted)
        return self._in_hand[name]

    def finish(self, partition: Partition) -> bool:
        """A fetch has ended; true if the partition has to be fetched again."""
        if partition.waiting:
            return True
        del self._in_hand[partition.id]
        return False
