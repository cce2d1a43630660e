"""Which rows are deleted at the end of a sync: those below before those above, and never too many of a table."""

from typing import Any

import pytest

from async_sync import EmbeddedStream, Stream
from async_sync.records.keys import Key, pack
from async_sync.streams.table import Table
from async_sync.streams.tree import StreamTree
from async_sync.writing.deletions import Deletions, Excess, Removal
from async_sync.writing.known_keys import KnownKeys
from async_sync.writing.saved_values import ROOT

COMPANY = Stream(table="company", path="/companies", primary_key=["c"], columns={}, finds_deleted=True)
TEAM = Stream(table="team", parent=COMPANY, path="/{c}/teams", primary_key=["c", "t"], columns={}, finds_deleted=True)
MAIL = EmbeddedStream(
    table="mail", parent=COMPANY, records="mails", primary_key=["c", "m"], columns={}, finds_deleted=True
)
MEMBER = Stream(
    table="member", parent=TEAM, path="/{c}/{t}", primary_key=["c", "t", "n"], columns={}, finds_deleted=True
)
NOTED = Stream(
    table="noted", parent=COMPANY, path="/{c}/noted", primary_key=["c", "id"], columns={}, skips_unchanged=True
)
TREE = StreamTree([MEMBER, NOTED, MAIL, TEAM, COMPANY])


def keys_of(**lists: dict[str, list[Key]]) -> KnownKeys:
    """Keys that are known of the lists of each stream."""
    keys = KnownKeys(TREE)
    known = {
        name: {list_id: [50, *pack(dict.fromkeys(found, b""), digests=False)] for list_id, found in of.items()}
        for name, of in lists.items()
    }
    keys.load(known, {}, {name: keys.store.columns(name) for name in keys.store.tables})
    return keys


def deletions(keys: KnownKeys, max_percent: float = 20) -> Deletions:
    return Deletions(TREE, keys, max_percent=max_percent)


def confirm(keys: KnownKeys, table: Table, list_id: str, *confirmed: Key) -> None:
    keys.confirmed[table.name, list_id] = set(confirmed)


def numbered(count: int) -> KnownKeys:
    """So many companies are known, from 0 on."""
    keys = KnownKeys(TREE)
    keys.see(COMPANY, ROOT, [(number,) for number in range(count)])
    return keys


SMALL: dict[str, dict[str, list[Key]]] = {
    "company": {ROOT: [(1,), (2,)]},
    "team": {"1": [(1, "a"), (1, "b")], "2": [(2, "a")]},
    "member": {"1/a": [(1, "a", 7)], "2/a": [(2, "a", 7)]},
    "mail": {"1": [(1, "x")]},
    "noted": {"1": [(1, 5)]},
}


@pytest.mark.parametrize(
    ("known", "percent", "count", "is_allowed"),
    [
        (100, 0, 100, True),
        (1000, 0, 100, True),
        (1000, 0, 101, False),
        (1000, 20, 200, True),
        (1000, 20, 201, False),
        (1000, 12.5, 125, True),
        (1000, 12.5, 126, False),
        (200, 100, 200, True),
    ],
)
def test_how_many_may_be_deleted(known: int, percent: float, count: int, is_allowed: bool) -> None:
    """A hundred rows of a table always may, and more of them only up to their share of the known ones."""
    found = deletions(numbered(known), percent)
    assert found.allows("company", count) == is_allowed
    assert found.known("company") == known


def test_what_has_been_deleted_counts() -> None:
    """The limit is for one sync, in which the known rows are those at its beginning."""
    keys = numbered(1000)
    found = deletions(keys)
    for number in range(150):
        keys.discard(COMPANY, ROOT, (number,))
        found.deleted["company"] += 1
    assert found.known("company") == 1000
    assert (found.allows("company", 50), found.allows("company", 51)) == (True, False)
    assert found.allows("team", 100)


def test_nothing_is_confirmed() -> None:
    """Then nothing is deleted, whatever is missing."""
    keys = keys_of(**SMALL)
    keys.doom(COMPANY, ROOT, (1,))
    confirm(keys, COMPANY, ROOT)
    assert deletions(keys).plan(is_complete=True) == ([], [])


def test_children_come_before_their_parents() -> None:
    """Everything known below a row is deleted with it, at any depth, and before it."""
    keys = keys_of(**SMALL)
    confirm(keys, COMPANY, ROOT, (1,))
    plan = deletions(keys).plan(is_complete=False)
    assert plan.excesses == []
    removed = [(removal.table.name, removal.list_id, removal.key) for removal in plan.removals]
    assert removed[0] == ("member", "1/a", (1, "a", 7))
    assert sorted(removed[1:4]) == [("mail", "1", (1, "x")), ("team", "1", (1, "a")), ("team", "1", (1, "b"))]
    assert removed[4:] == [("company", ROOT, (1,))]
    assert all(removal.kept is None for removal in plan.removals)


def test_a_row_is_deleted_once() -> None:
    """A key that is confirmed itself and is below a confirmed one is planned once, with others of its list."""
    keys = keys_of(**SMALL)
    confirm(keys, COMPANY, ROOT, (1,))
    confirm(keys, TEAM, "1", (1, "a"))
    confirm(keys, TEAM, "2", (2, "a"))
    planned = [removal.key for removal in deletions(keys).plan(is_complete=True).removals if removal.table is TEAM]
    assert sorted(planned) == [(1, "a"), (1, "b"), (2, "a")]


def test_the_keys_to_delete_may_be_named() -> None:
    """With a choice of doomed keys, those that are confirmed do not count."""
    keys = keys_of(**SMALL)
    confirm(keys, COMPANY, ROOT, (1,))
    plan = deletions(keys).plan(is_complete=True, doomed={("team", "2"): {(2, "a")}})
    assert plan.removals == [Removal(MEMBER, "2/a", (2, "a", 7)), Removal(TEAM, "2", (2, "a"))]


def test_too_many_of_a_table() -> None:
    """None of them is deleted, nor anything that would be only since it is below them; other tables are not held up."""
    keys = numbered(500)
    keys.see(TEAM, "1", [(1, "a")])
    keys.see(TEAM, "400", [(400, "a")])
    confirm(keys, COMPANY, ROOT, *((number,) for number in range(101)))
    confirm(keys, TEAM, "400", (400, "a"))
    plan = deletions(keys).plan(is_complete=True)
    assert plan.excesses == [Excess("company", 101, 500)]
    assert plan.removals == [Removal(TEAM, "400", (400, "a"))]
    assert deletions(keys, 20.2).plan(is_complete=True).excesses == []


def test_too_many_below() -> None:
    """The rows above are deleted if it is only the table below that would lose too many."""
    keys = numbered(3)
    keys.see(TEAM, "1", [(1, number) for number in range(101)])
    keys.see(MEMBER, "1/5", [(1, 5, 7)])
    confirm(keys, COMPANY, ROOT, (1,))
    plan = deletions(keys).plan(is_complete=True)
    assert plan == ([Removal(COMPANY, ROOT, (1,))], [Excess("team", 101, 101)])


def test_an_excess_names_what_was_deleted_before() -> None:
    """It counts all that the table would lose in this sync, of all that was known at its beginning."""
    keys = numbered(300)
    confirm(keys, COMPANY, ROOT, *((number,) for number in range(60)))
    found = deletions(keys)
    found.deleted["company"] = 50
    assert found.plan(is_complete=True) == ([], [Excess("company", 110, 350)])


def test_what_is_below_a_row() -> None:
    """Every known row of the streams that find what is deleted, each after what is below it."""
    found = [(removal.table.name, removal.key) for removal in deletions(keys_of(**SMALL)).below(COMPANY, (1,))]
    assert found == [("member", (1, "a", 7)), ("team", (1, "a")), ("team", (1, "b")), ("mail", (1, "x"))]
    assert deletions(keys_of(**SMALL)).finding_below(COMPANY) == [TEAM, MAIL]
    assert [*deletions(keys_of(**SMALL)).below(COMPANY, (9,))] == []


def test_what_may_be_deleted_at_once() -> None:
    """Of tables that would lose too many, nothing is; the others are not held up by that."""
    team, mails = Removal(TEAM, "1", (1, "a")), [Removal(MAIL, "1", (1, number)) for number in range(101)]
    found: Any = deletions(keys_of(**SMALL))
    assert found.at_once([mails[0], team, *mails[1:]]) == [team]
    assert found.at_once(iter([*mails[1:], team])) == [*mails[1:], team]
    found.deleted["team"] = 100
    assert found.at_once([team, mails[0]]) == [mails[0]]
    assert found.at_once([]) == []
