"""Where one pass over the parents begins: decided once, for what reads and for what writes. Sans-I/O."""

from dataclasses import dataclass
from typing import Self

from async_sync.configuration.settings import Settings
from async_sync.records.cursors import Cursor
from async_sync.streams.stream import ParentStream
from async_sync.writing.state import SyncState


@dataclass(frozen=True, slots=True, kw_only=True)
class PassStart:
    """The start of one pass.

    - `cursor` is where the list of parents is read from; None is its beginning.
    - `known_until` is the parents' cursor: whatever changed before it is written, children included.
    - `reads_all` is true for a pass over all parents, which reads the children of those too that have not changed.
    - `deletes_from` is since when what has changed is listed first, for its deletes: an API may show a deleted parent
      only to a request that carries its filter, and a list from the beginning carries none. None: it is not listed.
    """

    cursor: Cursor | None
    known_until: Cursor | None
    reads_all: bool = False
    deletes_from: Cursor | None = None

    @classmethod
    def of(cls, state: SyncState, settings: Settings, parent: ParentStream) -> Self:
        """The start of the next pass from this state; call it while no writer is at work on the state."""
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
