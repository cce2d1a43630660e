"""Counted pages whose answers say by a flag or by their number where the list ends."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from async_sync.errors.lists import PaginationError
from async_sync.pagination.page_style import PageStyle
from async_sync.pagination.positions import MAX_EMPTY_PAGES
from async_sync.pagination.styles import NumberedPages, OffsetPages
from async_sync.records.answers import Header
from async_sync.records.pages import Page
from async_sync.records.requests import Request
from tests.helpers.listing import URL, ListServer, Record, numbered, page_of, records_of, walk
from tests.helpers.moving import Moves, walk_moving


class FlaggingServer(ListServer):
    """Says in the body and in headers whether there is another page, and how many there are."""

    def page(self, request: Request) -> Page:
        page, size = super().page(request), int(request.params["limit"])
        start = int(request.params.get("offset", (int(request.params.get("page", "1")) - 1) * size))
        pages, more = -(-len(self.records) // size), start + size < len(self.records)
        says = {"more": more, "last": not more, "pages": pages}
        return page._replace(answer=replace(page.answer, body=says, headers=httpx.Headers({"x-pages": str(pages)})))


STYLES = [
    OffsetPages(more="more"),
    OffsetPages(last="last"),
    OffsetPages(more="more", aligned=True),
    NumberedPages(more="more"),
    NumberedPages(last="last"),
    NumberedPages(pages="pages"),
    NumberedPages(pages=Header("X-Pages")),
]


@pytest.mark.parametrize("style", STYLES, ids=str)
@given(count=st.integers(0, 30), size=st.integers(2, 7))
def test_the_answer_says_where_the_list_ends(style: PageStyle, count: int, size: int) -> None:
    """Every record is read, and no page behind the last one is asked for."""
    server = FlaggingServer(numbered(count))
    assert walk(style.paginate(Request(URL), size, is_full=True), server) == numbered(count)
    asked = [int(one.get("offset", (int(one.get("page", 1)) - 1) * size)) for one in server.requests]
    assert max(asked) < max(1, count)


@pytest.mark.parametrize("value", [None, "", "some", -1.5, True, []])
def test_a_number_of_pages_that_is_missing_is_refused(value: Any) -> None:
    """A page without the number of pages is not taken for the last one."""
    server = ListServer(numbered(1))
    pagination = NumberedPages(pages="meta.pages").paginate(Request(URL), 2, is_full=True)
    page = server.answer(pagination.first)
    with pytest.raises(PaginationError, match=r"does not say in meta\.pages, by a number, how many pages there are"):
        pagination.advance(page._replace(answer=replace(page.answer, body={"meta": {"pages": value}})))


@pytest.mark.parametrize("style", [NumberedPages(pages="pages"), NumberedPages(more="more")], ids=str)
def test_an_empty_page_in_the_middle_is_not_the_end(style: PageStyle) -> None:
    """What the answer says about the end counts, not what is on the page."""
    pagination = style.paginate(Request(URL), 2, is_full=True)
    read: list[int] = []
    for number in (1, 2, 1, 3, 2):
        records = {1: [(1, 1)], 2: [], 3: [(5, 5)]}[number]
        page = page_of(records)
        says = {"pages": 3, "more": number < 3}
        taken, following = pagination.advance(page._replace(answer=replace(page.answer, body=says)))
        read += [row["id"] for row in taken.rows]
    assert (read, following) == ([1, 5], None)


@dataclass
class FilteringServer(ListServer):
    """Shows only records whose keys are not in `hidden`, after it has cut its pages, and says whether there is more."""

    hidden: frozenset[int] = frozenset()

    def page(self, request: Request) -> Page:
        cut, size = super().page(request), int(request.params["limit"])
        start = int(request.params.get("offset", (int(request.params.get("page", "1")) - 1) * size))
        says = {"more": start + size < len(self.records)}
        page = page_of([record for record in records_of(cut) if record[0] not in self.hidden], url=request.full_url)
        return page._replace(answer=replace(page.answer, body=says))

    def shown(self, records: Iterable[Record]) -> set[Record]:
        return {record for record in records if record[0] not in self.hidden}


FLAGGED = pytest.mark.parametrize(
    "style", [OffsetPages(more="more"), NumberedPages(more="more")], ids=["offset", "page"]
)


plans = st.dictionaries(
    st.integers(1, 20),
    st.lists(st.tuples(st.sampled_from(["delete", "change"]), st.integers(0, 60)), min_size=1, max_size=1),
    max_size=12,
)


@FLAGGED
@given(st.integers(0, 40), st.sampled_from([4, 5, 10]), st.frozensets(st.integers(2, 40)), plans)
@example(9, 4, frozenset({4, 5, 6}), {1: [("delete", 0)]})
@example(12, 4, frozenset({3, 4, 5, 6, 7, 8}), {2: [("delete", 0)]})
@settings(max_examples=250)
def test_filtered_pages_lose_nothing(
    style: PageStyle, count: int, size: int, hidden: frozenset[int], planned: Moves
) -> None:
    """Pages whose records were filtered after they were cut are read to the end, while records move one by one."""
    server = FilteringServer(numbered(count), hidden=hidden)
    untouched, read = walk_moving(style.paginate(Request(URL), size, is_full=True), server, planned, most=1_000)
    assert server.shown(untouched) <= read


def test_a_gap_is_passed_only_if_nothing_has_moved_across_it() -> None:
    """A record that goes to the end while positions without records are read moves those behind them to the front."""
    server = FilteringServer(numbered(12), hidden=frozenset(range(4, 8)))

    def between(requests: int) -> None:
        if requests == 3:
            server.change(0)

    read = walk(OffsetPages(more="more").paginate(Request(URL), 4, is_full=True), server, between=between)
    assert {key for key, _ in read} == {0, 1, 2, 3, 8, 9, 10, 11}


@FLAGGED
def test_a_flag_that_never_ends_a_list_is_an_error(style: PageStyle) -> None:
    """Where an API says behind the end, for ever, that there is more, that is refused after a thousand empty pages."""

    class Endless(ListServer):
        def page(self, request: Request) -> Page:
            page = super().page(request)
            return page._replace(answer=replace(page.answer, body={"more": True}))

    with pytest.raises(PaginationError, match=f"more than {MAX_EMPTY_PAGES} pages in a row held no records"):
        walk(style.paginate(Request(URL), 2, is_full=True), Endless(numbered(5)), most=3 * MAX_EMPTY_PAGES)


@pytest.mark.parametrize("limit", [2, 4, 10])
def test_an_offset_that_is_ignored_is_refused(limit: int) -> None:
    """The same records in places that have nothing in common show that the API does not know the parameter."""

    class Ignoring(ListServer):
        def page(self, request: Request) -> Page:
            page = super().page(request)
            return page._replace(answer=replace(page.answer, body={"more": True}))

    server = Ignoring(numbered(7), cap=2, heeds=False)
    with pytest.raises(PaginationError, match="the same 2 records again, as if it did not know offset"):
        walk(OffsetPages(more="more").paginate(Request(URL), limit, is_full=True), server, most=20)


def test_an_empty_first_page_of_unknown_size_is_refused() -> None:
    """Without a page size, nobody knows where the next page begins."""
    style = OffsetPages(more="more", size_param=None)
    page = page_of([])
    with pytest.raises(PaginationError, match="reports more records but returns one per page"):
        style.paginate(Request(URL), 4, is_full=True).advance(
            page._replace(answer=replace(page.answer, body={"more": True}))
        )
