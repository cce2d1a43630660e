"""Reading by offset and by page number from many kinds of API: which records, and in how many requests."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync.errors.lists import PaginationError
from async_sync.pagination.base import Pagination
from async_sync.pagination.offsets import OffsetPagination
from async_sync.pagination.page_numbers import PageNumberPagination
from async_sync.records.requests import Request
from tests.helpers.listing import ListServer, Record, numbered, page_of, records_of, request, tied, walk

STYLES: dict[str, Callable[[Request], Pagination]] = {"offset": OffsetPagination, "page": PageNumberPagination}
Style = Callable[[Request], Pagination]

both = pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
sizes = st.sampled_from([1, 2, 3, 4, 10, 100])
caps = st.sampled_from([2, 3, 5, 10**9])


@both
@pytest.mark.parametrize("cap", [2, 3, 10**9])
@pytest.mark.parametrize("size", [1, 2, 50])
@pytest.mark.parametrize("total", [True, False])
def test_one_cursor_for_hundreds(style: Style, size: int, cap: int, total: bool) -> None:
    """Records that share one cursor are all read, each once, whatever the page size is."""
    server = ListServer(tied(300), cap=cap, tells_total=total)
    assert walk(style(request(size)), server) == tied(300)


@both
@given(count=st.integers(0, 60), size=sizes, cap=caps, total=st.booleans())
def test_a_list_that_does_not_change_is_read_as_it_is(
    style: Style, count: int, size: int, cap: int, total: bool
) -> None:
    """Every record of a list that does not change is read once, in its order."""
    server = ListServer(numbered(count), cap=cap, tells_total=total)
    assert walk(style(request(size)), server) == numbered(count)


@given(st.integers(0, 60), st.integers(1, 20), st.integers(2, 30), st.booleans())
def test_requests_by_offset(count: int, limit: int, cap: int, total: bool) -> None:
    """N records take ceil((N - 1) / (n - 1)) requests, and one more without a total or after a full last page."""
    server = ListServer(numbered(count), cap=cap, tells_total=total)
    walk(OffsetPagination(request(limit)), server)
    size = min(max(limit, 2), cap)
    pages = max(1, math.ceil((count - 1) / (size - 1)))
    alone = count < max(limit, 2)  # the limit that was asked for shows that a first page is not full
    unproven = not total or (count >= size and (count - 1) % (size - 1) == 0 and not (alone and pages == 1))
    assert len(server.requests) == pages + (unproven and count > 0)


@given(st.integers(0, 60), st.integers(1, 20), st.integers(1, 30), st.booleans())
def test_requests_by_page_number(count: int, limit: int, cap: int, total: bool) -> None:
    """P pages take 2 P - 1 requests, and two more without a total or after a full last page."""
    server = ListServer(numbered(count), cap=cap, tells_total=total)
    walk(PageNumberPagination(request(limit)), server)
    size = min(limit, cap)
    pages = max(1, math.ceil(count / size))
    alone = pages == 1 and count < limit
    unproven = count > 0 and (not total or (count % size == 0 and not alone))
    assert len(server.requests) == 2 * pages - 1 + 2 * unproven


@pytest.mark.parametrize(("style", "offsets"), [("offset", [None, "9", "18"]), ("page", ["1", "2", "1", "3", "2"])])
def test_what_is_asked(style: str, offsets: list[str | None]) -> None:
    """Each request is the first one with another position; the other parameters stay."""
    server = ListServer(numbered(28 if style == "offset" else 25), tells_total=True)
    server.records = server.records[:25]
    walk(STYLES[style](request(10, order_by="updated_at")), server)
    assert [asked.get(style) for asked in server.requests] == offsets
    assert {(asked["limit"], asked["order_by"]) for asked in server.requests} == {("10", "updated_at")}


@pytest.mark.parametrize(("limit", "sent"), [(1, "2"), (2, "2"), (100, "100")])
def test_a_page_by_offset_has_room_for_an_overlap(limit: int, sent: str) -> None:
    """By offset, at least two records are asked for; by page number, as many as were configured."""
    assert OffsetPagination(request(limit)).first.params["limit"] == sent
    assert PageNumberPagination(request(limit)).first.params == {"limit": str(limit), "page": "1"}


def test_a_burst_costs_few_requests() -> None:
    """After thirty records have vanished, finding the way back takes few requests."""
    server = ListServer(numbered(10_000), tells_total=True)

    def burst(count: int) -> None:
        if count == 1:
            del server.records[:30]

    assert walk(OffsetPagination(request(65)), server, between=burst)[-1] == (9_999, 9_999)
    assert len(server.requests) <= 2 * 10_000 / 65 + 10


def test_a_source_that_keeps_moving_does_not_double_the_requests() -> None:
    """The overlap stays as large as it had to be, so a list that keeps moving costs hardly more than a still one."""
    server = ListServer(numbered(1_000), tells_total=True)
    walk(OffsetPagination(request(50)), server, between=lambda _: server.change(0))
    assert len(server.requests) <= 1_000 / 46 + 5


@both
def test_the_total_may_be_cut_off(style: Style) -> None:
    """An API that reports at most 30 as the total is read beyond it, even if it also caps the limit."""
    server = ListServer(numbered(95), cap=10, tells_total=True, total_cap=30)
    assert walk(style(request(100)), server) == numbered(95)


def test_pages_counted_by_the_size_they_have() -> None:
    """By page number, if the API caps the limit, the total is not taken to be reached too early."""
    server = ListServer(numbered(55), cap=10, tells_total=True)
    assert walk(PageNumberPagination(request(50)), server) == numbered(55)


@both
@pytest.mark.parametrize("total", [True, False])
def test_an_api_that_ignores_the_position_is_refused(style: Style, total: bool) -> None:
    """The same full page again is refused, with what to do, instead of being read forever or taken for the end."""
    server = ListServer(numbered(25), heeds=False, tells_total=total)
    with pytest.raises(PaginationError, match=r"the same 10 records again, .* Set pagination"):
        walk(style(request(10)), server, most=10)


@both
@pytest.mark.parametrize(("count", "total"), [(3, False), (9, False), (10, True), (1, False), (0, False)])
def test_an_api_that_returns_everything_at_once_is_read(style: Style, count: int, total: bool) -> None:
    """If every page holds all records, none is missing: the page repeats, and is not cut to the limit."""
    server = ListServer(numbered(count), heeds=False, tells_total=total)
    assert walk(style(request(10)), server, most=10) == numbered(count)


def test_an_answer_larger_than_the_limit_is_everything() -> None:
    """An API that knows neither limit nor page returns everything, and the repetition is the end."""
    pagination, everything = PageNumberPagination(request(10)), ListServer(numbered(25)).answer(request(50))
    assert [pagination.advance(everything)[1] is None for _ in range(3)] == [False, False, True]


def test_a_last_page_that_is_returned_again_is_the_end() -> None:
    """By page number, an API that answers its last page to every later number is read to the end."""
    server = ListServer(numbered(20), clamps=True)
    assert walk(PageNumberPagination(request(10)), server, most=10) == numbered(20)


def test_one_record_a_page_leaves_no_overlap() -> None:
    """By offset, a first sync refuses an API that caps the page at one record and reports more."""
    server = ListServer(numbered(3), cap=1, tells_total=True)
    with pytest.raises(
        PaginationError, match=r"reports 3 records but returns one per page, .* Set pagination .* to page"
    ):
        walk(OffsetPagination(request(10)), server)


@pytest.mark.parametrize(("total", "is_full"), [(3, False), (1, True), (10, False)])
def test_a_single_record_is_no_reason_to_refuse(total: int, is_full: bool) -> None:
    """One record is a list like any other if the total agrees, or may count records that a later sync leaves out."""
    pagination, page = OffsetPagination(request(10), is_full=is_full), page_of([(1, 1)], total=total)
    assert records_of(pagination.advance(page)[0]) == [(1, 1)]
    if total > 1:
        assert pagination.advance(page)[1] is None


def test_a_total_that_falls_to_the_single_record_is_no_reason_to_refuse() -> None:
    """The total that is reported at the end of the list is the one that counts."""
    pagination = OffsetPagination(request(10))
    pagination.advance(page_of([(1, 1)], total=2))
    assert pagination.advance(page_of([(1, 1)], total=1))[1] is None


def test_a_record_that_vanishes_costs_few_requests_by_page_number() -> None:
    """By page number, the last page is taken again if it still holds a known record, and no page before it."""
    server = ListServer(numbered(100), tells_total=True)

    def vanish(count: int) -> None:
        if count == 14:
            del server.records[0]

    assert walk(PageNumberPagination(request(10)), server, between=vanish) == numbered(100)
    assert len(server.requests) <= 2 * 10 - 1 + 2


def test_a_short_page_before_the_total_is_not_the_last() -> None:
    """By page number, a page from which the API left records out does not end the list before its total."""
    pagination, pages = PageNumberPagination(request(10)), {"1": range(10), "2": range(10, 13), "3": range(20, 30)}
    asked: Request | None = pagination.first
    read: list[Record] = []
    while asked is not None and len(read) < 23:
        page, asked = pagination.advance(page_of([(key, 0) for key in pages[asked.params["page"]]], total=23))
        read += records_of(page)
    assert [key for key, _ in read] == [*range(13), *range(20, 30)]
