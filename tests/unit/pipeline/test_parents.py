from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from async_sync import ParentStream
from async_sync.pipeline.parents import Parents
from async_sync.records.pages import Answer, Page
from async_sync.writing.passes import PassStart
from async_sync.writing.state import SyncState
from tests.helpers.parts import COMPANIES, DEPARTMENTS, company, cursor, parse

DAY1, DAY2, DAY3 = "2026-01-01", "2026-01-02", "2026-01-03"
ALL = {"sync_scope": "all_parents"}


def parents(configuration: Mapping[str, str] = {}, *, stream: ParentStream = COMPANIES, **saved: Any) -> Parents:
    settings, state = parse(configuration), SyncState.load(saved, stream, [DEPARTMENTS])
    return Parents(stream, settings, state, PassStart.of(state, settings, stream))


def written(parents: Parents) -> list[str]:
    days = [DAY1, DAY2, DAY3]
    rows = [company(number, day) for number, day in enumerate(days)]
    page = Page(Answer("http://localhost", {}, []), rows, [cursor(day) for day in days], ["company_id"])
    return [row["updated_at"] for row in parents.split(page, first=0)[0]]


def test_changed_parents() -> None:
    """Only what has changed is read, from the companies' cursor, and all that is read is written."""
    changed = parents(company_cursor=DAY2, pass_cursor=DAY1)

    assert changed.stream is COMPANIES
    assert changed.cursor.seen_until == cursor(DAY2)
    assert written(changed) == [DAY1, DAY2, DAY3]


def test_a_first_sync() -> None:
    """A first sync reads and writes everything, whatever its scope."""
    for configuration in ({}, ALL):
        assert parents(configuration).cursor.seen_until is None
        assert written(parents(configuration)) == [DAY1, DAY2, DAY3]


def test_all_parents() -> None:
    """A pass reads every company from the beginning, and writes those from the companies' cursor on."""
    every = parents(ALL, company_cursor=DAY2)

    assert every.cursor.seen_until is None
    assert written(every) == [DAY2, DAY3]


def test_all_parents_goes_on() -> None:
    """An unfinished pass goes on where it had come to, and writes what has changed since the last sync all the same."""
    assert parents(ALL, company_cursor=DAY2, pass_cursor=DAY1).cursor.seen_until == cursor(DAY1)
    assert written(parents(ALL, company_cursor=DAY2, pass_cursor=DAY3)) == [DAY2, DAY3]


def test_all_parents_looks_back() -> None:
    """Where the API's cursor is not exact, the companies just before it are written too."""
    assert written(parents({**ALL, "lookback_seconds": "86400"}, company_cursor=f"{DAY3}T00:00:00Z")) == [DAY2, DAY3]
    assert written(parents({**ALL, "lookback_seconds": "86399"}, company_cursor=f"{DAY3}T00:00:00Z")) == [DAY3]


def test_skipped_before() -> None:
    """The companies that were skipped are those of the saved state, and stay so while the state changes."""
    state = SyncState.load({"skipped": [{"company_id": 2}, {"company_id": "c1"}]}, COMPANIES, [DEPARTMENTS])
    before = Parents(COMPANIES, parse(), state, PassStart.of(state, parse(), COMPANIES)).skipped_before

    state.skipped.clear()

    assert before == [{"company_id": 2}, {"company_id": "c1"}]


@pytest.mark.parametrize(
    ("value", "deleted"),
    [(True, True), ("2026-01-01", True), (1, True), (False, False), (None, False), ("", False), ("false", False)],
)
def test_is_deleted(value: object, *, deleted: bool) -> None:
    """A company is deleted if deleted_field is set and marks it."""
    row = company(1, gone=value)

    assert parents({"deleted_field": "gone"}).is_deleted(row) is deleted
    assert not parents({"deleted_field": "other"}).is_deleted(row)
    assert not parents().is_deleted({**row, "": True})


def test_a_shard_lists_all_parents_and_writes_its_own() -> None:
    """Companies of other shards are told by their numbers, and not written; without a shard there are none."""
    rows = [company(number) for number in range(1, 9)]  # of which c2, c7 and c8 are in shard 2/2
    page = Page(Answer("http://localhost", {}, []), rows, [cursor(DAY1)] * 8, ["company_id"])
    mine = parents({"shard": "2/2"}, company_cursor=DAY1)

    assert mine.cursor.seen_until == cursor(DAY1)
    written, elsewhere = mine.split(page, first=100)
    assert [row["company_id"] for row in written] == ["c2", "c7", "c8"]
    assert set(elsewhere) == {100, 102, 103, 104, 105}
    assert list(parents().split(page, first=100)[1]) == []


def test_a_shard_in_all_parents() -> None:
    """Of its own companies a shard writes those that have changed."""
    rows = [company(number) for number in range(1, 9)]
    page = Page(Answer("http://localhost", {}, []), rows, [cursor(DAY1)] * 7 + [cursor(DAY2)], ["company_id"])

    written, _ = parents({**ALL, "shard": "2/2"}, company_cursor=DAY2).split(page, first=0)

    assert [row["company_id"] for row in written] == ["c8"]


def test_parents_whose_cursor_marks_no_change() -> None:
    """What an id or a time of creation does not tell, a record may tell all the same: what is read is written."""
    created = replace(COMPANIES, cursor_marks_changes=False)

    assert written(parents(ALL, stream=created, company_cursor=DAY3)) == [DAY1, DAY2, DAY3]
    assert written(parents(ALL, company_cursor=DAY3)) == [DAY3]


def test_a_shard_writes_its_own_of_parents_whose_cursor_marks_no_change() -> None:
    """Those of other shards are left to them."""
    created = replace(COMPANIES, cursor_marks_changes=False)
    rows = [company(number) for number in range(1, 9)]  # of which c2, c7 and c8 are in shard 2/2
    page = Page(Answer("http://localhost", {}, []), rows, [cursor(DAY1)] * 8, ["company_id"])

    sharded = parents({**ALL, "shard": "2/2"}, stream=created, company_cursor=DAY3)
    shown, _ = sharded.split(page, first=0)

    assert [row["company_id"] for row in shown] == ["c2", "c7", "c8"]
