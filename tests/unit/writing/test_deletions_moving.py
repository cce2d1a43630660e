"""A row that is missing from one list stays if another list has it."""

from dataclasses import replace

import pytest

from async_sync import Stream
from async_sync.records.keys import Key
from async_sync.streams.tree import StreamTree
from async_sync.writing.deletions import Deletions, Removal
from async_sync.writing.known_keys import KnownKeys
from async_sync.writing.saved_values import ROOT

FOLDER = Stream(table="folder", path="/folders", primary_key=["folder"], columns={}, finds_deleted=True)
PAGE = Stream(table="page", parent=FOLDER, path="/{folder}/pages", primary_key=["page"], columns={}, finds_deleted=True)
LINE = Stream(
    table="line", parent=PAGE, path="/{page}/lines", primary_key=["page", "line"], columns={}, finds_deleted=True
)
DRAFT = replace(PAGE, name="draft", parent=None, path="/drafts")
TREE = StreamTree([FOLDER, PAGE, LINE, DRAFT])
KEPT = Stream(
    table="kept", parent=FOLDER, path="/{folder}/kept", primary_key=["folder", "k"], columns={}, finds_deleted=True
)
FIXED = StreamTree([FOLDER, KEPT])


def keys_of(tree: StreamTree, *lists: tuple[Stream, str, list[Key]]) -> KnownKeys:
    keys = KnownKeys(tree)
    for table, list_id, found in lists:
        keys.see(table, list_id, found)
    return keys


def plan(keys: KnownKeys, *, tree: StreamTree = TREE, is_complete: bool = True) -> list[Removal]:
    return [*Deletions(tree, keys, max_percent=20).plan(is_complete=is_complete).removals]


def test_a_row_that_moved() -> None:
    """It is kept by the list that has it now, and so is what is below it."""
    keys = keys_of(TREE, (PAGE, "f1", [("p",)]), (PAGE, "f2", [("p",)]), (LINE, "p", [("p", 1)]))
    keys.confirmed["page", "f1"] = {("p",)}
    assert plan(keys) == [Removal(PAGE, "f1", ("p",), (PAGE, "f2"))]


@pytest.mark.parametrize("other", ["P", "p"])
def test_a_row_that_moved_to_another_stream(other: str) -> None:
    """A list of any stream of the table keeps it, however it spells the key."""
    keys = keys_of(TREE, (PAGE, "f1", [("p",)]), (DRAFT, ROOT, [(other,)]))
    keys.confirmed["page", "f1"] = {("p",)}
    assert plan(keys) == [Removal(PAGE, "f1", ("p",), (DRAFT, ROOT))]


def test_a_row_that_is_missing_everywhere() -> None:
    """It is deleted if each list that had it is to lose it."""
    keys = keys_of(TREE, (PAGE, "f1", [("p",)]), (DRAFT, ROOT, [("p",), ("q",)]), (LINE, "p", [("p", 1)]))
    keys.confirmed |= {("page", "f1"): {("p",)}, ("draft", ROOT): {("p",)}}
    found = plan(keys)
    assert found[0] == Removal(LINE, "p", ("p", 1))
    assert {(removal.table.name, removal.key, removal.kept) for removal in found[1:]} == {
        ("page", ("p",), None),
        ("draft", ("p",), None),
    }


def test_rows_that_are_kept_do_not_count() -> None:
    """A table may lose any number of rows from its lists that it has in others."""
    rows: list[Key] = [(number,) for number in range(200)]
    keys = keys_of(TREE, (PAGE, "f1", rows), (PAGE, "f2", rows))
    keys.confirmed["page", "f1"] = set(rows)
    assert [removal.kept for removal in plan(keys)] == [(PAGE, "f2")] * 200


def test_a_row_that_may_have_moved_is_left_for_a_complete_sync() -> None:
    """It may be in a list that has not been read; what cannot move is deleted all the same."""
    keys = keys_of(TREE, (FOLDER, ROOT, [("f1",)]), (PAGE, "f1", [("p",)]), (LINE, "p", [("p", 1)]))
    keys.confirmed |= {("folder", ROOT): {("f1",)}, ("page", "f1"): {("p",)}}
    assert plan(keys, is_complete=False) == [Removal(FOLDER, ROOT, ("f1",))]
    assert [removal.table for removal in plan(keys)] == [LINE, PAGE, FOLDER]


def test_rows_that_may_have_moved_are_not_deleted_at_once() -> None:
    """Nor is anything below them."""
    keys = keys_of(TREE, (FOLDER, ROOT, [("f1",)]), (PAGE, "f1", [("p",)]), (LINE, "p", [("p", 1)]))
    found = Deletions(TREE, keys, max_percent=20)
    assert [*found.below(FOLDER, ("f1",))] == []
    assert [*found.below(PAGE, ("p",))] == [Removal(LINE, "p", ("p", 1))]
    removals = [Removal(PAGE, "f1", ("p",)), Removal(FOLDER, ROOT, ("f1",))]
    assert found.at_once(removals) == removals[1:]


@pytest.mark.parametrize(("own", "other"), [("A", "a"), ("a", "A")])
def test_a_record_that_changed_its_spelling(own: str, other: str) -> None:
    """What is in the list below the new spelling is not deleted with the old one, as it is the same row."""
    keys = keys_of(FIXED, (KEPT, own, [(own, 1), (own, 2)]), (KEPT, other, [(other, 1)]), (KEPT, "b", [("b", 1)]))
    keys.confirmed["kept", own] = {(own, 1), (own, 2)}
    found = {removal.key: removal.kept for removal in plan(keys, tree=FIXED)}
    assert found == {(own, 1): (KEPT, other), (own, 2): None}


def test_a_key_that_changed_its_spelling_in_its_list() -> None:
    """The list keeps the row of the old spelling under the new one."""
    keys = keys_of(FIXED, (KEPT, "a", [("a", "x"), ("a", "X")]))
    keys.confirmed["kept", "a"] = {("a", "x")}
    assert plan(keys, tree=FIXED) == [Removal(KEPT, "a", ("a", "x"), (KEPT, "a"))]


def test_lists_that_may_have_a_missing_row() -> None:
    """Those lists are to be read that have its key as far as is known, and have not been read whole in this sync."""
    keys = keys_of(
        TREE, (PAGE, "f1", [("p",), ("q",)]), (PAGE, "f2", [("P",)]), (PAGE, "f3", [("r",)]), (DRAFT, ROOT, [("p",)])
    )
    keys.read_in_sync = {("page", "f1"), ("draft", ROOT)}
    found = Deletions(TREE, keys, max_percent=20)
    assert [*found.claims({("page", "f1"): {("p",)}})] == [("page", "f2")]
    keys.read_in_sync.remove(("draft", ROOT))
    assert {*found.claims({("page", "f1"): {("p",)}})} == {("page", "f2"), ("draft", ROOT)}
    assert [*found.claims({("page", "f1"): set()})] == []


def test_rows_that_cannot_move_are_in_no_other_list() -> None:
    """No list is read because of them."""
    keys = keys_of(FIXED, (KEPT, "a", [("a", 1)]), (KEPT, "A", [("A", 1)]))
    assert [*Deletions(FIXED, keys, max_percent=20).claims({("kept", "a"): {("a", 1)}})] == []


def test_rows_whose_key_names_another_list() -> None:
    """Columns that are called as the parent's key may be the row's own: then the row may have moved as well."""
    keys = keys_of(FIXED, (KEPT, "a", [("x", 1), ("a", 2)]), (KEPT, "b", [("x", 1)]))
    found = Deletions(FIXED, keys, max_percent=20)
    assert found.at_once([Removal(KEPT, "a", ("x", 1)), Removal(KEPT, "a", ("a", 2))]) == [Removal(KEPT, "a", ("a", 2))]
    keys.confirmed["kept", "a"] = {("x", 1)}
    assert plan(keys, tree=FIXED, is_complete=False) == []
    assert plan(keys, tree=FIXED) == [Removal(KEPT, "a", ("x", 1), (KEPT, "b"))]
