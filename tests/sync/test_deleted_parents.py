"""A parent that is gone, in each of the ways in which an API may say so, and what goes with it."""

from dataclasses import replace

import pytest

from tests.helpers.deleting import Deleting, finding
from tests.helpers.nested_api import COMPANY, DEPARTMENT, EMPLOYEE, C, D, at, three_levels

ALL_OF_C1 = ["employee", "employee", "department", "employee", "employee", "department", "company"]


@pytest.fixture
def deleting() -> Deleting:
    deleting = Deleting()
    deleting.sync()
    return deleting


def test_by_its_flag(deleting: Deleting) -> None:
    """A record that is marked takes what is known below it along at once, children first."""
    deleting.api.lists[C][0] |= {"deleted": True, "updated_at": at(50)}
    deleting.sync(deleted_field="deleted", full_read_days="")
    assert deleting.deleted() == ALL_OF_C1
    deleting.api.lists[C][1]["updated_at"] = at(99)
    for _ in range(2):  # it is listed still, and older than the cursor
        deleting.sync(deleted_field="deleted")
        assert deleting.held("company") == {"c2"}


def test_by_a_value(deleting: Deleting) -> None:
    """The stream may declare the field and the values that mean deleted; the configuration is for the others."""
    deleting.streams = finding(
        replace(COMPANY, deleted_field="status", deleted_values=["archived"]), DEPARTMENT, EMPLOYEE
    )
    deleting.api.lists[C][0] |= {"status": "archived", "updated_at": at(50)}
    deleting.api.lists[C][1] |= {"status": "live", "gone": True, "updated_at": at(51)}
    deleting.sync(deleted_field="gone", full_read_days="")
    assert deleting.held("company") == {"c2"}
    assert len(deleting.held("employee")) == 4


@pytest.mark.parametrize("status", [404, 410])
def test_by_all_of_its_lists(deleting: Deleting, status: int) -> None:
    """If all lists below it do not exist, twice in one sync, the record is gone with all below it."""
    deleting.api.lists[C][0]["updated_at"] = at(50)
    deleting.api.statuses[D.format(1)] = status

    deleting.sync(full_read_days="")

    assert sorted(deleting.deleted()) == sorted(ALL_OF_C1)
    assert deleting.deleted()[-1] == "company"
    assert deleting.api.paths.count(D.format(1)) == 2
    assert deleting.destination.warnings == []


def test_lists_that_are_gone_only_once(deleting: Deleting) -> None:
    """If its lists exist when they are asked for once more, nothing is deleted, and what is below is read."""
    deleting.api.lists[C][0]["updated_at"] = at(50)
    deleting.api.statuses[D.format(1)] = 404

    def heal(path: str) -> None:
        if deleting.api.paths.count(D.format(1)) and path == D.format(1):
            deleting.api.statuses.clear()

    deleting.api.before = heal
    deleting.sync(full_read_days="")
    assert deleting.deleted() == []
    assert len(deleting.held("employee")) == 8


def test_one_list_of_two_that_is_gone() -> None:
    """A list that does not exist any more, twice, loses its rows, and its parent stays."""
    company, department = finding(COMPANY, DEPARTMENT)
    site = replace(department, table="site", path="/companies/{company_id}/sites", name="site")
    api = three_levels()
    api.lists["/companies/c1/sites"] = api.lists[D.format(1)]
    deleting = Deleting(api, [company, department, site])
    deleting.sync()
    api.statuses["/companies/c1/sites"] = 404

    deleting.sync()

    assert deleting.deleted() == ["site", "site"]
    assert deleting.held("company") == {"c1", "c2"}


def test_what_is_not_known_below_is_warned_of(deleting: Deleting) -> None:
    """Without finds_deleted, rows below a deleted one stay, and a warning counts the deleted ones."""
    deleting.streams = [COMPANY, replace(DEPARTMENT, parent=COMPANY)]
    deleting.api.lists[C][0] |= {"deleted": True, "updated_at": at(50)}
    deleting.sync(deleted_field="deleted")

    (warning,) = deleting.destination.warnings
    assert warning == (
        "1 row of company was deleted, and rows of department below stay in the destination, as their keys are not "
        "known. Declare finds_deleted=True for department in connector.py; docs/deletes.md has the SQL that deletes "
        "them."
    )
    assert deleting.deleted() == ["company"]
    deleting.sync(deleted_field="deleted")
    assert deleting.destination.warnings == []


def test_a_deleted_row_counts_in_the_summary(deleting: Deleting) -> None:
    """The summary tells rows read, written and deleted for each table."""
    del deleting.api.lists[C][0]
    deleting.sync()
    tables = [line for line in deleting.destination.lines if line.startswith("Table")]
    assert [line.rpartition("written, ")[2] for line in tables] == ["1 deleted", "2 deleted", "4 deleted"]
    assert tables[0] == "Table company: 1 done, 2 rows read, 2 written, 1 deleted"  # one at the cursor, both times


def test_it_comes_back_while_its_rows_wait_to_be_deleted() -> None:
    """A parent that was deleted in a sync that could not finish is not deleted again once it is back."""
    department = replace(DEPARTMENT, primary_key=["department_id"])
    company, department = finding(COMPANY, department)
    api = three_levels()
    api.lists[D.format(2)] = [{"department_id": "d7", "updated_at": at(12)}]
    deleting = Deleting(api, [company, department])
    deleting.sync()
    api.lists[C][0] |= {"deleted": True, "updated_at": at(50)}
    api.lists[C][1] |= {"updated_at": at(51)}
    api.statuses[D.format(2)] = 403
    deleting.sync(deleted_field="deleted", on_parent_error="skip")
    assert set(deleting.deleted()) == {"company"}  # rows that may have moved wait for a sync without skipped records
    assert deleting.held("department") == {"d1", "d2", "d7"}

    api.statuses.clear()
    api.lists[C][0] |= {"deleted": False, "updated_at": at(60)}
    deleting.sync(deleted_field="deleted")

    assert deleting.held("company") == {"c1", "c2"}
    assert deleting.held("department") == {"d1", "d2", "d7"}
    assert deleting.deleted() == []
