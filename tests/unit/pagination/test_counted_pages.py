"""Counted pages whose answers say by a flag or by their number where the list ends."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync.errors.lists import PaginationError
from async_sync.pagination.page_style import PageStyle
from async_sync.pagination.styles import NumberedPages, OffsetPages
from async_sync.records.answers import Header
from async_sync.records.pages import Page
from async_sync.records.requests import Request
from tests.helpers.listing import URL, ListServer, numbered, page_of, walk


class FlaggingServer(ListServer):
    """Says in the body and in headers whether there is another page, and how many there are."""

    def page(self, request: Request) -> Page:
        page, size = super().page(request), int(request.params["limit"])
        start = int(request.params.get("offset", (int(request.params.get("page", "1")) - 1) * size))
        pages, more = -(-len(self.records) // size), start + size < len(self.records)
        says = {"more": more, "last": not more, "pages": pages}
        return replace(page, answer=replace(page.answer, body=says, headers=httpx.Headers({"x-pages": str(pages)})))


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
        pagination.advance(replace(page, answer=replace(page.answer, body={"meta": {"pages": value}})))


@pytest.mark.parametrize("style", [NumberedPages(pages="pages"), NumberedPages(more="more")], ids=str)
def test_an_empty_page_in_the_middle_is_not_the_end(style: PageStyle) -> None:
    """What the answer says about the end counts, not what is on the page."""
    pagination = style.paginate(Request(URL), 2, is_full=True)
    read: list[int] = []
    for number in (1, 2, 1, 3, 2):
        records = {1: [(1, 1)], 2: [], 3: [(5, 5)]}[number]
        page = page_of(records)
        says = {"pages": 3, "more": number < 3}
        taken, following = pagination.advance(replace(page, answer=replace(page.answer, body=says)))
        read += [row["id"] for row in taken.rows]
    assert (read, following) == ([1, 5], None)
