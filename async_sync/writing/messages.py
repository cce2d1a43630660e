"""What the reader and the workers send to the writer. Each is applied whole, in the order sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from async_sync.records.cursors import Cursor
from async_sync.records.pages import Restart, Row
from async_sync.streams.stream import ChildStream


@dataclass(frozen=True, slots=True)
class ParentPage:
    """A page of parents: all their `cursors`, and the `rows` among them that are to be written.

    `total` is how many parents the API says there are to read, if it says so; those with the numbers `elsewhere` belong
    to other shards, and are done as far as this one is concerned. `restart` is the page's.
    """

    rows: Sequence[Row]
    cursors: Sequence[Cursor]
    total: int | None = None
    elsewhere: Collection[int] = ()
    restart: Restart | None = None


@dataclass(frozen=True, slots=True)
class ParentsEnd:
    """The parent stream has been read to its end."""


@dataclass(frozen=True, slots=True)
class DeletedParents:
    """Parents that a list of what changed shows as deleted, before the pass over all of them begins."""

    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class DeletesEnd:
    """Every deleted parent up to `cursor` has been sent: in this pass the parents' cursor moves no further than that.

    A parent that is deleted later shows up in neither list, but in the next list of what changed after `cursor`.
    """

    cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class ChildPage:
    """A page of one partition; once it is written, the partition is complete up to `cursor` (None: nothing is)."""

    child: ChildStream
    partition: str
    rows: Sequence[Row]
    cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class PartitionDone:
    """All pages of a partition have been sent: each child is complete up to its cursor, and these parents are done.

    A child whose list does not exist for this parent has the cursor None: nothing is kept of it.
    """

    partition: str
    numbers: Sequence[int]
    cursors: Sequence[tuple[ChildStream, Cursor | None]]


@dataclass(frozen=True, slots=True)
class PartitionGone:
    """The parent exists no longer: these parents are done, and nothing is kept of the partition."""

    partition: str
    numbers: Sequence[int]


@dataclass(frozen=True, slots=True)
class PartitionSkipped:
    """The partition could not be read: these parents count as done, and the next sync begins with this one."""

    partition: str
    numbers: Sequence[int]
    parent: Row


@dataclass(frozen=True, slots=True)
class Warn:
    """A text for the user."""

    text: str


Message = (
    ParentPage
    | ParentsEnd
    | DeletedParents
    | DeletesEnd
    | ChildPage
    | PartitionDone
    | PartitionGone
    | PartitionSkipped
    | Warn
)
