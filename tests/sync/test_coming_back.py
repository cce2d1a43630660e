"""What was gone and comes back is read from its beginning, with everything below it, at any level."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from async_sync import OffsetPages, Stream
from tests.helpers.destination import CrashError, MemoryDestination
from tests.helpers.nested_api import (
    COMPANY,
    DEPARTMENT,
    EMPLOYEE,
    KEYS,
    KEYS_OF_FOUR,
    TASK,
    C,
    D,
    E,
    NestedApi,
    T,
    at,
    company,
    department,
    employee,
    four_levels,
    task,
    three_levels,
)
from tests.helpers.syncing import run

THREE = (COMPANY, DEPARTMENT, EMPLOYEE)
FOUR = (*THREE, TASK)


def sync(destination: MemoryDestination, api: NestedApi, *streams: Stream, **configuration: str) -> None:
    api.asked.clear()
    destination.restart()
    run(destination, api, *(streams or THREE), configuration=configuration)


def synced(api: NestedApi, *streams: Stream) -> MemoryDestination:
    """A destination that holds everything."""
    destination = MemoryDestination(keys=KEYS_OF_FOUR)
    sync(destination, api, *streams)
    return destination


def crashes(
    destination: Callable[[], tuple[NestedApi, MemoryDestination]], *streams: Stream, keep_pending: bool
) -> Iterator[MemoryDestination]:
    """What is there after a sync that died at each of its operations, and one more that did not."""
    for crash_at in range(100):
        api, died = destination()
        died.restart(crash_at)
        try:
            run(died, api, *streams, configuration={"checkpoint_rows": "1"})
        except CrashError:
            died.restart(keep_pending=keep_pending)
            sync(died, api, *streams)
            yield died
        else:
            assert crash_at > 10
            return
    raise AssertionError("the sync does not end")


def test_a_company_that_comes_back_is_read_afresh() -> None:
    """Once a company was gone, no cursor below it counts: what is older than they were may have come meanwhile."""
    api = three_levels()
    destination = synced(api)
    api.lists[C][0] = company(1, 30)
    api.statuses[D.format(1)] = 404
    sync(destination, api)
    assert destination.state["reset"] == {"department": ["c1"]}
    assert "c1" not in destination.state["department_cursor"]

    api.statuses.clear()
    api.lists[C][0] = company(1, 60)
    api.lists[E.format(1, 2)].append(employee(5, 0))
    sync(destination, api)
    assert ("e5", "d2", "c1") in destination.rows("employee")
    assert "reset" not in destination.state
    sync(destination, api)
    assert (E.format(1, 2), at(6)) in api.asked


def company_is_back() -> tuple[NestedApi, MemoryDestination]:
    """A company that was gone is there again, with employees older than the cursors from before."""
    api = three_levels()
    destination = synced(api)
    api.lists[C][0], api.statuses = company(1, 30), {D.format(1): 404}
    sync(destination, api)
    api.lists[C][0], api.statuses = company(1, 60), {}
    for d in (1, 2):
        api.lists[E.format(1, d)].append(employee(5, 0))
    return api, destination


@pytest.mark.parametrize("keep_pending", [False, True])
def test_it_is_read_afresh_wherever_a_sync_dies(*, keep_pending: bool) -> None:
    """Until everything below the company is read, its old cursors do not count, not even after a crash."""
    for destination in crashes(company_is_back, *THREE, keep_pending=keep_pending):
        assert {("e5", "d1", "c1"), ("e5", "d2", "c1")} <= destination.rows("employee").keys()


def department_is_back() -> tuple[NestedApi, MemoryDestination]:
    """The same one level further down: the tasks are older than the cursors from before."""
    api = four_levels()
    destination = synced(api, *FOUR)
    api.lists[C][0], api.lists[D.format(1)][0] = company(1, 30), department(1, 30)
    api.statuses = {E.format(1, 1): 404}
    sync(destination, api, *FOUR)
    assert destination.state["reset"] == {"employee": ["d1/c1"]}
    assert "e1/d1/c1" in destination.state["task_cursor"]
    api.lists[C][0], api.lists[D.format(1)][0], api.statuses = company(1, 60), department(1, 60), {}
    for e in (1, 2):
        api.lists[T.format(1, 1, e)].append(task(5, 0))
    return api, destination


@pytest.mark.parametrize("keep_pending", [False, True])
def test_a_department_in_the_middle_of_four_levels_is_read_afresh(*, keep_pending: bool) -> None:
    """Also wherever a sync dies: the cursors of its tasks, which are still there, do not count before all is read."""
    for destination in crashes(department_is_back, *FOUR, keep_pending=keep_pending):
        assert {("t5", "e1", "d1", "c1"), ("t5", "e2", "d1", "c1")} <= destination.rows("task").keys()
        assert "reset" not in destination.state


def test_a_department_that_was_deleted_and_restored_is_read_afresh() -> None:
    """Deleted and restored, a department has all its employees, old ones too."""
    api, destination = three_levels(), MemoryDestination(keys=KEYS)
    sync(destination, api, deleted_field="gone")
    api.lists[C][0] = company(1, 30)
    api.lists[D.format(1)][0] = department(1, 30, gone=True)
    sync(destination, api, deleted_field="gone")
    assert ("d1", "c1") not in destination.rows("department")
    assert E.format(1, 1) not in api.paths
    assert "d1/c1" not in destination.state["employee_cursor"]

    api.lists[C][0], api.lists[D.format(1)][0] = company(1, 60), department(1, 60)
    sync(destination, api, deleted_field="gone")
    assert (E.format(1, 1), None) in api.asked


def test_what_fails_while_it_is_read_afresh_is_read_afresh_later() -> None:
    """With skip, a department below a company that came back is kept aside, and its old cursors still do not count."""
    api, destination = company_is_back()
    api.statuses = {E.format(1, 1): 403}
    sync(destination, api, on_parent_error="skip")
    assert "reset" not in destination.state
    assert destination.state["skipped"] == {"department": [{"department_id": "d1", "company_id": "c1"}]}

    api.statuses.clear()
    sync(destination, api)
    assert (E.format(1, 1), None) in api.asked
    assert ("e5", "d1", "c1") in destination.rows("employee")


@pytest.mark.parametrize("scope", ["changed_parents", "all_parents"])
def test_a_giant_that_comes_back_goes_on_where_the_time_was_up(scope: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each sync goes on after the departments that the one before has read, and none is read from an old cursor."""
    paged = replace(DEPARTMENT, pagination=OffsetPages())
    streams = (COMPANY, paged, replace(EMPLOYEE, parent=paged))
    api = NestedApi({C: [company(1, 1), company(2, 2)]})
    api.lists |= {D.format(1): [department(d, d) for d in range(30)], D.format(2): [department(1, 1)]}
    api.lists |= {E.format(1, d): [employee(1, 9)] for d in range(30)}
    destination = synced(api, *streams)
    api.lists[C][0], api.statuses = company(1, 100), {D.format(1): 404}
    sync(destination, api, *streams)
    api.lists[C][0], api.statuses = company(1, 200), {}
    for d in range(30):
        api.lists[E.format(1, d)].append(employee(2, 0))
    now, syncs = 0.0, 0
    monkeypatch.setattr("async_sync.sync.time.monotonic", lambda: now)

    def pass_time(_: str) -> None:
        nonlocal now
        now += 10

    api.before = pass_time
    limits = {"max_sync_minutes": "2", "timeout_seconds": "3600", "page_size": "5", "sync_scope": scope}
    while "reset" in destination.state:
        sync(destination, api, *streams, **limits)
        syncs += 1
        assert syncs < 20
    assert syncs > 2
    assert {("e2", f"d{d}", "c1") for d in range(30)} <= destination.rows("employee").keys()
