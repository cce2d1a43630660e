"""Whether as many records were read as the answers report."""

import pytest

from async_sync.pipeline.totals import Tally
from async_sync.records.cursors import SEQUENCE, Cursor


def at_all(*numbers: int) -> list[Cursor]:
    return [SEQUENCE.parse(number) for number in numbers]


def tally_of(*pages: tuple[list[Cursor], int | None], is_whole: bool = True) -> Tally:
    tally = Tally(is_whole=is_whole)
    for cursors, total in pages:
        tally.add_page(cursors, total)
    return tally


@pytest.mark.parametrize(
    ("totals", "missing"),
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
def test_the_smallest_total_has_to_be_reached(totals: tuple[int | None, int | None], missing: int | None) -> None:
    """Four records on two pages are too few for any total above that, as long as no page reported a smaller one."""
    first, second = totals
    assert tally_of((at_all(1, 2), first), (at_all(3, 4), second)).missing == missing


def test_a_list_that_is_read_from_a_cursor_on_is_not_compared() -> None:
    """Some APIs report the total of all records, whatever was asked for."""
    tally = tally_of((at_all(1), 100), is_whole=False)
    assert (tally.missing, tally.has_no_total) == (None, False)


def test_a_total_that_nobody_reports() -> None:
    """A whole reading without any total is told apart from one whose total was reached."""
    assert tally_of((at_all(1), None)).has_no_total
    assert not tally_of((at_all(1), 1)).has_no_total


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
def test_what_is_read_again_counts_once(before: list[list[Cursor]], after: list[list[Cursor]], count: int) -> None:
    """Asked for again from the end of a page, records up to there count once, ties included; the total stays."""
    tally = tally_of(*((page, 9) for page in before))
    since = max((page[-1] for page in before[:-1] if page and page[-1].at < before[-1][-1].at), key=lambda one: one.at)
    tally.restart(since)
    for page in after:
        tally.add_page(page, 1)
    assert (tally.count, tally.missing) == (count, 9)


def test_it_may_be_asked_for_again_twice() -> None:
    """A second time from a later cursor, what the first two readings have in common counts once as well."""
    tally = tally_of((at_all(1, 2), 9), (at_all(3, 4), 9))
    tally.restart(at_all(2)[0])
    for page in (at_all(2, 3), at_all(4, 5), at_all(6)):
        tally.add_page(page, 3)
    tally.restart(at_all(5)[0])
    tally.add_page(at_all(5, 6, 7, 8, 9), 5)
    assert (tally.count, tally.missing) == (9, None)


def test_from_the_beginning_everything_counts_anew() -> None:
    """Read again from its beginning, the list is counted and compared as if it had not been read before."""
    tally = tally_of((at_all(1, 2), 3), (at_all(3, 4), 3))
    tally.restart(None)
    assert (tally.count, tally.total, tally.has_no_total) == (0, None, True)
    tally.add_page(at_all(1), 2)
    assert (tally.count, tally.missing) == (1, 2)
