"""How long slots for requests stayed free."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from load_test.free_slots import FreeSlots, free_slots
from load_test.watched_pace import Move
from load_test.watched_transport import Span


def children(*times: tuple[float, float]) -> list[Span]:
    return [Span(start, end, "c1", 200) for start, end in times]


def of(limit: int) -> list[Move]:
    return [Move(0.0, limit, 0.0, None)]


def test_one_slot_that_is_always_taken() -> None:
    """With one slot, nothing is free between the first request and the last, however many others wait."""
    assert free_slots(children((1, 2), (2, 5), (5, 9)), of(1), 10.0) == FreeSlots(2.0, 0.0)


def test_a_gap_between_requests() -> None:
    """A slot without a request is free, and pages of parents take none."""
    spans = [*children((0, 2), (3, 5), (0, 5)), Span(2, 3, None, 200)]
    assert free_slots(spans, of(2), 5.0) == FreeSlots(2 * 2.0 - 4.0, 1.0)


def test_fewer_requests_than_slots() -> None:
    """Before the first request and after the last has started, what is free is at the edges."""
    assert free_slots(children((2, 4), (2, 6), (3, 5)), of(3), 6.0) == FreeSlots(6.0 + 9.0 - 6.0, 1.0)


def test_slots_follow_the_pace() -> None:
    """Only the slots that the pace allowed at the time count; more requests than slots are not less than none."""
    moves = [Move(0.0, 1, 0.0, None), Move(2.0, 4, 0.0, None), Move(4.0, 1, 0.0, None)]
    assert free_slots(children((0, 2), (2, 6), (2, 6), (6, 7)), moves, 7.0) == FreeSlots(0.0, 2 * 2.0)
    assert free_slots(children((0, 2), (2, 3), (6, 7)), moves, 7.0) == FreeSlots(0.0, 8.0 - 1.0 + 2.0)


def test_no_requests_at_all() -> None:
    """Without a request for children, all the time is at the edges."""
    assert free_slots([Span(0, 1, None, 200)], of(3), 2.0) == FreeSlots(6.0, 0.0)


@given(st.lists(st.tuples(st.floats(0, 8), st.floats(0.1, 2)), min_size=1, max_size=30), st.integers(30, 40))
def test_nothing_is_counted_twice(times: list[tuple[float, float]], limit: int) -> None:
    """Where the limit holds, what is free and what is in flight make up the time of all slots."""
    spans = children(*((start, start + took) for start, took in times))
    free = free_slots(spans, of(limit), 10.0)

    assert sum(free) + sum(span.end - span.start for span in spans) == pytest.approx(limit * 10.0)
