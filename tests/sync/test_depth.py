"""Three levels: what is promised of companies and their departments holds for departments and their employees."""

from dataclasses import replace
from typing import Any

import pytest

from async_sync import ConnectorError, FatalError, OffsetPages, SinglePage
from async_sync.pagination.page_style import PageStyle
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
from tests.helpers.syncing import run

STREAMS = (COMPANY, DEPARTMENT, EMPLOYEE)
SKIP = {"on_parent_error": "skip"}


def sync(destination: MemoryDestination, api: NestedApi, **configuration: str) -> None:
    api.asked.clear()
    destination.restart()
    run(destination, api, *STREAMS, configuration=configuration)


@pytest.fixture
def api() -> NestedApi:
    return three_levels()


@pytest.fixture
def destination() -> MemoryDestination:
    return MemoryDestination(keys=KEYS)


def held(destination: MemoryDestination) -> set[tuple[Any, ...]]:
    return {key for table in KEYS for key in destination.rows(table)}


def test_a_first_sync_reads_every_level(api: NestedApi, destination: MemoryDestination) -> None:
    """Each list is read once and has its own cursor, by the key of its parent."""
    sync(destination, api)

    assert len(api.paths) == len(set(api.paths)) == 1 + 2 + 4
    assert [len(destination.rows(table)) for table in KEYS] == [2, 4, 8]
    assert destination.rows("employee")["e1", "d2", "c1"]["company_id"] == "c1"
    assert destination.state == {
        "version": 1,
        "company_cursor": at(20),
        "department_cursor": {"c1": at(7), "c2": at(12)},
        "employee_cursor": {"d1/c1": at(6), "d2/c1": at(6), "d1/c2": at(10), "d2/c2": at(10)},
    }


def test_a_change_is_followed_down_to_where_it_is(api: NestedApi, destination: MemoryDestination) -> None:
    """Below what has changed, each list is asked from its own cursor; nothing else is asked for."""
    sync(destination, api)
    api.lists[C][0] = company(1, 30)
    api.lists[D.format(1)][0] = department(1, 30)
    api.lists[E.format(1, 1)].append(employee(3, 30))
    sync(destination, api)

    assert set(api.asked) == {
        (C, at(20)),
        (D.format(1), at(7)),
        (E.format(1, 1), at(6)),
        (E.format(1, 2), at(6)),  # of the department at the cursor
        (D.format(2), at(12)),  # of the company at the cursor
        (E.format(2, 2), at(10)),
    }
    assert ("e3", "d1", "c1") in destination.rows("employee")
    assert destination.state["employee_cursor"]["d1/c1"] == at(30)


@pytest.mark.parametrize("keep_pending", [False, True])
def test_a_new_middle_record_starts_at_its_beginning(*, keep_pending: bool) -> None:
    """Wherever the process dies, a department that is new with old employees has all of them in the end."""
    for crash_at in range(40):
        api, destination = three_levels(), MemoryDestination(keys=KEYS)
        sync(destination, api)
        api.lists[C][1] = company(2, 40)
        api.lists[D.format(2)].append(department(3, 40))
        api.lists[E.format(2, 3)] = [employee(9, 0), employee(8, 1)]
        destination.restart(crash_at)
        try:
            run(destination, api, *STREAMS, configuration={"checkpoint_rows": "1"})
        except CrashError:
            destination.restart(keep_pending=keep_pending)
            sync(destination, api)
        assert {("e9", "d3", "c2"), ("e8", "d3", "c2")} <= held(destination)


def test_what_changes_behind_the_reader_is_left_to_the_next_sync(
    api: NestedApi, destination: MemoryDestination
) -> None:
    """A company that changes after its list was read is read again by the next sync, with everything below it."""

    def change(path: str) -> None:
        if path == E.format(1, 1) and len(api.lists[D.format(1)]) == 2:
            api.lists[D.format(1)].append(department(3, 50))
            api.lists[E.format(1, 3)] = [employee(7, 50)]
            api.lists[C].append(company(1, 50))

    api.before = change
    api.lists[C] = [company(1, 10)]
    sync(destination, api)
    assert ("e7", "d3", "c1") not in destination.rows("employee")
    sync(destination, api)
    assert ("e7", "d3", "c1") in destination.rows("employee")


def test_a_department_that_fails_is_skipped_by_itself(api: NestedApi, destination: MemoryDestination) -> None:
    """With skip, the department is kept in the state, and the next sync reads it first; all cursors move on."""
    api.statuses[E.format(1, 1)] = 403
    sync(destination, api, **SKIP)
    assert destination.state["skipped"] == {"department": [{"department_id": "d1", "company_id": "c1"}]}
    assert destination.state["company_cursor"] == at(20)
    (warning,) = destination.warnings
    assert warning.startswith("1 of department could not be read, and will be read first in the next sync: d1/c1 (GET ")

    api.statuses.clear()
    sync(destination, api)
    assert (E.format(1, 1), None) in api.asked
    assert "skipped" not in destination.state
    assert ("e1", "d1", "c1") in destination.rows("employee")


def test_a_middle_list_that_fails_skips_its_record(api: NestedApi, destination: MemoryDestination) -> None:
    """With skip, a company whose departments cannot be read is skipped; what is below others is not."""
    api.statuses[D.format(1)] = 403
    sync(destination, api, **SKIP)
    assert destination.state["skipped"] == {"company": [{"company_id": "c1"}]}
    assert len(destination.rows("employee")) == 4

    api.statuses.clear()
    sync(destination, api)
    assert len(destination.rows("employee")) == 8


def test_with_fail_a_sync_keeps_what_it_did(api: NestedApi, destination: MemoryDestination) -> None:
    """The error names the department; no cursor above moves past it, and the next sync completes everything."""
    api.statuses[E.format(1, 2)] = 403
    with pytest.raises(FatalError, match=r"\(department d2/c1\) failed after 1 attempt"):
        sync(destination, api)
    assert destination.state["employee_cursor"] == {"d1/c1": at(6)}
    assert destination.state["department_cursor"].get("c1") in {None, at(6)}
    assert "company_cursor" not in destination.state

    api.statuses.clear()
    sync(destination, api)
    assert [len(destination.rows(table)) for table in KEYS] == [2, 4, 8]


def test_a_wrong_path_at_the_bottom_is_an_error(api: NestedApi, destination: MemoryDestination) -> None:
    """If every list of employees is missing, none of the departments counts as gone."""
    api.statuses = {E.format(c, d): 404 for c in (1, 2) for d in (1, 2)}
    with pytest.raises(FatalError, match=r"employees.* failed .* 404 Not Found"):
        sync(destination, api)
    assert "company_cursor" not in destination.state

    api.statuses = {E.format(1, 1): 404}
    sync(destination, api)
    assert any("1 of department answered 404 or 410 and count as gone: d1/c1" in text for text in destination.warnings)
    assert destination.state["company_cursor"] == at(20)


def test_a_department_from_an_earlier_sync_confirms_a_path(api: NestedApi, destination: MemoryDestination) -> None:
    """If the only department that has changed has no employees, one that had some is asked, and no company is."""
    sync(destination, api)
    api.lists[C], api.lists[D.format(1)] = [company(1, 30)], [department(3, 30)]
    api.statuses = {E.format(1, 3): 404}
    sync(destination, api)
    assert api.paths == [C, D.format(1), E.format(1, 3), E.format(1, 1)]
    assert any("1 of department answered 404 or 410 and count as gone: d3/c1" in text for text in destination.warnings)


def test_what_confirms_a_path_may_need_to_be_confirmed(api: NestedApi, destination: MemoryDestination) -> None:
    """A company is asked to confirm another's missing list; if a list below it is missing, a department is asked."""
    sync(destination, api)
    api.lists[C] = [company(3, 30)]
    api.statuses = {D.format(3): 404, E.format(1, 2): 404}
    sync(destination, api)
    assert [path for path in api.paths if path != C] == [D.format(3), D.format(1), E.format(1, 2), E.format(1, 1)]
    assert destination.state["company_cursor"] == at(30)
    assert len(destination.warnings) == 2


def test_one_missing_list_among_several(api: NestedApi, destination: MemoryDestination) -> None:
    """A company may have no departments and still have sites; only the cursor of the missing list is dropped."""
    sites = replace(DEPARTMENT, table="site", name="site", path="/companies/{company_id}/sites")
    everything = (*STREAMS, sites)
    destination.keys["site"], destination.tables["site"] = ("department_id", "company_id"), {}
    run(destination, api, *everything)
    api.lists[C][0], api.statuses = company(1, 30), {D.format(1): 410}
    run(destination, api, *everything)
    assert any("1 of company answered 404 or 410 for department" in text for text in destination.warnings)
    assert destination.state["reset"] == {"department": ["c1"]}
    assert destination.state["company_cursor"] == at(30)


def test_a_future_date_in_the_middle_stops_nothing(api: NestedApi, destination: MemoryDestination) -> None:
    """A department that is dated in the future is read in every sync, and its cursor stays at the start of the sync."""
    api.lists[D.format(1)][1] = department(2, 0, updated_at="2999-01-01T00:00:00Z")
    sync(destination, api)
    assert at(0) < destination.state["department_cursor"]["c1"] < "2999"
    api.lists[C][0] = company(1, 30)
    api.lists[E.format(1, 2)].append(employee(3, 30))
    sync(destination, api)
    assert ("e3", "d2", "c1") in destination.rows("employee")


@pytest.mark.parametrize("style", [SinglePage(), OffsetPages()])
def test_a_giant_record_goes_on_where_the_time_was_up(style: PageStyle, monkeypatch: pytest.MonkeyPatch) -> None:
    """One company with many departments is not begun anew by each sync that has too little time for all of them."""
    api, destination = NestedApi({C: [company(1, 99)]}), MemoryDestination(keys=KEYS)
    api.lists[D.format(1)] = [department(d, d) for d in range(40)]
    now, syncs = 0.0, 0
    monkeypatch.setattr("async_sync.sync.time.monotonic", lambda: now)

    def pass_time(path: str) -> None:
        nonlocal now
        now += 10

    api.before = pass_time
    asked = list[str]()
    paged = replace(DEPARTMENT, pagination=style)
    streams = (COMPANY, paged, replace(EMPLOYEE, parent=paged))
    limits = {"max_sync_minutes": "2", "timeout_seconds": "3600", "page_size": "5"}
    while destination.state.get("company_cursor") != at(99):
        api.asked.clear()
        destination.restart()
        run(destination, api, *streams, configuration=limits)
        asked += [path for path in api.paths if path.endswith("/employees")]
        syncs += 1
        assert syncs < 20
    assert syncs > 3
    assert len(destination.rows("department")) == 40
    assert len(asked) <= 40 + syncs * 3


def test_a_department_may_move_to_another_company(api: NestedApi, destination: MemoryDestination) -> None:
    """A record whose key is unique in its table has one cursor below it, wherever it is listed."""
    unique = replace(DEPARTMENT, primary_key=["department_id"])
    below = replace(EMPLOYEE, parent=unique, path="/departments/{department_id}/employees", primary_key=["employee_id"])
    lists = {
        C: [company(1, 10), company(2, 20)],
        D.format(1): [department(1, 5)],
        "/departments/d1/employees": [employee(1, 5)],
    }
    api, destination = (
        NestedApi(lists),
        MemoryDestination(
            keys={"company": ("company_id",), "department": ("department_id",), "employee": ("employee_id",)}
        ),
    )
    run(destination, api, COMPANY, unique, below)
    api.lists[D.format(1)], api.lists[D.format(2)] = [], [department(1, 30)]
    api.lists[C] = [company(1, 30), company(2, 31)]
    api.lists["/departments/d1/employees"].append(employee(2, 30))
    run(destination, api, COMPANY, unique, below)
    assert destination.rows("department")["d1",]["company_id"] == "c2"
    assert destination.state["employee_cursor"] == {"d1": at(30)}
    assert len(destination.rows("employee")) == 2


def test_a_state_of_two_levels_goes_on_with_three(api: NestedApi, destination: MemoryDestination) -> None:
    """A third level that is added later starts at its beginning below what changes from then on."""
    run(destination, api, COMPANY, DEPARTMENT)
    sync(destination, api, sync_scope="all_parents")
    assert len(destination.rows("employee")) >= 2
    api.lists[D.format(1)][0] = department(1, 70)
    api.lists[C][0] = company(1, 70)
    sync(destination, api)
    assert ("e1", "d1", "c1") in destination.rows("employee")


def test_an_error_of_the_whole_api_is_no_ones_fault(api: NestedApi, destination: MemoryDestination) -> None:
    """A 401 deep below ends the sync even where records may be skipped."""
    api.statuses[E.format(1, 1)] = 401
    with pytest.raises(ConnectorError, match="401"):
        sync(destination, api, **SKIP)
    assert "skipped" not in destination.state
