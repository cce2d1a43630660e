"""The keys of the rows that each list has in the destination, and those that it lacks by now. Sans-I/O.

A key is *missing* from a list that was read whole without it. Nothing is deleted on the word of one reading: it is
*confirmed* when another one in the same sync lacks it as well, or when what the list belongs to is known to be deleted.
"""

from collections.abc import Iterable, Sequence

from async_sync.configuration.shard import Shard
from async_sync.records.keys import NO_DIGEST, Identity, Key, identity
from async_sync.records.pages import Row
from async_sync.records.rows import partition_id
from async_sync.streams.stream import Stream
from async_sync.streams.table import Table
from async_sync.streams.tree import StreamTree
from async_sync.writing.key_store import NEVER, OWNERLESS, Below, KeyStore, ListKeys, ListName
from async_sync.writing.saved_values import ROOT


class KnownKeys:
    """The keys of tables that keep them, and of rows that are not written again unchanged, a digest.

    The writer's thread owns it, as all of the state. Of this sync are `read_in_sync`, the lists that have been read
    whole, and `confirmed`, the keys that may be deleted; `ownerless` are the lists that belong to a deleted row.
    """

    def __init__(self, tree: StreamTree) -> None:
        tables = [table for table in tree.tables if table.keeps_keys]
        self.store = KeyStore(tables)
        roots = [root for root in tree.roots if not root.has_parent]
        self._below_roots = {table.name for root in roots for table in tree.all_below(root)}
        self._moving = {table.table for table in tables if table.skips_unchanged and tree.may_move(table)}
        self._owners: dict[str, dict[Identity, ListName]] = {table: {} for table in self._moving}
        self.confirmed: dict[ListName, set[Key]] = {}
        self.read_in_sync: set[ListName] = set()
        self.ownerless: set[ListName] = set()
        self._judged: set[ListName] = set()  # those of them whose reading was beyond doubt

    @property
    def is_used(self) -> bool:
        """Whether the keys of any table are kept."""
        return bool(self.store.tables)

    @property
    def has_digests(self) -> bool:
        """Whether any table has rows that are not written again unchanged."""
        return any(table.skips_unchanged for table in self.store.tables.values())

    def forget_digests(self) -> None:
        """Rows may have been written since they were saved: each is written when it is read again."""
        for owners in self._owners.values():
            owners.clear()
        for table in self.store.tables.values():
            for list_id in self.store.names(table) if table.skips_unchanged else ():
                keys = self.store.open(table, list_id).keys
                keys.update(dict.fromkeys(keys, NO_DIGEST))
        self.store.pack()

    def __contains__(self, table: Table) -> bool:
        """Whether the keys of this table's rows are kept."""
        return table.name in self.store.tables

    def load(self, known: object, missing: object, columns: object) -> None:
        """Take what was saved. Raises StateError for another shape; keys of other columns than now are left out."""
        self.store.load(known, missing, columns)
        for table, list_id, saved in self.store.saved():
            if saved.read_at == OWNERLESS:
                self.ownerless.add((table.name, list_id))
        for table in self.store.tables.values():
            if table.table in self._moving:
                for list_id in self.store.names(table):
                    for key, digest in self.store.look(table, list_id).keys.items():
                        if digest != NO_DIGEST:
                            self._owners[table.table][identity(key)] = (table.name, list_id)

    def begin(self, table: Table, list_id: str, *, is_first: bool) -> None:
        """The list is read from its beginning; `is_first` if nothing of it had been written before."""
        is_new = not self.store.knows(table, list_id)
        list_ = self.store.open(table, list_id)
        list_.seen = set()
        if is_new and is_first:
            list_.read_at = NEVER

    def see(self, table: Table, list_id: str, keys: Iterable[Key]) -> None:
        """These rows are in the list, and in the destination."""
        list_ = self.store.open(table, list_id)
        for key in keys:
            self._add(table, list_, key, list_.keys.get(key, NO_DIGEST))
            self._found(table, list_id, list_, key)

    def write(self, table: Table, list_id: str, key: Key, digest: bytes) -> None:
        """A row of the list is written."""
        list_ = self.store.open(table, list_id)
        self._add(table, list_, key, digest)
        self._found(table, list_id, list_, key)
        if table.table in self._moving:
            self._take_over(table, list_id, key)

    def digest(self, table: Table, list_id: str, key: Key) -> bytes:
        """The digest of the row as this list wrote it; none where another list has written it since."""
        if table.table in self._moving and self._owners[table.table].get(identity(key)) != (table.name, list_id):
            return NO_DIGEST
        list_ = self.store.open(table, list_id)
        return NO_DIGEST if key in list_.missing else list_.keys.get(key, NO_DIGEST)

    def end(self, table: Table, list_id: str, minute: int, *, is_whole: bool) -> None:
        """The list has been read to its end: what was not seen is missing, if that `is_whole` is beyond doubt."""
        list_ = self.store.open(table, list_id)
        seen, list_.seen = list_.seen, None
        if list_.read_at == OWNERLESS:
            self.lose(table, list_id, Below.DELETED)
        elif seen is not None:
            if is_whole:
                list_.read_at = minute
            else:
                self.try_at(table, list_id, minute)
            self.read_in_sync.add((table.name, list_id))
            if is_whole:
                self._miss(table, list_id, list_, {key for key in list_.keys if identity(key) not in seen})

    def try_at(self, table: Table, list_id: str, minute: int) -> None:
        """It was tried in vain to read the list whole: this is not due again until some time has passed."""
        list_ = self.store.open(table, list_id)
        if list_.read_at != OWNERLESS:
            list_.read_at = minute if list_.read_at >= NEVER else -minute

    def missing(self) -> dict[ListName, set[Key]]:
        """The keys that are missing where that is to be found, by their lists."""
        return {
            (table.name, list_id): self.store.look(table, list_id).missing
            for table, list_id, saved in self.store.saved()
            if saved.missing is not None and table.finds_deleted
        }

    def lose(self, table: Table, list_id: str, below: Below) -> None:
        """The list does not exist any more, or what it belongs to is deleted."""
        if below is not Below.KEPT and self.store.knows(table, list_id):
            list_ = self.store.open(table, list_id)
            list_.seen = None
            keys = set(list_.keys)
            self._miss(table, list_id, list_, keys)
            if below is Below.DELETED:
                list_.read_at = OWNERLESS
                self.ownerless.add((table.name, list_id))
                self.confirmed[table.name, list_id] = keys

    def revive(self, table: Table, list_id: str) -> None:
        """What the list belongs to is not deleted any more: what is missing, is so by that word only."""
        name = (table.name, list_id)
        if name in self.ownerless:
            self.ownerless.discard(name)
            self._judged.discard(name)
            self.confirmed.pop(name, None)
            self.store.open(table, list_id).read_at = NEVER

    def decide(self, *, is_complete: bool) -> None:
        """What an earlier sync has left below deleted rows may go: what it belongs to would have been found by now.

        That is so below the single lists of roots, which have been read to their ends, and anywhere if everything that
        has changed has been read (`is_complete`).
        """
        for name, list_id in self.ownerless:
            table = self.store.tables[name]
            if is_complete or table.name in self._below_roots:
                self.confirmed[name, list_id] = set(self.store.look(table, list_id).keys)

    def lacks(self, table: Table, list_id: str, key: Key) -> bool:
        """Whether the row is not in the destination, or may have been deleted there."""
        if not self.store.knows(table, list_id):
            return False
        list_ = self.store.open(table, list_id)
        return key in list_.missing or (list_.read_at >= NEVER and key not in list_.keys)

    def contains(self, table: Table, list_id: str, keys: Iterable[Key]) -> Sequence[Key]:
        """These are all of the rows inside a record that is written; returns those that it had before and has not."""
        self.see(table, list_id, keys)
        list_, now = self.store.open(table, list_id), {identity(key) for key in keys}
        list_.read_at = max(list_.read_at, NEVER)
        return [key for key in list_.keys if identity(key) not in now]

    def doom(self, table: Table, list_id: str, key: Key) -> bool:
        """The row is about to be deleted; returns whether that was not known yet."""
        list_ = self.store.open(table, list_id)
        is_new = key not in list_.missing
        list_.missing.add(key)
        return is_new

    def lose_key(self, table: Table, list_id: str, key: Key) -> None:
        """The row is known to be deleted."""
        if self.store.knows(table, list_id) and key in (list_ := self.store.open(table, list_id)).keys:
            list_.missing.add(key)
            self.confirmed.setdefault((table.name, list_id), set()).add(key)

    def discard(self, table: Table, list_id: str, key: Key) -> None:
        """The row is not in the destination any more, or only because of another list."""
        if self.store.knows(table, list_id):
            list_ = self.store.open(table, list_id)
            if list_.keys.pop(key, None) is not None:
                self.store.counts[table.table] -= 1
            list_.missing.discard(key)
            self.confirmed.get((table.name, list_id), set()).discard(key)

    def discard_owned(self, table: str, key: Key) -> None:
        """The row of this table is deleted: whichever list wrote it last, has to write it again should it come back."""
        owner = self._owners.get(table, {}).pop(identity(key), None)
        if owner is not None:
            self.discard(self.store.tables[owner[0]], owner[1], key)

    def drop_if_over(self, table: Table, list_id: str) -> None:
        """Forget a list that belongs to a deleted row, once none of its own rows is left."""
        if (table.name, list_id) in self.ownerless and not self.store.open(table, list_id).keys:
            self.drop(table, list_id)

    def drop(self, table: Table, list_id: str) -> None:
        """Nothing is known of the list any more."""
        self.store.drop(table, list_id)
        self.ownerless.discard((table.name, list_id))
        self.confirmed.pop((table.name, list_id), None)

    def lists_with(self, stream: Stream, row: Row, key: Key) -> Sequence[str]:
        """The lists that the record is in; `row` may have no more than its key."""
        if not stream.has_parent:
            return [ROOT]
        if set(stream.parent_key) <= row.keys():  # unless these columns are its own, it says which list it is in
            list_id = partition_id({name: row[name] for name in stream.parent_key})
            if self.store.knows(stream, list_id) and key in self.store.look(stream, list_id).keys:
                return [list_id]
        return [list_id for list_id in self.store.names(stream) if key in self.store.look(stream, list_id).keys]

    def leave(self, tree: StreamTree, shard: Shard) -> None:
        """Forget what is of other shards: it belongs to other connections now.

        Below the lists of root records, only what is known to be below records of the shard is kept.
        """
        kept = set[ListName]()
        for root in tree.roots:
            for list_id in self.store.names(root):
                kept.add((root.name, list_id))
                for key in list(self.store.look(root, list_id).keys):
                    if not shard.holds(root.list_below(key)):
                        self.discard(root, list_id, key)
            for child in tree.all_below(root):
                for list_id in filter(shard.holds, self.store.names(child)):
                    self._keep(tree, child, list_id, kept)
        for table in self.store.tables.values():
            for list_id in self.store.names(table):
                if (table.name, list_id) not in kept:
                    self.drop(table, list_id)

    def _keep(self, tree: StreamTree, table: Table, list_id: str, kept: set[ListName]) -> None:
        kept.add((table.name, list_id))
        for child in tree.all_below(table):
            for below in map(table.list_below, self.store.look(table, list_id).keys):
                if self.store.knows(child, below):
                    self._keep(tree, child, below, kept)

    def _add(self, table: Table, list_: ListKeys, key: Key, digest: bytes) -> None:
        if key not in list_.keys:
            self.store.counts[table.table] += 1
        list_.keys[key] = digest

    def _found(self, table: Table, list_id: str, list_: ListKeys, key: Key) -> None:
        if list_.seen is not None:
            list_.seen.add(identity(key))
        if list_.missing:
            same = identity(key)
            list_.missing = {other for other in list_.missing if identity(other) != same}
            self.confirmed.get((table.name, list_id), set()).intersection_update(list_.missing)

    def _miss(self, table: Table, list_id: str, list_: ListKeys, keys: set[Key]) -> None:
        """The list lacks these keys; those that it has lacked before in this sync are confirmed."""
        name = (table.name, list_id)
        self.confirmed[name] = keys & list_.missing if name in self._judged else set()
        self._judged.add(name)
        self.read_in_sync.add(name)
        list_.missing = keys

    def _take_over(self, table: Table, list_id: str, key: Key) -> None:
        """The list that wrote the row before has to write it again should it come back there."""
        owners, same = self._owners[table.table], identity(key)
        name, other_id = owners.get(same, (table.name, list_id))
        owners[same] = (table.name, list_id)
        other = self.store.tables[name]
        if (name, other_id) != (table.name, list_id) and self.store.knows(other, other_id):
            keys = self.store.open(other, other_id).keys
            for found in [found for found in keys if identity(found) == same]:
                keys[found] = NO_DIGEST
