"""Which rows are to be deleted because the API does not have them any more. Sans-I/O.

They are those whose keys are confirmed to be missing, and everything known below them. A row that another list has
stays, and so do all rows of a table that would lose more of them in one sync than `max_deleted_percent` allows.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from async_sync.records.keys import Identity, Key, identity
from async_sync.streams.stream import Stream
from async_sync.streams.table import Table
from async_sync.streams.tree import StreamTree
from async_sync.writing.key_store import ListName
from async_sync.writing.known_keys import KnownKeys

ALWAYS_ALLOWED = 100
"""So many rows of a table may be deleted in one sync, whatever share they are."""

Doomed = Mapping[ListName, AbstractSet[Key]]
"""Keys to be deleted, by the list that they were in."""


class Removal(NamedTuple):
    """One key that is not in its list any more; its row is deleted unless it is `kept` by another list."""

    table: Table
    list_id: str
    key: Key
    kept: tuple[Table, str] | None = None


class Excess(NamedTuple):
    """More rows of a table are missing than may be deleted in one sync."""

    table: str
    missing: int
    known: int


class Plan(NamedTuple):
    """What is to be done, what is below a row before that row, and where nothing is done since it would be too much."""

    removals: Sequence[Removal]
    excesses: Sequence[Excess]


NOTHING = Plan((), ())


class Deletions:
    """Plans what is deleted in one sync.

    `deleted` counts by table what has been, but for the rows that the API has marked as deleted.
    """

    def __init__(self, tree: StreamTree, keys: KnownKeys, *, max_percent: float) -> None:
        self._tree = tree
        self._keys = keys
        self._max_percent = max_percent
        self._tables = sorted((table for table in keys.store.tables.values() if table.finds_deleted), key=tree.level)
        self.deleted: Counter[str] = Counter()

    def allows(self, table: str, count: int) -> bool:
        """Whether so many more rows of the table may be deleted."""
        wanted = self.deleted[table] + count
        known = self.known(table)
        return wanted <= ALWAYS_ALLOWED or wanted * 100 <= known * self._max_percent

    def known(self, table: str) -> int:
        """How many keys of the table were known when the sync began to delete."""
        return self._keys.store.counts[table] + self.deleted[table]

    def at_once(self, removals: Iterable[Removal]) -> Sequence[Removal]:
        """Those rows, of what the API itself says is deleted, that may be deleted at once.

        Those that may have moved to another list, and those of tables that would lose too many, are left to the end.
        """
        found = [removal for removal in removals if self._tree.is_bound(removal.table, removal.list_id, removal.key)]
        counts = Counter(removal.table.table for removal in found)
        allowed = {name for name, count in counts.items() if self.allows(name, count)}
        return [removal for removal in found if removal.table.table in allowed]

    def below(self, table: Table, key: Key) -> Iterator[Removal]:
        """Every known row below this one, with the list that it is in; what is below a row before that row.

        Rows that may have moved to another list are left out, and what is below them.
        """
        list_id = table.list_below(key)
        for child in self.finding_below(table):
            if not self._tree.may_move(child) and self._keys.store.knows(child, list_id):
                for found in list(self._keys.store.look(child, list_id).keys):
                    yield from self.below(child, found)
                    yield Removal(child, list_id, found)

    def finding_below(self, table: Table) -> Sequence[Table]:
        """The streams below the table whose missing rows are deleted."""
        return [child for child in self._tree.all_below(table) if child.finds_deleted]

    def plan(self, *, is_complete: bool, doomed: Doomed | None = None) -> Plan:
        """What is to be deleted of the keys that are confirmed to be missing, or of those that are `doomed`.

        Unless everything that changed has been read (`is_complete`), a row that may have moved to another list is left.
        """
        blocked: dict[str, Excess] = {}
        doomed = self._keys.confirmed if doomed is None else doomed
        while True:
            removals = self._removals(doomed, blocked, is_complete=is_complete)
            counts = Counter(removal.table.table for removal in removals if removal.kept is None)
            excesses = {
                name: Excess(name, self.deleted[name] + count, self.known(name))
                for name, count in counts.items()
                if not self.allows(name, count)
            }
            if not excesses:
                return Plan(removals, list(blocked.values()))
            blocked |= excesses

    def _removals(self, doomed: Doomed, blocked: Collection[str], *, is_complete: bool) -> list[Removal]:
        levels: list[list[Removal]] = []
        above: dict[ListName, AbstractSet[Key]] = {}
        for table in self._tables:
            lists = _joined(
                {list_id: keys for (name, list_id), keys in doomed.items() if name == table.name and keys},
                {list_id: keys for (name, list_id), keys in above.items() if name == table.name},
            )
            may_move = not all(
                self._tree.is_bound(table, list_id, key) for list_id, keys in lists.items() for key in keys
            )
            if not lists or table.table in blocked or (may_move and not is_complete):
                continue
            kept = self._elsewhere(table, lists, [doomed, above], may_move=may_move)
            removals = [
                Removal(table, list_id, key, kept.get(identity(key))) for list_id, keys in lists.items() for key in keys
            ]
            levels.append(removals)
            for removal in removals:
                if removal.kept is None:
                    self._add_below(removal, above)
        return [removal for removals in reversed(levels) for removal in removals]

    def _add_below(self, removal: Removal, above: dict[ListName, AbstractSet[Key]]) -> None:
        list_id = removal.table.list_below(removal.key)
        for child in self.finding_below(removal.table):
            if self._keys.store.knows(child, list_id):
                above[child.name, list_id] = set(self._keys.store.look(child, list_id).keys)

    def _elsewhere(
        self, table: Table, lists: Mapping[str, AbstractSet[Key]], gone_lists: Sequence[Doomed], *, may_move: bool
    ) -> Mapping[Identity, tuple[Table, str]]:
        """Those of these keys that a list of the same table has as well, and is not to lose; and which list that is."""
        doomed = {identity(key) for keys in lists.values() for key in keys}
        kept: dict[Identity, tuple[Table, str]] = {}
        for other, list_id in self._lists_of(table.table) if may_move else self._like(table, lists):
            gone = {key for of in gone_lists for key in of.get((other.name, list_id), ())}
            keys = self._keys.store.look(other, list_id).keys
            same = {identity(key) for key in keys if key not in gone} & doomed
            kept |= dict.fromkeys(same, (other, list_id))
        return kept

    def _like(self, table: Table, lists: Collection[str]) -> Iterator[tuple[Table, str]]:
        """Those lists of the stream, and others whose names differ from theirs in their case only."""
        names = {list_id.casefold() for list_id in lists}
        for list_id in self._keys.store.names(table):
            if list_id.casefold() in names:
                yield table, list_id

    def claims(self, doomed: Doomed) -> Iterator[ListName]:
        """The lists that have one of these keys as far as is known, and have not been read whole in this sync."""
        for table in [table for table in self._tables if isinstance(table, Stream)]:
            lists = {list_id: keys for (name, list_id), keys in doomed.items() if name == table.name and keys}
            if not lists or not self._tree.may_move(table):
                continue
            wanted = {identity(key) for keys in lists.values() for key in keys}
            for other, list_id in self._lists_of(table.table):
                is_stale = (other.name, list_id) not in self._keys.read_in_sync
                if is_stale and any(identity(key) in wanted for key in self._keys.store.look(other, list_id).keys):
                    yield other.name, list_id

    def _lists_of(self, table: str) -> Iterator[tuple[Table, str]]:
        for other in self._tables:
            if other.table == table:
                for list_id in self._keys.store.names(other):
                    yield other, list_id


def _joined(one: Mapping[str, AbstractSet[Key]], other: Mapping[str, AbstractSet[Key]]) -> dict[str, AbstractSet[Key]]:
    return {list_id: one.get(list_id, set()) | other.get(list_id, set()) for list_id in {**one, **other}}
