"""Lists are due to be read whole when rows are missing from them, or when they have not been for too long."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from async_sync import EmbeddedStream, Stream
from async_sync.configuration.settings import Settings
from async_sync.pipeline.whole_readings import due_lists
from async_sync.streams.tree import StreamTree
from async_sync.writing.deletions import Deletions
from async_sync.writing.key_store import NEVER, OWNERLESS, PARTLY, ListName
from async_sync.writing.saved_values import ROOT
from async_sync.writing.state import SyncState

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
NOW = 100_000
DAY = 24 * 60


def settings(full_read_days: float = math.inf) -> Settings:
    return Settings(base_url="http://localhost", full_read_days=full_read_days)


def due(saved: Mapping[str, Any], full_read_days: float = math.inf) -> dict[ListName, int]:
    columns = {table.name: list(table.primary_key) for table in TREE.tables}
    state = SyncState.load({**saved, "key_columns": columns}, TREE)
    return due_lists(state, TREE, settings(full_read_days), NOW)


@pytest.mark.parametrize(
    ("read_at", "days", "is_due"),
    [
        (NOW - 2 * DAY, 2, True),
        (NOW - 2 * DAY + 1, 2, False),
        (NOW - 30, 0.5 / 24, True),
        (NOW, 0, True),
        (NEVER, 2, True),
        (PARTLY, 2, True),
        (PARTLY, math.inf, False),
        (NEVER, math.inf, False),
        (OWNERLESS, 0, False),
    ],
)
def test_lists_that_were_not_read_for_too_long(read_at: int, days: float, is_due: bool) -> None:
    """A list is due when its last whole reading is so many days ago, if what it belongs to is not deleted."""
    found = due({"known_keys": {"team": {"c1": [read_at, "c1", 7]}}}, days)
    assert found == ({("team", "c1"): read_at} if is_due else {})


@pytest.mark.parametrize("days", [2, math.inf])
def test_lists_that_lack_rows(days: float) -> None:
    """They are due in each sync, before all others, except where what they belong to is deleted."""
    lists = {"c1": [NOW, "c1", 7], "c2": [NOW, "c2", 7], "c3": [OWNERLESS, "c3", 7]}
    found = due({"known_keys": {"team": lists}, "missing_keys": {"team": {"c1": ["c1", 7], "c3": ["c3", 7]}}}, days)
    assert found == {("team", "c1"): PARTLY}


def test_lists_of_which_nothing_is_known() -> None:
    """A list that was read before its keys were kept is due where lists are read whole now and then, and only there."""
    saved = {
        "company_cursor": "2026-01-01",
        "site_cursor": {"eu/1": "2026-01-01"},
        "note_cursor": "2026-01-01",
        "known_keys": {"team": {"c2": [NOW, "c2", 7]}},
    }
    assert due(saved, 2) == {("company", ROOT): PARTLY, ("site", "eu/1"): PARTLY}
    assert due(saved) == {}


def test_lists_whose_owner_is_not_known() -> None:
    """Of lists of which nothing is known, those are due whose owner is known, if its stream keeps keys."""
    saved = {
        "team_cursor": {"c1": "2026-01-01", "c2": "2026-01-01", "c9": "2026-01-01"},
        "known_keys": {"company": {ROOT: [NOW, ["c1", "c2"]]}, "team": {"c2": [NOW, "c2", 7]}},
    }
    assert due(saved, 2) == {("team", "c1"): PARTLY}


@pytest.mark.parametrize(("shard", "is_due"), [("1/1", True), ("1/2", False)])
def test_lists_whose_owner_may_be_of_another_shard(shard: str, is_due: bool) -> None:
    """Where owners keep no keys, lists further below the root records may be of other shards: those are left out."""
    company = replace(COMPANY, finds_deleted=False)
    team = replace(TEAM, parent=company, finds_deleted=False)
    item = replace(MEMBER, name="item", table="item", parent=company, path="/{c}/items")
    tree = StreamTree([company, team, item, replace(MEMBER, parent=team)])
    saved = {"item_cursor": {"c1": "2026-01-01"}, "member_cursor": {"c1/7": "2026-01-01"}, "shard": shard}
    found = due_lists(SyncState.load(saved, tree), tree, settings(2), NOW)
    assert found == {("item", "c1"): PARTLY} | ({("member", "c1/7"): PARTLY} if is_due else {})


def test_other_lists_are_never_due() -> None:
    """Those are not whose missing rows are not deleted, and those inside of records."""
    saved = {"known_keys": {"note": {ROOT: [1, 1]}, "mail": {"c1": [1, "c1", 7]}, "company": {ROOT: [1, "c1"]}}}
    assert due(saved, 0) == {("company", ROOT): 1}


def test_lists_below_rows_that_are_missing() -> None:
    """They are not due: whether these rows are gone is decided by the list above."""
    known = {"company": {ROOT: [NOW, ["c1", "c2"]]}, "team": {"c1": [1, "c1", 7], "c2": [1, "c2", 7]}}
    found = due({"known_keys": known, "missing_keys": {"company": {ROOT: ["c1"]}, "team": {"c1": ["c1", 7]}}}, 2)
    assert found == {("company", ROOT): PARTLY, ("team", "c2"): 1}


def test_lists_below_rows_that_have_moved() -> None:
    """They are due: another list has the row, so that what is below it is still there, or missing from these lists."""
    person = replace(TEAM, name="person", table="person", path="/{c}/people", primary_key=["p"], columns={})
    tree = StreamTree([COMPANY, person, replace(MEMBER, parent=person, path="/{p}/members", primary_key=["p", "m"])])
    saved = {
        "known_keys": {
            "person": {"c1": [NOW, ["1", "2"]], "c2": [NOW, "2"]},
            "member": {"1": [1, "1", 7], "2": [1, "2", 7]},
        },
        "missing_keys": {"person": {"c1": [["1", "2"]]}},
        "key_columns": {table.name: list(table.primary_key) for table in tree.tables},
    }
    state = SyncState.load(saved, tree)
    missing = state.keys.missing()
    plan = Deletions(tree, state.keys, max_percent=100).plan(is_complete=True, doomed=missing)
    found = due_lists(state, tree, settings(2), NOW, plan)
    assert found == {("person", "c1"): PARTLY, ("member", "2"): 1}
