"""Rows that are read again as they were are not written again."""

from dataclasses import replace
from typing import Any

import pytest

from tests.helpers.deleting import Deleting, finding
from tests.helpers.destination import CrashError
from tests.helpers.nested_api import COMPANY, DEPARTMENT, C, D, NestedApi, at, company


@pytest.fixture
def deleting() -> Deleting:
    skipping = replace(COMPANY, cursor_field=None)
    deleting = Deleting(
        NestedApi({C: [company(1, name="a"), company(2, name="b")]}), finding(skipping, skips_unchanged=True)
    )
    deleting.sync()
    return deleting


def test_a_row_as_it_was_is_not_written(deleting: Deleting) -> None:
    """Whatever the order of its fields, a row that has not changed is not written, and the summary says so."""
    deleting.api.lists[C] = [dict(reversed(row.items())) for row in deleting.api.lists[C]]
    deleting.api.lists[C][1]["name"] = "c"
    deleting.sync()
    assert deleting.written == ["upsert company"]
    assert "Table company: 2 done, 2 rows read, 1 written, 0 deleted" in deleting.destination.lines
    deleting.sync()
    assert deleting.written == []


def test_a_row_that_was_deleted_is_written_when_it_is_back(deleting: Deleting) -> None:
    """Its digest goes with its key."""
    gone = deleting.api.lists[C].pop()
    deleting.sync()
    deleting.api.lists[C].append(gone)
    deleting.sync()
    assert deleting.written == ["upsert company"]


def test_a_row_that_was_marked_as_deleted(deleting: Deleting) -> None:
    """The same goes for one that the API marks."""
    first = dict(deleting.api.lists[C][0])
    deleting.api.lists[C][0]["deleted"] = True
    deleting.sync(deleted_field="deleted")
    assert deleting.held("company") == {"c2"}
    deleting.api.lists[C][0] = first
    deleting.sync(deleted_field="deleted")
    assert deleting.written == ["upsert company"]


def test_after_a_kill_every_row_is_written_once_more(deleting: Deleting) -> None:
    """Rows may have been written that the state knows nothing of, so it is not trusted."""
    state: dict[str, Any] = deleting.destination.state
    before = dict(deleting.api.lists[C][0])
    deleting.api.lists[C][0]["name"] = "z"
    restart = deleting.destination.restart
    deleting.destination.restart = lambda: restart(2)  # type: ignore[method-assign, misc, assignment]
    with pytest.raises(CrashError):
        deleting.sync()
    deleting.destination.restart = restart  # type: ignore[method-assign]
    deleting.destination.restart(keep_pending=True)
    assert deleting.destination.rows("company")["c1",]["name"] == "z"
    deleting.api.lists[C][0] = before

    deleting.sync()

    assert deleting.destination.rows("company")["c1",]["name"] == "a"
    assert deleting.written == ["upsert company"] * 2
    assert "is_writing" not in state
    deleting.sync()
    assert deleting.written == []


def test_after_a_failure_the_state_is_trusted(deleting: Deleting) -> None:
    """A sync that fails has saved what it did."""
    deleting.api.statuses[C] = 403
    with pytest.raises(Exception, match="403"):
        deleting.sync()
    deleting.api.statuses.clear()
    deleting.sync()
    assert deleting.written == []


def test_a_row_that_was_elsewhere_meanwhile() -> None:
    """A row that another list has written since is written again, even if it is as this list wrote it last."""
    member = replace(DEPARTMENT, primary_key=["department_id"], cursor_field=None)
    row = {"department_id": "d1"}
    companies = replace(COMPANY, skips_unchanged=True)
    deleting = Deleting(
        NestedApi({C: [company(1, 10), company(2, 20)], D.format(1): [row], D.format(2): []}),
        [companies, replace(member, parent=companies, skips_unchanged=True)],
    )
    deleting.sync()
    for number, (there, here) in enumerate([(1, 2), (2, 1)]):
        deleting.api.lists[D.format(there)], deleting.api.lists[D.format(here)] = [], [row]
        for record in deleting.api.lists[C]:
            record["updated_at"] = at(100 + number)
        deleting.sync()
        assert deleting.destination.rows("department")["d1",]["company_id"] == f"c{here}"


def test_the_option_alone(deleting: Deleting) -> None:
    """Without finds_deleted, unchanged rows are left out all the same, and nothing that is missing is deleted."""
    deleting.streams = [replace(deleting.streams[0], finds_deleted=False)]
    del deleting.api.lists[C][0]
    deleting.sync()
    assert deleting.written == []
    assert deleting.held("company") == {"c1", "c2"}


def test_digests_of_a_larger_state_are_loaded() -> None:
    """Digests survive being packed and compressed."""
    records = [company(number, name="x" * (number % 7)) for number in range(300)]
    deleting = Deleting(NestedApi({C: records}), finding(replace(COMPANY, cursor_field=None), skips_unchanged=True))
    deleting.sync()
    assert isinstance(deleting.known["company"][""], str)
    records[123]["name"] = "changed"
    deleting.sync()
    assert deleting.written == ["upsert company"]
