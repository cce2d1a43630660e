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
from async_sync.writing.key_store import Below, ListName, is_partly_known
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
        self._had_cursor: set[ListName] = set()

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
        if self.is_below_gone(table, list_id):
            self._leave(table, list_id)

    def _write_live(self, table: Table, row: Row, list_id: str) -> bool:
        """Write a row that is not deleted; returns whether it was written."""
        self._revive(table, row)
        if table in self._keys:
            return self._write_known(table, row, list_id)
        self._destination.upsert(table.table, row)
        return True

    def _revive(self, table: Table, row: Row) -> None:
        """The lists below the row belong to something again."""
        if not self._has_below[table.name]:
            return
        list_id = table.list_below(table.key_in(row))
        self._gone[table.name].discard(list_id)
        if self._keys.ownerless:
            for child in self._tree.all_below(table):
                self._keys.revive(child, list_id)

    def find(self, table: Table, rows: Sequence[Row], list_id: str, *, unchanged: bool) -> None:
        """Write those of these old rows that are not in the destination any more, and have read what is below them.

        The others are written too, unless they are known to be `unchanged`.
        """
        for row in rows:
            is_live = not self._marks[table.name].marks(row)
            if is_live and self._is_lost(table, row, list_id):
                self._note_again(table, row)
                self.write(table, [row], list_id)
            elif not unchanged:
                self.write(table, [row], list_id)
            elif is_live and isinstance(table, Stream):
                self._keys.see(table, list_id, [table.key_in(row)])
                self._revive(table, row)

    def _is_lost(self, table: Table, row: Row, list_id: str) -> bool:
        """Whether the row is not in the destination; one inside a record is not there if that was not."""
        if isinstance(table, EmbeddedStream):
            return (table.parent.name, partition_id(table.parent.key_of(row))) in self._written_again
        return table in self._keys and self._keys.lacks(table, list_id, table.key_in(row))

    def _note_again(self, table: Table, row: Row) -> None:
        """Have what is below the row read, in this sync or in the next one."""
        name = table.list_below(table.key_in(row))
        self._written_again.add((table.name, name))
        if self._tree.children(table):
            kept = {column: row[column] for column in self._tree.kept_fields(table)}
            self.found_again.append(Record(table, name, kept))
            self._state.skip(table, name, kept)

    def is_below_gone(self, table: Table, list_id: str) -> bool:
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
            is_known = table in self._keys and not self._keys.lacks(table, list_id, key)
            self._leave_below(table, key, was_there=is_known)
        self._destination.delete(table.table, table.key_of(row))
        if table in self._keys:
            self._keys.discard(table, list_id, key)
        for other in self._tree.replaced_by(table) if isinstance(table, Stream) else ():
            for other_id in self._keys.lists_with(other, row, key) if other in self._keys else ():
                self._keys.discard(other, other_id, key)
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
            self._leave_below(table, key, was_there=True)
        self._destination.delete(table.table, table.named(key))
        self._keys.discard(table, list_id, key)
        self._keys.drop_if_over(table, list_id)
        self._keys.discard_owned(table.table, key)
        self._progress.removed(table.name, 1)
        self.deletions.deleted[table.table] += 1

    def _leave_below(self, table: Table, key: Key, *, was_there: bool) -> None:
        """Count what is not known below a deleted row, and note that the rest can go; no cursor there counts."""
        list_id = table.list_below(key)
        self._gone[table.name].add(list_id)
        for child in self._tree.all_below(table):
            if not self._is_known(child, list_id, was_there=was_there):
                self.unknown[table.name, child.name] += 1
            self._leave(child, list_id)
        self._state.forget(table, list_id)

    def _leave(self, child: Table, list_id: str) -> None:
        if self._keys.store.knows(child, list_id):
            if self._keys.store.look(child, list_id).keys:
                self._keys.lose(child, list_id, Below.DELETED)
            else:
                self._keys.drop(child, list_id)

    def leave_again(self) -> None:
        """Note once more that what is below deleted rows can go: some of it may have been written since."""
        for table in self._tree.tables:
            below = self._tree.all_below(table)
            for list_id in self._gone[table.name]:
                for child in below:
                    self._leave(child, list_id)
                if all(child.finds_deleted and not self._keys.store.knows(child, list_id) for child in below):
                    self._state.done(table, list_id)  # nothing is left below it that must not count

    def note_cursors(self, table: Table, list_id: str) -> None:
        """Cursors below a record are about to be forgotten: they tell that something was read there."""
        for child in self._tree.children(table):
            if not self._is_known(child, list_id, was_there=False):
                self._had_cursor.add((child.name, list_id))

    def _is_known(self, child: Table, list_id: str, *, was_there: bool) -> bool:
        """Whether the keys of all rows in this list are known, as far as there have been any.

        Of a list without a cursor, nobody knows whether it had any; it had, if the row above `was_there`.
        """
        if child.finds_deleted and self._keys.store.knows(child, list_id):
            return not is_partly_known(self._keys.store.look(child, list_id).read_at)
        if isinstance(child, Stream) and child.cursor_field is not None:
            return self._state.cursor(child, list_id) is None and (child.name, list_id) not in self._had_cursor
        return not was_there
