"""Links that only count lead to places in a list, and the list may move."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_sync.errors.lists import PaginationError
from async_sync.pagination.counted_links import Count, count_of
from async_sync.pagination.links import MAX_EMPTY_PAGES
from async_sync.pagination.styles import AutoPages, LinkHeaderPages, NextUrlPages, TokenPages
from async_sync.records.pages import Answer, Page, Request
from tests.helpers.listing import URL, ListServer, Record, numbered, page_of, records_of, tied, walk
from tests.unit.pagination.test_positions import Moves, move, moves

BY = ["page", "offset"]


def counts(asked: str, link: str, *, rows: int = 10, size_param: str = "limit") -> Count | None:
    page = page_of(numbered(rows), url=URL + asked)
    return count_of(page, link if "://" in link else URL + link, size_param=size_param)


@pytest.mark.parametrize(
    ("asked", "link", "count"),
    [
        ("", "?page=2", Count("page", 1)),
        ("", "?page=1", Count("page", 0)),
        ("?page=7", "?page=8", Count("page", 7)),
        ("?page=0", "?page=1", Count("page", 0)),
        ("?a=1&limit=10", "?limit=10&page=2&a=1", Count("page", 1)),
        ("?a=1&limit=100", "?a=1&limit=10&page=2", Count("page", 1)),
        ("?a=1", "?page=2", Count("page", 1)),
        ("", "?page=2&order_by=id&simple=false", Count("page", 1)),
        ("", "?page=2&api_key=x&access_token=y", Count("page", 1)),
        ("", "?page[number]=2", Count("page[number]", 1)),
        ("", "?pageNumber=2", Count("pageNumber", 1)),
        ("?_page=1", "?_page=2", Count("_page", 1)),
        ("", "?offset=10", Count("offset", None)),
        ("?$skip=20", "?$skip=30", Count("$skip", None)),
        ("?start=0", "?start=10", Count("start", None)),
        ("?limit=25", "?limit=25&offset=25", Count("offset", None)),
        ("", "?sysparm_offset=10", Count("sysparm_offset", None)),
        ("?from=20", "?from=30", Count("from", None)),
        ("?seite=4", "?seite=5", Count("seite", 4)),
        ("", "?api=10&page=2", Count("page", 1)),
    ],
)
def test_a_link_that_counts(asked: str, link: str, count: Count) -> None:
    """One known parameter goes on by a page or by the page's records; defaults may come and go beside it."""
    assert counts(asked, link) == count


@pytest.mark.parametrize(
    ("asked", "link"),
    [
        ("", "?page=3"),
        ("", "?page=0"),
        ("?page=7", "?page=9"),
        ("?page=7", "?page=7"),
        ("", "?page=abc"),
        ("", "?page=-1"),
        ("", "?page=\u00b2"),
        ("", "?offset=11"),
        ("?offset=10", "?offset=10"),
        ("", "?other=2"),
        ("", "?cursor=2"),
        ("", "?cursor=10"),
        ("", "?per_page=10"),
        ("", "?api_version=10"),
        ("?seite=4", "?seite=6"),
        ("?limit=25", "?limit=25&place=25"),
        ("", "?page=2&cursor=abc"),
        ("", "?page=2&starting_after=7"),
        ("", "?page=2&pageToken=x"),
        ("", "?page=2&lastId=7"),
        ("?since=1", "?since=2&page=2"),
        ("?limit=10", "?limit=10"),
        ("", "https://other.test/companies?page=2"),
        ("", "http://api.test/companies?page=2"),
    ],
)
def test_a_link_that_leads_elsewhere(asked: str, link: str) -> None:
    """A number that does not fit, a token or a key, another value, another server: such a link does not only count."""
    assert counts(asked, link) is None


@pytest.mark.parametrize("number", [1, 2])
def test_a_small_number_that_was_not_asked_for_may_mean_anything(number: int) -> None:
    """A page of one or two records does not tell a count from a flag, or from the number of the second page."""
    assert counts("", f"?seite={number}", rows=number) is None
    assert counts("?seite=5", f"?seite={5 + number}", rows=number) == Count("seite", 5 if number == 1 else None)


def test_of_a_token_only_a_known_parameter_counts() -> None:
    """A token is sent as it came, whatever number it holds."""
    page = page_of(numbered(10), url=URL)
    assert count_of(page, f"{URL}?scroll=10", size_param="limit", only_known=True) is None
    assert count_of(page, f"{URL}?page=2", size_param="limit", only_known=True) == Count("page", 1)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=30), st.integers(3, 6))
def test_a_key_that_looks_like_a_count_is_followed(gaps: list[int], size: int) -> None:
    """Ids without gaps look like positions, until there is a gap: from there on their links are followed."""
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


def test_an_empty_page_does_not_count_records() -> None:
    """By offset, a link behind an empty page leads to the page itself."""
    assert counts("", "?offset=0", rows=0) is None


def test_another_path_may_be_the_same_list() -> None:
    """GitHub links from /orgs/acme/repos to /organizations/1/repos: what counts is the parameters."""
    assert counts("", "https://api.test/organizations/1?page=2") == Count("page", 1)


lists = st.builds(numbered, st.integers(0, 40)) | st.builds(tied, st.integers(0, 40))
sizes = st.sampled_from([2, 3, 4, 10, 100])


@pytest.mark.parametrize("by", BY)
@given(lists, sizes, st.sampled_from([2, 3, 5, 10**9]), moves("delete", "change", "delete many"))
@settings(max_examples=250)
def test_nothing_is_lost_behind_links_that_count(
    by: str, records: list[Record], size: int, cap: int, planned: Moves
) -> None:
    """A record that stays as it is is read, whatever is deleted or moved to the end between two requests."""
    server, untouched = ListServer([*records], cap=cap, links=by), set(records)

    def between(count: int) -> None:
        for kind, position in planned.get(count, ()):
            move(server, kind, position)
        untouched.intersection_update(server.records)

    pagination = NextUrlPages().paginate(Request(URL), size, is_full=True)
    pages = len(records) / max(1, min(size, cap) - 1) + 2
    assert untouched <= set(walk(pagination, server, between=between, most=int(20 + 6 * pages)))


@pytest.mark.parametrize("by", BY)
@given(st.integers(0, 40), st.integers(1, 12))
def test_a_list_that_holds_still_is_given_as_it_is(by: str, count: int, size: int) -> None:
    """Every record of a list that holds still is given once, in its order, in no more requests than it has to be."""
    server = ListServer(numbered(count), links=by)
    assert walk(AutoPages().paginate(Request(URL), size, is_full=True), server) == numbered(count)
    if by == "page":
        assert len(server.requests) == 2 * max(1, -(-count // size)) - 1


@pytest.mark.parametrize("by", BY)
def test_what_is_asked_keeps_what_was_asked_first(by: str) -> None:
    """The parameters and headers of the first request go with every later one, though the links leave them out."""
    server, asked = ListServer(numbered(9), links=by), []
    pagination = NextUrlPages().paginate(Request(URL, {"updated_since": "7"}, {"accept": "text/x"}), 3, is_full=False)
    request: Request | None = pagination.first
    while request is not None:
        asked.append(request)
        _, request = pagination.advance(server.answer(request))
    assert {(one.url, one.params["updated_since"], one.params["limit"]) for one in asked} == {(URL, "7", "3")}
    assert all(one.headers == {"accept": "text/x"} for one in asked)


def test_pages_from_zero() -> None:
    """Where the first link names page 1, the first page is page 0."""
    pagination = NextUrlPages().paginate(Request(URL), 2, is_full=True)
    pagination.advance(page_of(numbered(2), link="?page=1"))
    _, again = pagination.advance(page_of([(2, 2), (3, 3)], url=f"{URL}?limit=2&page=1"))
    assert again == Request(URL, {"limit": "2", "page": "0"})


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ("?page=7", "counted on by page, and the one of this page does not. Set pagination"),
        ("?offset=2", "counted on by page, and the one of this page does not"),
        ("?cursor=x", "counted on by page, and the one of this page does not"),
    ],
)
def test_links_that_stop_counting_are_refused(link: str, problem: str) -> None:
    """A later link that does not fit is refused, as often as it comes; a good one then goes on."""
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
    """The same records again under a link to yet another page are refused instead of being read for ever."""
    server = ListServer(numbered(25), heeds=False, links="page")
    server.links = by
    with pytest.raises(PaginationError, match=rf"the same 10 records again, as if it did not know {by}"):
        walk(NextUrlPages().paginate(Request(URL), 10, is_full=True), _Counting(server), most=10)


class _Counting(ListServer):
    """Links on from where it was asked for, whatever it gives."""

    def __init__(self, inner: ListServer) -> None:
        super().__init__(inner.records, heeds=False, links=inner.links)

    def answer(self, request: Request) -> Page:
        self.requests.append(dict(request.params))
        number = int(request.params.get(self.links, "0" if self.links == "offset" else "1"))
        step = 10 if self.links == "offset" else 1
        return page_of(self.records[:10], url=request.full_url, link=f"?{self.links}={number + step}")


def test_a_later_page_that_repeats_under_another_link_is_refused() -> None:
    """A page that comes again is no end while it links on, though it may be shorter than was asked for."""
    pagination = NextUrlPages().paginate(Request(URL), 10, is_full=True)
    pagination.advance(page_of(numbered(2), link="?page=2"))
    for _ in range(2):
        with pytest.raises(PaginationError, match="the same 2 records again, as if it did not know page"):
            pagination.advance(page_of(numbered(2), url=f"{URL}?page=2", link="?page=3"))


def test_one_record_a_page_by_offset_is_refused() -> None:
    """By offset, an API that caps the page at one record leaves no room for an overlap."""
    with pytest.raises(PaginationError, match="tells of more but gives one a page"):
        walk(NextUrlPages().paginate(Request(URL), 10, is_full=True), ListServer(numbered(3), cap=1, links="offset"))


def test_an_empty_page_among_others_is_no_end() -> None:
    """By page number, a page that holds nothing but names the next one is read past, up to a limit."""
    with pytest.raises(PaginationError, match=f"more than {MAX_EMPTY_PAGES} pages in a row held no record"):
        walk(NextUrlPages().paginate(Request(URL), 2, is_full=True), _Empty([]), most=3 * MAX_EMPTY_PAGES)


class _Empty(ListServer):
    """Links from one empty page to the next."""

    def answer(self, request: Request) -> Page:
        self.requests.append(dict(request.params))
        number = int(request.params.get("page", "1"))
        return page_of([], url=request.full_url, link=f"?page={number + 1}")


def test_a_token_that_counts_is_a_place_as_well() -> None:
    """A number that is sent back as the page is counted on just as a link is."""
    pagination = TokenPages(field="next", param="_page", size_param="_per_page").paginate(Request(URL), 2, is_full=True)
    _, second = pagination.advance(page_of(numbered(2), link="2"))
    assert second == Request(URL, {"_per_page": "2", "_page": "2"})
    _, again = pagination.advance(page_of([(2, 2)], url=f"{URL}?_per_page=2&_page=2"))
    assert again == Request(URL, {"_per_page": "2", "_page": "1"})


def test_the_link_header_counts_too() -> None:
    """Such as GitHub's."""
    page = page_of(numbered(2))
    page = Page(Answer(URL, {"link": f'<{URL}?per_page=2&page=2>; rel="next"'}, []), page.rows, page.cursors, page.key)
    _, second = LinkHeaderPages(size_param="per_page").paginate(Request(URL), 2, is_full=True).advance(page)
    assert second == Request(URL, {"per_page": "2", "page": "2"})


@pytest.mark.parametrize(("by", "asked"), [("page", {"page": "1"}), ("offset", None)])
def test_a_refusal_behind_a_link_that_counts(by: str, asked: dict[str, str] | None) -> None:
    """Of numbered pages the one before is read again; by offset, a link to more contradicts that it is the end."""
    pagination = NextUrlPages().paginate(Request(URL), 2, is_full=True)
    pagination.advance(page_of(numbered(2), link=f"?limit=2&{by}=2"))
    assert pagination.refused() == (asked and Request(URL, {"limit": "2", **asked}))
