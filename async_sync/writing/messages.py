"""What the readers send to the writer. It applies each message whole, in the order in which they were sent.

`record_numbers` count the records of the parents' list from 0. A parent that appears in the list twice has two numbers.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from async_sync.records.cursors import Cursor
from async_sync.records.pages import Restart, Row
from async_sync.streams.stream import ChildStream


@dataclass(frozen=True, slots=True)
class ParentPage:
    """A page of parents: the `cursors` of all its records, and the `rows` that are to be written.

    `total` is how many parents the API reports, if it does. The records numbered `of_other_shards` belong to other
    connections and count as done here. `restart` is the page's.
    """

    rows: Sequence[Row]
    cursors: Sequence[Cursor]
    total: int | None = None
    of_other_shards: Collection[int] = ()
    restart: Restart | None = None


@dataclass(frozen=True, slots=True)
class ParentsEnd:
    """The parents' list has been read to its end."""


@dataclass(frozen=True, slots=True)
class DeletedParents:
    """Deleted parents, from the list of what changed that is read before a pass."""

    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class DeletesEnd:
    """All parents deleted up to `cursor` have been sent; in this pass the parents' cursor moves no further than that.

    A parent deleted later than `cursor` may be in neither list of this sync. The next sync lists what changed after
    `cursor`, and so finds it.
    """

    cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class ChildPage:
    """A page of one partition. Once it is written, `child` is complete up to `cursor` there (None: not at all)."""

    child: ChildStream
    partition: str
    rows: Sequence[Row]
    cursor: Cursor | None


@dataclass(frozen=True, slots=True)
class PartitionDone:
    """All pages of a partition have been sent: the parent records are done, each child is complete up to its cursor.

    A child whose list does not exist for this parent has the cursor None, and its saved cursor is dropped.
    """

    partition: str
    record_numbers: Sequence[int]
    cursors: Sequence[tuple[ChildStream, Cursor | None]]


@dataclass(frozen=True, slots=True)
class PartitionGone:
    """The parent no longer exists: its records are done, and all cursors of its partition are dropped."""

    partition: str
    record_numbers: Sequence[int]


@dataclass(frozen=True, slots=True)
class PartitionSkipped:
    """The partition could not be read: its parent records count as done, and the next sync reads it first."""

    partition: str
    record_numbers: Sequence[int]
    parent: Row


@dataclass(frozen=True, slots=True)
class Warn:
    """A warning for the user."""

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
