"""Lists that are read by the positions in their links, while they change."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_sync.errors.lists import PaginationError
from async_sync.pagination.link_styles import AutoPages, LinkHeaderPages, NextUrlPages
from async_sync.pagination.positions import MAX_EMPTY_PAGES
from async_sync.pagination.token_styles import TokenPages
from async_sync.records.pages import Page
from async_sync.records.requests import Request
from tests.helpers.listing import URL, ListServer, Record, numbered, page_of, page_with, records_of, walk
from tests.helpers.moving import Moves, lists, most_requests, moves, walk_moving

BY = ["page", "offset"]


@given(st.lists(st.integers(1, 4), min_size=1, max_size=30), st.integers(3, 6))
def test_a_key_that_looks_like_a_count_is_followed(gaps: list[int], size: int) -> None:
    """Ids without gaps look like positions; from the first gap on, their links are followed."""
    ids = [*range(1, size + 1)]
    for gap in gaps:
        ids.append(ids[-1] + gap)
    pagination, read = NextUrlPages().paginate(Request(URL), size, is_full=True), list[Record]()
    request: Request | None = pagination.first
    for _ in range(3 * len(ids)):
        if request is None:
            break
        after = int(parse_qs(urlsplit(request.full_url).query).get("from", ["0"])[0])
        behind = [(key, key) for key in ids if key > after]
        link = f"?from={behind[size - 1][0]}" if len(behind) > size else None
        page, request = pagination.advance(page_of(behind[:size], url=request.full_url, link=link))
        read += records_of(page)
    assert request is None
    assert {key for key, _ in read} == set(ids)


sizes = st.sampled_from([2, 3, 4, 10, 100])


@pytest.mark.parametrize("by", BY)
@given(lists, sizes, st.sampled_from([2, 3, 5, 10**9]), moves("delete", "change", "delete many"))
@settings(max_examples=250)
def test_no_record_is_missed_if_links_count(
    by: str, records: list[Record], size: int, cap: int, planned: Moves
) -> None:
    """No unchanged record is missed, whatever is deleted or moved to the end between two requests."""
    pagination = NextUrlPages().paginate(Request(URL), size, is_full=True)
    most = most_requests(records, min(size, cap))
    untouched, read = walk_moving(pagination, ListServer([*records], cap=cap, links=by), planned, most=most)
    assert untouched <= read


@pytest.mark.parametrize("by", BY)
@given(st.integers(0, 40), st.integers(1, 12))
def test_a_list_that_does_not_change_is_read_as_it_is(by: str, count: int, size: int) -> None:
    """Every record of a list that does not change is read once, in its order, in as few requests as possible."""
    server = ListServer(numbered(count), links=by)
    assert walk(AutoPages().paginate(Request(URL), size, is_full=True), server) == numbered(count)
    if by == "page":
        assert len(server.requests) == 2 * max(1, -(-count // size)) - 1


@pytest.mark.parametrize("by", BY)
def test_later_requests_keep_the_parameters_of_the_first(by: str) -> None:
    """The parameters of the first request are sent with every later one, although the links leave them out."""
    server, asked = ListServer(numbered(9), links=by), []
    pagination = NextUrlPages().paginate(Request(URL, {"updated_since": "7"}), 3, is_full=False)
    request: Request | None = pagination.first
    while request is not None:
        asked.append(request)
        _, request = pagination.advance(server.answer(request))
    assert {(one.url, one.params["updated_since"], one.params["limit"]) for one in asked} == {(URL, "7", "3")}


def test_pages_from_zero() -> None:
    """If the first link names page 1, the first page is page 0."""
    pagination = NextUrlPages().paginate(Request(URL), 2, is_full=True)
    pagination.advance(page_of(numbered(2), link="?page=1"))
    _, again = pagination.advance(page_of([(2, 2), (3, 3)], url=f"{URL}?limit=2&page=1"))
    assert again == Request(URL, {"limit": "2", "page": "0"})


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ("?page=7", "counted by page so far, but the link of this page does not. Set pagination"),
        ("?offset=2", "counted by page so far, but the link of this page does not"),
        ("?cursor=x", "counted by page so far, but the link of this page does not"),
    ],
)
def test_links_that_stop_counting_are_refused(link: str, problem: str) -> None:
    """A later link that does not fit is refused, as often as it comes; a good one then leads on."""
    pagination = NextUrlPages().paginate(Request(URL), 2, is_full=True)
    pagination.advance(page_of(numbered(2), link="?page=2"))
    second = {"records": [(2, 2), (3, 3)], "url": f"{URL}?limit=2&page=2"}
    for _ in range(2):
        with pytest.raises(PaginationError, match=problem):
            pagination.advance(page_of(**second, link=link))  # type: ignore[arg-type]
    pagination.advance(page_of(**second, link="?page=3"))  # type: ignore[arg-type]
    page, _ = pagination.advance(page_of(numbered(2), url=f"{URL}?limit=2&page=1", link="?page=2"))
    assert records_of(page) == [(2, 2), (3, 3)]


@pytest.mark.parametrize("by", BY)
def test_an_api_that_ignores_what_its_links_count_is_refused(by: str) -> None:
    """The same records again, with a link to yet another page, are refused instead of being read forever."""
    server = _Repeating(numbered(25), links=by)
    with pytest.raises(PaginationError, match=rf"the same 10 records again, as if it did not know {by}"):
        walk(NextUrlPages().paginate(Request(URL), 10, is_full=True), server, most=10)


class _Repeating(ListServer):
    """Returns the first page whatever was asked for, and links to the page after the one that was asked for."""

    def page(self, request: Request) -> Page:
        number = int(request.params.get(self.links, "0" if self.links == "offset" else "1"))
        step = 10 if self.links == "offset" else 1
        return page_of(self.records[:10], url=request.full_url, link=f"?{self.links}={number + step}")


def test_a_later_page_that_repeats_under_another_link_is_refused() -> None:
    """A page that comes again is not the end while it links on, even if it is shorter than was asked for."""
    pagination = NextUrlPages().paginate(Request(URL), 10, is_full=True)
    pagination.advance(page_of(numbered(2), link="?page=2"))
    for _ in range(2):
        with pytest.raises(PaginationError, match="the same 2 records again, as if it did not know page"):
            pagination.advance(page_of(numbered(2), url=f"{URL}?page=2", link="?page=3"))


@pytest.mark.parametrize("size_param", ["limit", None])
def test_one_record_a_page_leaves_no_room_for_an_overlap(size_param: str | None) -> None:
    """By offset, each page of an API that caps it at one record is read again; without a page size, it is refused."""
    pagination = NextUrlPages(size_param=size_param).paginate(Request(URL), 10, is_full=True)
    server = ListServer(numbered(5), cap=1, links="offset")
    if size_param is not None:
        assert walk(pagination, server) == numbered(5)
        return
    with pytest.raises(PaginationError, match="reports more records but returns one per page"):
        walk(pagination, server)


def test_an_empty_page_that_links_on_is_not_the_end() -> None:
    """By page number, empty pages that name the next one are passed, up to a limit."""
    with pytest.raises(PaginationError, match=f"more than {MAX_EMPTY_PAGES} pages in a row held no records"):
        walk(NextUrlPages().paginate(Request(URL), 2, is_full=True), _Empty([]), most=3 * MAX_EMPTY_PAGES)


class _Empty(ListServer):
    """Links from one empty page to the next."""

    def page(self, request: Request) -> Page:
        number = int(request.params.get("page", "1"))
        return page_of([], url=request.full_url, link=f"?page={number + 1}")


def test_a_token_may_be_a_page_number() -> None:
    """A number that is sent back as the page is treated just as a link that counts."""
    pagination = TokenPages(field="next", param="_page", size_param="_per_page").paginate(Request(URL), 2, is_full=True)
    _, second = pagination.advance(page_of(numbered(2), link="2"))
    assert second == Request(URL, {"_per_page": "2", "_page": "2"})
    _, again = pagination.advance(page_of([(2, 2)], url=f"{URL}?_per_page=2&_page=2"))
    assert again == Request(URL, {"_per_page": "2", "_page": "1"})


def test_a_link_header_may_count() -> None:
    """Links in the header, such as GitHub's, are read by position too."""
    page = page_with([], rows=2, link=f'<{URL}?per_page=2&page=2>; rel="next"')
    _, second = LinkHeaderPages(size_param="per_page").paginate(Request(URL), 2, is_full=True).advance(page)
    assert second == Request(URL, {"per_page": "2", "page": "2"})


@pytest.mark.parametrize(("by", "asked"), [("page", {"page": "1"}), ("offset", None)])
def test_a_refused_page_that_a_counting_link_named(by: str, asked: dict[str, str] | None) -> None:
    """By page number, the page before is read again; by offset, its link shows that it is not the last."""
    pagination = NextUrlPages().paginate(Request(URL), 2, is_full=True)
    pagination.advance(page_of(numbered(2), link=f"?limit=2&{by}=2"))
    assert pagination.refused() == (asked and Request(URL, {"limit": "2", **asked}))


@pytest.mark.parametrize("links", ["page", "offset"])
def test_links_of_an_api_behind_a_proxy_count_as_well(links: str) -> None:
    """A link whose host is replaced by the one that was asked is read by its position: what moves is not lost."""

    class Inside(ListServer):
        def _link(self, end: int, size: int) -> str | None:
            link = super()._link(end, size)
            return link and f"http://inside:8000/v1/companies{link}"

    server = Inside(numbered(9), links=links)

    def between(requests: int) -> None:
        if requests == 1:
            server.change(0)

    read = walk(NextUrlPages(keep_origin=True).paginate(Request(URL), 3, is_full=True), server, between=between)
    assert {key for key, _ in read} == set(range(9))
