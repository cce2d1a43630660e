"""Offsets that have to be multiples of the limit."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_sync.errors.lists import PaginationError
from async_sync.pagination.base import Pagination
from async_sync.pagination.styles import OffsetPages
from async_sync.records.pages import Page
from async_sync.records.requests import Request
from tests.helpers.listing import URL, ListServer, Record, numbered, page_of, walk
from tests.helpers.moving import Moves, lists, most_requests, moves, walk_moving

sizes = st.sampled_from([1, 2, 3, 4, 10, 100])
caps = st.sampled_from([1, 2, 3, 5, 10**9])


@dataclass
class AlignedServer(ListServer):
    """Refuses an offset that is no multiple of the limit."""

    def page(self, request: Request) -> Page:
        assert int(request.params["offset"]) % int(request.params["limit"]) == 0, "the offset is not aligned"
        return super().page(request)


def aligned(size: int, *, is_full: bool = True) -> Pagination:
    return OffsetPages(aligned=True).paginate(Request(URL), size, is_full=is_full)


@given(count=st.integers(0, 60), size=sizes, cap=caps, total=st.booleans(), is_full=st.booleans())
def test_a_list_that_does_not_change_is_read_as_it_is(
    count: int, size: int, cap: int, total: bool, is_full: bool
) -> None:
    """Every record is read once, in its order, also where the API returns fewer at once than were asked for."""
    server = AlignedServer(numbered(count), cap=cap, tells_total=total)
    assert walk(aligned(size, is_full=is_full), server) == numbered(count)


@given(lists, sizes, caps, st.booleans(), moves("delete", "change", "change in place", "delete many", "all"))
@settings(max_examples=250)
def test_nothing_is_lost_while_records_move(
    records: list[Record], size: int, cap: int, total: bool, planned: Moves
) -> None:
    """No unchanged record is missed, whatever vanishes or changes between two requests."""
    server = AlignedServer([*records], cap=cap, tells_total=total)
    untouched, read = walk_moving(aligned(size), server, planned, most=most_requests(records, min(size, cap)))
    assert untouched <= read


def test_what_a_list_is_asked_for() -> None:
    """Each page is read once more after the next one, and the first of another size decides the size of all."""
    server = AlignedServer(numbered(5), cap=2, tells_total=True)
    walk(aligned(3), server)
    assert [(asked["offset"], asked["limit"]) for asked in server.requests] == [
        ("0", "3"), ("2", "2"), ("0", "2"), ("4", "2"), ("2", "2"),
    ]  # fmt: skip


def test_a_page_that_is_cut_short_in_the_middle_is_refused() -> None:
    """What lies between a later page that is not full and the one after it cannot be asked for: that is an error."""
    pagination = aligned(2)
    pages = [[(0, 0), (1, 1)], [(2, 2)], [(0, 0), (1, 1)], [(4, 4)]]
    for records in pages:
        pagination.advance(page_of(records))
    with pytest.raises(PaginationError, match=r"held 1 records instead of 2, .* Lower page_size"):
        pagination.advance(page_of([(2, 2)]))


def test_an_empty_page_in_the_middle_is_skipped() -> None:
    """A page whose records were all filtered after it was cut is not the end while the total reports more."""
    pagination = aligned(2)
    read: list[int] = []
    for records in ([0, 1], [], [0, 1], [4], []):
        page, following = pagination.advance(page_of([(key, key) for key in records], total=3))
        read += [row["id"] for row in page.rows]
    assert (read, following) == ([0, 1, 4], None)


def test_a_last_page_that_comes_again_is_the_end() -> None:
    """An API may answer an offset behind the end with its last page."""
    pagination = aligned(2)
    read: list[int] = []
    for records in ([0, 1], [2], [0, 1], [2], [2]):
        page, following = pagination.advance(page_of([(key, key) for key in records]))
        read += [row["id"] for row in page.rows]
    assert (read, following) == ([0, 1, 2], None)
