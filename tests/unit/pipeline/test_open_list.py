"""Which records of a list are written, below which of them is read, and how far the list is complete."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from async_sync import Stream
from async_sync.pipeline.list_starts import ListStart, ListStarts
from async_sync.pipeline.open_list import OpenList
from async_sync.pipeline.partitions import Partition, Place
from async_sync.records.answers import Answer
from async_sync.records.pages import Embedded, Page, Row, Written
from async_sync.streams.tree import StreamTree
from async_sync.writing.saved_values import ROOT
from async_sync.writing.state import Position, SyncState
from tests.helpers.parts import company, cursor, parse
from tests.helpers.streams import COMPANY, DEPARTMENT
from tests.helpers.writing import cap

DAY1, DAY2, DAY3 = "2026-01-01", "2026-01-02", "2026-01-03"
ALL = {"sync_scope": "all_parents"}
WHOLE = replace(COMPANY, since_param=None)


def companies(
    configuration: Mapping[str, str] = {}, *, stream: Stream = COMPANY, is_inner: bool = True, **saved: Any
) -> OpenList:
    tree = StreamTree([stream, replace(DEPARTMENT, parent=stream)])
    settings, state = parse(configuration), SyncState.load(saved, tree)
    start = ListStarts(state, tree, settings).of(stream, ROOT)
    return OpenList(stream, ROOT, start, settings, is_inner=is_inner, cap=cap)


def page(rows: Sequence[Row], days: Sequence[str], written: Sequence[Written] | None = None) -> Page:
    cursors = [cursor(day) for day in days]
    return Page(Answer("http://localhost", {}, []), rows, cursors, ["company_id"], written=written)


DAYS = [DAY1, DAY2, DAY3]
THREE = page([company(number, day) for number, day in enumerate(DAYS)], DAYS)
EIGHT = page([company(number) for number in range(1, 9)], [DAY1] * 8)  # of which c2, c7 and c8 are in shard 2/2


def taken(list_: OpenList, of: Page = THREE) -> tuple[list[str], list[int]]:
    """The days of the records that are written, and the numbers of those below which is read."""
    rows, below, *_ = list_.take(of)
    return [row["updated_at"] for _, rows_of_table, *_ in rows for row in rows_of_table], [
        number for number, _ in below
    ]


def test_changed_parents() -> None:
    """Companies are read from their cursor, and all that are read are written, with their departments."""
    changed = companies(company_cursor=DAY2, pass_cursor=DAY1)

    assert changed.cursor.seen_until == cursor(DAY2)
    assert taken(changed) == (DAYS, [0, 1, 2])


def test_a_first_sync() -> None:
    """A first sync reads and writes every company, whatever its scope."""
    for configuration in ({}, ALL):
        assert companies(configuration).cursor.seen_until is None
        assert taken(companies(configuration)) == (DAYS, [0, 1, 2])


def test_all_parents() -> None:
    """A pass reads below every company, from the beginning, and writes those from the companies' cursor on."""
    every = companies(ALL, company_cursor=DAY2)

    assert every.cursor.seen_until is None
    assert taken(every) == ([DAY2, DAY3], [0, 1, 2])


def test_an_unfinished_pass_goes_on() -> None:
    """An unfinished pass goes on where it stopped, and still writes only what has changed since the last sync."""
    assert companies(ALL, company_cursor=DAY2, pass_cursor=DAY1).cursor.seen_until == cursor(DAY1)
    assert taken(companies(ALL, company_cursor=DAY2, pass_cursor=DAY3))[0] == [DAY2, DAY3]


def test_an_unfinished_pass_over_a_list_that_cannot_be_asked_for_changes() -> None:
    """Shown from its beginning again, it is not read again below the records that its first part has been through."""
    assert taken(companies(ALL, stream=WHOLE, company_cursor=DAY1, pass_cursor=DAY2)) == (DAYS, [1, 2])
    created = replace(WHOLE, cursor_marks_changes=False)
    assert taken(companies(ALL, stream=created, company_cursor=DAY1, pass_cursor=DAY2)) == (DAYS, [1, 2])


def test_all_parents_looks_back() -> None:
    """With lookback_seconds, companies shortly before the cursor are written too."""
    midnight = f"{DAY3}T00:00:00Z"
    assert taken(companies({**ALL, "lookback_seconds": "86400"}, company_cursor=midnight))[0] == [DAY2, DAY3]
    assert taken(companies({**ALL, "lookback_seconds": "86399"}, company_cursor=midnight))[0] == [DAY3]


def test_a_list_that_cannot_be_asked_for_changes() -> None:
    """It is read whole, but what is older than its cursor is neither written again nor read below."""
    assert taken(companies(stream=WHOLE, company_cursor=DAY2)) == ([DAY2, DAY3], [1, 2])
    assert taken(companies(stream=WHOLE, company_cursor=DAY2, is_inner=False)) == ([DAY2, DAY3], [])
    assert taken(companies(stream=WHOLE)) == (DAYS, [0, 1, 2])


def test_a_cursor_that_marks_no_change() -> None:
    """Where the cursor is an id or a time of creation, any record may have changed: all that are read are written."""
    created = replace(COMPANY, cursor_marks_changes=False)

    assert taken(companies(ALL, stream=created, company_cursor=DAY3))[0] == DAYS
    assert taken(companies(stream=replace(created, since_param=None), company_cursor=DAY3))[0] == DAYS


@pytest.mark.parametrize(
    ("value", "deleted"),
    [(True, True), ("2026-01-01", True), (1, True), (False, False), (None, False), ("", False), ("false", False)],
)
def test_deleted_records(value: object, *, deleted: bool) -> None:
    """A company is deleted if deleted_field is set and its record is marked there; nothing is read below it."""
    of = page([company(1, gone=value), company(2)], [DAY1, DAY2])
    marked = companies({"deleted_field": "gone"}).take(of)

    assert list(marked.deleted) == (["c1"] if deleted else [])
    assert ([number for number, _ in marked.below], marked.done) == (([1], 1) if deleted else ([0, 1], 0))
    assert len(marked.rows[0].rows) == 2
    for configuration in ({"deleted_field": "other"}, {}):
        plain = companies(configuration).take(of)
        assert (len(plain.below), plain.done, plain.deleted) == (2, 0, ())


def test_a_deleted_record_holds_nothing_up() -> None:
    """It is complete once it is written: the list is complete up to the next record below which something is read."""
    list_ = companies({"deleted_field": "gone"})
    for number, day in enumerate(DAYS):
        list_.take(page([company(number, gone=number != 1)], [day]))

    assert list_.set_position().position == Position(cursor(DAY1))
    list_.close(1)
    list_.end()
    assert list_.set_position().position == Position(cursor(DAY3))


def test_a_deleted_record_below_which_nothing_is_read_anyway() -> None:
    """It is named all the same: its list may be being read, on account of another list that it is in."""
    tree = StreamTree([COMPANY, DEPARTMENT])
    settings = parse({"deleted_field": "gone"})
    read_again = ListStart(cursor=None, known_until=cursor(DAY3), is_whole=True, is_reread=True)
    created = replace(COMPANY, cursor_marks_changes=False)
    list_ = OpenList(created, ROOT, read_again, settings, is_inner=bool(tree.children(COMPANY)), cap=cap)

    taken_ = list_.take(page([company(1, gone=True), company(2)], [DAY1, DAY2]))
    assert (taken_.below, taken_.deleted) == ([], ["c1"])


def test_a_list_of_what_is_deleted_meanwhile() -> None:
    """It counts no more from then on, however far it is above; the list of a root belongs to nothing."""
    root = companies()
    above = Partition(COMPANY, "c1", {}, waiting=[Place(root, 0)])
    above.begin()
    list_ = OpenList(DEPARTMENT, "c1", ListStart(None, None), parse({}), is_inner=True, cap=cap, owner=above)
    below = Partition(DEPARTMENT, "d1", {}, waiting=[Place(list_, 0)])
    below.begin()

    assert [part.is_void for part in (root, list_, below)] == [False, False, False]
    above.was_overtaken = True
    assert [part.is_void for part in (root, list_, below)] == [False, True, True]
    below.places.append(Place(root, 1))  # it is in a list that counts as well
    assert not below.is_void


@pytest.mark.parametrize("is_inner", [True, False])
def test_a_shard_lists_all_and_writes_its_own(*, is_inner: bool) -> None:
    """Of a root, a shard writes its own records, reads below those, and counts no others as done."""
    rows, below, done, *_ = companies({"shard": "2/2"}, is_inner=is_inner).take(EIGHT)

    assert [row["company_id"] for row in rows[0][1]] == ["c2", "c7", "c8"]
    assert [number for number, _ in below] == ([1, 6, 7] if is_inner else [])
    assert done == (0 if is_inner else 3)


def test_a_shard_in_all_parents() -> None:
    """With all_parents, a shard writes those of its own companies that have changed."""
    mine = companies({**ALL, "shard": "2/2"}, company_cursor=DAY2)
    rows, below, *_ = mine.take(page(EIGHT.rows, [DAY1] * 7 + [DAY2]))

    assert [row["company_id"] for row in rows[0][1]] == ["c8"]
    assert [number for number, _ in below] == [1, 6, 7]


def test_records_that_became_several_rows_or_none() -> None:
    """Below each row is read by itself; a record that was dropped is done, and moves the cursor like any other."""
    several = [Written([company(1), company(2)]), Written(()), Written([company(3)], [Embedded("line", [{"line": 1}])])]
    list_ = companies()
    rows, below, done, *_ = list_.take(page(THREE.rows, DAYS, several))

    assert [(name, len(of)) for name, of, *_ in rows] == [("company", 3), ("line", 1)]
    assert [(number, row["company_id"]) for number, row in below] == [(0, "c1"), (1, "c2"), (3, "c3")]
    assert done == 1
    list_.end()
    for number, reached in ((0, DAY1), (1, DAY2), (3, DAY3)):
        list_.close(number)
        assert list_.set_position().position == Position(cursor(reached))


def test_rows_embedded_in_what_has_not_changed() -> None:
    """They are left out with their record."""
    lines = [Written([row], [Embedded("line", [{"line": row["company_id"]}])]) for row in THREE.rows]
    rows, *_ = companies(stream=WHOLE, company_cursor=DAY2).take(page(THREE.rows, DAYS, lines))

    assert next(found for name, found, *_ in rows if name == "line") == [{"line": "c1"}, {"line": "c2"}]


def test_how_far_a_list_at_the_bottom_is_complete() -> None:
    """It moves by what has been seen; its records are done when they are written, and closing them means nothing."""
    list_ = companies(is_inner=False)
    list_.cursor.add_page(THREE.cursors)
    assert list_.take(THREE).done == 3
    assert list_.set_position().position == Position(None)
    list_.cursor.end()
    list_.end()
    list_.close(0)
    assert list_.is_settled
    assert list_.set_position().position == Position(cursor(DAY3))


def test_how_far_a_list_with_lists_below_it_is_complete() -> None:
    """It moves over the records below which everything is sent, and is settled with the last of them."""
    list_ = companies()
    list_.take(THREE)
    list_.end()
    list_.close(1)
    assert (list_.is_settled, list_.set_position().position.cursor) == (False, None)
    list_.close(0)
    assert list_.set_position().position.cursor == cursor(DAY2)
    list_.close(2)
    assert (list_.is_settled, list_.set_position().position.cursor) == (True, cursor(DAY3))


def test_a_list_that_is_given_up() -> None:
    """Nothing more is read of it: it is settled with its open records, and its cursor is where it truly is."""
    list_ = companies()
    list_.take(THREE)
    list_.take(page([company(4)], ["2026-01-04"]))
    list_.give_up()
    for number in range(3):
        list_.close(number)
    assert not list_.is_settled
    list_.close(3)
    assert list_.is_settled
    assert list_.set_position().position.cursor == cursor(DAY3)


def test_a_list_without_a_cursor_is_never_behind() -> None:
    """A stream without a time of change is read whole, and so are all lists below it."""
    currencies = replace(COMPANY, cursor_field=None)
    assert taken(companies(stream=currencies, company_cursor=DAY3)) == (DAYS, [0, 1, 2])


@pytest.mark.parametrize(
    ("declared", "configuration", "saved", "day"),
    [
        ({}, {}, {"company_cursor": DAY2}, DAY2),
        ({}, {}, {}, None),
        ({"is_sorted": True}, {}, {"company_cursor": DAY2}, None),
        ({}, ALL, {"company_cursor": DAY2}, None),
        ({"since_param": "since"}, {}, {"company_cursor": DAY2}, None),
        ({"cursor_marks_changes": False}, {}, {"company_cursor": DAY2}, None),
    ],
)
def test_where_a_list_that_comes_newest_first_may_stop(
    declared: Mapping[str, Any], configuration: Mapping[str, str], saved: Mapping[str, Any], day: str | None
) -> None:
    """Behind its cursor, unless it is read whole, the API itself leaves out what is older, or anything may change."""
    newest_first = replace(WHOLE, **{"is_sorted": "newest_first", **declared})
    assert companies(configuration, stream=newest_first, **saved).stops_before == (day and cursor(day))
