"""What is missing is read once more before it is deleted, and the user is told what is not deleted."""

from dataclasses import replace

import pytest

from async_sync import EmbeddedStream, Stream
from async_sync.configuration.settings import Settings
from async_sync.pipeline.confirming import Confirming, deletion_warnings
from async_sync.pipeline.sync_memory import SyncMemory
from async_sync.records.keys import Key
from async_sync.streams.table import Table
from async_sync.streams.tree import StreamTree
from async_sync.writing.deletions import Deletions, Excess
from async_sync.writing.key_store import Below
from async_sync.writing.known_keys import KnownKeys
from async_sync.writing.row_writer import Record
from async_sync.writing.saved_values import ROOT

COMPANY = Stream(table="company", path="/companies", primary_key=["c"], columns={"c": "STRING"}, finds_deleted=True)
TEAM = Stream(table="team", parent=COMPANY, path="/{c}/teams", primary_key=["c", "t"], columns={}, finds_deleted=True)
PAGE = Stream(table="page", parent=COMPANY, path="/{c}/pages", primary_key=["p"], columns={}, finds_deleted=True)
NOTE = Stream(table="note", parent=COMPANY, path="/{c}/notes", primary_key=["c", "n"], columns={}, skips_unchanged=True)
MAIL = EmbeddedStream(
    table="mail", parent=COMPANY, records="mails", primary_key=["c", "m"], columns={}, finds_deleted=True
)
TREE = StreamTree([COMPANY, TEAM, PAGE, NOTE, MAIL])


class Parts:
    """What one sync knows between two passes."""

    def __init__(self) -> None:
        self.keys = KnownKeys(TREE)
        self.memory = SyncMemory()
        self.confirming = Confirming(self.keys, Deletions(TREE, self.keys, max_percent=20), TREE, self.memory)

    def lacks(self, table: Table, list_id: str, *keys: Key) -> None:
        """These keys of the list are missing."""
        self.keys.see(table, list_id, keys)
        for key in keys:
            self.keys.doom(table, list_id, key)

    def next_round(self, *, is_complete: bool = True) -> list[tuple[str, str]]:
        """The lists that are to be read whole."""
        whole, _ = self.confirming.next_round(is_complete=is_complete)
        return [(table.name, name) for table in TREE.streams for name in (ROOT, "a", "b") if whole.wants(table, name)]


def test_nothing_is_missing() -> None:
    """Then nothing is read once more."""
    parts = Parts()
    parts.keys.see(COMPANY, ROOT, [("a",)])
    whole, records = parts.confirming.next_round(is_complete=True)
    assert (bool(whole), records) == (False, [])


def test_lists_that_lack_rows() -> None:
    """They are read once more, with what is known of the records above, but for those that have all of their rows."""
    parts = Parts()
    parts.lacks(COMPANY, ROOT, ("c9",))
    parts.lacks(TEAM, "a", ("a", 1), ("a", 2))
    parts.keys.see(TEAM, "b", [("b", 1)])
    whole, _ = parts.confirming.next_round(is_complete=True)
    assert whole.roots == {"company"}
    assert [*whole.records()] == [Record(COMPANY, "a", {"c": "a"})]
    assert parts.next_round() == [("company", ROOT), ("team", "a")]


def test_what_is_confirmed_is_not_read_again() -> None:
    """A list is read until all of its missing keys have been missing twice."""
    parts = Parts()
    parts.lacks(TEAM, "a", ("a", 1), ("a", 2))
    parts.keys.confirmed["team", "a"] = {("a", 1)}
    assert parts.next_round() == [("team", "a")]
    parts.keys.confirmed["team", "a"] = {("a", 1), ("a", 2)}
    assert parts.next_round() == []


def test_rows_without_a_list_of_their_own() -> None:
    """Rows inside of records, and missing rows that are not deleted, are not asked for."""
    parts = Parts()
    parts.lacks(MAIL, "a", ("a", 1))
    parts.lacks(NOTE, "a", ("a", 1))
    assert parts.next_round() == []


def test_too_many_missing_rows() -> None:
    """Nothing is asked for a table that would lose too many rows, and other tables are not held up by that."""
    parts = Parts()
    parts.lacks(TEAM, "a", *(("a", number) for number in range(101)))
    parts.lacks(TEAM, "b", ("b", 1))
    parts.lacks(COMPANY, ROOT, ("c9",))
    assert parts.next_round() == [("company", ROOT)]
    assert parts.confirming.excesses == [Excess("team", 102, 102)]


def test_rows_that_may_have_moved() -> None:
    """Other lists that may have them are read as well, unless they have been; if not all was read, they are left."""
    parts = Parts()
    parts.lacks(PAGE, "a", ("p",))
    parts.keys.see(PAGE, "b", [("p",), ("q",)])
    assert parts.next_round() == [("page", "a"), ("page", "b")]
    parts.keys.read_in_sync |= {("page", "a"), ("page", "b")}
    assert parts.next_round() == [("page", "a")]
    assert parts.next_round(is_complete=False) == []


def test_rows_above_that_are_known_only_from_their_reading() -> None:
    """Where a name is not enough to ask for a list, the row that this sync has read is used."""
    parts = Parts()
    company = replace(COMPANY, columns={})
    tree = StreamTree([company, *(replace(table, parent=company) for table in (TEAM, PAGE, NOTE, MAIL))])
    confirming = Confirming(parts.keys, Deletions(tree, parts.keys, max_percent=20), tree, parts.memory)
    parts.lacks(TEAM, "a", ("a", 1))
    assert confirming.next_round(is_complete=True)[0].reads_all == {"company"}
    parts.memory.rows["company", "a"] = {"c": "a"}
    whole, _ = confirming.next_round(is_complete=True)
    assert [record.row for record in whole.records()] == [{"c": "a"}]


def test_records_that_were_gone_are_asked_for_once_more() -> None:
    """Those of the pass before are, and not those that have been asked for twice."""
    parts = Parts()
    one, other = (Record(COMPANY, name, {"c": name}) for name in ("a", "b"))
    parts.memory.gone["company", "a"] = one
    assert parts.confirming.next_round(is_complete=True)[1] == [one]
    parts.memory.gone["company", "b"] = other
    assert parts.confirming.next_round(is_complete=True)[1] == [other]
    assert parts.confirming.next_round(is_complete=True)[1] == []


def warnings(*excesses: Excess, percent: float = 20, **unknown: int) -> list[tuple[str, str, int]]:
    below = {("company", child): count for child, count in unknown.items()}
    settings = Settings(base_url="http://localhost", max_deleted_percent=percent)
    return list(deletion_warnings(excesses, below, {}, settings))


def test_no_warning() -> None:
    """Nothing is said where everything was deleted that was to be."""
    assert warnings() == []


def test_the_warning_about_too_many_rows() -> None:
    """It has the numbers, and says what to do in either case; it counts as often as rows are missing."""
    text = (
        "250 of 999 known rows of team are missing from the API (25 %), more than max_deleted_percent allows for one "
        "sync (12.5 %). None of them is deleted. See whether the API still returns everything, with the same "
        "permissions. If the rows are really gone, set max_deleted_percent to 100 in configuration.json for one sync."
    )
    assert warnings(Excess("team", 250, 999), percent=12.5) == [("missing rows of team not deleted", text, 250)]


@pytest.mark.parametrize(
    ("count", "rows"), [(1, "1 row of company was deleted"), (3, "3 rows of company were deleted")]
)
def test_the_warning_about_rows_below(count: int, rows: str) -> None:
    """It says how to have them deleted, now and from now on."""
    text = (
        f"{rows}, and rows of note below stay in the destination, as their keys are not known. Declare "
        "finds_deleted=True for note in connector.py; docs/deletes.md has the SQL that deletes them."
    )
    assert warnings(note=count) == [("note below deleted company not deleted", text, count)]


def test_several_warnings() -> None:
    """Each table that is blocked, and each pair of streams, has one of its own."""
    kinds = [kind for kind, _, _ in warnings(Excess("team", 200, 300), Excess("page", 101, 101), note=1, mail=2)]
    assert kinds == [
        "missing rows of team not deleted",
        "missing rows of page not deleted",
        "note below deleted company not deleted",
        "mail below deleted company not deleted",
    ]


def test_lists_below_rows_that_an_earlier_sync_has_deleted() -> None:
    """They are not asked for, as they belong to nothing; while it is not known whether they do, their rows are left."""
    parts = Parts()
    parts.lacks(TEAM, "a", ("a", "t1"), ("a", "t2"))
    parts.keys.lose(TEAM, "a", Below.DELETED)
    parts.keys.confirmed.clear()  # as in the next sync
    assert parts.next_round(is_complete=False) == []
    assert parts.confirming.left() == {"team": 2}
    parts.keys.decide(is_complete=False)
    assert parts.next_round(is_complete=False) == []
    assert parts.confirming.left() == {}
