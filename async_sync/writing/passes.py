"""Where a pass over the parents begins, decided once for the reader and the writer. Sans-I/O."""

from dataclasses import dataclass
from typing import Self

from async_sync.configuration.settings import Settings
from async_sync.records.cursors import Cursor
from async_sync.streams.stream import ParentStream
from async_sync.writing.state import SyncState


@dataclass(frozen=True, slots=True, kw_only=True)
class PassStart:
    """The start of one pass.

    - `cursor`: the parents' list is read from here; None is its beginning.
    - `known_until`: the saved cursor of the parents. Everything that changed before it is written, children included.
    - `reads_all`: the pass is over all parents, and reads the children of those that have not changed as well.
    - `deletes_from`: what changed since then is listed first, for its deletes. An API may show a deleted parent only to
      a request with the filter by time, which a list from the beginning does not have. None: this list is not needed.
    """

    cursor: Cursor | None
    known_until: Cursor | None
    reads_all: bool = False
    deletes_from: Cursor | None = None

    @classmethod
    def of(cls, state: SyncState, settings: Settings, parent: ParentStream) -> Self:
        """The start of the next pass from this state. Call it only while no writer is at work on the state."""
        reads_all = settings.sync_scope == "all_parents"
        known = state.parent_cursor
        cursor = state.pass_cursor if reads_all else known
        hides_deletes = cursor is None and settings.deleted_field and parent.since_param
        return cls(
            cursor=cursor,
            known_until=known,
            reads_all=reads_all,
            deletes_from=(known or state.deletes_cursor) if hides_deletes else None,
        )
