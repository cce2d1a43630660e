"""Lists that change while they are read by offset or by page number."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_sync.errors.lists import PaginationError
from async_sync.pagination.base import Pagination
from async_sync.pagination.offsets import OffsetPagination
from async_sync.pagination.page_numbers import PageNumberPagination
from async_sync.records.pages import Page
from async_sync.records.requests import Request
from tests.helpers.listing import URL, ListServer, Record, numbered, page_of, records_of, request, walk
from tests.helpers.moving import Moves, lists, most_requests, moves, walk_moving

sizes = st.sampled_from([1, 2, 3, 4, 10, 100])
caps = st.sampled_from([2, 3, 5, 10**9])


def check_survives(pagination: Pagination, server: ListServer, planned: Moves) -> None:
    """Walk the list while it changes as planned; every record that was there unchanged throughout must be read."""
    size = min(int(pagination.first.params["limit"]), server.cap)
    untouched, read = walk_moving(pagination, server, planned, most=most_requests(server.records, size))
    assert untouched <= read


@given(lists, sizes, caps, st.booleans(), moves("delete", "change", "delete many"))
@settings(max_examples=250)
def test_offsets_lose_nothing_in_a_list_by_time(
    records: list[Record], size: int, cap: int, total: bool, planned: Moves
) -> None:
    """By offset, no unchanged record is missed, whatever is deleted or moved to the end between two requests."""
    check_survives(OffsetPagination(request(size)), ListServer([*records], cap=cap, tells_total=total), planned)


@given(lists, sizes, caps, st.booleans(), moves("delete", "change in place", "all"))
@settings(max_examples=200)
def test_offsets_lose_nothing_in_a_list_by_key(
    records: list[Record], size: int, cap: int, total: bool, planned: Moves
) -> None:
    """By offset, nor if changed records stay in place, or if everything vanishes."""
    check_survives(OffsetPagination(request(size)), ListServer([*records], cap=cap, tells_total=total), planned)


@given(lists, sizes, caps | st.just(1), st.booleans(), moves("delete", "change", "delete many"))
@settings(max_examples=250)
def test_page_numbers_lose_nothing_in_a_list_by_time(
    records: list[Record], size: int, cap: int, total: bool, planned: Moves
) -> None:
    """By page number, no unchanged record is missed, whatever is deleted or moved to the end meanwhile."""
    check_survives(PageNumberPagination(request(size)), ListServer([*records], cap=cap, tells_total=total), planned)


@given(lists, sizes, caps | st.just(1), st.booleans(), moves("delete", "change in place", "all"))
@settings(max_examples=200)
def test_page_numbers_lose_nothing_in_a_list_by_key(
    records: list[Record], size: int, cap: int, total: bool, planned: Moves
) -> None:
    """By page number, nor if changed records stay in place, or if everything vanishes."""
    check_survives(PageNumberPagination(request(size)), ListServer([*records], cap=cap, tells_total=total), planned)


@given(
    st.integers(0, 30),
    st.sampled_from([3, 4, 10]),
    st.dictionaries(st.integers(1, 12), st.lists(st.integers(-30, 30), max_size=4), max_size=8),
)
def test_offsets_survive_records_that_appear_in_front(count: int, size: int, planned: dict[int, list[int]]) -> None:
    """By offset, nothing is lost silently if records appear anywhere (from 0 up) or vanish (below 0)."""
    server = ListServer(numbered(count))
    untouched = set(server.records)

    def between(requests: int) -> None:
        for number in planned.get(requests, ()):
            if number >= 0:
                server.records.insert(number, (1_000 * requests + number, 0))
            elif server.records:
                del server.records[number % len(server.records)]
        untouched.intersection_update(server.records)

    try:
        read = walk(OffsetPagination(request(size)), server, between=between, most=300)
    except PaginationError as error:
        assert "records again" in str(error)  # noqa: PT017 - either that, or nothing is missing
    else:
        assert untouched <= set(read)


Windows = list[list[int]]


def walk_windows(pagination: Pagination, windows: Windows, *, total: int | None, size: int) -> tuple[list[int], int]:
    """Read a list that is cut into windows of `size` positions, each of which shows only the records named in it."""
    shown = {key for window in windows for key in window}
    keys_read: list[int] = []
    asked: Request | None = pagination.first
    requests = 0
    while asked is not None:
        requests += 1
        assert requests < 100, "the walk does not end"
        page = int(asked.params.get("page", "1"))
        start = int(asked.params.get("offset", (page - 1) * size))
        records = [(key, key) for key in range(start, min(start + size, size * len(windows))) if key in shown]
        taken, asked = pagination.advance(page_of(records, total=total, url=asked.full_url))
        keys_read += [key for key, _ in records_of(taken)]
    return keys_read, requests


FILTERED = [
    [[0, 1, 2, 3], [], [8, 9, 10, 11], [12]],
    [[0, 1, 2, 3], [4], [8, 9, 10, 11], [12]],
    [[], [4, 5, 6, 7], [8]],
    [[0, 1, 2, 3], [], [8, 9], [], [16]],
]


@pytest.mark.parametrize("windows", FILTERED)
def test_an_empty_page_in_the_middle_is_not_the_end(windows: Windows) -> None:
    """By page number, an empty page is passed if the total says that there is more."""
    keys = [key for window in windows for key in window]
    keys_read, _ = walk_windows(PageNumberPagination(request(4)), windows, total=len(keys), size=4)
    assert sorted(set(keys_read)) == keys


@pytest.mark.parametrize("windows", FILTERED[:2])
def test_a_page_with_nothing_new_in_the_middle_is_not_the_end(windows: Windows) -> None:
    """By offset, a page that holds only the overlap is passed if the total says that there is more."""
    keys = [key for window in windows for key in window]
    keys_read, _ = walk_windows(OffsetPagination(request(4)), windows, total=4 * len(windows), size=4)
    assert sorted(set(keys_read)) == keys


@pytest.mark.parametrize("paginate", [OffsetPagination, PageNumberPagination])
@pytest.mark.parametrize(("total", "is_full"), [(None, True), (9, False)])
def test_without_a_total_of_what_is_read_an_empty_page_is_the_end(
    paginate: Callable[..., Pagination], total: int | None, is_full: bool
) -> None:
    """If no total is reported, or the list is read from a cursor on, nothing is asked for after an empty page."""
    pagination = paginate(request(4), is_full=is_full)
    keys_read, requests = walk_windows(pagination, [[0, 1, 2, 3], []], total=total, size=4)
    assert keys_read == [0, 1, 2, 3]
    assert requests <= 3


@pytest.mark.parametrize("paginate", [OffsetPagination, PageNumberPagination])
def test_two_pages_with_nothing_new_are_the_end(paginate: Callable[..., Pagination]) -> None:
    """Whatever the total is, nothing is asked for after a second page with nothing new in it."""
    keys_read, requests = walk_windows(paginate(request(4)), [[0, 1, 2, 3], [], [], [12]], total=9, size=4)
    assert keys_read == [0, 1, 2, 3]
    assert requests <= 6


def refused_at(pagination: Pagination, *pages: Page) -> Request | None:
    """What is asked for when the page after these was refused."""
    for page in pages:
        pagination.advance(page)
    return pagination.refused()


def test_a_refused_offset_is_the_end_if_the_total_is_reached() -> None:
    """By offset, a refusal is the end if the total was reached and the last page has not changed."""
    full = page_of(numbered(2), total=2)
    assert refused_at(OffsetPagination(request(2)), page_of(numbered(2))) is None
    assert refused_at(OffsetPagination(request(2)), page_of(numbered(2), total=3)) is None
    assert OffsetPagination(request(2)).refused() is None
    offsets = OffsetPagination(request(2))
    assert refused_at(offsets, full) == Request(URL, {"limit": "2", "offset": "0"})
    assert offsets.advance(full) == (full.without_records(), None)


def test_a_refused_offset_is_not_the_end_if_the_last_page_has_changed() -> None:
    """By offset, new records of the last page are taken, and the list goes on after it."""
    offsets = OffsetPagination(request(2))
    refused_at(offsets, page_of(numbered(2), total=2))
    page, following = offsets.advance(page_of([(1, 1), (5, 5)], total=2))
    assert records_of(page) == [(5, 5)]
    assert following is not None


def test_a_refused_page_number_is_the_end_if_the_page_before_is_unchanged() -> None:
    """By page number, a refusal is the end if the page before still ends with the same record."""
    last = page_of(numbered(2))
    numbers = PageNumberPagination(request(2))
    assert refused_at(numbers, last) == Request(URL, {"limit": "2", "page": "1"})
    assert numbers.refused() is None, "the page before was refused too"
    assert numbers.advance(last) == (last.without_records(), None)


def test_a_refused_page_number_is_not_the_end_if_the_page_before_has_changed() -> None:
    """By page number, records that moved into the page before are taken, and the next page is asked for again."""
    numbers = PageNumberPagination(request(2))
    refused_at(numbers, page_of(numbered(2)))
    page, following = numbers.advance(page_of([(1, 1), (2, 2)]))
    assert records_of(page) == [(2, 2)]
    assert following == Request(URL, {"limit": "2", "page": "2"})


def test_a_refused_page_is_not_the_end_if_it_is_linked_to() -> None:
    """If the page before still links to the refused one, that is asked for once more, and is not the end."""
    numbers = PageNumberPagination(request(2), has_next=lambda page, _: len(page.rows) == 2)
    last = page_of(numbered(2))
    refused_at(numbers, last)
    assert numbers.advance(last) == (last.without_records(), Request(URL, {"limit": "2", "page": "2"}))
    assert numbers.refused() is None
    numbers.advance(page_of([(2, 2)]))
    assert records_of(numbers.advance(last)[0]) == [(2, 2)]
