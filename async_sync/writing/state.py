"""What is kept between two syncs: `SyncState`, and its form as the dict that is checkpointed. Sans-I/O.

The form is that of Fivetran's parent-child example, so that an existing connection can switch over:

    {"company_cursor": "2026-01-01T00:00:00Z", "department_cursor": {"c1": "2026-01-01T00:00:00Z"}}

The cursors of a stream are kept under its `name`, in the text or number that the API sent. Further keys:

- `version`: of this form.
- `skipped`: the companies that the next sync reads first: their keys, and what their departments' requests need.
- `pass_cursor`: how far an unfinished pass over all companies has come.
- `deletes_cursor`: since when deletes have to be listed, while some companies may be written that have no cursor yet.
- `shard`: whose companies the cursors are about, unless it is all of them.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from async_sync.configuration.shard import UNSHARDED, Shard
from async_sync.errors.base import StateError
from async_sync.records.cursors import Cursor
from async_sync.records.pages import Row
from async_sync.streams.stream import ChildStream, ParentStream, kept_fields
from async_sync.writing.saved_values import cursor_key, load_cursor, load_partitions, load_shard, load_skipped

VERSION = 1
_CUT_TO_SHARE = 0.9  # of the budget: a state over its budget is cut further, so that it is not cut at every checkpoint


class SyncState:
    """The parents' cursor, and for each child stream the cursor of each partition.

    While a pass runs, the writer's thread owns it: nothing else changes it or iterates over it. The event loop may read
    single values: `parent_cursor` for the log, and `partition_cursor` of a partition that it is about to read. Each is
    one look-up of an immutable value. If the writer has replaced it since, the value read is an earlier cursor, from
    which more is read and nothing is missed.
    """

    def __init__(self, parent: ParentStream, children: Sequence[ChildStream]) -> None:
        self._parent = parent
        self._children = {child.name: child for child in children}
        self._partitions: dict[str, dict[str, Any]] = {child.name: {} for child in children}
        self._kept = kept_fields(parent, children)
        self._size = 0  # of the partitions, in bytes of JSON
        self.skipped: dict[str, Row] = {}
        self.parent_cursor: Cursor | None = None
        self.pass_cursor: Cursor | None = None
        self.deletes_cursor: Cursor | None = None
        self.shard = UNSHARDED

    @classmethod
    def load(cls, saved: Mapping[str, Any], parent: ParentStream, children: Sequence[ChildStream]) -> "SyncState":
        """Read a saved state. Raises StateError for another shape, another version or a cursor that cannot be read."""
        if not isinstance(saved, Mapping):
            raise StateError(f"it is a {type(saved).__name__}, not an object")
        version = saved.get("version", VERSION)
        if version != VERSION:
            raise StateError(f"its version is {version!r}, and this connector knows version {VERSION}")
        state = cls(parent, children)
        state.parent_cursor = load_cursor(parent, saved, cursor_key(parent))
        state.pass_cursor = load_cursor(parent, saved, "pass_cursor")
        state.deletes_cursor = load_cursor(parent, saved, "deletes_cursor")
        state.skipped = load_skipped(parent, state._kept, saved.get("skipped"))
        state.shard = load_shard(saved.get("shard"))
        for child in children:
            for partition, cursor in load_partitions(child, saved.get(cursor_key(child))).items():
                state.set_partition_cursor(child, partition, cursor)
        return state

    def dump(self) -> dict[str, Any]:
        """A snapshot as the dict to checkpoint: later changes of this state do not change it."""
        cursors = {
            cursor_key(self._parent): self.parent_cursor,
            "pass_cursor": self.pass_cursor,
            "deletes_cursor": self.deletes_cursor,
        }
        saved: dict[str, Any] = {"version": VERSION}
        saved |= {key: cursor.raw for key, cursor in cursors.items() if cursor is not None}
        if self.skipped:
            saved["skipped"] = list(self.skipped.values())
        if self.shard != UNSHARDED:
            saved["shard"] = str(self.shard)
        return saved | {cursor_key(child): self._partitions[name].copy() for name, child in self._children.items()}

    def partition_cursor(self, child: ChildStream, partition: str) -> Cursor | None:
        """Where the partition is to be read from; None is its beginning, as for a new one."""
        raw = self._partitions[child.name].get(partition)
        return None if raw is None else child.cursor_type.parse(raw)

    def set_partition_cursor(self, child: ChildStream, partition: str, cursor: Cursor) -> None:
        """Everything of this partition up to the cursor is written."""
        cursors = self._partitions[child.name]
        self._size += (
            _size(cursor.raw) - _size(cursors[partition]) if partition in cursors else _size(partition, cursor.raw)
        )
        cursors[partition] = cursor.raw

    def drop_cursor(self, child: ChildStream, partition: str) -> None:
        """Forget how far this child of the partition is written: the next sync reads it from its beginning."""
        cursors = self._partitions[child.name]
        if partition in cursors:
            self._size -= _size(partition, cursors.pop(partition))

    def drop_partition(self, partition: str) -> None:
        """Forget all cursors of a partition: should it appear again, it is read from its beginning."""
        for child in self._children.values():
            self.drop_cursor(child, partition)

    def start_deletes_cursor(self, cursor: Cursor) -> bool:
        """Note that the very first parents are about to be written, none deleted before `cursor`.

        If this sync ends before the parents have a cursor, the next one lists them from the beginning, where deletes
        may be hidden. Returns whether this has to be saved first; false where the parents are not the very first.
        """
        if self.parent_cursor is not None or self.deletes_cursor is not None:
            return False
        self.deletes_cursor = cursor
        return True

    def move_to(self, shard: Shard) -> int:
        """Change the shard that this state is about; returns how many partitions are dropped.

        The parents are listed from the beginning, since those that the shard did not hold before have not been read. A
        partition that is in both shards is still complete up to its cursor. The others are dropped: they belong to
        another connection now.
        """
        if shard == self.shard:
            return 0
        self.deletes_cursor = self.parent_cursor or self.deletes_cursor
        self.shard, self.parent_cursor, self.pass_cursor = shard, None, None
        self.skipped = {partition: key for partition, key in self.skipped.items() if shard.holds(partition)}
        names = {partition for cursors in self._partitions.values() for partition in cursors}
        dropped = [partition for partition in names if not shard.holds(partition)]
        for partition in dropped:
            self.drop_partition(partition)
        return len(dropped)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known yet: this is the first sync."""
        return not (self.parent_cursor or self.pass_cursor or self.skipped or self._size)

    def partition_count(self, child: ChildStream) -> int:
        """How many partitions of this child have a cursor."""
        return len(self._partitions[child.name])

    def skip(self, partition: str, parent: Row) -> None:
        """Have the next sync read the partition of this parent first."""
        self.skipped[partition] = {name: parent.get(name) for name in self._kept}

    def known_partitions(self, limit: int) -> list[str]:
        """The names of partitions that have been read before, at most `limit` of them."""
        names = dict.fromkeys(name for cursors in self._partitions.values() for name in islice(cursors, limit))
        return list(islice(names, limit))

    def cut(self, budget_bytes: int) -> int:
        """Drop the cursors that have not moved for longest until the budget is kept; returns how many were dropped.

        Nothing is lost by that: the partitions concerned are read in full when they next change.
        """
        if self._size <= budget_bytes:
            return 0
        oldest = sorted(
            (self._children[name].cursor_type.parse(raw).at, name, partition)
            for name, cursors in self._partitions.items()
            for partition, raw in cursors.items()
        )
        for count, (_, name, partition) in enumerate(oldest, start=1):
            self.drop_cursor(self._children[name], partition)
            if self._size <= budget_bytes * _CUT_TO_SHARE:
                return count
        return len(oldest)


def _size(*values: object) -> int:
    """How many bytes these take in the JSON of the state, each with the comma or colon and the space behind it."""
    return sum(len(json.dumps(value)) + 2 for value in values)
