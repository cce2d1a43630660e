"""Which lists have to be read once more before what they lack is deleted, and what the user is told. Sans-I/O."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from async_sync.configuration.settings import Settings
from async_sync.pipeline.sync_memory import SyncMemory
from async_sync.pipeline.whole_readings import WholeReadings
from async_sync.streams.stream import Stream
from async_sync.streams.tree import StreamTree
from async_sync.text.amounts import counted
from async_sync.writing.deletions import Deletions, Excess
from async_sync.writing.key_store import PARTLY, ListName
from async_sync.writing.known_keys import KnownKeys
from async_sync.writing.row_writer import Record

MAX_ROUNDS = 4
"""Of readings to confirm what is missing: the second is for lists that another one has led to, the third for theirs."""


class Confirming:
    """Chooses what to read once more, between two passes: no writer is at work then.

    `excesses` has the tables of which so much is missing that nothing of them is read once more.
    """

    def __init__(self, keys: KnownKeys, deletions: Deletions, tree: StreamTree, memory: SyncMemory) -> None:
        self._keys = keys
        self._deletions = deletions
        self._tree = tree
        self._memory = memory
        self.excesses: Sequence[Excess] = ()

    def next_round(self, *, is_complete: bool) -> tuple[WholeReadings, Sequence[Record]]:
        """The lists to be read whole, and the records whose lists are to be asked for again, as they were gone.

        Nothing is asked for a table that would lose too many rows.
        """
        self._keys.store.pack()
        missing = self._keys.missing()
        self.excesses = self._deletions.plan(is_complete=is_complete, doomed=missing).excesses
        blocked = {excess.table for excess in self.excesses}
        asked = {name: keys for name, keys in missing.items() if self._is_asked(name, blocked, is_complete=is_complete)}
        unconfirmed = [name for name, keys in asked.items() if keys - self._keys.confirmed.get(name, set())]
        due = dict.fromkeys([*unconfirmed, *self._deletions.claims(asked)], PARTLY)
        return WholeReadings(due, self._tree, self._memory.rows), self._memory.begin_pass()

    def left(self) -> Counter[str]:
        """How many rows of each table are missing, and left: they may be in, or below, a list that was not read."""
        left: Counter[str] = Counter()
        for name, keys in self._keys.missing().items():
            table = self._keys.store.tables[name[0]]
            if self._tree.may_move(table) or (name in self._keys.ownerless and name not in self._keys.confirmed):
                left[table.table] += len(keys)
        return left

    def _is_asked(self, name: ListName, blocked: Collection[str], *, is_complete: bool) -> bool:
        """Whether the list is read once more: it can be if its stream has its own, and it belongs to something."""
        table = self._keys.store.tables[name[0]]
        is_left = table.table in blocked or (self._tree.may_move(table) and not is_complete)
        return isinstance(table, Stream) and name not in self._keys.ownerless and not is_left


def deletion_warnings(
    excesses: Iterable[Excess],
    unknown: Mapping[tuple[str, str], int],
    left: Mapping[str, int],
    settings: Settings,
) -> Iterator[tuple[str, str, int]]:
    """The kind of each warning about what was not deleted, its text, and how many times it applies.

    `left` counts rows by table that are missing, and may be in, or below, a list that could not be read.
    """
    for table, missing, known in excesses:
        share = missing * 100 / known
        text = (
            f"{missing} of {known} known rows of {table} are missing from the API ({share:.0f} %), more than "
            f"max_deleted_percent allows for one sync ({settings.max_deleted_percent:g} %). None of them is deleted. "
            "See whether the API still returns everything, with the same permissions. If the rows are really gone, set "
            "max_deleted_percent to 100 in configuration.json for one sync."
        )
        yield f"missing rows of {table} not deleted", text, missing
    for table, count in left.items():
        text = (
            f"{counted(count, 'row')} of {table} may be in, or below, a list that could not be read in this sync, and "
            f"{'is' if count == 1 else 'are'} not deleted, though missing. The next sync that reads everything decides."
        )
        yield f"missing rows of {table} left", text, count
    for (stream, child), count in unknown.items():
        text = (
            f"{counted(count, 'row')} of {stream} {'was' if count == 1 else 'were'} deleted, and rows of {child} below "
            f"stay in the destination, as their keys are not known. Declare finds_deleted=True for {child} in "
            "connector.py; docs/deletes.md has the SQL that deletes them."
        )
        yield f"{child} below deleted {stream} not deleted", text, count
