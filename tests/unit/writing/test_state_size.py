"""The size of the state is known to the byte and kept within a budget."""

import json
from collections import Counter
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync import Stream
from async_sync.records.cursors import SEQUENCE, Cursor
from async_sync.streams.tree import StreamTree
from async_sync.writing.state import Position, SyncState
from tests.helpers.parts import cursor
from tests.helpers.streams import COMPANY, DEPARTMENT

OTHER = Stream(
    parent=COMPANY, table="other", path="/{company_id}", primary_key=["id"], columns={}, cursor_type=SEQUENCE
)
TREE = StreamTree([COMPANY, DEPARTMENT, OTHER])
NO_SIZE = len(json.dumps(SyncState(TREE).dump()))
DAYS = [f"2026-01-{day:02}" for day in range(1, 29)]

names = st.text(max_size=12)
Changes = list[tuple[str, str | int | None]]
changes: st.SearchStrategy[Changes] = st.lists(
    st.tuples(names, st.one_of(st.sampled_from(DAYS), st.integers(0, 10**6), st.none())), max_size=40
)


def state_of(**cursors: str) -> SyncState:
    return SyncState.load({"department_cursor": cursors}, StreamTree([COMPANY, DEPARTMENT]))


def cut(state: SyncState, budget_bytes: int) -> tuple[int, list[str]]:
    """How many cursors were dropped, and the names that are left."""
    return state.cut(budget_bytes).cursors, list(state.dump()["department_cursor"])


def changed(state: SyncState, steps: Changes) -> SyncState:
    """The state after its partitions have been set to a day or a number, or dropped."""
    for name, value in steps:
        if value is None:
            state.forget(COMPANY, name)
        elif isinstance(value, str):
            state.set_position(DEPARTMENT, name, Position(cursor(value)))
        else:
            state.set_position(OTHER, name, Position(Cursor(value, value)))
    return state


@given(changes, changes)
def test_the_size_is_the_size_in_json(saved: Changes, steps: Changes) -> None:
    """The size it reckons with is that of the JSON, whatever is loaded, set, set again and dropped."""
    first = changed(SyncState(TREE), saved)
    state = changed(SyncState.load(first.dump(), TREE), steps)
    saved_state = state.dump()
    real = len(json.dumps(saved_state)) - NO_SIZE
    last_commas = 2 * sum(1 for key in ("department_cursor", "other_cursor") if saved_state[key])

    assert state.cut(real + last_commas).cursors == 0
    assert state.cut(real + last_commas - 1).cursors > 0 or real == 0


@given(changes, st.integers(0, 1500))
def test_a_cut_state_is_within_its_budget(steps: Changes, budget: int) -> None:
    """After a cut the cursors take no more JSON than the budget, and what was not dropped is unchanged."""
    state = changed(SyncState(TREE), steps)
    before = state.dump()
    dropped = state.cut(budget).cursors
    after = state.dump()

    assert len(json.dumps(after)) - NO_SIZE <= budget
    assert all(after[key].items() <= before[key].items() for key in ("department_cursor", "other_cursor"))
    sizes = [sum(len(saved[key]) for key in ("department_cursor", "other_cursor")) for saved in (before, after)]
    assert sizes[0] - sizes[1] == dropped
    assert dropped == 0 or len(json.dumps(before)) - NO_SIZE + 4 > budget


def test_names_that_are_not_ascii_count_with_their_escapes() -> None:
    """A name counts with the bytes of its JSON escapes, the most that it can take."""
    state = state_of(c1="2026-01-01", 日本="2026-01-02")

    assert cut(state, 50) == (
        0,
        ["c1", "日本"],
    )  # "c1": "2026-01-01", and "\\u65e5\\u672c": "2026-01-02", are 20 and 30
    assert cut(state, 49) == (1, ["日本"])


def test_drops_what_has_not_moved_for_longest() -> None:
    """The oldest cursors are dropped first, in whatever order they were saved."""
    state = state_of(c1="2026-01-03", c2="2026-01-01", c3="2026-01-04", c4="2026-01-02")

    assert cut(state, 60) == (2, ["c1", "c3"])


def test_compares_across_streams() -> None:
    """The cursors of all children count together, and the oldest of any stream goes first."""
    streams = [DEPARTMENT, Stream(parent=COMPANY, table="team", path="/{company_id}", primary_key=["id"], columns={})]
    saved = {"department_cursor": {"c1": "2026-01-02"}, "team_cursor": {"c1": "2026-01-01", "c2": "2026-01-03"}}
    state = SyncState.load(saved, StreamTree([COMPANY, *streams]))

    assert state.cut(50).cursors == 1
    assert state.dump() == {
        "version": 1,
        "department_cursor": {"c1": "2026-01-02"},
        "team_cursor": {"c2": "2026-01-03"},
    }


def test_a_cut_leaves_room_for_more() -> None:
    """A cut goes down to nine tenths of the budget, so that the next checkpoint needs no other."""
    state = state_of(**{f"c{number:02}": day for number, day in enumerate(DAYS)})  # 28 of 21 bytes

    assert state.cut(588).cursors == 0
    assert state.cut(587).cursors == 3
    assert state.cut(587).cursors == 0


def test_nine_tenths_is_enough() -> None:
    """A cut drops no more cursors than it takes to get down to nine tenths."""
    state = state_of(**{f"c{number:02}": day for number, day in enumerate(DAYS[:10])})  # 10 of 21 bytes

    assert state.cut(209).cursors == 2  # 8 * 21 = 168 <= 188.1 < 189
    assert state.cut(168).cursors == 0


def test_a_budget_that_holds_no_cursor() -> None:
    """Where no cursor fits, all are dropped and counted."""
    assert cut(state_of(c1="2026-01-01", c2="2026-01-02"), 0) == (2, [])


def test_an_empty_state_fits_any_budget() -> None:
    """From an empty state nothing is dropped."""
    assert cut(state_of(), 0) == (0, [])


class CountingText(str):
    """Text that counts how often it is looked up in a dict."""

    __slots__ = ()
    hashes: ClassVar[Counter[str]] = Counter()

    def __hash__(self) -> int:
        self.hashes["all"] += 1
        return super().__hash__()


@pytest.mark.slow
def test_a_large_state_is_loaded_in_bounded_work() -> None:
    """Loading takes a few dict operations for each company, for 1,000 of them as for 100,000."""
    for count in (1000, 100_000):
        saved = {"department_cursor": {CountingText(f"c{number}"): DAYS[0] for number in range(count)}}
        CountingText.hashes.clear()
        SyncState.load(saved, StreamTree([COMPANY, DEPARTMENT]))
        assert CountingText.hashes["all"] <= 4 * count


@pytest.mark.slow
def test_a_large_state_stays_within_its_budget() -> None:
    """100,000 companies with long names fit into 8 MB, and are cut to a smaller budget to the byte."""
    name = "company-{:030}"
    saved = {"department_cursor": {name.format(number): "2026-01-01T00:00:00.000000Z" for number in range(100_000)}}
    state = SyncState.load(saved, StreamTree([COMPANY, DEPARTMENT]))

    assert state.cut(8_000_000).cursors == 0
    assert state.cut(7_000_000).cursors == 13_699  # of 73 bytes each: 86,301 are left
    assert len(json.dumps(state.dump())) <= 6_300_100
