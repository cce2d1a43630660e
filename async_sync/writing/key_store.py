"""What is known of each list, packed as it is saved, or unpacked while it is in use. Sans-I/O."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from async_sync.errors.base import StateError
from async_sync.records.keys import NO_DIGEST, Identity, Key, Packed, count_of, pack, unpack
from async_sync.streams.table import Table
from async_sync.writing.cursor_store import CUT_TO_SHARE, size_of

NEVER = 0
"""When a list was read whole that never was, though all of its keys are known."""
PARTLY = -1
"""The same for a list that may have rows whose keys are not known; once it has been tried, the minute, negative."""


OWNERLESS = -2
"""The same for a list that belongs to a row that is deleted."""


def tried_at(read_at: int) -> int:
    """The minute when a list was last read whole, or that was last tried."""
    return -read_at if read_at < OWNERLESS else read_at


def is_partly_known(read_at: int) -> bool:
    """Whether the list may have rows whose keys are not known."""
    return read_at == PARTLY or read_at < OWNERLESS


class Below(Enum):
    """What is known of the rows below a record, or in a list, whose cursor does not count any more."""

    KEPT = "kept"
    MISSING = "missing"
    DELETED = "deleted"


ListName = tuple[str, str]
"""The name of a stream, and that of one of its lists."""


@dataclass(slots=True)
class ListKeys:
    """What is known of one list; `read_at`, when it was last read whole, is in minutes since 1970.

    `missing` are the keys that a whole reading lacked. Until such a reading ends, `seen` has what it found so far.
    """

    read_at: int = PARTLY
    keys: dict[Key, bytes] = field(default_factory=dict)
    missing: set[Key] = field(default_factory=set)
    seen: set[Identity] | None = None
    is_changed: bool = False


class SavedKeys(NamedTuple):
    """What is known of one list as it is saved."""

    read_at: int
    keys: Packed
    missing: Packed | None = None

    @property
    def form(self) -> Packed:
        """What is saved of it, but for what is missing."""
        if isinstance(self.keys, str):
            return f"{self.read_at}:{self.keys}"
        return [self.read_at, *self.keys]

    def size(self, list_id: str) -> int:
        """How many bytes it takes in the state."""
        return size_of(list_id, self.form) + (0 if self.missing is None else size_of(list_id, self.missing))


class KeyStore:
    """What is known of each list of these tables. `size` is in bytes of JSON; `counts` are the known keys by table.

    A list that has been opened stays unpacked until the next `pack`, or until its reading ends.
    """

    def __init__(self, tables: Collection[Table]) -> None:
        self.tables = {table.name: table for table in tables}
        self._saved: dict[str, dict[str, SavedKeys]] = {name: {} for name in self.tables}
        self._open: dict[ListName, ListKeys] = {}
        self.counts: Counter[str] = Counter()
        self.size = 0

    def load(self, known: object, missing: object, columns: object) -> None:
        """Take what was saved. Raises StateError for another shape; keys of other columns than now are left out."""
        for name, table in self.tables.items():
            lists, lacking = _lists_of(known, name, "known_keys"), _lists_of(missing, name, "missing_keys")
            if not (isinstance(columns, Mapping) and columns.get(name) == self.columns(name)):
                continue
            for list_id, form in lists.items():
                saved = _saved_keys(name, list_id, form, lacking.get(list_id))
                self._put(name, list_id, saved)
                self.counts[table.table] += count_of(saved.keys)

    def columns(self, name: str) -> list[str]:
        """The columns of the keys of this stream."""
        return list(self.tables[name].primary_key)

    def dump(self) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Packed]]]:
        """What is known, and what is missing, in the form of the state; to be called after `pack`."""
        known = {name: {list_id: saved.form for list_id, saved in lists.items()} for name, lists in self._saved.items()}
        missing = {
            name: {list_id: saved.missing for list_id, saved in lists.items() if saved.missing is not None}
            for name, lists in self._saved.items()
        }
        return _without_empty(known), _without_empty(missing)

    def pack(self) -> None:
        """Pack what is open; lists that are being read stay open as well."""
        for (name, list_id), list_ in list(self._open.items()):
            if list_.is_changed:
                digests = self.tables[name].skips_unchanged
                missing = pack(dict.fromkeys(list_.missing, NO_DIGEST), digests=False) if list_.missing else None
                self._put(name, list_id, SavedKeys(list_.read_at, pack(list_.keys, digests=digests), missing))
                list_.is_changed = False
            if list_.seen is None:
                del self._open[name, list_id]

    def _put(self, name: str, list_id: str, saved: SavedKeys) -> None:
        self._take_out(name, list_id)
        self._saved[name][list_id] = saved
        self.size += saved.size(list_id)

    def _take_out(self, name: str, list_id: str) -> None:
        before = self._saved[name].pop(list_id, None)
        if before is not None:
            self.size -= before.size(list_id)

    def knows(self, table: Table, list_id: str) -> bool:
        """Whether anything is known of the list."""
        name = table.name
        return name in self._saved and (list_id in self._saved[name] or (name, list_id) in self._open)

    def open(self, table: Table, list_id: str) -> ListKeys:
        """What is known of a list, to be changed. Raises StateError where what was saved cannot be read."""
        found = self._open.get((table.name, list_id))
        if found is None:
            found = self._open[table.name, list_id] = self._unpacked(table, list_id)
        found.is_changed = True
        return found

    def look(self, table: Table, list_id: str) -> ListKeys:
        """What is known of a list, not to be changed: it is not kept unpacked."""
        return self._open.get((table.name, list_id)) or self._unpacked(table, list_id)

    def drop(self, table: Table, list_id: str) -> None:
        """Nothing is known of the list any more."""
        if self.knows(table, list_id):
            opened = self._open.pop((table.name, list_id), None)
            saved = self._saved[table.name].get(list_id)
            self.counts[table.table] -= len(opened.keys) if opened else count_of(saved.keys) if saved else 0
            self._take_out(table.name, list_id)

    def cut(self, budget_bytes: int, changed_at: Callable[[Table, str, int], int | float]) -> int:
        """Drop the lists that have changed longest ago until the budget is kept; returns how many were dropped.

        `changed_at` tells when that was, from a list's stream, its name, and the minute when it was last read whole.
        """
        if self.size <= max(0, budget_bytes):
            return 0
        lists = [
            (changed_at(table, list_id, saved.read_at), table.name, list_id) for table, list_id, saved in self.saved()
        ]
        dropped = 0
        for _, name, list_id in sorted(lists):
            self.drop(self.tables[name], list_id)
            dropped += 1
            if self.size <= budget_bytes * CUT_TO_SHARE:
                break
        return dropped

    def clear(self) -> int:
        """Drop all lists; returns how many there were."""
        lists = [(table, list_id) for table, list_id, _ in self.saved()]
        for table, list_id in lists:
            self.drop(table, list_id)
        return len(lists)

    def names(self, table: Table) -> Sequence[str]:
        """The names of the lists of this stream of which anything is known."""
        opened = [list_id for name, list_id in self._open if name == table.name]
        return list(dict.fromkeys([*self._saved.get(table.name, ()), *opened]))

    def saved(self) -> Iterator[tuple[Table, str, SavedKeys]]:
        """Every list as it was last packed."""
        for name, lists in self._saved.items():
            for list_id, saved in lists.items():
                yield self.tables[name], list_id, saved

    def _unpacked(self, table: Table, list_id: str) -> ListKeys:
        saved = self._saved[table.name].get(list_id)
        if saved is None:
            return ListKeys()
        width = len(table.primary_key)
        try:
            missing = set(unpack(saved.missing, width)) if saved.missing is not None else set[Key]()
            return ListKeys(saved.read_at, unpack(saved.keys, width), missing)
        except ValueError as error:
            raise StateError(f"known_keys of {table.name} {list_id!r} cannot be read: {error}") from None


def _lists_of(saved: object, name: str, key: str) -> Mapping[str, Any]:
    lists = saved.get(name, {}) if isinstance(saved, Mapping) else None
    if not isinstance(lists, Mapping):
        raise StateError(f"{key} is not an object with an object of lists for each stream")
    return lists


def _saved_keys(name: str, list_id: str, form: Any, missing: Any) -> SavedKeys:
    """Raises StateError for another form."""
    try:
        if isinstance(form, str):
            read_at, _, keys = form.partition(":")
            saved = SavedKeys(int(read_at), keys, missing)
        else:
            saved = SavedKeys(int(form[0]), [*form[1:]], missing)
        count_of(saved.keys)
    except (ValueError, TypeError, LookupError) as error:
        raise StateError(f"known_keys of {name} {list_id!r} cannot be read: {type(error).__name__}") from None
    return saved


def _without_empty(lists: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: found for name, found in lists.items() if found}
