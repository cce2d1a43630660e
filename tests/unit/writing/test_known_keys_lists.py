"""Lists lose their owners, rows move between lists, and lists go to other connections."""

from dataclasses import replace
from typing import Any

import pytest

from async_sync import EmbeddedStream, Stream
from async_sync.configuration.shard import UNSHARDED, Shard
from async_sync.records.keys import NO_DIGEST, pack
from async_sync.streams.tree import StreamTree
from async_sync.writing.key_store import NEVER, OWNERLESS, Below
from async_sync.writing.known_keys import KnownKeys
from async_sync.writing.saved_values import ROOT

FOLDER = Stream(table="folder", path="/folders", primary_key=["folder_id"], columns={}, finds_deleted=True)
PAGE = Stream(
    table="page",
    parent=FOLDER,
    path="/folders/{folder_id}/pages",
    primary_key=["page_id"],
    columns={},
    finds_deleted=True,
    skips_unchanged=True,
)
NOTE = Stream(
    table="note",
    parent=PAGE,
    path="/pages/{page_id}/notes",
    primary_key=["note_id", "page_id"],
    columns={},
    finds_deleted=True,
)
TAG = EmbeddedStream(
    table="tag", parent=PAGE, records="tags", primary_key=["tag", "page_id"], columns={}, finds_deleted=True
)
TREE = StreamTree([FOLDER, PAGE, NOTE, TAG])
D1, D2 = b"\x01" * 8, b"\x02" * 8


def columns_of(keys: KnownKeys) -> dict[str, list[str]]:
    return {name: keys.store.columns(name) for name in keys.store.tables}


def known(tree: StreamTree = TREE, **lists: Any) -> KnownKeys:
    keys = KnownKeys(tree)
    keys.load(lists, {}, columns_of(keys))
    return keys


def names(keys: KnownKeys, *tables: Stream | EmbeddedStream) -> list[list[str]]:
    return [list(keys.store.names(table)) for table in tables]


def test_a_list_without_an_owner() -> None:
    """All of its keys may be deleted, also in the next sync unless it is revived; a reading does not change that."""
    keys = known(note={"1": [50, [1, 1], 1]})
    keys.begin(NOTE, "1", is_first=False)
    keys.lose(NOTE, "1", Below.DELETED)
    assert keys.ownerless == {("note", "1")}
    assert keys.confirmed == {("note", "1"): {(1, 1), (2, 1)}}
    keys.store.pack()
    again = KnownKeys(TREE)
    again.load(*keys.store.dump(), columns_of(again))
    assert (again.ownerless, again.confirmed) == (keys.ownerless, {})
    again.decide(is_complete=True)
    assert again.confirmed == keys.confirmed
    again.begin(NOTE, "1", is_first=False)
    again.write(NOTE, "1", (3, 1), NO_DIGEST)
    again.end(NOTE, "1", 100, is_whole=True)
    assert again.store.look(NOTE, "1").read_at == OWNERLESS
    assert again.confirmed == {("note", "1"): {(1, 1), (2, 1), (3, 1)}}


def test_what_was_left_by_an_earlier_sync() -> None:
    """Its owner may be back: that is known of one in the list of a root before it is of one further below."""
    keys = known(page={"f1": [OWNERLESS, 1]}, note={"1": [OWNERLESS, [1, 1], 1]})
    assert keys.confirmed == {}
    keys.decide(is_complete=False)
    assert keys.confirmed == {("page", "f1"): {(1,)}}
    keys.decide(is_complete=True)
    assert keys.confirmed == {("page", "f1"): {(1,)}, ("note", "1"): {(1, 1), (2, 1)}}


def test_a_revived_list_has_lost_nothing_yet() -> None:
    """What its owner took with it was not missing from any reading: two of them have to lack it, as elsewhere."""
    keys = known(note={"1": [50, [1, 1], 1]})
    keys.lose(NOTE, "1", Below.DELETED)
    keys.revive(NOTE, "1")
    assert keys.confirmed == {}
    for confirmed in (set(), {(1, 1), (2, 1)}):
        keys.begin(NOTE, "1", is_first=False)
        keys.end(NOTE, "1", 100, is_whole=True)
        assert keys.confirmed == {("note", "1"): confirmed}


def test_a_revived_list() -> None:
    """It has an owner again, and is to be read whole; a list that never lost its owner stays as it is."""
    keys = known(note={"1": [OWNERLESS, [1, 1], 1], "2": [50, 1, 2]})
    for list_id in ("1", "2", "3"):
        keys.revive(NOTE, list_id)
    assert keys.ownerless == set()
    assert [keys.store.look(NOTE, list_id).read_at for list_id in ("1", "2")] == [NEVER, 50]
    assert not keys.store.knows(NOTE, "3")


def test_a_row_that_moves_to_another_list() -> None:
    """The list that wrote it last has its digest; the other has to write it again should it come back there."""
    keys = known()
    keys.write(PAGE, "f1", ("p",), D1)
    assert keys.digest(PAGE, "f1", ("p",)) == D1
    assert keys.digest(PAGE, "f2", ("p",)) == NO_DIGEST
    keys.write(PAGE, "f2", ("P",), D2)
    assert keys.digest(PAGE, "f1", ("p",)) == NO_DIGEST
    assert keys.digest(PAGE, "f2", ("P",)) == D2
    assert keys.store.look(PAGE, "f1").keys == {("p",): NO_DIGEST}
    assert keys.store.counts["page"] == 2


def test_a_row_that_moves_between_streams() -> None:
    """Lists of all streams of a table count as the lists of one."""
    other = replace(PAGE, name="other_page", parent=None, path="/pages")
    keys = known(StreamTree([FOLDER, PAGE, other]))
    keys.write(PAGE, "f1", ("p",), D1)
    keys.write(other, ROOT, ("p",), D2)
    assert (keys.digest(PAGE, "f1", ("p",)), keys.digest(other, ROOT, ("p",))) == (NO_DIGEST, D2)
    keys.discard_owned("page", ("p",))
    assert (keys.store.look(PAGE, "f1").keys, keys.store.look(other, ROOT).keys) == ({("p",): NO_DIGEST}, {})


def test_the_list_that_wrote_a_row_last_is_known_from_the_state() -> None:
    """It is the one that has a digest of it."""
    columns = pack({("p",): D1}, digests=True), pack({("p",): NO_DIGEST}, digests=True)
    keys = known(page={"f1": [50, *columns[0]], "f2": [50, *columns[1]]})
    assert [keys.digest(PAGE, list_id, ("p",)) for list_id in ("f1", "f2")] == [D1, NO_DIGEST]


def test_a_list_that_is_dropped_is_no_longer_the_last_writer() -> None:
    """Another list takes over a row from one of which nothing is known."""
    keys = known()
    keys.write(PAGE, "f1", ("p",), D1)
    keys.drop(PAGE, "f1")
    keys.write(PAGE, "f2", ("p",), D2)
    assert keys.digest(PAGE, "f2", ("p",)) == D2
    assert names(keys, PAGE) == [["f2"]]


def test_a_deleted_row_is_discarded_from_the_list_that_wrote_it() -> None:
    """Only that list would not write it again, so the others may keep its key; a row without one changes nothing."""
    keys = known()
    keys.write(PAGE, "f1", ("p",), D1)
    keys.write(PAGE, "f2", ("p",), D2)
    keys.discard_owned("page", ("p",))
    keys.discard_owned("page", ("q",))
    keys.discard_owned("note", (1, 1))
    assert [list(keys.store.look(PAGE, list_id).keys) for list_id in ("f1", "f2")] == [[("p",)], []]
    assert keys.store.counts["page"] == 1
    assert [keys.digest(PAGE, list_id, ("p",)) for list_id in ("f1", "f2")] == [NO_DIGEST, NO_DIGEST]


def test_forgetting_digests_of_rows_that_move() -> None:
    """No list is the one that wrote them last."""
    keys = known()
    keys.write(PAGE, "f1", ("p",), D1)
    keys.forget_digests()
    assert keys.digest(PAGE, "f1", ("p",)) == NO_DIGEST
    keys.discard_owned("page", ("p",))
    assert list(keys.store.look(PAGE, "f1").keys) == [("p",)]


def test_the_lists_that_a_record_is_in() -> None:
    """A root has one list; otherwise those have it that are known to, or only that which the parent's key names."""
    keys = known(page={"f1": [50, ["p", "q"]], "f2": [50, "p"], "f3": [50, "q"]})
    assert keys.lists_with(FOLDER, {"folder_id": "f1"}, ("f1",)) == [ROOT]
    assert keys.lists_with(PAGE, {"page_id": "p", "folder_id": "f2"}, ("p",)) == ["f2"]
    for other in ("f3", "f9"):
        assert keys.lists_with(PAGE, {"page_id": "p", "folder_id": other}, ("p",)) == ["f1", "f2"]
    assert keys.lists_with(PAGE, {"page_id": "p"}, ("p",)) == ["f1", "f2"]
    assert keys.lists_with(PAGE, {"page_id": "x"}, ("x",)) == []


SHARD = Shard(1, 2)
OURS, THEIRS = "f3", "f1"


def test_the_folders_of_these_tests_are_of_both_shards() -> None:
    """One is held by the shard, and the other is not."""
    assert (SHARD.holds(OURS), SHARD.holds(THEIRS)) == (True, False)


def test_leaving_a_shard() -> None:
    """What is below root records of other shards is forgotten, at any depth, and so are their own keys."""
    keys = known(
        folder={ROOT: [50, [THEIRS, OURS]]},
        page={OURS: [50, "p"], THEIRS: [50, ["q", "r"]]},
        note={"p": [50, 1, "p"], "q": [OWNERLESS, 1, "q"]},
        tag={"p": [50, "t", "p"], "q": [50, "t", "q"]},
    )
    keys.leave(TREE, SHARD)
    assert list(keys.store.look(FOLDER, ROOT).keys) == [(OURS,)]
    assert names(keys, PAGE, NOTE, TAG) == [[OURS], ["p"], ["p"]]
    assert (keys.ownerless, keys.confirmed) == (set(), {})
    assert keys.store.counts == {"folder": 1, "page": 1, "note": 1, "tag": 1}


def test_leaving_a_shard_whose_root_records_are_not_known() -> None:
    """The names of the lists say whose they are; what nobody knows whose it is, is forgotten."""
    folder = replace(FOLDER, finds_deleted=False)
    page = replace(PAGE, parent=folder)
    note = replace(NOTE, parent=page)
    tree = StreamTree([folder, page, note])
    keys = known(
        tree, page={OURS: [50, "p"], THEIRS: [50, "q"]}, note={"p": [50, 1, "p"], "q": [50, 1, "q"], "z": [50, 1, "z"]}
    )
    keys.leave(tree, SHARD)
    assert names(keys, page, note) == [[OURS], ["p"]]


@pytest.mark.parametrize("shard", [UNSHARDED, SHARD])
def test_leaving_a_shard_without_a_list(shard: Shard) -> None:
    """Everything that the shard holds stays as it is known."""
    keys = known(folder={ROOT: [50, OURS]}, page={OURS: [50, "p"]})
    before = keys.store.dump()
    keys.leave(TREE, shard)
    keys.store.pack()
    assert keys.store.dump() == before


def test_leaving_a_shard_below_streams_that_keep_no_keys() -> None:
    """Nobody knows which of these lists are below records of the shard, so that all of them are forgotten."""
    folder = replace(FOLDER, finds_deleted=False)
    page = replace(PAGE, parent=folder, finds_deleted=False, skips_unchanged=False)
    note = replace(NOTE, parent=page)
    tree = StreamTree([folder, page, note])
    keys = KnownKeys(tree)
    keys.write(note, "p1", ("n1", "p1"), NO_DIGEST)
    keys.leave(tree, Shard(1, 2))
    assert list(keys.store.names(note)) == []


def test_trying_a_list_without_an_owner() -> None:
    """A list that belongs to a deleted row stays one, however often it is tried."""
    keys = KnownKeys(TREE)
    keys.write(NOTE, "p1", ("n1", "p1"), NO_DIGEST)
    keys.lose(NOTE, "p1", Below.DELETED)
    keys.try_at(NOTE, "p1", 77)
    assert keys.store.look(NOTE, "p1").read_at == OWNERLESS
