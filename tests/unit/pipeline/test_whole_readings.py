"""Lists are read whole when it is time to, or when rows are missing from them; their requests come from their names."""

from typing import Any

import pytest

from async_sync import EmbeddedStream, Stream
from async_sync.pipeline.whole_readings import WholeReadings, needs_row, row_of
from async_sync.streams.tree import StreamTree
from async_sync.writing.key_store import PARTLY
from async_sync.writing.row_writer import Record
from async_sync.writing.saved_values import ROOT

COMPANY = Stream(table="company", path="/companies", primary_key=["c"], columns={"c": "STRING"}, finds_deleted=True)
TEAM = Stream(
    table="team",
    parent=COMPANY,
    path="/companies/{c}/teams",
    primary_key=["c", "t"],
    columns={"c": "STRING", "t": "LONG"},
    finds_deleted=True,
)
MEMBER = Stream(
    table="member", parent=TEAM, path="/{c}/{t}/members", primary_key=["c", "t", "m"], columns={}, finds_deleted=True
)
MAIL = EmbeddedStream(
    table="mail", parent=COMPANY, records="mails", primary_key=["c", "m"], columns={}, finds_deleted=True
)
SITE = Stream(
    table="site",
    parents=[{"region": "eu", "zone": 1}],
    path="/{region}/{zone}",
    primary_key=["s"],
    columns={},
    finds_deleted=True,
)
NOTE = Stream(table="note", path="/notes", primary_key=["n"], columns={}, skips_unchanged=True)
TREE = StreamTree([COMPANY, TEAM, MEMBER, MAIL, SITE, NOTE])


def names(whole: WholeReadings) -> list[tuple[str, str]]:
    return [(record.stream.name, record.name) for record in whole.records()]


def test_nothing_is_due() -> None:
    """Then no list is read whole, and none is asked for."""
    for whole in (WholeReadings(), WholeReadings({}, TREE)):
        assert not whole
        assert not whole.wants(COMPANY, ROOT)
        assert (names(whole), whole.roots, whole.reads_all) == ([], set(), set())


def test_the_oldest_lists_come_first() -> None:
    """They are asked for by the minute of their last whole reading, and those of one minute by their names."""
    whole = WholeReadings({("team", "c1"): 9, ("team", "c3"): 8, ("team", "c2"): PARTLY, ("team", "c0"): 8}, TREE)
    assert names(whole) == [("company", "c2"), ("company", "c0"), ("company", "c3"), ("company", "c1")]


def test_roots() -> None:
    """The single list of a root is not below any record: its stream is named instead."""
    whole = WholeReadings({("company", ROOT): 5, ("team", "c1"): 6, ("site", "eu/1"): 7}, TREE)
    assert whole.roots == {"company"}
    assert whole.reads_all == set()
    assert names(whole) == [("company", "c1"), ("parents of site", "eu/1")]


def test_each_record_is_asked_for_once() -> None:
    """Several lists below a record are read with it, those of other streams as well, until all of them were read."""
    item = Stream(
        table="item", parent=COMPANY, path="/{c}/items", primary_key=["c", "i"], columns={}, finds_deleted=True
    )
    whole = WholeReadings({("team", "c1"): 5, ("item", "c1"): 6, ("item", "c2"): 7}, StreamTree([COMPANY, TEAM, item]))
    assert names(whole) == [("company", "c1"), ("company", "c2")]
    whole.was_read(TEAM, "c1")
    assert names(whole) == [("company", "c1"), ("company", "c2")]
    whole.was_read(item, "c1")
    assert names(whole) == [("company", "c2")]
    assert [whole.wants(item, list_id) for list_id in ("c1", "c2")] == [False, True]


def test_a_list_that_was_read_is_not_asked_for() -> None:
    """Not even while the records are asked for one after the other."""
    whole = WholeReadings({("team", "c1"): 5, ("team", "c2"): 6}, TREE)
    records = whole.records()
    assert next(records).name == "c1"
    whole.was_read(TEAM, "c2")
    whole.was_read(TEAM, "c1")
    whole.was_read(TEAM, "c9")
    assert [*records] == []
    assert not whole


def test_the_row_above_a_list_comes_from_its_name() -> None:
    """It has the values of the key columns, whole numbers as such where the column is declared so."""
    assert row_of(TREE, TEAM, "c/1") == {"c": "c/1"}
    assert row_of(TREE, MEMBER, "c%2F1/7") == {"c": "c/1", "t": 7}
    assert row_of(TREE, SITE, "eu/1") == {"region": "eu", "zone": 1}
    assert row_of(TREE, SITE, "us/1") is None
    assert row_of(TREE, COMPANY, ROOT) is None
    for name in ("c1/seven", "c1/07", "c1"):  # no list of a member has such a name by now
        assert row_of(TREE, MEMBER, name) is None
    whole = WholeReadings({("member", "c1/7"): 5}, TREE)
    assert [*whole.records()] == [Record(TEAM, "c1/7", {"c": "c1", "t": 7})]


@pytest.mark.parametrize(
    ("column", "value"),
    [("STRING", "7"), ({"type": "STRING"}, "7"), ("SHORT", 7), ("INT", 7), ("LONG", 7), ({"type": "LONG"}, 7)],
)
def test_types_of_key_columns(column: Any, value: object) -> None:
    """The name of a list tells text from numbers by the column, in either form of declaring it."""
    above = Stream(table="above", path="/above", primary_key=["id"], columns={"id": column})
    tree = StreamTree([above, below := Stream(table="b", parent=above, path="/{id}", primary_key=["x"], columns={})])
    assert row_of(tree, below, "7") == {"id": value}
    assert not needs_row(tree, above)


@pytest.mark.parametrize(
    ("columns", "path"),
    [({}, "/{id}"), ({"id": "DECIMAL"}, "/{id}"), ({"id": {}}, "/{id}"), ({"id": "LONG"}, "/{id}/{slug}")],
)
def test_a_row_that_is_not_known(columns: Any, path: str) -> None:
    """It is not known without the key's type, or if requests need more: then all lists above are read whole."""
    top = Stream(table="top", path="/top", primary_key=["top"], columns={"top": "LONG"})
    above = Stream(table="above", parent=top, path="/{top}", primary_key=["id"], columns=columns)
    below = Stream(table="below", parent=above, path=path, primary_key=["x"], columns={}, finds_deleted=True)
    tree = StreamTree([top, above, below])
    assert needs_row(tree, above)
    assert row_of(tree, below, "7") is None
    whole = WholeReadings({("below", "7"): 5}, tree)
    assert (names(whole), whole.reads_all, whole.roots, bool(whole)) == ([], {"top", "above"}, {"top"}, True)
    row = {"id": 7, "slug": "x"}
    whole = WholeReadings({("below", "7"): 5}, tree, {("above", "7"): row, ("above", "8"): {}})
    assert [*whole.records()] == [Record(above, "7", row)]
    assert (whole.reads_all, whole.roots) == (set(), set())


def test_parents_that_are_not_declared_any_more() -> None:
    """A list of theirs cannot be asked for, and nothing is read instead."""
    whole = WholeReadings({("site", "us/9"): 5}, TREE)
    assert (names(whole), whole.reads_all, whole.roots) == ([], set(), set())


def test_lists_below_streams_with_parents_that_are_known_beforehand() -> None:
    """Where a row is not known, the lists of the stream above are all read; it has no list of a root."""
    room = Stream(table="room", parent=SITE, path="/{s}/{name}", primary_key=["r"], columns={}, finds_deleted=True)
    whole = WholeReadings({("room", "7"): 5}, StreamTree([SITE, room]))
    assert (names(whole), whole.reads_all) == ([], {"site"})
