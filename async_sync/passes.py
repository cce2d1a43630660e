"""Where one pass over the parents begins: decided once, for what reads and for what writes. Sans-I/O."""

from dataclasses import dataclass
from typing import Self

from async_sync.cursors import Cursor
from async_sync.settings import Settings
from async_sync.state import SyncState
from async_sync.streams import ParentStream


@dataclass(frozen=True, slots=True, kw_only=True)
class PassStart:
    """The start of one pass.

    - `cursor` is where the list of parents is read from; None is its beginning.
    - `known_until` is the parents' cursor: whatever changed before it is written, children included.
    - `reads_all` is true for a pass over all parents, which reads the children of those too that have not changed.
    - `asks_for_deletes` is true where what changed since `known_until` is listed first, for its deletes: an API may
      show a deleted parent only to a request that carries its filter, and a list from the beginning carries none.
    """

    cursor: Cursor | None
    known_until: Cursor | None
    reads_all: bool = False
    asks_for_deletes: bool = False

    @classmethod
    def of(cls, state: SyncState, settings: Settings, parent: ParentStream) -> Self:
        """The start of the next pass from this state; call it while no writer is at work on the state."""
        if settings.sync_scope != "all_companies":
            return cls(cursor=state.parent_cursor, known_until=state.parent_cursor)
        can_ask = bool(settings.deleted_field and parent.since_param) and state.parent_cursor is not None
        return cls(
            cursor=state.pass_cursor,
            known_until=state.parent_cursor,
            reads_all=True,
            asks_for_deletes=can_ask and state.pass_cursor is None,  # the rest of a pass carries the filter itself
        )
