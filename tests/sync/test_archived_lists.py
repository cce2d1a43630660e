"""Deleted records in a list of their own: a second stream of the same table whose rows mean deleted."""

from dataclasses import replace

import httpx
import pytest

from tests.helpers.deleting import Deleting, finding
from tests.helpers.destination import MemoryDestination
from tests.helpers.nested_api import COMPANY, DEPARTMENT, KEYS, C, D, at, company, department, three_levels
from tests.helpers.syncing import run

ARCHIVE = "/archive"
ARCHIVED = replace(COMPANY, name="company_archived", path=ARCHIVE, means_deleted=True)


@pytest.fixture
def deleting() -> Deleting:
    deleting = Deleting(three_levels(), [COMPANY, ARCHIVED, replace(DEPARTMENT, parent=COMPANY)])
    deleting.sync()
    return deleting


def test_what_is_archived_is_deleted(deleting: Deleting) -> None:
    """A record of that list is deleted, and each stream has its own cursor."""
    deleting.api.lists[ARCHIVE] = [deleting.api.lists[C].pop(0) | {"updated_at": at(50)}]
    deleting.sync()
    assert deleting.held("company") == {"c2"}
    assert deleting.destination.state["company_archived_cursor"] == at(50)


def test_what_is_active_again_is_written(deleting: Deleting) -> None:
    """A record that is in both lists is there, however the requests come back: the deletes come first."""
    deleting.api.lists[ARCHIVE] = [company(1, 50)]
    deleting.api.lists[C][0]["updated_at"] = at(60)

    deleting.sync()

    assert deleting.api.paths.index(ARCHIVE) < deleting.api.paths.index(C)
    assert deleting.held("company") == {"c1", "c2"}


def test_what_is_below_is_read_afresh(deleting: Deleting) -> None:
    """The record is gone for the streams below it too: once it is back, they are read from their beginning."""
    deleting.api.lists[ARCHIVE] = [deleting.api.lists[C].pop(0) | {"updated_at": at(50)}]
    deleting.sync()
    assert "c1" not in deleting.destination.state["department_cursor"]
    deleting.api.lists[C].append(company(1, 70))
    deleting.sync()
    assert (D.format(1), None) in deleting.api.asked


def test_known_rows_below_go_with_it() -> None:
    """With finds_deleted, what is below an archived record is deleted before it."""
    active, below = finding(COMPANY, DEPARTMENT)
    archived = replace(active, name="company_archived", path=ARCHIVE, means_deleted=True, finds_deleted=False)
    deleting = Deleting(three_levels(), [active, below, archived])
    deleting.sync()
    deleting.api.lists[ARCHIVE] = [deleting.api.lists[C].pop(0) | {"updated_at": at(50)}]
    deleting.sync(full_read_days="")
    assert deleting.deleted() == ["department", "department", "company"]


def test_below_the_same_parent() -> None:
    """Below a record, the list of what is deleted is read before the one of what is not."""
    archived = replace(DEPARTMENT, name="archived", path="/companies/{company_id}/archive", means_deleted=True)
    api = three_levels()
    api.lists["/companies/c1/archive"] = [department(1, 7), department(9, 8)]
    destination = MemoryDestination(keys=KEYS)
    run(destination, api, COMPANY, DEPARTMENT, archived)
    assert ("d1", "c1") in destination.rows("department")
    assert api.paths.index("/companies/c1/archive") < api.paths.index(D.format(1))


def test_a_row_skipped_as_unchanged_is_not_taken_for_known() -> None:
    """A row that was archived and is back as it was is written again."""
    active = replace(COMPANY, cursor_field=None, skips_unchanged=True)
    archived = replace(active, name="archived", path=ARCHIVE, means_deleted=True, skips_unchanged=False)
    lists = {C: [{"company_id": "c1"}], ARCHIVE: []}
    destination = MemoryDestination(keys=KEYS)

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=lists[request.url.path])

    run(destination, answer, active, archived)
    lists[ARCHIVE], lists[C] = lists[C], []
    run(destination, answer, active, archived)
    assert destination.rows("company") == {}
    lists[ARCHIVE], lists[C] = [], lists[ARCHIVE]
    run(destination, answer, active, archived)
    assert destination.rows("company").keys() == {("c1",)}
