"""Which lists are read whole in a pass, so that what is missing from them can be found. Sans-I/O."""

import math
from collections.abc import Collection, Iterator, Mapping

from async_sync.configuration.settings import Settings
from async_sync.configuration.shard import UNSHARDED
from async_sync.records.keys import Key
from async_sync.records.pages import Row
from async_sync.records.rows import partition_key
from async_sync.streams.stream import Stream
from async_sync.streams.table import Table
from async_sync.streams.tree import StreamTree
from async_sync.writing.deletions import NOTHING, Plan
from async_sync.writing.key_store import OWNERLESS, PARTLY, ListName, tried_at
from async_sync.writing.row_writer import Record
from async_sync.writing.saved_values import ROOT
from async_sync.writing.state import SyncState

_MINUTES = 24 * 60
_ROOM_FOR_KEYS = 850  # bytes of each KB of the budget
_WHOLE_NUMBERS = {"SHORT", "INT", "LONG"}


class WholeReadings:
    """The lists that are `due` in a pass, each with the minute of its last whole reading; the oldest come first.

    What is below a record is asked for by its name. Where requests need more of its row than that, and it is not among
    the `rows`, all the lists on the way to it have to be read whole: `reads_all` has the names of their streams.
    """

    def __init__(
        self,
        due: Mapping[ListName, int] | None = None,
        tree: StreamTree | None = None,
        rows: Mapping[ListName, Row] | None = None,
    ) -> None:
        self._due = dict(due or {})
        self._streams = {} if tree is None else {stream.name: stream for stream in tree.streams}
        self._records: list[tuple[ListName, Record]] = []
        self.reads_all: set[str] = set()
        self.roots: set[str] = {name for name, list_id in self._due if list_id == ROOT}
        for name, list_id in sorted(self._due, key=lambda list_name: (self._due[list_name], list_name)):
            stream = self._streams[name]
            if tree is not None and stream.has_parent:
                self._plan(stream, list_id, tree, rows or {})

    def _plan(self, stream: Stream, list_id: str, tree: StreamTree, rows: Mapping[ListName, Row]) -> None:
        above = tree.static_parents(stream) or stream.parent
        assert above is not None  # noqa: S101 - the stream has a parent
        row = rows.get((above.name, list_id)) or row_of(tree, stream, list_id)
        if row is not None:
            self._records.append(((stream.name, list_id), Record(above, list_id, row)))
            return
        while isinstance(above, Stream):
            self.reads_all.add(above.name)
            if above.parent is None:
                self.roots.add(above.name)
            above = above.parent

    def __bool__(self) -> bool:
        """Whether any list is due."""
        return bool(self._due)

    def wants(self, stream: Stream, list_id: str) -> bool:
        """Whether the list is to be read whole."""
        return bool(self._due) and (stream.name, list_id) in self._due

    def was_read(self, stream: Stream, list_id: str) -> None:
        """The list has been read whole."""
        self._due.pop((stream.name, list_id), None)

    @property
    def left(self) -> Collection[ListName]:
        """The lists that have not been read whole yet."""
        return self._due.keys()

    def records(self) -> Iterator[Record]:
        """The records to be asked for, each once: below each there is a list that is due, and has not been read yet."""
        asked: set[ListName] = set()
        for list_name, record in self._records:
            if list_name in self._due and (record.stream.name, record.name) not in asked:
                asked.add((record.stream.name, record.name))
                yield record


def due_lists(
    state: SyncState, tree: StreamTree, settings: Settings, minute: int, plan: Plan = NOTHING
) -> dict[ListName, int]:
    """The lists that are due: those with missing keys, and those not read for too long.

    `plan` says what would become of the missing keys. They are not looked for once more where a table would lose too
    many rows; and what is below them is not due, unless another list keeps the row.
    """
    blocked = {excess.table for excess in plan.excesses}
    kept = {(table.name, key) for table, _, key, kept in plan.removals if kept is not None}
    latest = minute - settings.full_read_days * _MINUTES
    due: dict[ListName, int] = {}
    lost = {(table.name, table.list_below(key)) for table, key in _missing(state) if (table.name, key) not in kept}
    for table, list_id, saved in state.keys.store.saved():
        if isinstance(table, Stream) and table.finds_deleted and saved.read_at != OWNERLESS:
            if saved.missing is not None and table.table not in blocked:
                due[table.name, list_id] = PARTLY
            elif tried_at(saved.read_at) <= latest:
                due[table.name, list_id] = tried_at(saved.read_at)
    has_room = state.size < settings.state_budget_kb * _ROOM_FOR_KEYS  # or what was dropped would be due in each sync
    for stream in tree.streams if settings.full_read_days != math.inf and has_room else ():
        if stream.finds_deleted:
            due |= dict.fromkeys(((stream.name, list_id) for list_id in _unknown(state, tree, stream)), PARTLY)
    above = {stream.name: stream.parent.name for stream in tree.streams if stream.parent is not None}
    return {(name, list_id): at for (name, list_id), at in due.items() if (above.get(name, ""), list_id) not in lost}


def _missing(state: SyncState) -> Iterator[tuple[Table, Key]]:
    """Rows that their lists lack: whether they are gone is decided there, and not by what is below them."""
    store = state.keys.store
    for table, list_id, saved in store.saved():
        if saved.missing is not None:
            yield from ((table, key) for key in store.look(table, list_id).missing)


def _unknown(state: SyncState, tree: StreamTree, stream: Stream) -> Iterator[str]:
    """The lists of the stream that have been read, without their keys being kept.

    Cursors of lists whose owner belongs to another shard by now may still be there: those are left out.
    """
    store, above = state.keys.store, stream.parent
    unknown = [list_id for list_id in state.lists(stream) if not store.knows(stream, list_id)]
    if not unknown or above is None:
        yield from unknown
    elif above in state.keys:
        owners = {above.list_below(key) for name in store.names(above) for key in store.look(above, name).keys}
        yield from (list_id for list_id in unknown if list_id in owners)
    elif state.shard == UNSHARDED or tree.level(stream) == 1:
        yield from unknown


def row_of(tree: StreamTree, stream: Stream, list_id: str) -> Row | None:
    """What is known of the record above a list from the list's name; None if that is not enough to ask for it."""
    static = tree.static_parents(stream)
    if static is not None:
        return static.rows.get(list_id)
    above = stream.parent
    if above is None or needs_row(tree, above):
        return None
    try:
        named = partition_key(list_id, above.primary_key)
        return {name: _typed(_type_of(above, name), text) for name, text in named.items()}
    except ValueError:
        return None


def _typed(kind: str, text: str) -> str | int:
    """The value that has this text in the name of a list. Raises ValueError if it has none of that type."""
    if kind not in _WHOLE_NUMBERS:
        return text
    if str(int(text)) != text:
        raise ValueError(f"{text!r} is not the text of a whole number")
    return int(text)


def needs_row(tree: StreamTree, above: Table) -> bool:
    """Whether what is below a record cannot be asked for by its name alone."""
    is_known = all(_type_of(above, name) in {"STRING", *_WHOLE_NUMBERS} for name in above.primary_key)
    return not is_known or tree.kept_fields(above) != list(above.primary_key)


def _type_of(table: Table, column: str) -> str:
    declared = table.columns.get(column, "")
    return declared if isinstance(declared, str) else str(declared.get("type", ""))
