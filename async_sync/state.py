"""What is kept between two syncs: `SyncState`, and its form as the dict that is checkpointed. Pure.

The form is the one of Fivetran's parent-child example, so that an existing connection can switch over:

    {"company_cursor": "2026-01-01T00:00:00Z", "department_cursor": {"c1": "2026-01-01T00:00:00Z"}}

with `version` beside it. Cursors are kept as the API gave them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from async_sync.cursors import Cursor, CursorType
from async_sync.errors import StateError
from async_sync.streams import ChildStream, ParentStream, Stream

VERSION = 1


class SyncState:
    """The parent's cursor, and for each child stream the cursor of each partition."""

    def __init__(self, parent: ParentStream, children: Sequence[ChildStream]) -> None:
        self._parent = parent
        self._children = {child.table: child for child in children}
        self._partitions: dict[str, dict[str, Any]] = {child.table: {} for child in children}
        self.parent_cursor: Cursor | None = None

    @classmethod
    def load(cls, saved: Mapping[str, Any], parent: ParentStream, children: Sequence[ChildStream]) -> "SyncState":
        """Read a saved state. Raises StateError where it has another shape, a newer version or an unreadable cursor."""
        if not isinstance(saved, Mapping):
            raise StateError(f"it is a {type(saved).__name__}, not an object")
        version = saved.get("version", VERSION)
        if version != VERSION:
            raise StateError(f"its version is {version!r}, and this connector knows version {VERSION}")
        state = cls(parent, children)
        raw = saved.get(_key(parent))
        if raw is not None and raw != "":
            state.parent_cursor = _parsed(parent.cursor_type, raw, _key(parent))
        for child in children:
            state._partitions[child.table] = _load_partitions(child, saved.get(_key(child)))
        return state

    def dump(self) -> dict[str, Any]:
        """A snapshot as the dict to checkpoint: later changes of this state do not reach it."""
        cursor = {} if self.parent_cursor is None else {_key(self._parent): self.parent_cursor.raw}
        partitions = {_key(child): self._partitions[table].copy() for table, child in self._children.items()}
        return {"version": VERSION, **cursor, **partitions}

    def partition_cursor(self, child: ChildStream, partition: str) -> Cursor | None:
        """Where a partition is to be read from; None is its beginning, for a new one above all."""
        raw = self._partitions[child.table].get(partition)
        return None if raw is None else child.cursor_type.parse(raw)

    def set_partition_cursor(self, child: ChildStream, partition: str, cursor: Cursor) -> None:
        """Everything of this partition up to the cursor is written."""
        self._partitions[child.table][partition] = cursor.raw


def _key(stream: Stream) -> str:
    return f"{stream.table}_cursor"


def _load_partitions(child: ChildStream, saved: object) -> dict[str, Any]:
    if saved is None:
        return {}
    if not isinstance(saved, Mapping):
        raise StateError(f"{_key(child)} is a {type(saved).__name__}, not an object of one cursor for each partition")
    return {
        partition: _parsed(child.cursor_type, raw, f"{_key(child)} of {partition!r}").raw
        for partition, raw in saved.items()
    }


def _parsed(cursor_type: CursorType, raw: object, where: str) -> Cursor:
    try:
        return cursor_type.parse(raw)
    except ValueError as error:
        raise StateError(f"{where} cannot be read: {error}") from None
