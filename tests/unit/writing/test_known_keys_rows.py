"""What is known of the single rows of a list: that they are there, to be deleted, or as they were."""

from typing import Any

import pytest

from async_sync import EmbeddedStream, Stream
from async_sync.records.keys import NO_DIGEST, Key
from async_sync.streams.tree import StreamTree
from async_sync.writing.key_store import NEVER, OWNERLESS, PARTLY
from async_sync.writing.known_keys import KnownKeys
from async_sync.writing.saved_values import ROOT

FOLDER = Stream(table="folder", path="/folders", primary_key=["folder_id"], columns={}, finds_deleted=True)
PAGE = Stream(
    table="page",
    parent=FOLDER,
    path="/folders/{folder_id}/pages",
    primary_key=["page_id", "folder_id"],
    columns={},
    finds_deleted=True,
    skips_unchanged=True,
)
TAG = EmbeddedStream(
    table="tag", parent=FOLDER, records="tags", primary_key=["tag", "folder_id"], columns={}, finds_deleted=True
)
TREE = StreamTree([FOLDER, PAGE, TAG])
D1 = b"\x01" * 8


def columns_of(keys: KnownKeys) -> dict[str, list[str]]:
    return {name: keys.store.columns(name) for name in keys.store.tables}


def known(**lists: Any) -> KnownKeys:
    keys = KnownKeys(TREE)
    keys.load(lists, {}, columns_of(keys))
    return keys


def missing(keys: KnownKeys) -> set[Key]:
    return keys.store.look(FOLDER, ROOT).missing


def confirmed(keys: KnownKeys) -> set[Key]:
    return keys.confirmed.get(("folder", ROOT), set())


@pytest.mark.parametrize(
    ("key", "read_at", "lacks"),
    [((1,), 50, True), ((2,), 50, False), ((3,), 50, True), ((3,), PARTLY, False), ((3,), 0, True)],
)
def test_what_a_list_lacks(key: Key, read_at: int, lacks: bool) -> None:
    """A row is not there if it is missing, or not among the keys of a list of which all are known."""
    keys = KnownKeys(TREE)
    keys.load({"folder": {ROOT: [read_at, [1, 1]]}}, {"folder": {ROOT: [1]}}, columns_of(keys))
    assert keys.lacks(FOLDER, ROOT, key) == lacks
    assert not keys.lacks(PAGE, "f1", (1, "f1"))


def test_doomed_and_lost_keys() -> None:
    """What is about to be deleted is missing, and only what is known to be deleted is confirmed."""
    keys = known(folder={ROOT: [50, [1, 1, 1]]})
    assert [keys.doom(FOLDER, ROOT, (1,)) for _ in range(2)] == [True, False]
    assert (missing(keys), confirmed(keys)) == ({(1,)}, set())
    for key in ((2,), (9,)):
        keys.lose_key(FOLDER, ROOT, key)
    keys.lose_key(PAGE, "f1", (1, "f1"))
    assert (missing(keys), confirmed(keys)) == ({(1,), (2,)}, {(2,)})
    assert not keys.store.knows(PAGE, "f1")


def test_discarded_keys() -> None:
    """What is not in the destination any more is neither known nor missing, and is counted once."""
    keys = known(folder={ROOT: [50, [1, 1, 1]]})
    keys.lose_key(FOLDER, ROOT, (1,))
    for _ in range(2):
        keys.discard(FOLDER, ROOT, (1,))
    keys.discard(PAGE, "f1", (1, "f1"))
    assert (missing(keys), confirmed(keys), keys.store.counts["folder"]) == (set(), set(), 2)
    assert list(keys.store.look(FOLDER, ROOT).keys) == [(2,), (3,)]


def test_dropping_a_list() -> None:
    """Nothing of it is known, confirmed or left without an owner."""
    keys = known(page={"f1": [OWNERLESS, 1, "f1"], "f2": [OWNERLESS, 1, "f2"]})
    keys.decide(is_complete=True)
    keys.drop(PAGE, "f1")
    assert keys.confirmed == {("page", "f2"): {(1, "f2")}}
    assert (keys.ownerless, keys.store.counts["page"]) == ({("page", "f2")}, 1)


def test_an_empty_list_of_a_deleted_row() -> None:
    """It is forgotten once none of its rows is left; one that has rows, or belongs to something, is not."""
    keys = known(page={"f1": [OWNERLESS, 1, "f1"], "f2": [50, 1, "f2"]})
    keys.drop_if_over(PAGE, "f1")
    for list_id in ("f1", "f2"):
        assert keys.store.knows(PAGE, list_id)
        keys.discard(PAGE, list_id, (1, list_id))
        keys.drop_if_over(PAGE, list_id)
    assert (keys.store.names(PAGE), keys.ownerless, keys.confirmed) == (["f2"], set(), {})


def test_digests() -> None:
    """A row has the digest that it was written with while it is not missing."""
    keys = known()
    keys.write(PAGE, "f1", (1, "f1"), D1)
    keys.see(PAGE, "f1", [(1, "f1"), (2, "f1")])
    assert [keys.digest(PAGE, "f1", (number, "f1")) for number in (1, 2, 3)] == [D1, NO_DIGEST, NO_DIGEST]
    keys.doom(PAGE, "f1", (1, "f1"))
    assert keys.digest(PAGE, "f1", (1, "f1")) == NO_DIGEST


def test_forgetting_digests() -> None:
    """All keys stay, without their digests, and tables that have none are left packed as they were."""
    keys = known(folder={ROOT: [50, [1, 1]]})
    keys.write(PAGE, "f1", (1, "f1"), D1)
    keys.forget_digests()
    assert keys.digest(PAGE, "f1", (1, "f1")) == NO_DIGEST
    keys.store.pack()
    assert keys.store.dump()[0] == {"folder": {ROOT: [50, [1, 1]]}, "page": {"f1": [PARTLY, 1, "f1", "0" * 10]}}


def test_the_rows_inside_a_record() -> None:
    """All of them are known then; those that it had before and has not are returned, whatever their spelling."""
    keys = known(tag={"f1": [PARTLY, ["A", "b"], "f1"]})
    assert keys.contains(TAG, "f1", [("a", "f1"), ("c", "f1")]) == [("b", "f1")]
    assert keys.store.look(TAG, "f1").read_at == NEVER
    keys.store.open(TAG, "f1").read_at = 50
    assert keys.contains(TAG, "f2", []) == []
    assert keys.store.knows(TAG, "f2")
    assert keys.contains(TAG, "f1", []) == [("A", "f1"), ("b", "f1"), ("a", "f1"), ("c", "f1")]
    assert keys.store.look(TAG, "f1").read_at == 50
