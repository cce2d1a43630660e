"""What a list does not have any more is deleted, and what the state remembers of it."""

from dataclasses import replace
from typing import Any

import pytest

from async_sync import EmbeddedStream, SinglePage, Stream
from tests.helpers.deleting import Deleting, finding
from tests.helpers.destination import CrashError
from tests.helpers.nested_api import (
    COMPANY,
    DEPARTMENT,
    C,
    D,
    E,
    NestedApi,
    at,
    company,
)


@pytest.fixture
def deleting() -> Deleting:
    deleting = Deleting()
    deleting.sync()
    return deleting


def test_a_row_that_a_list_lacks_is_deleted(deleting: Deleting) -> None:
    """At any level, a row that is not listed any more is deleted, and its key is forgotten."""
    del deleting.api.lists[E.format(1, 2)][0]

    deleting.sync()

    assert deleting.deleted() == ["employee"]
    assert "e1/d2/c1" not in deleting.held("employee")
    assert len(deleting.held("employee")) == 7
    deleting.sync()
    assert deleting.deleted() == []


def test_a_list_that_lacks_nothing_is_read_once(deleting: Deleting) -> None:
    """Where nothing is missing, no list is read a second time to make sure."""
    deleting.sync()
    assert len(deleting.api.paths) == len(set(deleting.api.paths)) == 7


def test_a_list_that_lacks_a_row_is_read_twice(deleting: Deleting) -> None:
    """What one reading lacks is asked for once more; the other lists are read once."""
    del deleting.api.lists[D.format(1)][1]
    deleting.sync()
    assert deleting.api.paths.count(D.format(1)) == 2
    assert deleting.api.paths.count(D.format(2)) == 1


def test_without_full_reads_a_filtered_list_finds_nothing(deleting: Deleting) -> None:
    """A list that is only asked for what changed cannot show what is gone."""
    del deleting.api.lists[E.format(1, 2)][0]
    deleting.sync(full_read_days="")
    assert deleting.deleted() == []
    assert len(deleting.held("employee")) == 8


def test_lists_without_a_filter_find_it_anyway() -> None:
    """A list that is read whole in each sync finds what is gone without full reads."""
    deleting = Deleting(streams=finding(replace(COMPANY, cursor_field=None), since_param=None))
    deleting.sync(full_read_days="")
    del deleting.api.lists[C][0]
    deleting.sync(full_read_days="")
    assert deleting.held("company") == {"c2"}


def test_full_reads_come_when_they_are_due(monkeypatch: pytest.MonkeyPatch, deleting: Deleting) -> None:
    """A list is read whole when its last whole reading is that many days old, and not before."""
    minute = 60 * max(entry[0] for lists in deleting.known.values() for entry in lists.values())
    del deleting.api.lists[D.format(1)][1]
    for days, is_due in ((2.99, False), (3, True)):
        monkeypatch.setattr("async_sync.sync.time.time", lambda days=days: minute + days * 86_400)
        deleting.sync(full_read_days="3")
        assert (deleting.deleted() != []) is is_due


def test_what_is_below_goes_first(deleting: Deleting) -> None:
    """A row that is gone takes everything below it along, children before their parents, without asking for them."""
    del deleting.api.lists[C][0]
    deleting.sync(full_read_days="0")
    assert deleting.deleted() == [*["employee"] * 4, *["department"] * 2, "company"]
    assert deleting.held("company") == {"c2"}
    assert {key.rpartition("/")[2] for key in deleting.held("employee")} == {"c2"}


def test_what_comes_back_is_written_again(deleting: Deleting) -> None:
    """A row that is back is written, with all below it, even if it has not got a later time of change."""
    gone = deleting.api.lists[C].pop(0)
    deleting.sync()
    deleting.api.lists[C].insert(0, gone)

    deleting.sync()

    assert deleting.held("company") == {"c1", "c2"}
    assert len(deleting.held("department")) == 4
    assert len(deleting.held("employee")) == 8


def test_keys_are_learned_where_they_were_not_kept() -> None:
    """With an existing state, a full read learns the keys without writing a row, and finds what is gone later."""
    before = Deleting(streams=[COMPANY, DEPARTMENT])
    before.sync()
    deleting = Deleting(before.api, finding(COMPANY, DEPARTMENT))
    deleting.destination = before.destination

    deleting.sync()
    assert [one for one in deleting.written if one != "upsert department"] == ["upsert company"]  # the last ones
    del deleting.api.lists[D.format(1)][0]
    deleting.sync()
    assert deleting.deleted() == ["department"]


def test_a_record_that_is_moved_is_not_deleted() -> None:
    """A key without that of its parent may be in another list: the row stays until that one lacks it as well."""
    department = replace(DEPARTMENT, primary_key=["department_id"])
    deleting = Deleting(
        NestedApi({C: [company(1, 10), company(2, 20)], D.format(1): [{"department_id": "d9", "updated_at": at(1)}]}),
        finding(COMPANY, department),
    )
    deleting.sync()
    moved = deleting.api.lists[D.format(1)].pop()
    deleting.api.lists[D.format(2)] = [{**moved, "updated_at": at(50)}]
    deleting.api.lists[C][1]["updated_at"] = at(50)

    deleting.sync()
    assert deleting.deleted() == []
    assert deleting.destination.rows("department")["d9",]["company_id"] == "c2"
    deleting.api.lists[D.format(2)].clear()
    deleting.sync()
    assert deleting.held("department") == set()


LINE: dict[str, Any] = {"table": "line", "records": "lines", "position": "place", "columns": {}}


@pytest.mark.parametrize(("lines", "left"), [([1], 1), ([], 0), (None, 2), (..., 2)])
def test_rows_inside_a_record_go_with_its_next_version(lines: Any, left: int) -> None:
    """A record that is written without some of its rows deletes them; a list that is null or missing deletes none."""
    orders, line = _orders()
    deleting = Deleting(NestedApi({"/orders": [{"order_id": 1, "updated_at": at(1), "lines": [1, 2]}]}), [orders, line])
    deleting.sync()
    order: dict[str, Any] = {"order_id": 1, "updated_at": at(2)}
    deleting.api.lists["/orders"] = [order if lines is ... else {**order, "lines": lines}]

    deleting.sync()

    assert len(deleting.held("line")) == left


def test_rows_inside_a_record_go_with_it() -> None:
    """A record that is gone takes the rows that were inside of it along."""
    orders, line = _orders()
    deleting = Deleting(NestedApi({"/orders": [{"order_id": 1, "updated_at": at(1), "lines": [1, 2]}]}), [orders, line])
    deleting.sync()
    deleting.api.lists["/orders"].clear()
    deleting.sync()
    assert deleting.deleted() == ["line", "line", "order"]


def _orders() -> tuple[Stream, EmbeddedStream]:
    orders = Stream(
        table="order", path="/orders", primary_key=["order_id"], columns={}, pagination=SinglePage(), finds_deleted=True
    )
    line = EmbeddedStream(
        parent=orders,
        primary_key=["order_id", "place"],
        map=lambda number: {"number": number},
        finds_deleted=True,
        **LINE,
    )
    return orders, line


def test_a_kill_before_the_deletes_are_saved_repeats_them(deleting: Deleting) -> None:
    """Killed at any operation, the next sync ends with what the source has."""
    del deleting.api.lists[C][0]
    del deleting.api.lists[E.format(2, 2)][0]
    state, tables = deleting.destination.state, {name: dict(rows) for name, rows in deleting.destination.tables.items()}
    for keep_pending in (True, False):
        for crash_at in range(30):
            deleting.destination.state = state
            deleting.destination.tables = {name: dict(rows) for name, rows in tables.items()}
            deleting.destination.restart(crash_at)
            try:
                deleting.destination.crash_at = crash_at
                _run(deleting, crash_at)
            except CrashError:
                deleting.destination.restart(keep_pending=keep_pending)
            deleting.sync()
            assert deleting.held("company") == {"c2"}
            assert deleting.held("department") == {"d1/c2", "d2/c2"}
            assert deleting.held("employee") == {"e1/d1/c2", "e2/d1/c2", "e2/d2/c2"}


def _run(deleting: Deleting, crash_at: int) -> None:
    restart = deleting.destination.restart
    deleting.destination.restart = lambda: restart(crash_at)  # type: ignore[method-assign, misc, assignment]
    try:
        deleting.sync()
    finally:
        deleting.destination.restart = restart  # type: ignore[method-assign]


def test_what_was_about_to_be_deleted_and_is_back_is_written_again(deleting: Deleting) -> None:
    """Deletes may have reached the destination before a kill: a row that is back by then is not taken for known."""
    gone = deleting.api.lists[D.format(1)].pop(0)
    with pytest.raises(CrashError):
        _run(deleting, len(_operations_until_first_delete(deleting)) + 1)
    deleting.destination.restart(keep_pending=True)
    deleting.api.lists[D.format(1)].insert(0, gone)

    deleting.sync()

    assert len(deleting.held("department")) == 4


def test_what_was_about_to_go_with_its_parent_is_written_again(deleting: Deleting) -> None:
    """The same goes for rows below one that is gone: which of them are to be deleted is saved before."""
    gone = deleting.api.lists[C].pop(0)
    with pytest.raises(CrashError):
        _run(deleting, len(_operations_until_first_delete(deleting, "employee")) + 2)
    deleting.destination.restart(keep_pending=True)
    assert len(deleting.held("employee")) == 6
    deleting.api.lists[C].insert(0, gone)

    deleting.sync()

    assert len(deleting.held("employee")) == 8


def _operations_until_first_delete(deleting: Deleting, table: str = "department") -> list[Any]:
    """What a sync of a copy does up to the first row of the table that it deletes."""
    copy = Deleting(NestedApi({path: list(records) for path, records in deleting.api.lists.items()}), deleting.streams)
    copy.destination.state = deleting.destination.state
    copy.sync()
    operations = copy.destination.operations
    return operations[: operations.index(("delete", table))]


def test_whole_numbers_as_keys() -> None:
    """Whole numbers are deleted as whole numbers."""
    numbered = replace(COMPANY, columns={"company_id": "LONG"})
    deleting = Deleting(
        NestedApi({C: [{**company(1), "company_id": 7}, {**company(2), "company_id": 8}]}),
        [replace(numbered, finds_deleted=True)],
    )
    deleting.sync()
    assert deleting.known["company"][""][1] == [7, 1]
    del deleting.api.lists[C][0]
    deleting.sync()
    assert deleting.held("company") == {"8"}
