"""A stream is known to have been seen up to one cursor, and to be written up to another."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync.records.cursors import SEQUENCE, Cursor
from async_sync.records.pages import Restart
from async_sync.writing.watermark import StreamCursor, Watermark


def at(number: int) -> Cursor:
    return SEQUENCE.parse(number)


def at_all(*numbers: int) -> list[Cursor]:
    return [at(number) for number in numbers]


def number_of(cursor: Cursor | None) -> int | float | None:
    return None if cursor is None else cursor.at


def seen(start: int | None, *pages: tuple[int, ...]) -> list[int | float | None]:
    """Where the cursor stands after each page, and at the end."""
    cursor = StreamCursor(None if start is None else at(start))
    found = []
    for page in pages:
        cursor.add_page(at_all(*page))
        found.append(number_of(cursor.seen_until))
    cursor.end()
    return [*found, number_of(cursor.seen_until)]


@pytest.mark.parametrize(
    ("start", "pages", "expected"),
    [
        (None, [], [None]),
        (3, [], [3]),
        (None, [(1, 2)], [None, 2]),
        (None, [(1, 2), (3, 4), (5,)], [None, 2, 4, 5]),
        (None, [(1, 2), (), (3,)], [None, None, 2, 3]),
        (None, [(), (1,)], [None, None, 1]),
    ],
)
def test_the_end_of_a_page_counts_once_the_next_is_seen(
    start: int | None, pages: list[tuple[int, ...]], expected: list[int | None]
) -> None:
    """In order, the cursor is the end of the page before the latest, and at the end of the list that of the latest."""
    assert seen(start, *pages) == expected


def test_what_is_asked_for_next_begins_where_the_list_was_seen() -> None:
    """After a restart, a record out of order takes the cursor back to that, not to where the list began."""
    cursor = StreamCursor(at(0), is_sorted=False)
    seen_until = []
    ranges: list[tuple[int, list[tuple[int, ...]]]] = [(30, [(9, 8)]), (60, [(50, 40), (45,)]), (90, [])]
    for since, pages in ranges:
        for page in pages:
            cursor.add_page(at_all(*page))
            seen_until.append(number_of(cursor.seen_until))
        cursor.restart(at(since))
        seen_until.append(number_of(cursor.seen_until))
    cursor.end()
    assert [*seen_until, number_of(cursor.seen_until)] == [0, 30, 30, 30, 60, 90, 90]


@pytest.mark.parametrize(
    ("start", "pages", "expected"),
    [
        (0, [(9, 8), (7, 6)], [0, 0, 9]),
        (0, [(9,), (8,), (7,)], [0, 0, 0, 9]),
        (0, [(1,), (3, 2), (4,)], [0, 0, 0, 4]),
        (0, [(1, 2), (3, 4), (3, 5), (6,)], [0, 2, 0, 0, 6]),
        (None, [(1, 2), (3, 4), (9, 3), (5,)], [None, 2, None, None, 9]),
        (0, [(9, 9), (9, 9), (8,)], [0, 0, 0, 9]),
    ],
)
def test_disorder_takes_the_cursor_back_to_the_start(
    start: int | None, pages: list[tuple[int, ...]], expected: list[int | None]
) -> None:
    """A record out of order, within a page or between two, takes the cursor back to the start until the list ends."""
    assert seen(start, *pages) == expected


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([(5, 5), (5, 5), (5, 6), (7,)], [0, 0, 5, 6, 7]),
        ([(1, 2), (2, 2), (2, 3)], [0, 0, 2, 3]),
    ],
)
def test_ties_are_in_order_but_prove_nothing(pages: list[tuple[int, ...]], expected: list[int]) -> None:
    """Equal cursors are no disorder, but only a later one shows that the order ascends."""
    assert seen(0, *pages) == expected


def test_cursors_below_the_start_take_nothing_back() -> None:
    """Records from before the start that are read again neither move the cursor back nor count as disorder."""
    assert seen(10, (3, 4), (5, 6), (12,), (13,)) == [10, 10, 10, 12, 13]
    assert seen(10, (3, 4), (5,)) == [10, 10, 10]


def test_the_order_of_an_unsorted_stream_is_not_trusted() -> None:
    """Even if the records happen to be in order, cursor and watermark stay at the start until all have been seen."""
    for kind in (StreamCursor(at(0), is_sorted=False), Watermark(at(0), is_sorted=False)):
        found = []
        for numbers in ((1, 2), (3, 4), (5,)):
            kind.add_page(at_all(*numbers))
            found.append(number_of(kind.seen_until if isinstance(kind, StreamCursor) else kind.value))
        assert found == [0, 0, 0]
        assert not kind.in_order
        kind.end()
        if isinstance(kind, Watermark):
            assert number_of(kind.value) == 0
            kind.close(range(5))
        assert number_of(kind.seen_until if isinstance(kind, StreamCursor) else kind.value) == 5


def test_the_order_is_reported() -> None:
    """`in_order` is true until the first record out of order, and false from then on."""
    for kind in (StreamCursor(None), Watermark(None)):
        kind.add_page(at_all(1, 1, 2))
        assert kind.in_order
        kind.add_page(at_all(1))
        assert not kind.in_order
        kind.add_page(at_all(5, 6))
        assert not kind.in_order


def test_an_open_record_holds_the_watermark() -> None:
    """The watermark is the cursor before the first open record, however many records after it are written."""
    watermark = Watermark(at(0))
    watermark.add_page(at_all(1, 2, 3))
    watermark.add_page(at_all(4, 5))
    assert number_of(watermark.value) == 0
    watermark.close([1, 2])
    assert number_of(watermark.value) == 0
    watermark.close([0])
    assert number_of(watermark.value) == 3
    watermark.close([4])
    assert number_of(watermark.value) == 3
    watermark.close([3])
    assert number_of(watermark.value) == 3, "the last page waits for the next one"
    watermark.end()
    assert number_of(watermark.value) == 5


def test_the_watermark_of_a_new_stream() -> None:
    """The watermark of a new stream is None until its first records are written and a later record has followed."""
    watermark = Watermark(None)
    assert watermark.value is None
    watermark.add_page(at_all(1))
    watermark.add_page(at_all(2))
    assert watermark.value is None
    watermark.close([0])
    assert number_of(watermark.value) == 1


def test_open_records_hold_the_watermark_at_the_start_after_disorder() -> None:
    """After disorder, the watermark moves only when the list has ended and its last open record is closed."""
    watermark = Watermark(at(0))
    watermark.add_page(at_all(3, 1, 2))
    watermark.close([0, 2])
    watermark.end()
    assert number_of(watermark.value) == 0
    watermark.close([1])
    assert number_of(watermark.value) == 3


def test_a_stream_that_is_read_again_is_in_order() -> None:
    """When a list is read again, earlier records appear once more, which does not count as disorder."""
    cursor = StreamCursor(at(0))
    for numbers in ((1, 2), (3, 4)):
        cursor.add_page(at_all(*numbers))
    cursor.restart(at(2))
    for numbers in ((2, 3), (4, 5)):
        cursor.add_page(at_all(*numbers))
    assert (cursor.in_order, number_of(cursor.seen_until)) == (True, 3)
    cursor.end()
    assert number_of(cursor.seen_until) == 5


def test_a_stream_may_be_read_again_from_its_start() -> None:
    """When a list is read again from its start, nothing of it counts as seen any more."""
    watermark = Watermark(at(0))
    watermark.add_page(at_all(1, 2))
    watermark.add_page(at_all(3))
    watermark.close([0, 1, 2])
    assert number_of(watermark.value) == 2
    watermark.add_page([], Restart(at(0)))
    assert number_of(watermark.value) == 0


@given(
    st.lists(st.lists(st.integers(0, 9), max_size=3), min_size=1, max_size=5).map(
        lambda pages: [sorted(page) for page in sorted(pages)]
    ),
    st.lists(st.integers(0, 12), max_size=8).map(sorted),
    st.randoms(use_true_random=False),
)
def test_a_watermark_is_never_ahead_of_what_is_read_again(
    before: list[list[int]], again: list[int], random: Random
) -> None:
    """However a list is read again, the watermark never passes an open record, or one that has not been seen."""
    watermark, cursor = Watermark(at(0)), StreamCursor(at(0))
    records: list[int] = []
    for page in before:
        watermark.add_page(at_all(*page))
        cursor.add_page(at_all(*page))
        records += page
    since = cursor.seen_until
    assert since is not None
    rest = [number for number in again if number >= since.at]
    cursor.restart(since)
    watermark.add_page(at_all(*rest[:3]), Restart(since))
    watermark.add_page(at_all(*rest[3:]))
    records += rest
    still_open = set(range(len(records)))
    for number in random.sample(sorted(still_open), len(still_open)):
        value = number_of(watermark.value)
        assert value is not None
        assert all(value <= records[one] for one in still_open)
        still_open.discard(number)
        watermark.close([number])


def test_a_record_open_before_a_second_reading_holds_the_watermark() -> None:
    """While a record of the first reading is open, the watermark passes no open record of the second reading."""
    watermark = Watermark(at(0))
    watermark.add_page(at_all(10, 20, 30, 40, 50))
    watermark.add_page(at_all(60, 70, 80, 90, 100))
    watermark.close([0, 1, 2, 3, 4, 5, 6, 7, 9])
    watermark.add_page(at_all(50, 60, 65, 70, 80), Restart(at(50)))
    watermark.add_page(at_all(90, 100, 110))
    watermark.close([10, 11, 13, 14, 15, 16, 17])
    assert number_of(watermark.value) == 50, "65 is open behind 90, which was open before"
    watermark.close([8])
    assert number_of(watermark.value) == 60
    watermark.close([12])
    assert number_of(watermark.value) == 80


def test_a_record_is_closed_once() -> None:
    """Closing a record that is not open is a mistake of the caller, and raises."""
    watermark = Watermark(None)
    watermark.add_page(at_all(1))
    watermark.close([0])
    with pytest.raises(KeyError):
        watermark.close([0])


def test_complete_means_read_to_the_end_and_written() -> None:
    """A stream is complete when its list has ended and no record is open; either alone is not enough."""
    watermark = Watermark(None)
    watermark.add_page(at_all(1))
    assert not watermark.is_complete
    watermark.end()
    assert not watermark.is_complete
    watermark.close([0])
    assert watermark.is_complete
    unfinished = Watermark(None)
    assert not unfinished.is_complete


def oracle(start: int, pages: list[list[int]], closed: set[int], *, ended: bool) -> int:
    """The watermark by a plain search, which looks at every record again each time."""
    cursors = [number for page in pages for number in page]
    in_order = cursors == sorted(cursors)
    if ended and closed == set(range(len(cursors))):
        return max([start, *cursors])
    if not in_order:
        return start
    proven = cursors if ended else []  # what is known to have been seen completely
    ends: list[int] = []
    for page in filter(None, pages):
        if ends and not ended and ends[-1] < page[-1]:
            proven = ends.copy()
        ends.append(page[-1])
    written = []
    for number, cursor in enumerate(cursors):
        if number not in closed:
            break
        written.append(cursor)
    return max([start, min(max(proven, default=start), max(written, default=start))])


@given(
    st.integers(0, 6),
    st.lists(st.lists(st.integers(0, 12), max_size=3), max_size=6),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_the_watermark_is_what_a_plain_search_finds(
    start: int, pages: list[list[int]], ordered: bool, random: Random
) -> None:
    """After each page, each closed record and the end, the watermark equals the result of a plain search."""
    if ordered:
        numbers = sorted(number for page in pages for number in page)
        pages = [[numbers.pop(0) for _ in page] for page in pages]
    watermark, closed, opened = Watermark(at(start)), set[int](), 0
    for count, page in enumerate(pages, 1):
        watermark.add_page(at_all(*page))
        opened += len(page)
        for number in random.sample(range(opened), random.randint(0, opened)):
            if number not in closed:
                closed.add(number)
                watermark.close([number])
            assert number_of(watermark.value) == oracle(start, pages[:count], closed, ended=False)
    watermark.end()
    assert number_of(watermark.value) == oracle(start, pages, closed, ended=True)
    watermark.close(set(range(opened)) - closed)
    assert number_of(watermark.value) == oracle(start, pages, set(range(opened)), ended=True)
