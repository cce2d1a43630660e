"""What is read below records that have not changed: as the streams declare it, or as the user configured it."""

from dataclasses import replace

import pytest

from async_sync import FatalError, Stream
from tests.helpers.destination import MemoryDestination
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
    department,
    employee,
    three_levels,
)
from tests.helpers.syncing import run

QUIET_EMPLOYEE = replace(EMPLOYEE, touches_parent=False)
QUIET_DEPARTMENT = replace(DEPARTMENT, touches_parent=False)


@pytest.fixture
def api() -> NestedApi:
    return three_levels()


@pytest.fixture
def destination() -> MemoryDestination:
    return MemoryDestination(keys=KEYS)


def sync(destination: MemoryDestination, api: NestedApi, *streams: Stream, **configuration: str) -> None:
    api.asked.clear()
    destination.restart()
    run(destination, api, *streams, configuration=configuration)


def written(destination: MemoryDestination) -> dict[str, int]:
    """How many rows of each table were written in the last sync."""
    tables = [what for operation, what in destination.operations if operation == "upsert"]
    return {table: tables.count(table) for table in dict.fromkeys(tables)}


def test_an_employee_that_touches_nothing_is_found(api: NestedApi, destination: MemoryDestination) -> None:
    """Then employees are asked for below every department; what has not changed above them is not written again."""
    sync(destination, api, COMPANY, DEPARTMENT, QUIET_EMPLOYEE)
    api.lists[E.format(1, 1)].append(employee(9, 30))
    sync(destination, api, COMPANY, DEPARTMENT, QUIET_EMPLOYEE)

    assert ("e9", "d1", "c1") in destination.rows("employee")
    assert {(C, None), (D.format(1), None), (D.format(2), None), (E.format(1, 1), at(6))} < set(api.asked)
    assert len(api.asked) == 1 + 2 + 4
    assert written(destination) == {"company": 1, "department": 2, "employee": 5}  # those at their cursors


def test_only_the_levels_above_are_read_whole(api: NestedApi, destination: MemoryDestination) -> None:
    """Where departments touch nothing and employees their department, departments are asked from their cursors."""
    streams = (COMPANY, QUIET_DEPARTMENT, replace(EMPLOYEE, parent=QUIET_DEPARTMENT))
    sync(destination, api, *streams)
    api.lists[D.format(1)][0] = department(1, 40)
    sync(destination, api, *streams)

    assert destination.rows("department")["d1", "c1"]["updated_at"] == at(40)
    assert {(C, None), (D.format(1), at(7)), (D.format(2), at(12))} < set(api.asked)
    assert E.format(2, 1) not in api.paths


@pytest.mark.parametrize(
    ("scope", "asked"),
    [("changed_parents", {E.format(2, 2)}), ("all_parents", {E.format(c, d) for c in (1, 2) for d in (1, 2)})],
)
def test_the_configuration_goes_before_the_declaration(
    api: NestedApi, destination: MemoryDestination, scope: str, asked: set[str]
) -> None:
    """`sync_scope` decides for all levels, whatever the streams say."""
    for streams in ((COMPANY, DEPARTMENT, EMPLOYEE), (COMPANY, DEPARTMENT, QUIET_EMPLOYEE)):
        sync(destination, api, *streams)
        sync(destination, api, *streams, sync_scope=scope)
        assert {path for path in api.paths if path.endswith("/employees")} == asked


def test_an_unfinished_whole_reading_in_the_middle_goes_on_and_is_then_made_whole(
    destination: MemoryDestination,
) -> None:
    """What has changed below the first part of an interrupted reading is there after one sync, not two."""
    departments = [department(d, d) for d in range(8)]
    api = NestedApi({C: [{"company_id": "c1", "updated_at": at(50)}], D.format(1): departments})
    streams = (COMPANY, DEPARTMENT, QUIET_EMPLOYEE)
    sync(destination, api, *streams)
    api.statuses[E.format(1, 6)] = 500
    with pytest.raises(FatalError):
        sync(destination, api, *streams)
    assert destination.state["pass_cursor"]["department"] == {"c1": at(5)}

    api.statuses.clear()
    api.lists[E.format(1, 1)] = [employee(1, 60)]
    sync(destination, api, *streams)

    assert api.asked[1] == (D.format(1), at(5))
    assert ("e1", "d1", "c1") in destination.rows("employee")
    assert "pass_cursor" not in destination.state


def test_an_unfinished_whole_reading_ends_with_its_record(api: NestedApi, destination: MemoryDestination) -> None:
    """If the company has vanished meanwhile, its list is never finished, and the next sync begins anew without it."""
    streams = (COMPANY, DEPARTMENT, QUIET_EMPLOYEE)
    sync(destination, api, *streams)
    api.statuses[E.format(1, 2)] = 500
    with pytest.raises(FatalError):
        sync(destination, api, *streams)
    assert destination.state["pass_cursor"] == {"department": {"c1": at(6)}}

    del api.lists[C][0]
    sync(destination, api, *streams)
    assert "pass_cursor" not in destination.state
    sync(destination, api, *streams)
    assert api.paths.count(C) == 1


def test_a_middle_record_that_only_the_filter_shows_as_deleted(destination: MemoryDestination) -> None:
    """A list that is read whole has its deletes listed first, at any level."""
    departments = [department(1, 1, gone=False), department(2, 2, gone=False)]
    api = NestedApi({C: [{"company_id": "c1", "updated_at": at(50)}], D.format(1): departments})
    api.lists[E.format(1, 1)] = [employee(1, 1)]
    api.hides = lambda record, since: since is None and record.get("gone", False)
    streams = (COMPANY, DEPARTMENT, QUIET_EMPLOYEE)
    sync(destination, api, *streams, deleted_field="gone")
    departments[0] = department(1, 60, gone=True)
    sync(destination, api, *streams, deleted_field="gone")

    assert [since for path, since in api.asked if path == D.format(1)] == [at(2), None]
    assert ("d1", "c1") not in destination.rows("department")
    assert "d1/c1" not in destination.state["employee_cursor"]
    assert destination.state["department_cursor"] == {"c1": at(60)}


def test_the_time_is_up_while_deletes_of_a_middle_list_are_listed(
    destination: MemoryDestination, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then that list is not begun, and its cursor does not move past what has not been listed."""
    api = NestedApi({C: [{"company_id": "c1", "updated_at": at(50)}], D.format(1): [department(1, 1)]})
    streams = (COMPANY, DEPARTMENT, QUIET_EMPLOYEE)
    sync(destination, api, *streams, deleted_field="gone")
    now = 0.0
    monkeypatch.setattr("async_sync.sync.time.monotonic", lambda: now)

    def pass_time(path: str) -> None:
        nonlocal now
        now += 100 if path == D.format(1) else 0

    api.before = pass_time
    api.lists[D.format(1)].append(department(2, 60, gone=True))
    sync(destination, api, *streams, deleted_field="gone", max_sync_minutes="1", timeout_seconds="3600")
    assert [path for path in api.paths if path == D.format(1)] == [D.format(1)]
    assert destination.state["department_cursor"] == {"c1": at(1)}
