"""Lists are unpacked while they are in use, and dropped where there is no room for them."""

import json

import pytest

from async_sync import Stream
from async_sync.records.keys import NO_DIGEST, Key
from async_sync.streams.table import Table
from async_sync.writing.cursor_store import size_of
from async_sync.writing.key_store import PARTLY, KeyStore, ListKeys

ITEM = Stream(table="item", path="/items", primary_key=["id"], columns={}, finds_deleted=True)
OLD = Stream(table="item", name="old_item", path="/old", primary_key=["id"], columns={}, finds_deleted=True)
SAVED = {"item": {"c1": [11, [1, 1]], "c2": [12, "x"]}, "old_item": {"c1": [13, 9]}}


def loaded(missing: dict[str, dict[str, list[int]]] | None = None) -> KeyStore:
    store = KeyStore([ITEM, OLD])
    store.load(json.loads(json.dumps(SAVED)), missing or {}, {"item": ["id"], "old_item": ["id"]})
    return store


def test_a_list_that_is_not_known() -> None:
    """A list of which nothing is known may have any rows, and is known once it was opened."""
    store = loaded()
    assert not store.knows(ITEM, "new")
    assert store.look(ITEM, "new") == ListKeys(PARTLY)
    assert not store.knows(ITEM, "new")
    assert store.open(ITEM, "new").read_at == PARTLY
    assert store.knows(ITEM, "new")
    assert store.names(ITEM) == ["c1", "c2", "new"]
    store.pack()
    assert store.dump()[0]["item"]["new"] == [-1]


def test_an_opened_list_is_the_same_until_it_is_packed() -> None:
    """Whoever opens a list, or looks at an open one, has the same; after packing, a new one with the same keys."""
    store = loaded()
    opened = store.open(ITEM, "c1")
    assert store.open(ITEM, "c1") is store.look(ITEM, "c1") is opened
    store.pack()
    assert store.open(ITEM, "c1") is not opened
    assert store.open(ITEM, "c1") == ListKeys(11, {(1,): NO_DIGEST, (2,): NO_DIGEST}, is_changed=True)


def test_looking_changes_nothing() -> None:
    """What is looked at is not kept, so that changes to it are lost."""
    store = loaded()
    store.look(ITEM, "c1").keys[3,] = NO_DIGEST
    store.pack()
    assert store.dump()[0] == SAVED


def test_a_list_that_is_being_read_stays_open() -> None:
    """Packing saves what is known of it so far, and what was seen of it is not lost."""
    store = loaded()
    list_ = store.open(ITEM, "c1")
    list_.seen = {("1",)}
    list_.missing.add((2,))
    store.pack()
    assert store.dump()[1] == {"item": {"c1": [2]}}
    assert store.look(ITEM, "c1") is list_
    list_.missing.clear()
    store.pack()
    assert store.dump()[1] == {"item": {"c1": [2]}}  # it was not opened again
    store.open(ITEM, "c1").seen = None
    store.pack()
    assert store.dump()[1] == {}
    assert store.look(ITEM, "c1") is not list_


@pytest.mark.parametrize("is_open", [False, True])
def test_dropping_a_list(is_open: bool) -> None:
    """Nothing is known of it any more, open or packed, and it counts neither in size nor in numbers."""
    store = loaded({"item": {"c1": [1]}})
    assert (store.counts["item"], store.size) == (
        4,
        size_of("c1", [11, [1, 1]], "c1", [1], "c2", [12, "x"], "c1", [13, 9]),
    )
    if is_open:
        store.open(ITEM, "c1").keys[3,] = NO_DIGEST
        store.counts["item"] += 1
    store.drop(ITEM, "c1")
    store.drop(ITEM, "c9")
    assert not store.knows(ITEM, "c1")
    assert store.knows(OLD, "c1")
    assert (store.counts["item"], store.size) == (2, size_of("c2", [12, "x"], "c1", [13, 9]))
    store.pack()
    assert store.dump() == ({"item": {"c2": [12, "x"]}, "old_item": {"c1": [13, 9]}}, {})


def test_dropping_a_list_that_was_never_saved() -> None:
    """It counts by the keys that it has so far."""
    store = loaded()
    store.open(ITEM, "new").keys[3,] = NO_DIGEST
    store.counts["item"] += 1
    store.drop(ITEM, "new")
    assert (store.counts["item"], store.knows(ITEM, "new")) == (4, False)


def changed_at(table: Table, list_id: str, read_at: int) -> int:
    """The lists of the other stream have changed first, and otherwise those that were read last."""
    return -read_at if table is ITEM else -100


def test_what_changed_longest_ago_is_dropped_first() -> None:
    """Lists are dropped in the order of their last change, whatever stream they are of, until there is room."""
    store = loaded()
    assert store.cut(store.size - 1, changed_at) == 1
    assert store.dump()[0] == {"item": SAVED["item"]}
    assert store.cut(store.size - 1, changed_at) == 1
    assert store.dump()[0] == {"item": {"c1": [11, [1, 1]]}}


def test_what_fits_is_not_cut() -> None:
    """Nothing is dropped while the budget is kept, and all of it without a budget."""
    store = loaded()
    assert store.cut(store.size, changed_at) == 0
    assert store.cut(-5, changed_at) == 3
    assert (store.dump(), store.size, store.counts["item"]) == (({}, {}), 0, 0)
    assert store.cut(-5, changed_at) == 0
    assert store.cut(0, changed_at) == 0


def test_a_cut_makes_more_room_than_needed() -> None:
    """A tenth of the budget is left free, so that the next checkpoint does not have to cut again."""
    store = KeyStore([ITEM])
    for number in range(100):
        store.open(ITEM, f"c{number:02}").read_at = number + 1
    store.pack()
    budget = store.size - 1
    dropped = store.cut(budget, lambda _table, _list_id, read_at: read_at)
    assert 10 <= dropped <= 12
    assert 0.88 * budget < store.size <= 0.9 * budget
    assert store.names(ITEM) == [f"c{number:02}" for number in range(dropped, 100)]


def test_clearing() -> None:
    """All lists are dropped, and counted."""
    store = loaded()
    assert store.clear() == 3
    assert (store.dump(), store.size, store.clear()) == (({}, {}), 0, 0)


def test_keys_that_were_missing_and_open_lists_are_left_alone() -> None:
    """A list that was opened and not changed since it was packed is saved as it was."""
    store = loaded({"item": {"c2": [1]}})
    key: Key = (5,)
    store.open(ITEM, "c1").keys[key] = NO_DIGEST
    before = list(store.saved())
    store.pack()
    assert [one for one in store.saved() if one[1] == "c2"] == [one for one in before if one[1] == "c2"]
    assert store.dump()[0]["item"]["c1"] == [11, [1, 1, 3]]
