"""Each message moves the cursors that it may move, and no others."""

from dataclasses import replace
from typing import Any

import pytest

from async_sync.records.cursors import Cursor
from async_sync.writing.messages import Warn
from tests.helpers.parts import company, cursor, department
from tests.helpers.streams import COMPANY, DEPARTMENT
from tests.helpers.writing import (
    Writing,
    child_page,
    children,
    deletes_end,
    done,
    end,
    gone,
    parent_page,
    parents,
    skipped,
)

DAY1, DAY2, DAY3, DAY4, DAY5 = (f"2026-01-0{day}" for day in range(1, 6))
SYNC_START = "2026-06-01"
ALL = {"sync_scope": "all_parents"}


def passes(writing: Writing) -> tuple[Any, Any]:
    """The companies' cursor, and how far an unfinished whole reading of them has come."""
    saved = writing.dump()
    return saved["company_cursor"], saved.get("pass_cursor", {}).get("company")


def cursors(writing: Writing) -> tuple[Any, Any]:
    """The companies' cursor and the departments' cursors."""
    saved = writing.dump()
    return saved.get("company_cursor"), saved["department_cursor"]


def test_a_page_of_children_moves_their_cursor() -> None:
    """A page moves the cursor of its partition to where it says, and not yet the companies' cursor."""
    writing = Writing()

    writing.write(parents(DAY1, DAY2), children("c1", DAY1, DAY3, until=cursor(DAY2)))

    assert cursors(writing) == (None, {"c1": DAY2})


def test_a_page_without_a_cursor_drops_the_cursor() -> None:
    """A page with the cursor None drops the saved cursor of its partition, and no other."""
    writing = Writing(saved={"department_cursor": {"c1": DAY1, "c2": DAY2}})

    writing.write(child_page("c1", [department(1, 1)], None), done("c3", []))

    assert cursors(writing) == (None, {"c2": DAY2})


def test_a_partition_that_is_done() -> None:
    """At its end a partition takes its last cursor, and the watermark moves over its company."""
    writing = Writing()
    writing.write(parents(DAY1, DAY2), done("c2", [1], DAY4))
    assert cursors(writing) == (None, {"c2": DAY4})

    writing.write(done("c1", [0], DAY3), end)

    assert cursors(writing) == (DAY2, {"c1": DAY3, "c2": DAY4})


def test_a_partition_that_is_gone() -> None:
    """The cursor of a company that is gone is dropped, and the watermark moves over it."""
    writing = Writing(saved={"department_cursor": {"c1": DAY1, "c2": DAY1}, "skipped": [{"company_id": "c1"}]})

    writing.write(parents(DAY1), gone("c1", [0]), end)

    assert writing.dump() == {"version": 1, "company_cursor": DAY1, "department_cursor": {"c2": DAY1}}
    assert writing.progress.done == {"company": 1}


def test_a_partition_that_is_skipped() -> None:
    """A skipped company is saved in the state by its key and keeps its cursor, and the watermark moves over it."""
    writing = Writing(saved={"department_cursor": {"c1": DAY1}})

    writing.write(parents(DAY2), skipped("c1", [0]), end)

    saved = writing.dump()
    assert saved.pop("skipped") == {"company": [{"company_id": "c1"}]}
    assert saved == {"version": 1, "company_cursor": DAY2, "department_cursor": {"c1": DAY1}}
    assert writing.progress.done == {"company": 1}


def test_a_partition_that_is_skipped_and_deleted() -> None:
    """What could not be read below a record is not read first in the next sync if the record was deleted meanwhile."""
    writing = Writing({"deleted_field": "deleted"})
    writing.write(parent_page([{**company(1), "deleted": True}], [cursor(DAY1)]))
    writing.write(skipped("c1", []))
    assert "skipped" not in writing.dump()


def test_a_partition_that_is_read_though_it_is_deleted() -> None:
    """A list has no cursor while the record that it belongs to is deleted; it has one once that is back."""
    writing = Writing({"deleted_field": "deleted"})
    writing.write(parent_page([{**company(1), "deleted": True}], [cursor(DAY1)]), children("c1", DAY1))
    assert writing.dump()["department_cursor"] == {}
    writing.write(parent_page([company(1)], [cursor(DAY2)]), children("c1", DAY1))
    assert writing.dump()["department_cursor"] == {"c1": DAY1}


def test_a_partition_that_is_skipped_again_comes_last() -> None:
    """A company that is skipped again is read after the other skipped ones."""
    writing = Writing(saved={"skipped": [{"company_id": "c1"}, {"company_id": "c2"}]})

    writing.write(skipped("c1", []))

    assert writing.dump()["skipped"] == {"company": [{"company_id": "c2"}, {"company_id": "c1"}]}


def test_a_skipped_partition_that_is_done_is_no_longer_skipped() -> None:
    """A skipped company that has been read to its end leaves the list; one that is only begun stays in it."""
    writing = Writing(saved={"skipped": [{"company_id": "c1"}, {"company_id": "c2"}]})

    writing.write(children("c1", DAY1), children("c2", DAY1), done("c1", [], DAY1))

    assert writing.dump()["skipped"] == {"company": [{"company_id": "c2"}]}


def test_no_cursor_beyond_the_start_of_the_sync() -> None:
    """A record dated in the future is written as it is, but no cursor is saved beyond the start of the sync."""
    writing = Writing()

    writing.write(parents("2030-01-01"), children("c1", "2030-01-02"))
    assert cursors(writing) == (None, {"c1": SYNC_START})
    writing.write(done("c1", [0], "2030-01-02"), end)

    assert cursors(writing) == (SYNC_START, {"c1": SYNC_START})
    assert writing.destination.pending[0][2] == company(1, "2030-01-01")


def test_the_start_of_the_sync_holds_before_the_first_page_of_parents() -> None:
    """A skipped company may be read before the first page of companies: its cursor is saved as any other."""
    writing = Writing(saved={"company_cursor": DAY1, "skipped": [{"company_id": "c1"}]})

    writing.write(Warn("first"), children("c1", DAY2), done("c1", [], DAY3))

    assert cursors(writing) == (DAY1, {"c1": DAY3})


def test_a_saved_cursor_from_the_future() -> None:
    """A cursor that was saved beyond the start of this sync is taken back to it."""
    writing = Writing(saved={"company_cursor": "2030-01-01"})

    writing.write(end)

    assert cursors(writing) == (SYNC_START, {})


def test_a_warning_goes_to_the_user() -> None:
    """A warning is passed on as it is, in the order of the messages."""
    writing = Writing()

    writing.write(Warn("Look here."))

    assert writing.destination.warnings == ["Look here."]


@pytest.mark.parametrize(("marked", "operation"), [(True, "delete"), ("2026-01-01", "delete"), (None, "upsert")])
def test_records_marked_as_deleted(marked: object, operation: str) -> None:
    """With deleted_field set, a marked record is deleted by its key, and any other is upserted."""
    writing = Writing({"deleted_field": "gone"})

    writing.write(
        parent_page([company(1, gone=marked)], [cursor(DAY1)]),
        child_page("c1", [department(1, 1, gone=marked)], None),
    )

    assert writing.operations[-2:] == [f"{operation} company", f"{operation} department"]
    if operation == "delete":
        assert writing.destination.pending[1] == ("department", ("d1", "c1"), None)


def test_the_deletes_cursor_is_saved_before_the_first_companies() -> None:
    """With deleted_field, a checkpoint before the very first row says since when deletes have to be listed."""
    writing = Writing({"deleted_field": "deleted"})

    writing.write(parents(DAY1, DAY2), parents(DAY3))

    assert writing.operations == ["checkpoint", *["upsert company"] * 3]
    assert writing.destination.state == {"version": 1, "deletes_cursor": {"company": DAY1}, "department_cursor": {}}


def test_a_delete_takes_the_key_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """A delete has the key fields only, since the other fields of a deleted record mean nothing."""
    writing = Writing({"deleted_field": "gone"})
    keys: list[dict[str, Any]] = []
    monkeypatch.setattr(writing.destination, "delete", lambda table, key: keys.append(key))

    writing.write(child_page("c1", [department(1, 1, gone=True)], None))

    assert keys == [{"department_id": "d1", "company_id": "c1"}]


def test_without_deleted_field_nothing_is_deleted() -> None:
    """A field named "deleted" means nothing unless deleted_field names it."""
    writing = Writing()

    writing.write(parent_page([{**company(1, deleted=True), "": True}], [cursor(DAY1)]))

    assert writing.operations == ["upsert company"]


def test_cursors_stay_behind_the_deletes_that_have_been_listed() -> None:
    """Neither cursor of a pass moves beyond the list of what changed; when the pass is complete, they are there."""
    writing = Writing(ALL, {"company_cursor": DAY1})
    writing.write(deletes_end(cursor(DAY3)), parent_page([], [cursor(DAY2), cursor(DAY4), cursor(DAY5)]))
    writing.write(parent_page([], [cursor("2026-01-06")]))

    for number, reached in enumerate((DAY2, DAY3, DAY3)):
        writing.write(done(f"c{number}", [number]))
        assert passes(writing) == (reached, reached)
    writing.write(done("c4", [3]), end)
    assert passes(writing) == (DAY3, None)


def test_a_pass_over_all_parents() -> None:
    """A pass has its own cursor, dropped at its end; the companies' cursor stays until the pass is beyond it."""
    writing = Writing(ALL, {"company_cursor": DAY3})
    page = parent_page([], [cursor(DAY1), cursor(DAY2), cursor(DAY4)])

    writing.write(page)
    assert passes(writing) == (DAY3, None)
    writing.write(done("c1", [0]), done("c2", [1]), end)
    assert passes(writing) == (DAY3, DAY2)
    writing.write(done("c3", [2]))

    assert writing.dump() == {"version": 1, "company_cursor": DAY4, "department_cursor": {}}


def test_an_unfinished_pass_goes_on() -> None:
    """An unfinished pass goes on from its own cursor, not from the companies'."""
    writing = Writing(ALL, {"company_cursor": DAY4, "pass_cursor": DAY2})

    writing.write(parent_page([], [cursor(DAY2), cursor(DAY3)]))

    assert passes(writing) == (DAY4, DAY2)


def test_over_budget() -> None:
    """A state over its budget is cut before it is checkpointed; every drop is counted, and one warning is shown."""
    saved = {"department_cursor": {f"c{number:02}": f"2026-01-{number:02}" for number in range(10, 30)}}
    writing = Writing({"state_budget_kb": "1", "checkpoint_rows": "1"}, saved)  # 20 of 21 bytes

    for number in range(30, 80):
        writing.write(children(f"c{number}", DAY1.replace("2026", "2027")))

    assert max(len(state["department_cursor"]) for state in writing.destination.states) == 47
    (warning,) = writing.destination.warnings
    assert warning == (
        "The state has outgrown state_budget_kb: 6 of the cursors that have not moved for longest are forgotten. "
        "Nothing is lost: what they belong to is read in full when it next changes."
    )
    dropped = 70 - len(writing.dump()["department_cursor"])
    assert writing.progress.cursors_dropped == dropped
    assert "c10" not in writing.dump()["department_cursor"]
    assert "c79" in writing.dump()["department_cursor"]


@pytest.mark.parametrize(("first", "kept"), [("00", 100), ("000", 90)])
def test_a_kilobyte_is_a_thousand_bytes(first: str, kept: int) -> None:
    """A state of exactly its budget is kept, and one of a byte more is cut."""
    saved = dict.fromkeys([first, *(f"{number:02}" for number in range(1, 100))], DAY1)  # of 20 bytes each
    writing = Writing({"state_budget_kb": "2"}, {"department_cursor": saved})

    writing.write(end)
    writing.writer.finish()

    assert len(writing.destination.state["department_cursor"]) == kept


def test_within_budget_nothing_is_dropped() -> None:
    """A state within its budget is not cut, and gives no warning."""
    writing = Writing({"state_budget_kb": "1"}, {"department_cursor": {"c1": DAY1}})

    writing.write(done("c1", [], DAY1))
    writing.writer.finish()

    assert writing.destination.warnings == []
    assert cursors(writing) == (None, {"c1": DAY1})


def test_cursors_keep_their_text() -> None:
    """A cursor is saved in the very text that the API sent, and is sent back unchanged."""
    writing = Writing()
    text = "2026-01-01T00:00:00.123456789+02:00"

    writing.write(parent_page([], [Cursor(cursor(text).at, text)]), end, done("c1", [0], text))

    assert cursors(writing) == (text, {"c1": text})


def test_lists_that_could_not_be_read_whole() -> None:
    """It is noted when that was tried; nothing is noted below a record that has been deleted meanwhile."""
    streams = [COMPANY, replace(DEPARTMENT, finds_deleted=True)]
    writing = Writing(saved={"department_cursor": {"c1": DAY1}}, streams=streams)
    writing.writer.tried([("department", "c1"), ("department", "c2")])
    assert writing.dump()["known_keys"] == {"department": {"c1": [-16]}}
