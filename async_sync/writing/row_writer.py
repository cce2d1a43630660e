"""Hands rows over to the destination: which are written, which are deleted, and what is known of them by that."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from async_sync.configuration.settings import Settings
from async_sync.progress import Progress
from async_sync.records.keys import NO_DIGEST, Key, digest_of
from async_sync.records.pages import Row
from async_sync.records.rows import partition_id
from async_sync.streams.stream import EmbeddedStream, Stream
from async_sync.streams.table import Table
from async_sync.streams.tree import StreamTree
from async_sync.writing.deletions import Deletions, Removal
from async_sync.writing.destination import Destination
from async_sync.writing.key_store import PARTLY, Below, ListName
from async_sync.writing.state import SyncState


class Record(NamedTuple):
    """A record whose lists are to be read: its stream, its name in the state, and its row, as far as it is known."""

    stream: Table
    name: str
    row: Row


class RowWriter:
    """Writes and deletes rows of these tables, one after the other.

    `deletions` says what is deleted because the API does not have it any more. `unknown` counts deleted rows below
    which there are rows whose keys are not known, by the names of both streams.
    """

    def __init__(
        self, *, destination: Destination, settings: Settings, tree: StreamTree, state: SyncState, progress: Progress
    ) -> None:
        self._destination = destination
        self._tree = tree
        self._state = state
        self._keys = state.keys
        self._progress = progress
        self._marks = {table.name: table.deletion(settings.deleted_field) for table in tree.tables}
        self._plain = {
            table.name
            for table in tree.tables
            if not (table.keeps_keys or self._marks[table.name].is_possible)
            and not any(child.finds_deleted for child in tree.all_below(table))
        }
        self._has_below = {table.name: bool(tree.all_below(table)) for table in tree.tables}
        self.deletions = Deletions(tree, state.keys, max_percent=settings.max_deleted_percent)
        self.unknown: Counter[tuple[str, str]] = Counter()
        self.found_again: list[Record] = []
        self._gone: dict[str, set[str]] = {table.name: set() for table in tree.tables}
        self._written_again: set[ListName] = set()

    def prepare(self, table: Table, rows: Sequence[Row]) -> bool:
        """Note what is about to be deleted below these rows; returns whether that has to be saved before.

        A row that comes back is only written again if it is known that it may have been deleted.
        """
        marks = self._marks[table.name]
        if not (marks.is_possible and self._has_below[table.name]):
            return False
        marked = [row for row in rows if marks.marks(row)]
        removals = [removal for row in marked for removal in self.deletions.below(table, table.key_in(row))]
        return self.doom(self.deletions.at_once(removals))

    def doom(self, removals: Iterable[Removal]) -> bool:
        """Note that these rows are about to be deleted; returns whether that was not known yet."""
        gone = [removal for removal in removals if removal.kept is None]
        return sum(self._keys.doom(removal.table, removal.list_id, removal.key) for removal in gone) > 0

    def write(self, table: Table, rows: Sequence[Row], list_id: str) -> None:
        """Write the rows of a list, or those inside a record; delete those that are marked as deleted."""
        upsert, name = self._destination.upsert, table.table
        if table.name in self._plain:
            for row in rows:
                upsert(name, row)
            self._progress.wrote(table.name, len(rows))
            return
        marks, written = self._marks[table.name], 0
        for row in rows:
            if marks.marks(row):
                self._delete_marked(table, row, list_id)
            else:
                written += self._write_live(table, row, list_id)
        self._progress.wrote(table.name, written)
        if self._is_below_gone(table, list_id):
            self._leave(table, list_id)

    def _write_live(self, table: Table, row: Row, list_id: str) -> bool:
        """Write a row that is not deleted; returns whether it was written."""
        if self._has_below[table.name]:
            self._revive(table, row)
        if table in self._keys:
            return self._write_known(table, row, list_id)
        self._destination.upsert(table.table, row)
        return True

    def _revive(self, table: Table, row: Row) -> None:
        """The lists below the row belong to something again."""
        list_id = table.list_below(table.key_in(row))
        self._gone[table.name].discard(list_id)
        if self._keys.ownerless:
            for child in self._tree.all_below(table):
                self._keys.revive(child, list_id)

    def find(self, table: Table, rows: Sequence[Row], list_id: str) -> None:
        """Write those of these unchanged rows that are not in the destination any more."""
        found = [row for row in rows if not self._marks[table.name].marks(row)]
        if isinstance(table, EmbeddedStream):
            self.write(table, [row for row in found if self._is_written_again(table.parent, row)], list_id)
            return
        for row in found:
            key = table.key_in(row)
            if not self._keys.lacks(table, list_id, key):
                self._keys.see(table, list_id, [key])
                continue
            self.write(table, [row], list_id)
            name = table.list_below(key)
            self._written_again.add((table.name, name))
            if isinstance(table, Stream) and self._tree.children(table):
                kept = {name: row[name] for name in self._tree.kept_fields(table)}
                self.found_again.append(Record(table, name, kept))

    def _is_written_again(self, parent: Table, row: Row) -> bool:
        """Whether the record that the row is inside of has just been written, though it had not changed."""
        return (parent.name, partition_id(parent.key_of(row))) in self._written_again

    def _is_below_gone(self, table: Table, list_id: str) -> bool:
        """Whether the list belongs to a row that has been deleted in this sync."""
        parent = getattr(table, "parent", None)
        return parent is not None and self.is_gone(parent, list_id)

    def is_gone(self, table: Table, list_id: str) -> bool:
        """Whether the row above these lists has been deleted in this sync."""
        return list_id in self._gone.get(table.name, ())

    def _write_known(self, table: Table, row: Row, list_id: str) -> bool:
        """Write a row whose key is kept; returns whether it was written."""
        key, digest = table.key_in(row), NO_DIGEST
        if table.skips_unchanged:
            digest = digest_of(row)
            if self._keys.digest(table, list_id, key) == digest:
                self._keys.see(table, list_id, [key])
                return False
        self._destination.upsert(table.table, row)
        self._keys.write(table, list_id, key, digest)
        return True

    def _delete_marked(self, table: Table, row: Row, list_id: str) -> None:
        """Delete a row that the API says is deleted, after what is known below it."""
        key = table.key_in(row)
        if self._has_below[table.name]:
            for removal in self.deletions.at_once(self.deletions.below(table, key)):
                self._remove(removal)
            self._leave_below(table, key)
        self._destination.delete(table.table, table.key_of(row))
        if table in self._keys:
            self._keys.discard(table, list_id, key)
        self._keys.discard_owned(table.table, key)
        self._progress.removed(table.name, 1)

    def contains(self, table: Table, list_id: str, keys: Sequence[Key]) -> None:
        """These are all of the embedded rows of a record: delete the others that are known."""
        gone = self._keys.contains(table, list_id, keys)
        for removal in self.deletions.at_once(Removal(table, list_id, key) for key in gone):
            self._remove(removal)
        for key in gone:
            self._keys.lose_key(table, list_id, key)

    def remove(self, removal: Removal) -> None:
        """Delete a row that is missing from its list, unless another list keeps it."""
        if removal.kept is None:
            self._remove(removal)
            return
        self._keys.discard(removal.table, removal.list_id, removal.key)
        self._keys.see(*removal.kept, [removal.key])

    def _remove(self, removal: Removal) -> None:
        """Delete one row whose key is known, and forget it."""
        table, list_id, key, _ = removal
        if self._has_below[table.name]:
            self._leave_below(table, key)
            self._state.forget(table, table.list_below(key))
        self._destination.delete(table.table, table.named(key))
        self._keys.discard(table, list_id, key)
        self._keys.discard_owned(table.table, key)
        self._progress.removed(table.name, 1)
        self.deletions.deleted[table.table] += 1

    def _leave_below(self, table: Table, key: Key) -> None:
        """Count what is not known below a row that is deleted, and note that the rest can go."""
        list_id = table.list_below(key)
        self._gone[table.name].add(list_id)
        for child in self._tree.all_below(table):
            if not self._is_known(child, list_id):
                self.unknown[table.name, child.name] += 1
            self._leave(child, list_id)

    def _leave(self, child: Table, list_id: str) -> None:
        if self._keys.store.knows(child, list_id):
            if self._keys.store.look(child, list_id).keys:
                self._keys.lose(child, list_id, Below.DELETED)
            else:
                self._keys.drop(child, list_id)

    def leave_again(self) -> None:
        """Note once more that what is below deleted rows can go: some of it may have been written since."""
        for table in self._tree.tables:
            for list_id in self._gone[table.name]:
                for child in self._tree.all_below(table):
                    self._leave(child, list_id)

    def _is_known(self, child: Table, list_id: str) -> bool:
        """Whether the keys of all rows in this list are known, as far as there have been any."""
        if child.finds_deleted and self._keys.store.knows(child, list_id):
            return self._keys.store.look(child, list_id).read_at != PARTLY
        return not isinstance(child, Stream) or self._state.cursor(child, list_id) is None
