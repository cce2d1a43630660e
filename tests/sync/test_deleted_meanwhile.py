"""A record that is deleted while what is below it is read, or back before its rows are deleted: nothing is lost."""

from contextlib import suppress
from dataclasses import replace

import pytest

from async_sync import OffsetPages
from async_sync.writing.key_store import OWNERLESS
from tests.helpers.deleting import Deleting, finding
from tests.helpers.destination import CrashError, MemoryDestination
from tests.helpers.nested_api import (
    COMPANY,
    DEPARTMENT,
    EMPLOYEE,
    KEYS,
    C,
    D,
    E,
    NestedApi,
    at,
    company,
    department,
    employee,
    three_levels,
)
from tests.helpers.one_thread import in_one_thread
from tests.helpers.syncing import run

PAGED = replace(COMPANY, pagination=OffsetPages())
STREAMS = finding(PAGED, DEPARTMENT, EMPLOYEE)
ONE_BY_ONE = {"deleted_field": "deleted", "page_size": "1", "checkpoint_rows": "1", "max_concurrency": "2"}


def flickering(seed: int, crash_at: int | None, *, keep_pending: bool) -> tuple[NestedApi, MemoryDestination, bool]:
    """A sync whose list of companies shows one that is there, deleted, and there again; whether it has died."""
    api, destination = three_levels(), MemoryDestination(keys=KEYS)
    with in_one_thread(seed):
        run(destination, api, *STREAMS)
        api.lists[C] = [company(1, 40), company(1, 41, deleted=True), company(1, 42), company(2, 20)]
        destination.restart(crash_at)
        try:
            run(destination, api, *STREAMS, configuration=ONE_BY_ONE)
        except CrashError:
            destination.restart(keep_pending=keep_pending)
            return api, destination, True
    return api, destination, False


@pytest.mark.parametrize("keep_pending", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_a_company_that_is_deleted_and_restored_while_it_is_read(seed: int, *, keep_pending: bool) -> None:
    """All below it is read afresh, wherever the sync dies: what the first reading has reached does not count."""
    for crash_at in range(100):
        api, destination, has_died = flickering(seed, crash_at, keep_pending=keep_pending)
        if has_died:
            api.lists[C] = [company(1, 42), company(2, 20)]
            destination.restart()
            run(destination, api, *STREAMS, configuration=ONE_BY_ONE)
        assert {("d1", "c1"), ("d2", "c1")} <= destination.rows("department").keys()
        assert {(f"e{e}", f"d{d}", "c1") for d in (1, 2) for e in (1, 2)} <= destination.rows("employee").keys()
        if not has_died:
            return
    raise AssertionError("the sync does not end")


@pytest.mark.parametrize("status", [404, 403, 500])
def test_a_list_that_fails_since_its_company_is_deleted(status: int) -> None:
    """It fails no sync if the list of companies says that the company is deleted."""
    api, destination = three_levels(), MemoryDestination(keys=KEYS)
    run(destination, api, *STREAMS)
    api.lists[C] = [company(1, 40), company(1, 41, deleted=True), company(2, 20)]
    api.statuses[D.format(1)] = status
    with in_one_thread(0):
        run(destination, api, *STREAMS, configuration={**ONE_BY_ONE, "page_size": "2"})
    assert destination.rows("company").keys() == {("c2",)}
    assert {key[-1] for key in destination.rows("department")} == {"c2"}


def left_behind(crash_at: int) -> Deleting | None:
    """Rows below a company that is gone wait in the state, since the sync has died; None if it has died elsewhere."""
    api = NestedApi({C: [company(1, 10), company(2, 20)], D.format(1): [department(1, 1)], D.format(2): []})
    deleting = Deleting(api, finding(PAGED, DEPARTMENT))
    deleting.sync()
    api.lists[C][0] = company(1, 50)
    api.statuses[D.format(1)] = 404
    deleting.destination.restart(crash_at)
    try:
        with in_one_thread(0):
            run(deleting.destination, api, *deleting.streams, configuration=ONE_BY_ONE)
    except CrashError:
        deleting.destination.restart()
        if OWNERLESS in [entry[0] for entry in deleting.known["department"].values()]:
            return deleting
    return None


@pytest.fixture
def waiting() -> list[Deleting]:
    """All syncs of which that is true, by where they have died."""
    found = [deleting for crash_at in range(30) if (deleting := left_behind(crash_at))]
    assert found
    return found


def test_time_is_up_before_it_is_known_whether_a_company_is_back(
    waiting: list[Deleting], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a sync that died has left to be deleted stays until the list of companies has been read to its end."""
    now = 0.0
    monkeypatch.setattr("async_sync.sync.time.monotonic", lambda: now)

    def pass_time(_: str) -> None:
        nonlocal now
        now += 100

    for deleting in waiting:
        deleting.api.lists[C] = [company(2, 55), company(1, 60)]
        deleting.api.statuses.clear()
        deleting.api.before = pass_time
        deleting.sync(**ONE_BY_ONE, max_sync_minutes="2")
        assert deleting.deleted() == []
        assert deleting.held("department") == {"d1/c1"}
        (warning,) = deleting.destination.warnings
        assert warning.startswith("1 row of department may be in, or below, a list that could not be read in this sync")

        deleting.api.before = lambda _: None
        deleting.sync(**ONE_BY_ONE)
        assert (deleting.deleted(), deleting.held("department")) == ([], {"d1/c1"})


def test_what_was_left_is_deleted_once_that_is_known(waiting: list[Deleting]) -> None:
    """A company that is not back has been deleted, with what is below it."""
    for deleting in waiting:
        del deleting.api.lists[C][0]
        deleting.sync(**ONE_BY_ONE)
        assert (deleting.held("company"), deleting.held("department")) == ({"c2"}, set())


def test_what_is_missing_below_a_row_that_has_moved() -> None:
    """It is looked for in the same sync, wherever the one before has died: another list has the row by then."""
    own = replace(DEPARTMENT, primary_key=["department_id"])
    path = "/departments/{department_id}/employees"
    streams = finding(COMPANY, own, replace(EMPLOYEE, path=path, primary_key=["employee_id", "department_id"]))
    staff = path.format(department_id="d1")
    was_missing = False
    for crash_at in range(20):
        api = NestedApi({C: [company(1, 10), company(2, 20)], D.format(1): [department(1, 1)], D.format(2): []})
        api.lists[staff] = [employee(1, 1), employee(2, 2)]
        deleting = Deleting(api, streams)
        deleting.sync()
        api.lists[D.format(2)] = api.lists.pop(D.format(1))
        deleting.destination.restart(crash_at)
        with suppress(CrashError):
            run(deleting.destination, api, *streams, configuration={**ONE_BY_ONE, "full_read_days": "0"})
        was_missing = was_missing or "department" in deleting.destination.state.get("missing_keys", {})
        del api.lists[staff][0]
        deleting.sync()
        assert (deleting.held("department"), deleting.held("employee")) == ({"d1"}, {"e2/d1"})
    assert was_missing


def test_a_record_below_which_all_is_gone_while_its_own_list_cannot_be_read() -> None:
    """It may have another key by now. It is asked again in the next sync, which finds out."""
    deleting = Deleting()
    deleting.sync()
    deleting.api.lists[C][0] = company(1, 50)
    deleting.api.lists[D.format(1)][0] |= {"updated_at": at(50)}
    deleting.api.statuses[E.format(1, 1)] = 403
    deleting.sync(on_parent_error="skip")  # from now on, the employees of d1 are asked for first
    deleting.api.lists[C][0] = company(1, 60)
    deleting.api.statuses = {D.format(1): 403, E.format(1, 1): 404}
    deleting.sync(on_parent_error="skip")
    assert deleting.deleted() == []
    assert {"d1/c1", "d1/c2"} <= deleting.held("department")
    assert {"department_id": "d1", "company_id": "c1"} in deleting.destination.state["skipped"]["department"]

    deleting.api.statuses = {E.format(1, 1): 404}
    del deleting.api.lists[D.format(1)][0]
    deleting.sync(on_parent_error="skip")
    assert "d1/c1" not in deleting.held("department")
    assert "skipped" not in deleting.destination.state


def test_a_company_that_is_deleted_before_what_is_missing_below_it_is_read_once_more() -> None:
    """Nothing of it is read any more in this sync, and all of it once it is back."""
    deleting = Deleting()
    deleting.api.lists[C].append(company(3, 21))
    deleting.sync()
    del deleting.api.lists[C][-1]
    del deleting.api.lists[D.format(1)][0]

    def delete(path: str) -> None:
        if path == C and D.format(1) in deleting.api.paths:  # the lists that lack rows are read once more
            deleting.api.lists[C][0] = company(1, 50, deleted=True)
            deleting.api.asked.clear()

    deleting.api.before = delete
    deleting.sync(deleted_field="deleted")
    assert D.format(1) not in deleting.api.paths
    assert deleting.held("department") == {"d1/c2", "d2/c2"}
    assert deleting.destination.state["department_cursor"].keys() == {"c2"}

    deleting.api.before = lambda _: None
    deleting.api.lists[C][0] = company(1, 60)
    deleting.sync(deleted_field="deleted")
    assert deleting.held("department") == {"d1/c2", "d2/c2", "d2/c1"}
    assert {"e1/d2/c1", "e2/d2/c1"} <= deleting.held("employee")
