"""What is known of each list is saved, read again, counted and measured."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync import Stream
from async_sync.errors.base import StateError
from async_sync.records.keys import NO_DIGEST, Key, pack
from async_sync.streams.table import Table
from async_sync.writing.cursor_store import size_of
from async_sync.writing.key_store import NEVER, OWNERLESS, PARTLY, KeyStore, ListKeys, ListName

ITEM = Stream(table="item", path="/items", primary_key=["id"], columns={}, finds_deleted=True)
OLD = Stream(table="item", name="old_item", path="/old", primary_key=["id"], columns={}, finds_deleted=True)
PART = Stream(
    table="part", path="/parts", primary_key=["id", "no"], columns={}, finds_deleted=True, skips_unchanged=True
)
OTHER = Stream(table="other", path="/other", primary_key=["id"], columns={})
TABLES = {table.name: table for table in (ITEM, OLD, PART)}
DIGEST = b"\x01" * 8


def keys_of(*parts: str | int) -> dict[Key, bytes]:
    return {(part,): NO_DIGEST for part in parts}


def loaded(known: Any, missing: Any = None) -> KeyStore:
    store = KeyStore([ITEM, OLD, PART])
    store.load(known, {} if missing is None else missing, {name: store.columns(name) for name in TABLES})
    return store


def fill(
    store: KeyStore, table: Table, list_id: str, *keys: Key, read_at: int = 5, missing: set[Key] | None = None
) -> None:
    """Know these keys of a list, as KnownKeys does."""
    store.drop(table, list_id)
    list_ = store.open(table, list_id)
    list_.read_at, list_.missing = read_at, set(missing or ())
    list_.keys.update(dict.fromkeys(keys, DIGEST if table.skips_unchanged else NO_DIGEST))
    store.counts[table.table] += len(keys)


def size_in_state(store: KeyStore) -> int:
    """How many bytes the lists of all streams take in the JSON of a state."""
    return sum(len(json.dumps(lists)) for part in store.dump() for lists in part.values())


def test_the_form_in_the_state() -> None:
    """A list is saved as its minute and its columns, what is missing apart from it, and a stream without lists not."""
    store = KeyStore([ITEM, OLD, PART])
    fill(store, ITEM, "", (1,), (2,), read_at=7, missing={(2,)})
    fill(store, PART, "c/1", (1, "a"), (1, "b"), read_at=NEVER)
    fill(store, PART, "c/2", read_at=PARTLY)
    store.pack()
    digests = pack({(1,): DIGEST, (2,): DIGEST}, digests=True)[-1]
    assert store.dump() == (
        {"item": {"": [7, [1, 1]]}, "part": {"c/1": [0, 1, ["a", "b"], digests], "c/2": [-1]}},
        {"item": {"": [2]}},
    )


def test_many_keys_are_one_text() -> None:
    """Compressed keys are saved with the minute before them, and read as they were."""
    store = KeyStore([ITEM])
    fill(store, ITEM, "", *((number,) for number in range(500)), read_at=PARTLY)
    store.pack()
    known, _ = store.dump()
    assert known["item"][""].startswith("-1:500:")
    again = loaded(known)
    assert again.look(ITEM, "") == ListKeys(PARTLY, keys_of(*range(500)))
    assert again.counts["item"] == 500


LISTS = st.dictionaries(
    st.tuples(st.sampled_from(["item", "old_item", "part"]), st.text(max_size=6)),
    st.tuples(st.integers(OWNERLESS, 10**8), st.sets(st.one_of(st.integers(), st.text()), max_size=30), st.booleans()),
    max_size=8,
)


def filled(lists: dict[ListName, tuple[int, set[int | str], bool]]) -> KeyStore:
    store = KeyStore([ITEM, OLD, PART])
    for (name, list_id), (read_at, parts, is_lacking) in lists.items():
        keys = [(part, 1)[: len(TABLES[name].primary_key)] for part in parts]
        fill(store, TABLES[name], list_id, *keys, read_at=read_at, missing=set(keys[::2]) if is_lacking else None)
    return store


@given(lists=LISTS)
def test_a_state_is_read_as_it_was_saved(lists: Any) -> None:
    """Everything known of each list is the same after it was dumped to JSON and loaded, and so are counts and size."""
    store = filled(lists)
    before = {(name, list_id): store.look(TABLES[name], list_id) for name, list_id in lists}
    store.pack()
    known, missing = json.loads(json.dumps(store.dump()))
    again = loaded(known, missing)
    for (name, list_id), expected in before.items():
        list_ = again.look(TABLES[name], list_id)
        assert (list_.read_at, list_.keys, list_.missing) == (expected.read_at, expected.keys, expected.missing)
    assert again.dump() == store.dump()
    assert (+again.counts, again.size) == (+store.counts, store.size)


@given(lists=LISTS, changes=LISTS, dropped=st.integers(0, 8))
def test_the_size_is_that_of_the_json(lists: Any, changes: Any, dropped: int) -> None:
    """The size stays what the lists take in the JSON of the state, and the counts what is in them."""
    store = filled(lists)
    store.pack()
    assert store.size == size_in_state(store)
    for (name, list_id), (read_at, parts, _) in changes.items():
        keys = ((part, 1)[: len(TABLES[name].primary_key)] for part in parts)
        fill(store, TABLES[name], list_id, *keys, read_at=read_at)
    for name, list_id in [*lists][:dropped]:
        store.drop(TABLES[name], list_id)
    store.pack()
    assert store.size == size_in_state(store)
    for name in ("item", "part"):
        kept = [(table, list_id) for table, list_id, _ in store.saved() if table.table == name]
        assert store.counts[name] == sum(len(store.look(*one).keys) for one in kept)
    store.clear()
    assert (store.size, +store.counts, store.dump()) == (0, {}, ({}, {}))


@pytest.mark.parametrize(
    ("known", "missing", "found"),
    [
        ([], {}, "known_keys is not an object with an object of lists for each stream"),
        (None, {}, "known_keys is not an object with an object of lists for each stream"),
        ({"item": []}, {}, "known_keys is not an object with an object of lists for each stream"),
        ({"item": None}, {}, "known_keys is not an object with an object of lists for each stream"),
        ({}, [], "missing_keys is not an object with an object of lists for each stream"),
        ({}, {"item": 5}, "missing_keys is not an object with an object of lists for each stream"),
        ({"item": {"c1": None}}, {}, "known_keys of item 'c1' cannot be read: TypeError"),
        ({"item": {"c1": 5}}, {}, "known_keys of item 'c1' cannot be read: TypeError"),
        ({"item": {"c1": []}}, {}, "known_keys of item 'c1' cannot be read: IndexError"),
        ({"item": {"c1": {}}}, {}, "known_keys of item 'c1' cannot be read: KeyError"),
        ({"item": {"c1": ["x", 1]}}, {}, "known_keys of item 'c1' cannot be read: ValueError"),
        ({"item": {"c1": "soon"}}, {}, "known_keys of item 'c1' cannot be read: ValueError"),
        ({"item": {"c1": "5"}}, {}, "known_keys of item 'c1' cannot be read: ValueError"),
        ({"item": {"c1": "5:x:abc"}}, {}, "known_keys of item 'c1' cannot be read: ValueError"),
    ],
)
def test_another_shape_is_an_error(known: Any, missing: Any, found: str) -> None:
    """What was never saved in that shape is an error when it is loaded, which says where it is."""
    with pytest.raises(StateError) as caught:
        loaded(known, missing)
    assert caught.value.found == found


@pytest.mark.parametrize(
    ("form", "missing", "problem"),
    [
        ("5:7:!!!", None, "keys cannot be unpacked"),
        ([5, [1, 0]], None, "expected 2 keys, and found 1"),
        ([5, [1, 1]], "7:!!!", "keys cannot be unpacked"),
        ([5, [1, 1]], 5, "keys cannot be unpacked"),
    ],
)
def test_keys_that_cannot_be_unpacked(form: Any, missing: Any, problem: str) -> None:
    """Keys are unpacked when they are needed, and are an error then if that fails."""
    store = loaded({"item": {"c1": form}}, {"item": {"c1": missing}})
    for use in (store.open, store.look):
        with pytest.raises(StateError) as caught:
            use(ITEM, "c1")
        assert caught.value.found.startswith(f"known_keys of item 'c1' cannot be read: {problem}")


def test_what_is_not_declared_is_left_out() -> None:
    """Lists of other streams, and missing keys of unknown lists are not taken over."""
    known = {"gone": {"": [1, [1, 1]]}, "item": {"c2": [1, 5]}}
    store = loaded(known, {"gone": {"": [1]}, "item": {"c9": [1]}})
    assert store.dump() == ({"item": {"c2": [1, 5]}}, {})
    assert (+store.counts, store.size) == ({"item": 1}, size_of("c2", [1, 5]))


def test_the_tables_of_a_store() -> None:
    """Nothing is known of a table that is not one of its own."""
    store = loaded({})
    assert list(store.tables) == ["item", "old_item", "part"]
    assert not store.knows(OTHER, "")
    assert store.names(OTHER) == []


@pytest.mark.parametrize(
    "columns", [{}, None, ["id"], {"item": ["number"]}, {"item": ["id", "no"]}, {"item": "id"}, {"part": ["id"]}]
)
def test_keys_of_other_columns_are_left_out(columns: Any) -> None:
    """Keys that were saved for other columns than the declared ones, or without saying for which, are not known."""
    store = KeyStore([ITEM])
    store.load({"item": {"": [1, [1, 1]]}}, {}, columns)
    assert (store.dump(), +store.counts, store.size) == (({}, {}), {}, 0)
    store.load({"item": {"": [1, [1, 1]]}}, {}, {"item": store.columns("item")})
    assert store.counts["item"] == 2
