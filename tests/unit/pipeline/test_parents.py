"""Which parents are read, which of them are written, and which belong to other shards."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from async_sync.pipeline.parents import Parents
from async_sync.writing.passes import PassStart

from async_sync import Stream
from async_sync.records.answers import Answer
from async_sync.records.pages import Page
from async_sync.writing.state import SyncState
from tests.helpers.parts import company, cursor, parse
from tests.helpers.streams import COMPANY, DEPARTMENT

DAY1, DAY2, DAY3 = "2026-01-01", "2026-01-02", "2026-01-03"
ALL = {"sync_scope": "all_parents"}


def parents(configuration: Mapping[str, str] = {}, *, stream: Stream = COMPANY, **saved: Any) -> Parents:
    settings, state = parse(configuration), SyncState.load(saved, stream, [DEPARTMENT])
    return Parents(stream, settings, state, PassStart.of(state, settings, stream))


def written(parents: Parents) -> list[str]:
    days = [DAY1, DAY2, DAY3]
    rows = [company(number, day) for number, day in enumerate(days)]
    page = Page(Answer("http://localhost", {}, []), rows, [cursor(day) for day in days], ["company_id"])
    return [row["updated_at"] for row in parents.split(page, first_number=0)[0]]


def test_changed_parents() -> None:
    """Companies are read from their cursor, and all that are read are written."""
    changed = parents(company_cursor=DAY2, pass_cursor=DAY1)

    assert changed.stream is COMPANY
    assert changed.cursor.seen_until == cursor(DAY2)
    assert written(changed) == [DAY1, DAY2, DAY3]


def test_a_first_sync() -> None:
    """A first sync reads and writes every company, whatever its scope."""
    for configuration in ({}, ALL):
        assert parents(configuration).cursor.seen_until is None
        assert written(parents(configuration)) == [DAY1, DAY2, DAY3]


def test_all_parents() -> None:
    """A pass reads every company from the beginning, and writes those from the companies' cursor on."""
    every = parents(ALL, company_cursor=DAY2)

    assert every.cursor.seen_until is None
    assert written(every) == [DAY2, DAY3]


def test_an_unfinished_pass_goes_on() -> None:
    """An unfinished pass goes on where it stopped, and still writes only what has changed since the last sync."""
    assert parents(ALL, company_cursor=DAY2, pass_cursor=DAY1).cursor.seen_until == cursor(DAY1)
    assert written(parents(ALL, company_cursor=DAY2, pass_cursor=DAY3)) == [DAY2, DAY3]


def test_all_parents_looks_back() -> None:
    """With lookback_seconds, companies shortly before the cursor are written too."""
    assert written(parents({**ALL, "lookback_seconds": "86400"}, company_cursor=f"{DAY3}T00:00:00Z")) == [DAY2, DAY3]
    assert written(parents({**ALL, "lookback_seconds": "86399"}, company_cursor=f"{DAY3}T00:00:00Z")) == [DAY3]


def test_skipped_before() -> None:
    """The skipped companies are those of the saved state, and stay the same while the state changes."""
    state = SyncState.load({"skipped": [{"company_id": 2}, {"company_id": "c1"}]}, COMPANY, [DEPARTMENT])
    before = Parents(COMPANY, parse(), state, PassStart.of(state, parse(), COMPANY)).skipped_before

    state.skipped.clear()

    assert before == [{"company_id": 2}, {"company_id": "c1"}]


@pytest.mark.parametrize(
    ("value", "deleted"),
    [(True, True), ("2026-01-01", True), (1, True), (False, False), (None, False), ("", False), ("false", False)],
)
def test_is_deleted(value: object, *, deleted: bool) -> None:
    """A company is deleted if deleted_field is set and its record is marked there."""
    row = company(1, gone=value)

    assert parents({"deleted_field": "gone"}).is_deleted(row) is deleted
    assert not parents({"deleted_field": "other"}).is_deleted(row)
    assert not parents().is_deleted({**row, "": True})


def test_a_shard_lists_all_parents_and_writes_its_own() -> None:
    """Records of other shards are returned by their numbers and not written; without a shard there are none."""
    rows = [company(number) for number in range(1, 9)]  # of which c2, c7 and c8 are in shard 2/2
    page = Page(Answer("http://localhost", {}, []), rows, [cursor(DAY1)] * 8, ["company_id"])
    mine = parents({"shard": "2/2"}, company_cursor=DAY1)

    assert mine.cursor.seen_until == cursor(DAY1)
    written, of_other_shards = mine.split(page, first_number=100)
    assert [row["company_id"] for row in written] == ["c2", "c7", "c8"]
    assert set(of_other_shards) == {100, 102, 103, 104, 105}
    assert list(parents().split(page, first_number=100)[1]) == []


def test_a_shard_in_all_parents() -> None:
    """With all_parents, a shard writes those of its own companies that have changed."""
    rows = [company(number) for number in range(1, 9)]
    page = Page(Answer("http://localhost", {}, []), rows, [cursor(DAY1)] * 7 + [cursor(DAY2)], ["company_id"])

    written, _ = parents({**ALL, "shard": "2/2"}, company_cursor=DAY2).split(page, first_number=0)

    assert [row["company_id"] for row in written] == ["c8"]


def test_parents_whose_cursor_marks_no_change() -> None:
    """Where the cursor is an id or a time of creation, any record may have changed: all that are read are written."""
    created = replace(COMPANY, cursor_marks_changes=False)

    assert written(parents(ALL, stream=created, company_cursor=DAY3)) == [DAY1, DAY2, DAY3]
    assert written(parents(ALL, company_cursor=DAY3)) == [DAY3]


def test_a_shard_writes_its_own_of_parents_whose_cursor_marks_no_change() -> None:
    """A shard without marked changes writes every company of its own, and none of another shard."""
    created = replace(COMPANY, cursor_marks_changes=False)
    rows = [company(number) for number in range(1, 9)]  # of which c2, c7 and c8 are in shard 2/2
    page = Page(Answer("http://localhost", {}, []), rows, [cursor(DAY1)] * 8, ["company_id"])

    sharded = parents({**ALL, "shard": "2/2"}, stream=created, company_cursor=DAY3)
    shown, _ = sharded.split(page, first_number=0)

    assert [row["company_id"] for row in shown] == ["c2", "c7", "c8"]
