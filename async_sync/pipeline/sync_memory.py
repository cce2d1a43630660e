"""What the passes of one sync tell each other. Sans-I/O."""

from dataclasses import dataclass, field

from async_sync.records.pages import Row
from async_sync.writing.key_store import ListName
from async_sync.writing.row_writer import Record


@dataclass(slots=True)
class SyncMemory:
    """What is remembered until the sync ends.

    - `answered` has the names of the streams whose lists have answered for some parent.
    - `gone` has the records whose lists have all said that they do not exist, and `gone_before` those of an earlier
      pass: who says so again is gone for certain.
    - `rows` has the rows of records whose lists could not be asked for again by their names.
    - `skipped` counts the records whose lists could not be read.
    """

    answered: set[str] = field(default_factory=set)
    gone: dict[ListName, Record] = field(default_factory=dict)
    gone_before: set[ListName] = field(default_factory=set)
    rows: dict[ListName, Row] = field(default_factory=dict)
    skipped: int = 0

    def begin_pass(self) -> list[Record]:
        """A pass begins; returns the records that were gone for the first time in the pass before."""
        first = [record for name, record in self.gone.items() if name not in self.gone_before]
        self.gone_before |= self.gone.keys()
        return first
