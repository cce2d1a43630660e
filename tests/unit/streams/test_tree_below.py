"""What is below the rows of a stream, and which rows may move from list to list."""

from dataclasses import replace

import pytest

from async_sync import EmbeddedStream, Stream
from async_sync.records.keys import Key
from async_sync.streams.table import Table
from async_sync.streams.tree import StreamTree

COMPANY = Stream(table="company", path="/companies", primary_key=["company_id"], columns={})
ARCHIVED = Stream(
    table="company", name="archived", path="/archived", primary_key=["company_id"], columns={}, means_deleted=True
)
TEAM = Stream(
    table="team", parent=COMPANY, path="/{company_id}/teams", primary_key=["team_id", "company_id"], columns={}
)
CLOSED = Stream(
    table="team",
    name="closed",
    parent=COMPANY,
    path="/{company_id}/closed",
    primary_key=["team_id", "company_id"],
    columns={},
    means_deleted=True,
)
MAIL = EmbeddedStream(table="mail", parent=COMPANY, records="mails", primary_key=["mail"], columns={})
WORD = EmbeddedStream(table="word", parent=MAIL, records="words", primary_key=["word", "mail"], columns={})
SITE = Stream(table="site", parents=[{"region": "eu"}], path="/{region}/sites", primary_key=["site_id"], columns={})
ROOM = Stream(table="room", parent=SITE, path="/{site_id}", primary_key=["room_id", "site_id"], columns={})
TREE = StreamTree([TEAM, WORD, CLOSED, MAIL, COMPANY, ARCHIVED, ROOM, SITE])


@pytest.mark.parametrize(
    ("table", "below"),
    [
        (COMPANY, ["closed", "team", "mail"]),
        (ARCHIVED, ["closed", "team", "mail"]),
        (MAIL, ["word"]),
        (TEAM, []),
        (WORD, []),
        (SITE, ["room"]),
    ],
)
def test_what_is_below(table: Table, below: list[str]) -> None:
    """It is what is one level below, in lists or inside records; below rows that mean deleted, what is below those."""
    assert [child.name for child in TREE.all_below(table)] == below


def test_what_is_below_parents_that_are_known_beforehand() -> None:
    """It is the stream that they are of."""
    static = TREE.static_parents(SITE)
    assert static is not None
    assert TREE.all_below(static) == [SITE]


def test_streams_whose_rows_mean_deleted_are_read_first() -> None:
    """Below a record, their lists come before the others, in whatever order they are declared."""
    assert TREE.children(COMPANY) == [CLOSED, TEAM]
    assert StreamTree([COMPANY, CLOSED, TEAM]).children(COMPANY) == [CLOSED, TEAM]


def test_which_streams_are_replaced() -> None:
    """Those of the same table whose rows are not deleted; none by a stream whose rows are not."""
    moved = replace(TEAM, name="moved_team")
    tree = StreamTree([COMPANY, TEAM, CLOSED, moved])
    assert tree.replaced_by(CLOSED) == [TEAM, moved]
    assert tree.replaced_by(TEAM) == tree.replaced_by(COMPANY) == []


@pytest.mark.parametrize(
    ("table", "level"), [(COMPANY, 0), (ARCHIVED, 0), (TEAM, 1), (MAIL, 1), (WORD, 2), (SITE, 1), (ROOM, 2)]
)
def test_levels(table: Table, level: int) -> None:
    """They count what is above, also inside records, and parents that are known beforehand."""
    assert TREE.level(table) == len(TREE.above(table)) == level


@pytest.mark.parametrize(
    ("key", "moves"),
    [
        (["team_id", "company_id"], False),
        (["company_id", "team_id"], False),
        (["company_id"], True),
        (["team_id"], True),
    ],
)
def test_rows_below_a_record_may_move(key: list[str], moves: bool) -> None:
    """A row is in one list only if its key contains that of the record above, and more."""
    assert StreamTree([COMPANY, team := replace(TEAM, primary_key=key)]).may_move(team) == moves
    mail = replace(MAIL, primary_key=key)
    assert StreamTree([COMPANY, mail]).may_move(mail) == moves


@pytest.mark.parametrize(("key", "moves"), [(["site_id", "region"], False), (["site_id"], True)])
def test_rows_below_parents_that_are_known_beforehand_may_move(key: list[str], moves: bool) -> None:
    """The same goes for the fields of these parents."""
    assert StreamTree([site := replace(SITE, primary_key=key)]).may_move(site) == moves


def test_rows_of_several_streams_may_move() -> None:
    """Where two streams fill one table, a row may go from one to the other; those of a single list stay there."""
    assert [TREE.may_move(table) for table in (COMPANY, ARCHIVED, TEAM, CLOSED)] == [True] * 4
    assert not StreamTree([COMPANY]).may_move(COMPANY)
    embedded = replace(MAIL, primary_key=["mail", "company_id"])
    both = StreamTree([COMPANY, embedded, other := replace(embedded, name="other_mail", records="other_mails")])
    assert both.may_move(embedded)
    assert both.may_move(other)


@pytest.mark.parametrize(
    ("table", "list_id", "key", "is_bound"),
    [
        (TEAM, "c1", ("t", "c1"), True),
        (TEAM, "7", (1, 7), True),
        (TEAM, "c1", ("c1", "c2"), False),
        (SITE, "eu", ("s", "eu"), True),
        (SITE, "eu", ("s", "us"), False),
        (COMPANY, "", ("c1",), True),
        (replace(TEAM, primary_key=["team_id"]), "c1", ("c1",), False),
    ],
)
def test_rows_that_can_be_in_no_other_list(table: Stream, list_id: str, key: Key, is_bound: bool) -> None:
    """Their key contains the name of the list: those columns may be the record's own, and name another one."""
    if table.name == "site":
        table = replace(SITE, primary_key=["site_id", "region"])
    tree = StreamTree([table] if table.parent is None else [COMPANY, table])
    assert tree.is_bound(table, list_id, key) == is_bound
