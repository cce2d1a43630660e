"""Lists of linked pages that would never end."""

import pickle
from collections.abc import Iterable
from itertools import chain, cycle, islice

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from async_sync.errors.lists import PaginationError
from async_sync.pagination.link_styles import NextUrlPages
from async_sync.pagination.links import LinkPagination
from async_sync.pagination.positions import MAX_EMPTY_PAGES
from async_sync.pagination.styles import STYLES
from async_sync.records.requests import Request
from tests.helpers.listing import FIRST, URL, fresh_page, spelled


def walk(style: str, names: Iterable[str]) -> int | None:
    """Follow pages that name these next ones; return how many are taken before a loop is found, or None."""
    linked = STYLES[style]().paginate(Request(URL, {}), 10, is_full=True)
    request: Request | None = linked.first
    for taken, name in enumerate(names):
        assert request is not None
        try:
            _, request = linked.advance(fresh_page({"next": name, "next_cursor": name}, url=request.full_url))
        except PaginationError:
            return taken
    return None


@pytest.mark.parametrize("style", ["auto", "next_url", "token"])
@given(lead=st.integers(0, 50), length=st.integers(1, 50))
@example(lead=41, length=2)
@example(lead=2, length=41)
def test_a_loop_is_found(style: str, lead: int, length: int) -> None:
    """However many pages lead into a loop and however long it is, it is found within three times the larger number."""
    names = chain(map(spelled, range(lead)), cycle([f"loop{spelled(number)}" for number in range(length)]))
    taken = walk(style, islice(names, 1000))

    assert taken is not None
    assert lead + length <= taken <= 2 * max(lead + 1, length) + length


@pytest.mark.parametrize(
    ("followed", "link", "url"),
    [
        ([], "?limit=10", f"{URL}?limit=10"),
        (["/a"], "/a", "https://api.test/a"),
        (["/a", "/b"], "/b", "https://api.test/b"),
        (["/a", "/b"], "/b", "https://api.test/elsewhere"),
        (["/a", "/b"], "/elsewhere", "https://api.test/elsewhere"),
    ],
)
def test_a_page_that_names_itself_is_refused_at_once(followed: list[str], link: str, url: str) -> None:
    """A link to the page that was just asked for, or to the one that answered, is refused before it is followed."""
    linked = LinkPagination(Request(URL, {"limit": "10"}), NextUrlPages().find)
    for earlier in followed:
        linked.advance(fresh_page({"next": earlier}))

    with pytest.raises(PaginationError, match=r"has been read before, .* never end\. Set pagination in configuration"):
        linked.advance(fresh_page({"next": link}, url=url))


@given(st.sets(st.text("abc", min_size=1), min_size=1))
def test_pages_that_differ_are_not_a_loop(names: set[str]) -> None:
    """Links that each lead to a new page are followed to the end."""
    assert walk("next_url", names) is None


def test_memory_does_not_grow_with_the_pages() -> None:
    """After 10,000 linked pages a pagination is as small as after 10."""
    sizes = []
    for count in (10, 10_000):
        linked = LinkPagination(Request(URL, {}, {}, values={}), NextUrlPages().find)
        for number in range(count):
            linked.advance(fresh_page({"next": f"/{spelled(100_000 + number)}"}))
        sizes.append(len(pickle.dumps(linked)))

    assert sizes[1] < sizes[0] + 50


def advanced(linked: LinkPagination, *, empty: int, name: str) -> Request | None:
    """Take this many empty pages in a row, each of which names another one; return the last request."""
    following = None
    for number in range(empty):
        _, following = linked.advance(fresh_page({"next": f"/{name}{spelled(number)}"}, rows=0))
    return following


def test_empty_pages_have_an_end() -> None:
    """1,000 pages in a row may be empty; another empty one that is not the last is refused, with what to do."""
    linked = LinkPagination(FIRST, NextUrlPages().find)

    assert advanced(linked, empty=MAX_EMPTY_PAGES, name="a") == Request("https://api.test/ajjj")
    with pytest.raises(PaginationError, match=r"1000 pages in a row held no records, .* another page\. Set pagination"):
        linked.advance(fresh_page({"next": "/b"}, rows=0))


def test_an_empty_page_may_be_the_last() -> None:
    """After 1,000 empty pages, an empty one that names no other is the end, not an error."""
    linked = LinkPagination(FIRST, NextUrlPages().find)
    advanced(linked, empty=MAX_EMPTY_PAGES, name="a")

    assert linked.advance(fresh_page({"next": None}, rows=0))[1] is None


def test_a_record_resets_the_count_of_empty_pages() -> None:
    """One record after 1,000 empty pages allows 1,000 more."""
    linked = LinkPagination(FIRST, NextUrlPages().find)
    advanced(linked, empty=MAX_EMPTY_PAGES, name="a")
    linked.advance(fresh_page({"next": "/b"}, rows=1))

    assert advanced(linked, empty=MAX_EMPTY_PAGES, name="c") == Request("https://api.test/cjjj")
    with pytest.raises(PaginationError, match="1000 pages in a row"):
        advanced(linked, empty=1, name="d")
