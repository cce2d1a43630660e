"""What is to be read below one record, and which of these partitions are queued or being read. Sans-I/O."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from async_sync.records.pages import Row
from async_sync.streams.table import Table
from async_sync.writing.messages import Change

if TYPE_CHECKING:
    from async_sync.pipeline.open_list import OpenList


class Place(NamedTuple):
    """A record's place: its number in a list that is being read."""

    list: "OpenList"
    number: int


@dataclass(slots=True, eq=False)
class Partition:
    """One record of `stream` whose lists below are to be read, unless it is `deleted` by now.

    `parent` is its latest row; `is_fresh` says that no cursor below it counts, and `is_extra` that it is only asked for
    to see what is missing. `places` are those that the present reading serves, `waiting` those that the next one will
    serve: a record may appear more than once, even in several lists. `open_lists` counts the lists below it that have
    been begun and are not complete. `outcome` is what the writer has to know once there are none; None until all of
    them have been read. The present reading `was_overtaken` if the record has been deleted since it began.
    """

    stream: Table
    id: str
    parent: Row
    places: list[Place] = field(default_factory=list)
    waiting: list[Place] = field(default_factory=list)
    deleted: bool = False
    is_fresh: bool = False
    is_extra: bool = False
    is_waiting: bool = False
    was_overtaken: bool = False
    open_lists: int = 0
    outcome: Sequence[Change] | None = None

    @property
    def title(self) -> str:
        """How messages name it."""
        return f"{self.stream.title} {self.id}"

    @property
    def is_void(self) -> bool:
        """Whether the present reading does not count: the record is deleted, or what all of its places are in.

        The writer deletes what is known below a deleted record at once. A cursor that is reached after that would
        promise rows that are not there any more.
        """
        if self.deleted or self.was_overtaken:
            return True
        return bool(self.places) and all(place.list.is_void for place in self.places)

    @property
    def is_settled(self) -> bool:
        """Whether it has been read, with everything below it."""
        return self.outcome is not None and self.open_lists == 0

    def begin(self) -> None:
        """A reading starts now: it serves every record that has appeared so far, and none that appears later."""
        self.places, self.waiting = self.waiting, []
        self.is_waiting, self.was_overtaken, self.outcome = False, False, None


class ActivePartitions:
    """The partitions that are queued or being read, with everything below them."""

    def __init__(self) -> None:
        self._active: dict[tuple[str, str], Partition] = {}

    def add(self, new: Partition) -> Partition | None:
        """Take a partition whose places are waiting; returns it if it has to be queued.

        A record that appears again while its partition is active is not queued a second time: a reading that has not
        begun serves it too, and after one that has, the partition is read again.
        """
        new.is_waiting = True
        active = self._active.setdefault((new.stream.name, new.id), new)
        if active is new:
            return new
        active.parent, active.deleted, active.is_waiting = new.parent, False, True
        active.is_fresh = active.is_fresh or new.is_fresh
        active.is_extra = active.is_extra and new.is_extra
        active.waiting += new.waiting
        return None

    def delete(self, stream: Table, name: str) -> None:
        """The record is deleted: a reading that has begun does not count, and should it come back, all is read."""
        active = self._active.get((stream.name, name))
        if active is not None:
            active.deleted = active.was_overtaken = active.is_fresh = True

    def finish(self, partition: Partition) -> bool:
        """A reading is settled; returns whether the partition has to be read again."""
        if partition.is_waiting:
            return True
        del self._active[partition.stream.name, partition.id]
        return False
