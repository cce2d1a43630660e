"""Pages that are refused for where they lead, and asked for again since that may have been a hiccup."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync.errors.lists import PaginationError
from async_sync.pagination.base import Pagination
from async_sync.pagination.link_styles import AutoPages, NextUrlPages
from async_sync.pagination.links import LinkPagination
from async_sync.pagination.offsets import OffsetPagination
from async_sync.pagination.page_numbers import PageNumberPagination
from async_sync.pagination.positions import MAX_EMPTY_PAGES
from async_sync.records.pages import Page
from async_sync.records.requests import Request
from tests.helpers.listing import FIRST, URL, ListServer, fresh_page, numbered, page_of, records_of, request, spelled


def linking(following: str | None, *, rows: int = 1) -> Page:
    return fresh_page({"next": following}, rows=rows)


def check_retried(pagination: Pagination, bad: Page) -> None:
    """The bad page is refused as often as it comes, in the same words."""
    messages = set()
    for _ in range(3):
        with pytest.raises(PaginationError) as caught:
            pagination.advance(bad)
        messages.add(str(caught.value))
    assert len(messages) == 1


@pytest.mark.parametrize("bad", ["/b", "/a", "http://[::1"], ids=["itself", "earlier", "not a URL"])
def test_a_link_is_asked_for_again(bad: str) -> None:
    """After a link that leads nowhere new, the same page with a good link leads on."""
    linked = LinkPagination(FIRST, NextUrlPages().find)
    linked.advance(linking("/a"))
    linked.advance(linking("/b"))

    check_retried(linked, linking(bad))
    good = linking("/c")
    assert linked.advance(good) == (good, Request("https://api.test/c"))
    assert linked.advance(linking("/d"))[1] == Request("https://api.test/d")
    assert linked.advance(linking(None))[1] is None


@pytest.mark.slow
@given(followed=st.integers(1, 20), refused=st.integers(0, 40))
def test_refused_links_do_not_count(followed: int, refused: int) -> None:
    """A loop is found as soon as it would have been without the pages that were refused on the way."""
    found = []
    for times in (0, refused):
        linked = LinkPagination(FIRST, NextUrlPages().find)
        for number in range(followed):
            linked.advance(linking(f"/{spelled(number)}"))
            for _ in range(times):
                with pytest.raises(PaginationError):
                    linked.advance(linking(f"/{spelled(number)}"))
        found.append(steps_until_refused(linked, lambda step: f"/{'xyz'[step % 3]}"))
    assert found[0] == found[1]


def steps_until_refused(linked: LinkPagination, link: Callable[[int], str]) -> int:
    for step in range(1000):
        try:
            linked.advance(linking(link(step)))
        except PaginationError:
            return step
    raise AssertionError("no loop was found")


def test_a_refused_empty_page_is_counted_once() -> None:
    """After too many empty pages, the last of them leads on if it holds a record when it comes again."""
    linked = LinkPagination(FIRST, NextUrlPages().find)
    for number in range(MAX_EMPTY_PAGES):
        linked.advance(linking(f"/{spelled(number)}", rows=0))

    check_retried(linked, linking("/more", rows=0))
    assert linked.advance(linking("/more", rows=1))[1] == Request("https://api.test/more")
    assert linked.advance(linking("/rest", rows=0))[1] == Request("https://api.test/rest")


def test_an_empty_page_in_a_loop_is_not_counted() -> None:
    """An empty page that is refused for its link is not one of the empty pages in a row."""
    linked = LinkPagination(FIRST, NextUrlPages().find)
    linked.advance(linking("/a", rows=0))
    for _ in range(2 * MAX_EMPTY_PAGES):
        with pytest.raises(PaginationError, match="has been read before"):
            linked.advance(linking("/a", rows=0))

    assert linked.advance(linking("/b", rows=0))[1] == Request("https://api.test/b")


def test_a_lone_page_of_many_is_asked_for_again() -> None:
    """After an only page with too few records, the same page with a link leads on."""
    auto = AutoPages().paginate(Request(URL, {}), 10, is_full=True)
    lone = fresh_page({}, total=7)

    check_retried(auto, lone)
    assert auto.advance(linking("/a"))[1] == Request("https://api.test/a")
    assert auto.advance(lone) == (lone, None)


@given(count=st.integers(0, 40), size=st.sampled_from([2, 3, 10]))
def test_the_same_records_by_offset_are_asked_for_again(count: int, size: int) -> None:
    """By offset, a list is read whole even if each full page comes once more in place of the next one."""
    server, offsets = ListServer(numbered(count)), OffsetPagination(request(size))
    page, asked = offsets.advance(before := server.answer(offsets.first))
    records = records_of(page)
    while asked is not None:
        if len(before.rows) == size:
            check_retried(offsets, before)
        page, asked = offsets.advance(before := server.answer(asked))
        records += records_of(page)

    assert records == numbered(count)


def test_single_records_by_offset_are_asked_for_again() -> None:
    """By offset, after one record although limit asks for more, the page in its full size leads on."""
    offsets = OffsetPagination(request(3))
    offsets.advance(page_of(numbered(1), total=4))

    check_retried(offsets, page_of(numbered(1), total=4))
    page, asked = offsets.advance(page_of(numbered(3), total=4))
    assert records_of(page) == [(1, 1), (2, 2)]
    assert asked == Request(URL, {"limit": "3", "offset": "2"})


def test_the_same_records_by_page_are_asked_for_again() -> None:
    """By page number, after the first page in place of the second, the real second one leads on."""
    numbers = PageNumberPagination(request(2))
    numbers.advance(page_of(numbered(2)))

    check_retried(numbers, page_of(numbered(2)))
    page, asked = numbers.advance(page_of([(2, 2), (3, 3)]))
    assert records_of(page) == []
    assert asked == Request(URL, {"limit": "2", "page": "1"})
    page, asked = numbers.advance(page_of(numbered(2)))
    assert records_of(page) == [(2, 2), (3, 3)]
    assert asked == Request(URL, {"limit": "2", "page": "3"})
