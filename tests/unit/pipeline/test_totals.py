"""Whether as many records were read as the answers report."""

import pytest

from async_sync.pipeline.totals import TotalCheck
from async_sync.records.cursors import SEQUENCE, Cursor


def at_all(*numbers: int) -> list[Cursor]:
    return [SEQUENCE.parse(number) for number in numbers]


def check_of(*pages: tuple[list[Cursor], int | None], is_whole: bool = True) -> TotalCheck:
    check = TotalCheck(is_whole=is_whole)
    for cursors, total in pages:
        check.add_page(cursors, total)
    return check


@pytest.mark.parametrize(
    ("totals", "missed"),
    [
        ((5, 5), 5),
        ((4, 4), None),
        ((3, 3), None),
        ((None, 5), 5),
        ((5, None), 5),
        ((None, None), None),
        ((5, 4), None),
        ((4, 5), None),
        ((0, 0), None),
    ],
)
def test_the_smallest_total_has_to_be_reached(totals: tuple[int | None, int | None], missed: int | None) -> None:
    """Four records on two pages are too few for a larger total, unless a page reported a smaller one."""
    first, second = totals
    assert check_of((at_all(1, 2), first), (at_all(3, 4), second)).missed_total == missed


def test_a_list_that_is_read_from_a_cursor_on_is_not_compared() -> None:
    """Some APIs report the total of all records, whatever was asked for."""
    check = check_of((at_all(1), 100), is_whole=False)
    assert (check.missed_total, check.has_no_total) == (None, False)


def test_a_total_that_is_never_reported() -> None:
    """A whole reading without any total is not the same as one whose total was reached."""
    assert check_of((at_all(1), None)).has_no_total
    assert not check_of((at_all(1), 1)).has_no_total


@pytest.mark.parametrize(
    ("before", "after", "count"),
    [
        ([at_all(1, 2), at_all(3, 4)], [at_all(2, 3), at_all(4, 5)], 5),
        ([at_all(1, 2), at_all(2, 4)], [at_all(2, 2, 4, 5)], 5),
        ([at_all(1, 2), at_all(2, 2), at_all(2, 4)], [at_all(2, 2, 2, 2, 4, 5)], 7),
        ([at_all(1), [], at_all(2)], [at_all(1), [], at_all(2, 3)], 3),
        ([at_all(1, 2), at_all(3, 4)], [], 2),
    ],
)
def test_records_that_are_read_again_count_once(
    before: list[list[Cursor]], after: list[list[Cursor]], count: int
) -> None:
    """After a restart from the end of a page, records up to there, ties included, count once; the total stays."""
    check = check_of(*((page, 9) for page in before))
    since = max((page[-1] for page in before[:-1] if page and page[-1].at < before[-1][-1].at), key=lambda one: one.at)
    check.restart(since)
    for page in after:
        check.add_page(page, 1)
    assert (check.count, check.missed_total) == (count, 9)


def test_a_list_may_be_asked_for_again_twice() -> None:
    """After a second restart from a later cursor, the records that two readings have in common count once as well."""
    check = check_of((at_all(1, 2), 9), (at_all(3, 4), 9))
    check.restart(at_all(2)[0])
    for page in (at_all(2, 3), at_all(4, 5), at_all(6)):
        check.add_page(page, 3)
    check.restart(at_all(5)[0])
    check.add_page(at_all(5, 6, 7, 8, 9), 5)
    assert (check.count, check.missed_total) == (9, None)


def test_from_the_beginning_everything_counts_anew() -> None:
    """A list that is read again from its beginning is counted and compared as if for the first time."""
    check = check_of((at_all(1, 2), 3), (at_all(3, 4), 3))
    check.restart(None)
    assert (check.count, check.total, check.has_no_total) == (0, None, True)
    check.add_page(at_all(1), 2)
    assert (check.count, check.missed_total) == (1, 2)
