"""What is kept between two syncs: `SyncState`, and its form as the dict that is checkpointed. Sans-I/O.

The form is that of Fivetran's parent-child example, so that an existing connection can switch over:

    {"company_cursor": "2026-01-01T00:00:00Z", "department_cursor": {"c1": "2026-01-01T00:00:00Z"}}

The cursors of a stream are kept under its `name`, in the text or number that the API sent: one for a stream with a
single list, otherwise one for each of its lists, by the key of the parent. Further keys are objects by the names of
streams, and are only there if they hold something:

- `skipped`: the records that the next sync reads what is below of first: their keys, and what those requests need.
- `pass_cursor`: how far lists have come that are read whole for what is below them, and were not read to their end.
- `deletes_cursor`: since when deletes have to be listed, while some records may be written that have no cursor yet.
- `known_keys`: the keys of the rows of each list, where they are kept, and since when: the minute of its last whole
  reading (0: it had none, -2: what it belongs to is deleted; -1, or a negative minute: there may be more rows).
  `missing_keys`: those that this reading lacked. `key_columns`: of which columns they are. `known_since`: what changed
  before that time is not read, so that nothing is known of it.
- `is_writing`: a sync has begun that has not ended. Some rows may have been written that the state knows nothing of.
- `pace`: the requests in flight, or starts per second, that `auto` has found, and the mark of the API they are for.
- `reset`: the parents that were gone, by the stream below. Should one come back, that list has a cursor only once it
  has been begun again, and no cursor further below counts.

`version` is that of this form, and `shard` says whose root records the cursors are about, unless it is all of them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from async_sync.configuration.shard import UNSHARDED, Shard
from async_sync.errors.base import StateError
from async_sync.records.cursors import NANOSECONDS, Cursor, RawCursor
from async_sync.records.pages import Row
from async_sync.streams.stream import Stream
from async_sync.streams.table import Table
from async_sync.streams.tree import StreamTree
from async_sync.writing.cursor_store import CursorStore, size_of
from async_sync.writing.key_store import Below, tried_at
from async_sync.writing.known_keys import KnownKeys
from async_sync.writing.saved_pace import SavedPace
from async_sync.writing.saved_values import (
    ROOT,
    cursor_key,
    load_cursors,
    load_reset,
    load_shard,
    load_skipped,
    load_time,
    of_stream,
)

VERSION = 1
_MINUTE = 60 * NANOSECONDS


class Position(NamedTuple):
    """How far one list is written, by the keys of the state; None is its beginning."""

    cursor: Cursor | None
    pass_cursor: Cursor | None = None
    deletes_cursor: Cursor | None = None


class SyncState:
    """The position of each list, by the name of its stream and the key of its parent (`ROOT` for a single list).

    While a sync runs, the writer's thread owns it: nothing else changes it or iterates over it. The event loop may read
    the `cursor` of a list: a look-up of an immutable value. If the writer has replaced it since, the value read is an
    earlier cursor, from which more is read and nothing is missed.
    """

    def __init__(self, tree: StreamTree) -> None:
        self._tree = tree
        self._cursors = CursorStore(tree.streams)
        self._reset_size = 0
        dated = [stream.name for stream in self._cursors.streams()]
        inner = [stream.name for stream in tree.streams if tree.children(stream)]
        self.passes: dict[str, dict[str, RawCursor]] = {name: {} for name in dated}
        self.deletes = CursorStore(tree.streams)
        self.reset: dict[str, dict[str, None]] = {name: {} for name in inner}
        self.skipped: dict[str, dict[str, Row]] = {name: {} for name in inner}
        self.keys = KnownKeys(tree)
        self.known_since = 0
        self.is_writing = False
        self.shard = UNSHARDED
        self.pace: Callable[[], SavedPace | None] = lambda: None
        """Asked for at each checkpoint, in the writer's thread."""

    @classmethod
    def load(cls, saved: Mapping[str, Any], tree: StreamTree) -> "SyncState":
        """Read a saved state. Raises StateError for another shape, another version or a cursor that cannot be read."""
        if not isinstance(saved, Mapping):
            raise StateError(f"it is a {type(saved).__name__}, not an object")
        version = saved.get("version", VERSION)
        if version != VERSION:
            raise StateError(f"its version is {version!r}, and this connector knows version {VERSION}")
        state = cls(tree)
        for stream in state._cursors.streams():
            state._load_cursors(stream, saved)
        for stream in [stream for stream in tree.streams if stream.name in state.skipped]:
            kept = tree.kept_fields(stream)
            state.skipped[stream.name] = load_skipped(stream, kept, of_stream(saved, "skipped", stream, tree))
            for partition in load_reset(of_stream(saved, "reset", stream, tree)):
                state._reset(stream.name, partition)
        state.keys.load(saved.get("known_keys", {}), saved.get("missing_keys", {}), saved.get("key_columns", {}))
        state.known_since = load_time(saved.get("known_since", 0))
        state.is_writing = bool(saved.get("is_writing"))
        state.shard = load_shard(saved.get("shard"))
        pace = SavedPace.load(saved.get("pace"))
        state.pace = lambda: pace
        return state

    def _load_cursors(self, stream: Stream, saved: Mapping[str, Any]) -> None:
        key = cursor_key(stream)
        self._cursors.load(stream.name, load_cursors(stream, saved.get(key), key))
        key = "pass_cursor"
        self.passes[stream.name] = load_cursors(stream, of_stream(saved, key, stream, self._tree), key)
        key = "deletes_cursor"
        self.deletes.load(stream.name, load_cursors(stream, of_stream(saved, key, stream, self._tree), key))

    def dump(self) -> dict[str, Any]:
        """A snapshot as the dict to checkpoint: later changes of this state do not change it.

        Keys are those that were known at the last `cut`.
        """
        saved: dict[str, Any] = {"version": VERSION}
        marks: dict[str, dict[str, Any]] = {"pass_cursor": {}, "deletes_cursor": {}}
        for stream in self._cursors.streams():
            cursors = self._cursors.of(stream)
            if stream.has_parent or cursors:
                saved[cursor_key(stream)] = _form(stream, cursors)
            for key, kept in (("pass_cursor", self.passes[stream.name]), ("deletes_cursor", self.deletes.of(stream))):
                if kept:
                    marks[key][stream.name] = _form(stream, kept)
        marks["skipped"] = {name: [*rows.values()] for name, rows in self.skipped.items() if rows}
        marks["reset"] = {name: [*names] for name, names in self.reset.items() if names}
        marks["known_keys"], marks["missing_keys"] = self.keys.store.dump()
        marks["key_columns"] = {name: self.keys.store.columns(name) for name in marks["known_keys"]}
        saved |= {key: found for key, found in marks.items() if found}
        if self.is_writing:
            saved["is_writing"] = True
        if self.known_since:
            saved["known_since"] = self.known_since
        if pace := self.pace():
            saved["pace"] = pace.dump()
        return saved if self.shard == UNSHARDED else {**saved, "shard": str(self.shard)}

    def cursor(self, stream: Stream, partition: str = ROOT) -> Cursor | None:
        """Where the list is to be read from; None is its beginning, as for a new one."""
        raw = self._cursors.of(stream).get(partition)
        return None if raw is None else stream.cursor_type.parse(raw)

    def knows(self, stream: Stream, partition: str) -> bool:
        """Whether anything is known of the list: its keys, or how far it is written."""
        return self.keys.store.knows(stream, partition) or partition in self._cursors.of(stream)

    def set_position(self, stream: Stream, partition: str, position: Position) -> None:
        """Everything in this list up to the position is written, and everything below it."""
        name = stream.name
        if stream.cursor_field is None:
            return
        self._cursors.set(stream, partition, None if position.cursor is None else position.cursor.raw)
        self.deletes.set(stream, partition, None if position.deletes_cursor is None else position.deletes_cursor.raw)
        if position.pass_cursor is not None:
            self.passes[name][partition] = position.pass_cursor.raw
        elif self.passes[name]:
            self.passes[name].pop(partition, None)

    def done(self, stream: Table, partition: str) -> None:
        """Everything below this record is written."""
        self.skipped.get(stream.name, {}).pop(partition, None)
        for child in self._tree.children(stream):
            if partition in self.reset.get(child.name, ()):
                del self.reset[child.name][partition]
                self._reset_size -= size_of(partition)

    def skip(self, stream: Table, partition: str, parent: Row) -> None:
        """Have the next sync read what is below this record first; parents that are known beforehand always are."""
        if stream.name in self.skipped:
            self.skipped[stream.name].pop(partition, None)  # what is skipped again is read after the others
            self.skipped[stream.name][partition] = {name: parent.get(name) for name in self._tree.kept_fields(stream)}

    def forget(self, stream: Table, partition: str, below: Below = Below.KEPT) -> None:
        """Forget all cursors below a record: should it appear again, everything is read from its beginning."""
        self.skipped.get(stream.name, {}).pop(partition, None)
        for child in self._tree.children(stream):
            self.forget_list(child, partition, below)
        for embedded in self._tree.embedded(stream):
            self.keys.lose(embedded, partition, below)

    def forget_list(self, stream: Stream, partition: str, below: Below = Below.MISSING) -> None:
        """Forget the cursor of one list, and all below it."""
        self.set_position(stream, partition, Position(None))
        self.keys.lose(stream, partition, below)
        if stream.name in self.reset:
            self._reset(stream.name, partition)

    def _reset(self, name: str, partition: str) -> None:
        if partition not in self.reset[name]:
            self.reset[name][partition] = None
            self._reset_size += size_of(partition)

    def move_to(self, shard: Shard) -> int:
        """Change the shard that this state is about; returns how many partitions are dropped.

        The roots are listed from their beginning, since what the shard did not hold before has not been read. A
        partition that is in both shards is still complete up to its cursor. The others are dropped: they belong to
        another connection now. Further below, nobody knows which lists are of which root record, and so which of them
        others have read, and deleted from, since. These are read in full when they are next read; and so are all lists
        that a skipped record below a root may be in.
        """
        if shard == self.shard:
            return 0
        self.shard = shard
        self.keys.leave(self._tree, shard)
        for unfinished in self.passes.values():
            unfinished.clear()
        return sum(self._move_root(root, shard) for root in self._tree.roots)

    def _move_root(self, root: Stream, shard: Shard) -> int:
        skipped = self.skipped.get(root.name, {})
        for partition in [name for name in skipped if not shard.holds(name)]:
            del skipped[partition]
        below, dropped = list(self._tree.below(root)), set[str]()
        has_skipped = any(self.skipped.get(stream.name) for stream in below)
        for stream in (root, *below):
            is_right_below = stream in self._tree.children(root)
            for partition in self.begun(stream):
                if is_right_below and not shard.holds(partition):
                    self.set_position(stream, partition, Position(None))
                    dropped.add(partition)
                elif has_skipped or not is_right_below:
                    self.set_position(stream, partition, Position(None, None, self.deletes_from(stream, partition)))
            if stream is not root:
                self.skipped.get(stream.name, {}).clear()
        return len(dropped)

    def deletes_from(self, stream: Stream, partition: str) -> Cursor | None:
        """Since when what was deleted from this list may not be known; None if nothing of it is written."""
        marks = (self._cursors.of(stream).get(partition), self.deletes.of(stream).get(partition))
        found = [stream.cursor_type.parse(raw) for raw in marks if raw is not None]
        return min(found, key=lambda cursor: cursor.at, default=None)

    def ask_for_deletes(self, stream: Stream, partition: str, since: Cursor | None) -> None:
        """Have what was deleted from this list asked for since this time, or since an earlier one that is known."""
        known = self.deletes_from(stream, partition)
        if since is not None and (known is None or since.at < known.at):
            self.deletes.set(stream, partition, since.raw)

    def begun(self, stream: Stream) -> Sequence[str]:
        """The names of the lists of this stream of which some rows are written."""
        return list(dict.fromkeys([*self._cursors.of(stream), *self.deletes.of(stream)]))

    @property
    def size(self) -> int:
        """The bytes of JSON that count towards its budget, as of the last `cut`."""
        return self._cursors.size + self.deletes.size + self.keys.store.size + self._reset_size

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known yet: this is the first sync."""
        return not (self._cursors.size or self.is_unfinished or any(self.skipped.values()))

    @property
    def is_unfinished(self) -> bool:
        """Whether a list that is read whole was not read to its end."""
        return any(self.passes.values())

    def drop_passes(self, stream: Stream) -> None:
        """Have the lists of this stream read as if none had been left unfinished."""
        self.passes.get(stream.name, {}).clear()

    def lists(self, stream: Stream) -> Collection[str]:
        """The names of the lists of this stream that have a cursor."""
        return self._cursors.of(stream)

    def known_partitions(self, stream: Table, limit: int) -> list[str]:
        """The names of records of this stream below which something has been read before, at most `limit` of them."""
        below = (self._cursors.of(child) for child in self._tree.children(stream))
        return list(islice(dict.fromkeys(chain.from_iterable(islice(cursors, limit) for cursors in below)), limit))

    def cut(self, budget_bytes: int) -> "Cut":
        """Bring the state within its budget; returns what was dropped.

        First go the keys of the lists that have changed longest ago, with the promise to find what is deleted there,
        then the cursors that have not moved for longest, first those that only say since when deletes have to be asked
        for. No row is lost by the latter: those lists are read in full when they are next read.
        """
        self.keys.store.pack()
        left = budget_bytes - self._reset_size
        lists = self.keys.store.cut(left - self._cursors.size - self.deletes.size, self._changed_at)
        cursors = self.deletes.cut(left - self._cursors.size - self.keys.store.size)
        cursors += self._cursors.cut(left - self.deletes.size - self.keys.store.size)
        if self._cursors.size + self._reset_size > budget_bytes:  # no cursor is left that must not count
            for names in self.reset.values():
                names.clear()
            self._reset_size = 0
        return Cut(cursors, lists)

    def _changed_at(self, table: Table, list_id: str, read_at: int) -> int | float:
        """When a list has changed last, as far as is known, in nanoseconds since 1970."""
        cursor = self.cursor(table, list_id) if isinstance(table, Stream) and table.cursor_field is not None else None
        return tried_at(read_at) * _MINUTE if cursor is None else cursor.at

    def begin_at(self, start: int) -> int:
        """What changed before this time (in nanoseconds since 1970) is not read; returns how many lists are dropped.

        If more was read before, a list that is read whole may lack rows that it still has: their keys are dropped.
        """
        before, self.known_since = self.known_since, start if self.keys.is_used else 0
        return self.keys.store.clear() if start > before else 0


class Cut(NamedTuple):
    """How many cursors, and the keys of how many lists, were dropped to keep the budget of the state."""

    cursors: int
    lists: int


def _form(stream: Stream, cursors: Mapping[str, RawCursor]) -> object:
    """The cursors of a stream as they are saved: one by itself, or one for each list."""
    return dict(cursors) if stream.has_parent else cursors[ROOT]
