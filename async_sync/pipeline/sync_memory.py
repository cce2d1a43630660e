"""What the passes of one sync tell each other. Sans-I/O."""

from dataclasses import dataclass, field

from async_sync.records.pages import Row
from async_sync.records.rows import partition_id
from async_sync.streams.table import Table
from async_sync.streams.tree import StreamTree
from async_sync.writing.key_store import ListName
from async_sync.writing.row_writer import Record


@dataclass(slots=True)
class SyncMemory:
    """What is remembered until the sync ends.

    - `answered` has the names of the streams whose lists have answered for some parent.
    - `gone` has the records whose lists have all said that they do not exist, and `gone_before` those of an earlier
      pass: who says so again is gone for certain.
    - `rows` has the rows of records whose lists could not be asked for again by their names.
    - `skipped` has the records whose lists could not be read.
    """

    answered: set[str] = field(default_factory=set)
    gone: dict[ListName, Record] = field(default_factory=dict)
    gone_before: set[ListName] = field(default_factory=set)
    rows: dict[ListName, Row] = field(default_factory=dict)
    skipped: set[ListName] = field(default_factory=set)

    def begin_pass(self) -> list[Record]:
        """A pass begins; returns the records that were gone for the first time in the pass before."""
        first = [record for name, record in self.gone.items() if name not in self.gone_before]
        self.gone_before |= self.gone.keys()
        return first

    def may_be_unread(self, stream: Table, row: Row, tree: StreamTree) -> bool:
        """Whether a record of this stream may be, perhaps by another key by now, in a list that could not be read.

        `row` has its key. It is in the lists of its parent, unless it may move.
        """
        above = tree.above(stream)
        if not (above and self.skipped):
            return False
        nearest, *higher = above
        names = {name for table, name in self.skipped if table == nearest.name}
        if not tree.may_move(stream):
            names &= {partition_id({column: row[column] for column in nearest.primary_key})}
        return bool(names) or any(table == one.name for table, _ in self.skipped for one in higher)
