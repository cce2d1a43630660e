"""The saved state is read, checked, changed and dumped."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from async_sync import EPOCH_SECONDS, Stream
from async_sync.configuration.shard import SHARD_RULE, UNSHARDED, Shard
from async_sync.errors.base import StateError
from async_sync.streams.tree import StreamTree
from async_sync.writing.saved_values import ROOT
from async_sync.writing.state import Position, SyncState
from tests.helpers.nested_api import COMPANY as NESTED
from tests.helpers.nested_api import DEPARTMENT as DEPARTMENTS
from tests.helpers.nested_api import EMPLOYEE
from tests.helpers.parts import cursor
from tests.helpers.streams import COMPANY, DEPARTMENT

EXAMPLE = {"company_cursor": "2026-01-02T00:00:00Z", "department_cursor": {"c1": "2026-01-01T00:00:00Z"}}
TEAMS = Stream(
    parent=COMPANY,
    table="team",
    path="/companies/{company_id}/teams",
    primary_key=["team_id"],
    columns={},
    cursor_type=EPOCH_SECONDS,
)
LONG_KEY = replace(COMPANY, primary_key=["country", "number"])
CITIES = Stream(parent=LONG_KEY, table="city", path="/{country}/{number}/cities", primary_key=["city"], columns={})
HOW_TO_RESET = (
    ". Nothing was changed. Either correct the state, or reset it and sync from the beginning (locally "
    "`fivetran reset`; in Fivetran, resync the connection)."
)


def load(saved: Any, streams: Sequence[Stream] = (COMPANY, DEPARTMENT, TEAMS)) -> SyncState:
    return SyncState.load(saved, StreamTree(streams))


def dumped(**keys: object) -> dict[str, object]:
    return {"version": 1, "department_cursor": {}, "team_cursor": {}, **keys}


def test_reads_and_writes_the_examples_format() -> None:
    """The state of the sequential example is read, and written with the same keys and values, and a version."""
    state = load(EXAMPLE)

    assert state.cursor(COMPANY) == cursor("2026-01-02T00:00:00Z")
    assert state.cursor(DEPARTMENT, "c1") == cursor("2026-01-01T00:00:00Z")
    assert state.dump() == dumped(**EXAMPLE)


@pytest.mark.parametrize("saved", [{}, {"company_cursor": None}, {"company_cursor": ""}, {"department_cursor": None}])
def test_a_first_sync_begins_at_the_beginning(saved: Mapping[str, object]) -> None:
    """Without a saved state, or with an empty one, everything is read from its beginning."""
    state = load(saved)

    assert (state.cursor(COMPANY), state.is_unfinished, state.skipped) == (None, False, {"company": {}})
    assert state.cursor(DEPARTMENT, "c1") is None
    assert state.dump() == dumped()


def test_loading_and_dumping_changes_nothing() -> None:
    """A state that is loaded and dumped is the same, each cursor in the very text or number that the API sent."""
    saved = dumped(
        company_cursor="2026-01-02T00:00:00.50+02:00",
        pass_cursor={"company": "2026-01-01"},
        deletes_cursor={"company": "2025-12-31"},
        skipped={"company": [{"company_id": 7}, {"company_id": "c/8"}]},
        department_cursor={"7": "2026-01-01T00:00:00.123456789Z"},
        team_cursor={"7": 1_767_225_600, "é": "1767225600.5"},
        shard="3/8",
    )
    state = load(saved)

    assert state.dump() == saved
    assert state.passes["company"] == {ROOT: "2026-01-01"}
    assert state.skipped["company"] == {"7": {"company_id": 7}, "c/8": {"company_id": "c/8"}}
    assert state.cursor(TEAMS, "7") == EPOCH_SECONDS.parse(1_767_225_600)


def test_a_state_of_this_version_is_read() -> None:
    """A state of the version that is written is read like one without a version, which is the example's."""
    assert load({"version": 1, **EXAMPLE}).dump() == load(EXAMPLE).dump()


def test_a_skipped_parents_key_keeps_its_order() -> None:
    """The fields of a composite key are in the order of the declaration, however the saved object is ordered."""
    state = load({"skipped": [{"number": 1, "country": 2}]}, streams=[LONG_KEY, CITIES])

    assert state.skipped["company"] == {"2/1": {"country": 2, "number": 1}}


def test_a_skipped_parent_keeps_what_its_childrens_requests_need() -> None:
    """The key and the columns that are placeholders are kept; others are not, and a missing one is null."""
    repos = Stream(
        parent=COMPANY, table="repo", path="/{login}/repos", primary_key=["id"], columns={}, params={"t": "{type}"}
    )
    state = load({}, [COMPANY, repos])
    state.skip(COMPANY, "c1", {"company_id": "c1", "login": "acme", "secret": "value"})
    kept = {"company_id": "c1", "login": "acme", "type": None}
    assert state.dump()["skipped"] == {"company": [kept]}
    assert load(state.dump(), [COMPANY, repos]).skipped["company"] == {"c1": kept}
    with pytest.raises(StateError, match="with the fields company_id, login, type"):
        load({"skipped": [{"company_id": "c1"}]}, streams=[COMPANY, repos])


def test_fields_that_a_skipped_parent_no_longer_needs_are_dropped() -> None:
    """A state from when the declaration had more placeholders can be read."""
    assert load({"skipped": [{"company_id": 1, "login": "x"}]}).skipped["company"] == {"1": {"company_id": 1}}


@pytest.mark.parametrize(
    ("saved", "found"),
    [
        (["c1"], "it is a list, not an object"),
        (None, "it is a NoneType, not an object"),
        ({"version": 2}, "its version is 2, and this connector knows version 1"),
        ({"version": "1"}, "its version is '1', and this connector knows version 1"),
        ({"version": None}, "its version is None, and this connector knows version 1"),
        ({"company_cursor": 5}, "company_cursor cannot be read: expected a timestamp as ISO 8601 text, not int"),
        (
            {"pass_cursor": "soon"},
            "pass_cursor cannot be read: expected a timestamp as ISO 8601 text, such as 2026-01-01T00:00:00Z",
        ),
        (
            {"department_cursor": "2026-01-01"},
            "department_cursor is a str, not an object of one cursor for each partition",
        ),
        ({"team_cursor": []}, "team_cursor is a list, not an object of one cursor for each partition"),
        (
            {"department_cursor": {"c1": None}},
            "department_cursor of 'c1' cannot be read: expected a timestamp as ISO 8601 text, not NoneType",
        ),
        (
            {"team_cursor": {"c1": "x"}},
            "team_cursor of 'c1' cannot be read: expected a number, such as 1767225600",
        ),
        ({"skipped": {"company": {}}}, "skipped is not a list of objects with the fields company_id"),
        ({"skipped": ["c1"]}, "skipped is not a list of objects with the fields company_id"),
        ({"skipped": [{}]}, "skipped is not a list of objects with the fields company_id"),
        (
            {"skipped": [{"company_id": 1}, {"x": 1}]},
            "skipped is not a list of objects with the fields company_id",
        ),
        ({"shard": "9/8"}, f"shard is '9/8', and must be {SHARD_RULE}"),
        ({"shard": 3}, f"shard is 3, and must be {SHARD_RULE}"),
    ],
)
def test_a_wrong_shape(saved: object, found: str) -> None:
    """A state of another shape or version is an error that says what was found and how to reset it."""
    with pytest.raises(StateError) as caught:
        load(saved)

    assert caught.value.found == found
    assert str(caught.value) == f"The saved state cannot be used: {found}{HOW_TO_RESET}"


def test_a_wrong_shape_names_the_fields_of_a_longer_key() -> None:
    """The message names every field that a skipped parent's key must have."""
    with pytest.raises(StateError, match="with the fields country, number"):
        load({"skipped": [{"country": 1}]}, streams=[LONG_KEY, CITIES])


def test_a_dump_is_a_snapshot() -> None:
    """A dumped state does not change when the state does."""
    state = load({**EXAMPLE, "skipped": [{"company_id": "c1"}]})
    snapshot = state.dump()
    before = dumped(**EXAMPLE, skipped={"company": [{"company_id": "c1"}]})

    state.set_position(DEPARTMENT, "c2", Position(cursor("2026-01-03")))
    state.forget(COMPANY, "c1")
    state.set_position(COMPANY, ROOT, Position(None))

    assert snapshot == before


def test_the_saved_state_is_not_changed() -> None:
    """The saved state stays as it was passed in, since Fivetran may use it again."""
    saved = {"department_cursor": {"c1": "2026-01-01"}, "skipped": [{"company_id": "c1"}]}
    state = load(saved)

    state.set_position(DEPARTMENT, "c1", Position(cursor("2026-01-02")))
    state.skip(COMPANY, "c2", {"company_id": "c2"})

    assert saved == {"department_cursor": {"c1": "2026-01-01"}, "skipped": [{"company_id": "c1"}]}


def test_forget() -> None:
    """What is below a forgotten record loses its cursors in every stream, and nothing else does."""
    state = load({"department_cursor": {"c1": "2026-01-01", "c2": "2026-01-02"}, "team_cursor": {"c1": 5}})

    state.forget(COMPANY, "c1")
    state.forget(COMPANY, "c3")

    assert state.dump() == dumped(department_cursor={"c2": "2026-01-02"})


def test_known_partitions() -> None:
    """The known partitions are those with a cursor in any stream, up to the limit."""
    state = load({"department_cursor": {"c1": "2026-01-01", "c2": "2026-01-01"}, "team_cursor": {"c2": 5, "c3": 6}})

    assert state.known_partitions(COMPANY, 4) == ["c1", "c2", "c3"]
    assert state.known_partitions(COMPANY, 2) == ["c1", "c2"]
    assert load({}).known_partitions(COMPANY, 2) == []


def test_move_to_another_shard() -> None:
    """Parents are listed from the beginning; partitions and skipped parents stay if the new shard holds them."""
    names = [f"c{number}" for number in range(1, 9)]
    shard = Shard(1, 2)
    ours = [name for name in names if shard.holds(name)]
    state = load(
        dumped(
            company_cursor="2026-01-02",
            pass_cursor="2026-01-01",
            skipped=[{"company_id": name} for name in names],
            department_cursor=dict.fromkeys(names, "2026-01-01"),
            team_cursor=dict.fromkeys(names, 5),
        )
    )

    assert state.move_to(shard) == 8 - len(ours) == 3
    assert state.dump() == dumped(
        shard="1/2",
        deletes_cursor={"company": "2026-01-02"},
        skipped={"company": [{"company_id": name} for name in ours]},
        department_cursor=dict.fromkeys(ours, "2026-01-01"),
        team_cursor=dict.fromkeys(ours, 5),
    )


def test_what_is_far_below_roots_begins_again_in_another_shard() -> None:
    """Nobody knows whose it is; how far it was read says since when deletes have to be asked for, or that of before."""
    saved = {
        "company_cursor": "2026-01-09",
        "department_cursor": {"c1": "2026-01-02", "c2": "2026-01-02"},
        "employee_cursor": {"d1/c1": "2026-01-03", "d2/c1": "2026-01-05"},
        "pass_cursor": {"department": {"c1": "2026-01-01"}, "employee": {"d1/c1": "2026-01-01"}},
        "deletes_cursor": {
            "company": "2026-01-04",
            "department": {"c2": "2026-01-01"},
            "employee": {"d3/c1": "2026-01-06"},
        },
    }
    state = SyncState.load(saved, THREE)
    ours = [name for name in ("c1", "c2") if Shard(1, 2).holds(name)]
    assert ours == ["c1"]
    assert state.move_to(Shard(1, 2)) == 1
    assert state.dump() == {
        "version": 1,
        "shard": "1/2",
        "department_cursor": {"c1": "2026-01-02"},
        "employee_cursor": {},
        "deletes_cursor": {
            "company": "2026-01-04",
            "employee": {"d1/c1": "2026-01-03", "d2/c1": "2026-01-05", "d3/c1": "2026-01-06"},
        },
    }


@pytest.mark.parametrize(
    ("since", "asked"), [("2026-01-01", "2026-01-01"), ("2026-01-03", "2026-01-02"), (None, "2026-01-02")]
)
def test_deletes_are_asked_for_since_the_earliest_time(since: str | None, asked: str) -> None:
    """Another state may know of an earlier one, but not take back one that is known."""
    state = load({"company_cursor": "2026-01-05", "deletes_cursor": {"company": "2026-01-02"}})
    state.ask_for_deletes(COMPANY, ROOT, None if since is None else cursor(since))
    state.move_to(Shard(1, 2))
    assert state.dump() == dumped(shard="1/2", deletes_cursor={"company": asked})


def test_what_asks_for_deletes_counts_in_the_budget() -> None:
    """It goes before the cursors do."""
    lists = {f"d{number}/c1": "2026-01-01" for number in range(50)}
    state = SyncState.load({"department_cursor": {"c1": "2026-01-01"}, "deletes_cursor": {"employee": lists}}, THREE)
    whole = state.size
    assert state.cut(whole).cursors == 0
    assert state.cut(whole // 2).cursors == 50 - len(state.dump()["deletes_cursor"]["employee"]) > 25
    assert state.size <= whole // 2
    assert state.dump()["department_cursor"] == {"c1": "2026-01-01"}


def test_move_to_the_same_shard() -> None:
    """Moving to the same shard drops nothing, and an unsharded state names no shard."""
    assert load(EXAMPLE).move_to(UNSHARDED) == 0
    state = load({**EXAMPLE, "shard": "1/1"})
    assert state.move_to(UNSHARDED) == 0
    assert state.dump() == dumped(**EXAMPLE)


@pytest.mark.parametrize(
    "saved",
    [
        {"company_cursor": "2026-01-01"},
        {"pass_cursor": "2026-01-01"},
        {"skipped": [{"company_id": 1}]},
        {"department_cursor": {"c1": "2026-01-01"}},
        {"team_cursor": {"c1": 5}},
    ],
)
def test_is_empty(saved: Mapping[str, object]) -> None:
    """Only a state without cursors and skipped parents is that of a first sync."""
    assert load({"version": 1, "shard": "1/2"}).is_empty
    assert not load(saved).is_empty


THREE = StreamTree([NESTED, DEPARTMENTS, EMPLOYEE])


def test_three_levels() -> None:
    """Cursors, skipped records, unfinished readings and resets of every level are kept by the names of the streams."""
    saved = {
        "version": 1,
        "company_cursor": "2026-01-03",
        "department_cursor": {"c1": "2026-01-02"},
        "employee_cursor": {"d1/c1": "2026-01-01"},
        "pass_cursor": {"company": "2026-01-02", "department": {"c1": "2026-01-01"}},
        "skipped": {"department": [{"department_id": "d2", "company_id": "c1"}]},
        "reset": {"department": ["c9"]},
    }
    state = SyncState.load(saved, THREE)

    assert state.dump() == saved
    assert state.is_unfinished
    state.drop_passes(NESTED)
    assert state.dump()["pass_cursor"] == {"department": {"c1": "2026-01-01"}}


def test_what_was_gone_is_remembered_until_it_is_read() -> None:
    """With lists below the lists that are forgotten, the parent's name is kept; it ends with everything below it."""
    state = SyncState.load({"department_cursor": {"c1": "2026-01-01"}}, THREE)
    for _ in range(2):
        state.forget(NESTED, "c1")
    state.forget(DEPARTMENTS, "d1/c1")
    assert state.dump() == {
        "version": 1,
        "department_cursor": {},
        "employee_cursor": {},
        "reset": {"department": ["c1"]},
    }
    state.done(NESTED, "c2")
    state.done(NESTED, "c1")
    assert "reset" not in state.dump()


def test_resets_count_in_the_budget_and_end_with_the_cursors() -> None:
    """Without any cursor below the roots there is none that must not count."""
    state = SyncState.load({"company_cursor": "2026-01-01", "employee_cursor": {"d1/c1": "2026-01-01"}}, THREE)
    for number in range(10):
        state.forget(NESTED, f"c{number}")
    assert state.cut(1000).cursors == 0
    assert len(state.dump()["reset"]["department"]) == 10
    assert state.cut(50).cursors == 1
    assert state.dump() == {
        "version": 1,
        "company_cursor": "2026-01-01",
        "department_cursor": {},
        "employee_cursor": {},
    }


@pytest.mark.parametrize("reset", ["c1", {"department": "c1"}, {"department": [1]}])
def test_a_reset_of_another_shape(reset: object) -> None:
    """It is an error, as any part of the state that cannot be read."""
    with pytest.raises(StateError, match="reset is not an object with a list of names for each stream"):
        SyncState.load({"reset": reset}, THREE)


def test_list_count() -> None:
    """The lists of a stream that have a cursor are counted."""
    state = load({"department_cursor": {"c1": "2026-01-01", "c2": "2026-01-01"}, "team_cursor": {"c1": 5}})

    assert (len(state.lists(DEPARTMENT)), len(state.lists(TEAMS))) == (2, 1)


@pytest.mark.parametrize("since", ["2026", None, 1.5])
def test_a_time_of_another_shape(since: object) -> None:
    """Since when rows are known is a whole number of nanoseconds."""
    with pytest.raises(StateError, match=r"known_since is .*, not a time in nanoseconds since 1970"):
        SyncState.load({"known_since": since}, StreamTree([COMPANY, DEPARTMENT]))
