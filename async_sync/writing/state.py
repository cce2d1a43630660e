"""What is kept between two syncs: `SyncState`, and its form as the dict that is checkpointed. Pure.

The form is the one of Fivetran's parent-child example, so that an existing connection can switch over:

    {"company_cursor": "2026-01-01T00:00:00Z", "department_cursor": {"c1": "2026-01-01T00:00:00Z"}}

A stream's cursors stand under its `name`. Beside these keys stand `version`, and where they are needed `skipped` (the
companies to be read first in the next sync: their keys, and what their departments' requests need), `pass_cursor` (how
far an unfinished pass over all companies has come), `deletes_cursor` (since when deletes are to be asked for, while the
companies have no cursor but some of them may be written) and `shard` (of which companies the cursors speak, where it is
not all). Cursors are kept as the API gave them.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from async_sync.configuration.shard import UNSHARDED, Shard
from async_sync.errors.base import StateError
from async_sync.records.cursors import Cursor, CursorType
from async_sync.records.pages import Row
from async_sync.records.rows import partition_id
from async_sync.streams.stream import ChildStream, ParentStream, Stream, kept_fields

VERSION = 1
_SPARED = 0.9  # a state over its budget is cut to this share of it, so that it is not cut at every checkpoint


class SyncState:
    """The parent's cursor, and for each child stream the cursor of each partition.

    While a pass runs, the writer's thread owns it: nothing else changes it or iterates over it. The event loop may read
    single values, `parent_cursor` for the log and `partition_cursor` of a partition it is about to read: each is one
    look-up of an immutable value. One that the writer has since replaced is older, and therefore as true.
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
        """Read a saved state. Raises StateError where it has another shape, a newer version or an unreadable cursor."""
        if not isinstance(saved, Mapping):
            raise StateError(f"it is a {type(saved).__name__}, not an object")
        version = saved.get("version", VERSION)
        if version != VERSION:
            raise StateError(f"its version is {version!r}, and this connector knows version {VERSION}")
        state = cls(parent, children)
        state.parent_cursor = _load_cursor(parent, saved, _key(parent))
        state.pass_cursor = _load_cursor(parent, saved, "pass_cursor")
        state.deletes_cursor = _load_cursor(parent, saved, "deletes_cursor")
        state.skipped = _load_skipped(parent, state._kept, saved.get("skipped"))
        state.shard = _load_shard(saved.get("shard"))
        for child in children:
            for partition, cursor in _load_partitions(child, saved.get(_key(child))).items():
                state.set_partition_cursor(child, partition, cursor)
        return state

    def dump(self) -> dict[str, Any]:
        """A snapshot as the dict to checkpoint: later changes of this state do not reach it."""
        saved: dict[str, Any] = {"version": VERSION}
        if self.parent_cursor is not None:
            saved[_key(self._parent)] = self.parent_cursor.raw
        if self.pass_cursor is not None:
            saved["pass_cursor"] = self.pass_cursor.raw
        if self.deletes_cursor is not None:
            saved["deletes_cursor"] = self.deletes_cursor.raw
        if self.skipped:
            saved["skipped"] = list(self.skipped.values())
        if self.shard != UNSHARDED:
            saved["shard"] = str(self.shard)
        return saved | {_key(child): self._partitions[name].copy() for name, child in self._children.items()}

    def partition_cursor(self, child: ChildStream, partition: str) -> Cursor | None:
        """Where a partition is to be read from; None is its beginning, for a new one above all."""
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
        """Forget how far this child of a partition is written: it is read from its beginning next time."""
        cursors = self._partitions[child.name]
        if partition in cursors:
            self._size -= _size(partition, cursors.pop(partition))

    def keep_for_deletes(self, cursor: Cursor) -> bool:
        """Parents are about to be written, none of which is deleted before the cursor; returns whether that is news.

        Were this sync to end before the parents have a cursor, the next one would list them from the beginning.
        """
        if self.parent_cursor is not None or self.deletes_cursor is not None:
            return False
        self.deletes_cursor = cursor
        return True

    def drop_partition(self, partition: str) -> None:
        """Forget a partition: should it come again, it is read from its beginning."""
        for child in self._children.values():
            self.drop_cursor(child, partition)

    def move_to(self, shard: Shard) -> int:
        """Speak of the companies of this shard from now on; gives how many of the cursors kept so far are dropped.

        The parents are listed from the beginning, since those that this shard did not hold before have not been read. A
        partition that is in both shards is complete up to its cursor all the same. Of the others nothing is kept: they
        are another connection's now.
        """
        if shard == self.shard:
            return 0
        self.deletes_cursor = self.parent_cursor or self.deletes_cursor
        self.shard, self.parent_cursor, self.pass_cursor = shard, None, None
        self.skipped = {partition: key for partition, key in self.skipped.items() if shard.holds(partition)}
        names = {partition for cursors in self._partitions.values() for partition in cursors}
        foreign = [partition for partition in names if not shard.holds(partition)]
        for partition in foreign:
            self.drop_partition(partition)
        return len(foreign)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known yet: this is the first sync."""
        return not (self.parent_cursor or self.pass_cursor or self.skipped or self._size)

    def partition_count(self, child: ChildStream) -> int:
        """How many partitions of this child have a cursor."""
        return len(self._partitions[child.name])

    def skip(self, partition: str, parent: Row) -> None:
        """The partition of this parent is to be read first in the next sync."""
        self.skipped[partition] = {name: parent.get(name) for name in self._kept}

    def known_partitions(self, most: int) -> list[str]:
        """The names of some partitions that have been read before: all, or `most` of them."""
        names = dict.fromkeys(name for cursors in self._partitions.values() for name in islice(cursors, most))
        return list(islice(names, most))

    def cut(self, budget_bytes: int) -> int:
        """Keep within the budget by forgetting the cursors that have not moved for longest; gives their number.

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
            self._size -= _size(partition, self._partitions[name].pop(partition))
            if self._size <= budget_bytes * _SPARED:
                return count
        return len(oldest)


def _key(stream: Stream) -> str:
    return f"{stream.name}_cursor"


def _size(*values: object) -> int:
    """How many bytes these take in the state, with the comma or colon and the space behind each."""
    return sum(len(json.dumps(value)) + 2 for value in values)


def _load_cursor(stream: Stream, saved: Mapping[str, Any], key: str) -> Cursor | None:
    raw = saved.get(key)
    return None if raw is None or raw == "" else _parsed(stream.cursor_type, raw, key)


def _load_partitions(child: ChildStream, saved: object) -> dict[str, Cursor]:
    if saved is None:
        return {}
    if not isinstance(saved, Mapping):
        raise StateError(f"{_key(child)} is a {type(saved).__name__}, not an object of one cursor for each partition")
    key = _key(child)
    return {partition: _parsed(child.cursor_type, raw, f"{key} of {partition!r}") for partition, raw in saved.items()}


def _load_skipped(parent: ParentStream, kept: Sequence[str], saved: object) -> dict[str, Row]:
    if saved is None:
        return {}
    if not isinstance(saved, list) or any(not isinstance(row, dict) or not set(kept) <= set(row) for row in saved):
        raise StateError(f"skipped is not a list of objects with the fields {', '.join(kept)}")
    rows = ({name: row[name] for name in kept} for row in saved)  # JSON does not promise their order
    return {partition_id(parent.key_of(row)): row for row in rows}


def _load_shard(saved: object) -> Shard:
    try:
        return UNSHARDED if saved is None else Shard.parse(str(saved))
    except ValueError as error:
        raise StateError(f"shard is {saved!r}, and {error}") from None


def _parsed(cursor_type: CursorType, raw: object, where: str) -> Cursor:
    try:
        return cursor_type.parse(raw)
    except ValueError as error:
        raise StateError(f"{where} cannot be read: {error}") from None
