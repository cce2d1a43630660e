"""A key is missing from a list that was read without it, and may be deleted once that was so twice in one sync."""

from typing import Any

import pytest

from async_sync import EmbeddedStream, Stream
from async_sync.errors.base import StateError
from async_sync.records.keys import NO_DIGEST, Key
from async_sync.streams.tree import StreamTree
from async_sync.writing.key_store import NEVER, OWNERLESS, PARTLY, Below
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
PLAIN = Stream(table="plain", path="/plain", primary_key=["id"], columns={})
TREE = StreamTree([FOLDER, PAGE, TAG, PLAIN])
D1 = b"\x01" * 8


def columns_of(keys: KnownKeys) -> dict[str, list[str]]:
    return {name: keys.store.columns(name) for name in keys.store.tables}


def known(**lists: Any) -> KnownKeys:
    keys = KnownKeys(TREE)
    keys.load(lists, {}, columns_of(keys))
    return keys


def read(keys: KnownKeys, *found: str | int, minute: int = 100) -> None:
    """The folders are read whole, and these are all of them."""
    keys.begin(FOLDER, ROOT, is_first=False)
    keys.see(FOLDER, ROOT, [(one,) for one in found])
    keys.end(FOLDER, ROOT, minute, is_whole=True)


def missing(keys: KnownKeys) -> set[Key]:
    return keys.store.look(FOLDER, ROOT).missing


def confirmed(keys: KnownKeys) -> set[Key]:
    return keys.confirmed.get(("folder", ROOT), set())


def test_which_tables_keep_keys() -> None:
    """Those that find what is deleted, or skip what is unchanged; no others."""
    keys = known()
    assert list(keys.store.tables) == ["folder", "page", "tag"]
    assert (FOLDER in keys, PLAIN in keys) == (True, False)
    assert (keys.is_used, keys.has_digests) == (True, True)
    nothing = KnownKeys(StreamTree([PLAIN]))
    assert (nothing.is_used, nothing.has_digests) == (False, False)
    assert not KnownKeys(StreamTree([FOLDER])).has_digests


def test_a_state_of_another_shape_is_an_error() -> None:
    """It is one when it is loaded, or of keys that are unpacked only when they are needed, then."""
    with pytest.raises(StateError, match="known_keys is not an object"):
        KnownKeys(TREE).load([], {}, {})
    with pytest.raises(StateError, match="known_keys of page 'f1' cannot be read: expected 2 keys, and found 1"):
        known(page={"f1": [OWNERLESS, [1, 0], "f1", "00000"]}).decide(is_complete=True)


def test_what_a_whole_reading_lacks_is_missing() -> None:
    """The keys that it did not find are missing, and none of them is confirmed by that; the minute is kept."""
    keys = known(folder={ROOT: [50, [1, 1, 1]]})
    read(keys, 2)
    assert (missing(keys), confirmed(keys)) == ({(1,), (3,)}, set())
    assert keys.store.look(FOLDER, ROOT).read_at == 100
    assert keys.read_in_sync == {("folder", ROOT)}
    assert keys.store.counts["folder"] == 3


def test_what_two_readings_lack_is_confirmed() -> None:
    """Only keys that both readings of one sync lacked are; what was found again is not missing any more."""
    keys = known(folder={ROOT: [50, [1, 1, 1]]})
    read(keys, 2)
    read(keys, 1)
    assert (missing(keys), confirmed(keys)) == ({(2,), (3,)}, {(3,)})


def test_a_reading_of_an_earlier_sync_confirms_nothing() -> None:
    """What was missing in the sync before has to be missing twice in this one."""
    keys = KnownKeys(TREE)
    keys.load({"folder": {ROOT: [50, [1, 1]]}}, {"folder": {ROOT: [1]}}, columns_of(keys))
    assert missing(keys) == {(1,)}
    read(keys, 2)
    assert (missing(keys), confirmed(keys)) == ({(1,)}, set())
    read(keys, 2)
    assert confirmed(keys) == {(1,)}


@pytest.mark.parametrize("found", ["A", "a"])
def test_another_spelling_is_the_same_row(found: str) -> None:
    """A key that comes back in another case, or as a number instead of text, is not missing."""
    keys = known(folder={ROOT: [50, ["a", "7"]]})
    read(keys, found, 7)
    assert missing(keys) == set()
    read(keys)
    read(keys)
    assert {("a",), ("7",), (7,)} <= confirmed(keys)
    keys.see(FOLDER, ROOT, [("A",), (7,)])
    assert (missing(keys), confirmed(keys)) == (set(), set())


def test_what_is_written_is_not_missing() -> None:
    """A row that is written is found in the reading that is under way, and no longer missing or confirmed."""
    keys = known(folder={ROOT: [50, [1, 1]]})
    read(keys)
    read(keys)
    assert confirmed(keys) == {(1,), (2,)}
    keys.begin(FOLDER, ROOT, is_first=False)
    keys.write(FOLDER, ROOT, (1,), NO_DIGEST)
    assert (missing(keys), confirmed(keys)) == ({(2,)}, {(2,)})
    keys.end(FOLDER, ROOT, 101, is_whole=True)
    assert (missing(keys), confirmed(keys)) == ({(2,)}, {(2,)})
    assert keys.store.counts["folder"] == 2


@pytest.mark.parametrize(("is_first", "read_at"), [(True, NEVER), (False, PARTLY)])
def test_a_list_that_is_begun(is_first: bool, read_at: int) -> None:
    """All keys of a list are known from its first reading on, and not if rows of it had been written before."""
    keys = known()
    keys.begin(FOLDER, ROOT, is_first=is_first)
    keys.write(FOLDER, ROOT, (1,), NO_DIGEST)
    assert keys.store.look(FOLDER, ROOT).read_at == read_at
    keys.begin(FOLDER, ROOT, is_first=True)
    assert keys.store.look(FOLDER, ROOT).read_at == read_at


def test_a_reading_that_did_not_begin_tells_nothing() -> None:
    """Where a list was not seen from its beginning, nothing is missing at its end."""
    keys = known(folder={ROOT: [50, [1, 1]]})
    keys.end(FOLDER, ROOT, 100, is_whole=True)
    assert (missing(keys), keys.store.look(FOLDER, ROOT).read_at, keys.read_in_sync) == (set(), 50, set())


def test_a_reading_in_doubt() -> None:
    """A reading that may lack rows makes none of them missing and confirms none, but it was one, at its time."""
    keys = known(folder={ROOT: [50, [1, 1]]})
    keys.begin(FOLDER, ROOT, is_first=False)
    keys.end(FOLDER, ROOT, 100, is_whole=False)
    assert (missing(keys), keys.store.look(FOLDER, ROOT).read_at) == (set(), 100)
    assert keys.read_in_sync == {("folder", ROOT)}
    read(keys, 1)
    assert (missing(keys), confirmed(keys)) == ({(2,)}, set())


def test_a_list_that_is_begun_again_forgets_what_it_saw() -> None:
    """What an interrupted reading found does not count for the next one."""
    keys = known(folder={ROOT: [50, [1, 1]]})
    keys.begin(FOLDER, ROOT, is_first=False)
    keys.see(FOLDER, ROOT, [(1,)])
    read(keys, 2)
    assert missing(keys) == {(1,)}


def test_lost_lists() -> None:
    """A list that does not exist lacks all of its keys, as a reading would; one whose owner is deleted at once."""
    keys = known(folder={ROOT: [50, [1, 1]]})
    keys.lose(FOLDER, ROOT, Below.KEPT)
    keys.lose(PAGE, "f9", Below.MISSING)
    assert (missing(keys), keys.read_in_sync) == (set(), set())
    keys.lose(FOLDER, ROOT, Below.MISSING)
    assert (missing(keys), confirmed(keys)) == ({(1,), (2,)}, set())
    keys.lose(FOLDER, ROOT, Below.MISSING)
    assert confirmed(keys) == {(1,), (2,)}
    assert (keys.ownerless, keys.store.look(FOLDER, ROOT).read_at) == (set(), 50)


def test_a_lost_list_is_not_read_to_its_end() -> None:
    """If it was lost while it was read, the end of that reading tells nothing."""
    keys = known(folder={ROOT: [50, [1, 1]]})
    keys.begin(FOLDER, ROOT, is_first=False)
    keys.lose(FOLDER, ROOT, Below.MISSING)
    keys.end(FOLDER, ROOT, 100, is_whole=True)
    assert (keys.store.look(FOLDER, ROOT).read_at, confirmed(keys)) == (50, set())
