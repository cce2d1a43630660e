"""Lists that are read whole to find what is missing: which, when, and what happens if that fails."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from async_sync import SEQUENCE, ConnectorError, EmbeddedStream
from tests.helpers.deleting import Deleting, finding
from tests.helpers.destination import CrashError
from tests.helpers.nested_api import (
    COMPANY,
    DEPARTMENT,
    EMPLOYEE,
    C,
    D,
    E,
    NestedApi,
    at,
    company,
    department,
)


def untyped() -> list[Any]:
    """Three levels whose lists cannot be asked for by their names, since the types of the keys are not declared."""
    streams = finding(COMPANY, DEPARTMENT, EMPLOYEE)
    first = replace(streams[0], columns={})
    second = replace(streams[1], parent=first, columns={})
    return [first, second, replace(streams[2], parent=second, columns={})]


def test_lists_that_cannot_be_asked_for_by_name() -> None:
    """They are reached from the top, and asked for again by the rows that were read then."""
    deleting = Deleting(streams=untyped())
    deleting.sync()
    del deleting.api.lists[E.format(1, 2)][0]
    deleting.sync()
    assert deleting.deleted() == ["employee"]
    assert deleting.api.paths.count(C) == 1  # the rows are known by then
    assert deleting.api.paths.count(E.format(1, 2)) == 2


@pytest.mark.parametrize("streams", [untyped, lambda: finding(COMPANY, DEPARTMENT, EMPLOYEE)])
def test_a_list_that_cannot_be_reached_is_due_again_later(streams: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list whose parent is not listed any more, or that is refused, is not tried again in each sync."""
    first, *below = streams()
    deleting = Deleting(streams=_chain([replace(first, finds_deleted=False), *below]))
    deleting.sync()
    del deleting.api.lists[C][1]
    deleting.api.statuses[D.format(2)] = deleting.api.statuses[E.format(2, 1)] = 403
    minute = 60 * max(entry[0] for lists in deleting.known.values() for entry in lists.values())
    monkeypatch.setattr("async_sync.sync.time.time", lambda: minute + 31 * 86_400)
    deleting.sync(full_read_days="30")
    deleting.sync(full_read_days="30")
    assert len(deleting.api.asked) <= 3
    assert deleting.deleted() == []


def _chain(streams: list[Any]) -> list[Any]:
    """Each stream below the one before it."""
    made = streams[:1]
    for stream in streams[1:]:
        made.append(replace(stream, parent=made[-1]))
    return made


def test_a_list_that_is_refused_does_not_fail_the_sync() -> None:
    """A list that is only read to see what is missing is warned of, and nothing is deleted there."""
    deleting = Deleting()
    deleting.sync()
    deleting.api.statuses[D.format(1)] = 403
    deleting.sync()
    (warning,) = deleting.destination.warnings
    assert "c1 (GET http://localhost/companies/c1/departments" in warning
    assert deleting.deleted() == []
    assert len(deleting.held("department")) == 4


def test_the_last_parent_may_vanish() -> None:
    """If no other list answers, what is asked for by its name is missing all the same."""
    deleting = Deleting(NestedApi({C: [company(1, 10)], D.format(1): [department(1, 1)]}), finding(COMPANY, DEPARTMENT))
    deleting.sync()
    deleting.api.lists[C].clear()
    deleting.api.statuses[D.format(1)] = 404
    deleting.sync()
    assert deleting.deleted() == ["department", "company"]


def test_the_last_parent_of_a_stream_that_keeps_no_keys() -> None:
    """Its lists are asked for by their names, and what is below it goes when they do not exist, twice."""
    companies, below = finding(COMPANY, DEPARTMENT)
    companies = replace(companies, finds_deleted=False)
    deleting = Deleting(
        NestedApi({C: [company(1, 10)], D.format(1): [department(1, 1)]}),
        [companies, replace(below, parent=companies)],
    )
    deleting.sync()
    deleting.api.lists[C].clear()
    deleting.api.statuses[D.format(1)] = 404
    deleting.sync()
    assert deleting.deleted() == ["department"]


def test_an_api_that_never_says_the_same_twice() -> None:
    """If each reading lacks other rows, nothing is deleted, and the sync ends."""
    deleting = Deleting(streams=finding(replace(COMPANY, cursor_field=None)))
    deleting.api.lists[C] = [company(number) for number in range(8)]
    deleting.sync()

    def rotate(_: str) -> None:
        deleting.api.lists[C] = [company(number) for number in range(8) if number != len(deleting.api.asked)]

    deleting.api.before = rotate
    deleting.sync()
    assert len(deleting.held("company")) == 8
    assert len(deleting.api.asked) == 5


def test_time_runs_out_while_lists_are_read_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be read once more in time is not deleted, and the next sync finds it."""
    now = 0.0
    monkeypatch.setattr("async_sync.sync.time.monotonic", lambda: now)
    deleting = Deleting(streams=finding(COMPANY, DEPARTMENT))
    deleting.sync()
    del deleting.api.lists[D.format(1)][0]
    del deleting.api.lists[D.format(2)][0]

    def late(path: str) -> None:
        nonlocal now
        now = 3600.0 if path == D.format(2) else now

    deleting.api.before = late
    deleting.sync(max_sync_minutes="1")
    assert len(deleting.held("department")) == 4
    assert "max_sync_minutes reached" in deleting.destination.lines[-1]
    deleting.api.before = lambda _: None
    now = 0.0
    deleting.sync()
    assert len(deleting.held("department")) == 2


def test_a_parent_of_an_id_that_comes_back() -> None:
    """Where a cursor does not show changes, what is below a row that is back is read as well."""
    numbered = replace(COMPANY, cursor_field="number", cursor_type=SEQUENCE, since_param=None)
    records = [{"company_id": f"c{number}", "number": number} for number in (1, 2, 3)]
    deleting = Deleting(
        NestedApi({C: list(records), **{D.format(n): [department(n, 1)] for n in (1, 2, 3)}}),
        finding(numbered, DEPARTMENT),
    )
    deleting.sync()
    deleting.api.lists[C] = records[1:]
    deleting.sync()
    assert deleting.held("department") == {"d2/c2", "d3/c3"}
    deleting.api.lists[C] = list(records)
    deleting.sync()
    assert deleting.held("department") == {"d1/c1", "d2/c2", "d3/c3"}
    assert "skipped" not in deleting.destination.state


def test_what_is_inside_a_record_that_comes_back() -> None:
    """Rows inside a record, at any depth, are written again with it, though it has not changed."""
    (companies,) = finding(COMPANY)
    team = EmbeddedStream(
        table="team",
        parent=companies,
        records="teams",
        primary_key=["team", "company_id"],
        columns={},
        finds_deleted=True,
    )
    member = EmbeddedStream(
        table="member", parent=team, records="members", primary_key=["member", "team", "company_id"], columns={}
    )
    one = company(1, 10, teams=[{"team": "a", "members": [{"member": "x"}, {"member": "y"}]}])
    deleting = Deleting(NestedApi({C: [one, company(2, 20)]}), [companies, team, replace(member, finds_deleted=True)])
    deleting.sync()
    deleting.api.lists[C] = [company(2, 20)]
    deleting.sync()
    assert deleting.deleted() == ["member", "member", "team", "company"]
    deleting.api.lists[C] = [one, company(2, 20)]
    deleting.sync()
    assert (len(deleting.held("team")), len(deleting.held("member"))) == (1, 2)


def test_what_is_below_a_row_that_is_back_survives_a_kill() -> None:
    """A row that is back is saved as one whose lists are still to be read."""
    for crash_at in range(12):
        deleting = Deleting(streams=finding(COMPANY, DEPARTMENT))
        deleting.sync()
        gone = deleting.api.lists[C].pop(0)
        deleting.sync()
        deleting.api.lists[C].insert(0, gone)
        restart = deleting.destination.restart
        deleting.destination.restart = partial(restart, crash_at)  # type: ignore[method-assign]
        try:
            deleting.sync(checkpoint_rows="1")
        except CrashError:
            restart()
        deleting.destination.restart = restart  # type: ignore[method-assign]
        deleting.sync()
        assert len(deleting.held("department")) == 4


def test_keys_count_towards_the_budget() -> None:
    """Above it, the keys of the lists that changed longest ago are forgotten, with a warning and in the summary."""
    deleting = Deleting(NestedApi({C: [company(n, n) for n in range(60)]}), finding(COMPANY, DEPARTMENT))
    for number in range(60):
        deleting.api.lists[D.format(number)] = [department(number, n) for n in range(3)]
    deleting.sync(state_budget_kb="3")
    assert "the keys of " in deleting.destination.warnings[0]
    assert any("keys of lists dropped from the state" in line for line in deleting.destination.lines)
    kept = set(deleting.known["department"])
    assert "" in deleting.known["company"]
    assert 0 < len(kept) < 60
    asked = len(deleting.api.asked)
    deleting.sync(full_read_days="30", state_budget_kb="3")
    assert len(deleting.api.asked) < asked / 10  # what was forgotten is not due in each sync


def test_a_record_skipped_below_one_that_is_deleted() -> None:
    """What could not be read below a row that is deleted meanwhile is not read in the next sync."""
    deleting = Deleting()
    deleting.sync()
    deleting.api.lists[C][0] |= {"deleted": True, "updated_at": at(50)}
    deleting.api.statuses[E.format(1, 1)] = 403
    deleting.api.lists[D.format(1)][0]["updated_at"] = at(60)
    deleting.sync(deleted_field="deleted", on_parent_error="skip")
    deleting.sync(deleted_field="deleted", on_parent_error="skip")
    assert "skipped" not in deleting.destination.state
    assert deleting.held("company") == {"c2"}


def test_a_failure_of_the_whole_api_while_lists_are_read_once_more() -> None:
    """It ends the sync, nothing more is asked for, and nothing is deleted."""
    deleting = Deleting(streams=finding(COMPANY, DEPARTMENT))
    deleting.sync()
    gone = deleting.api.lists[C].pop(0)
    del deleting.api.lists[D.format(2)][0]

    def refuse(path: str) -> None:
        if path == C and path in deleting.api.paths:
            deleting.api.statuses[C] = 401

    deleting.api.before = refuse
    with pytest.raises(ConnectorError, match="401"):
        deleting.sync()
    assert deleting.api.paths.count(D.format(2)) == 1
    assert deleting.deleted() == []
    deleting.api.before, deleting.api.statuses = lambda _: None, {}
    deleting.api.lists[C].insert(0, gone)
    deleting.sync()
    assert deleting.held("company") == {"c1", "c2"}
