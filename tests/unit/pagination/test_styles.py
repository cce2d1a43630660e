"""What each page style asks for, and where in an answer it looks."""

from typing import Any
from urllib.parse import urljoin

import pytest

from async_sync.errors.lists import PaginationError
from async_sync.pagination.links import Linked, Unpaged
from async_sync.pagination.page_numbers import PageNumbers
from async_sync.pagination.positions import Offsets
from async_sync.pagination.styles import (
    STYLES,
    AutoPages,
    LastIdPages,
    LinkHeaderPages,
    NextUrlPages,
    NumberedPages,
    OffsetPages,
    PageStyle,
    SinglePage,
    TokenPages,
)
from async_sync.records.cursors import SEQUENCE
from async_sync.records.pages import Answer, Page, Request
from tests.helpers.listing import ListServer, numbered, page_of, walk

URL = "https://api.test/v1/companies"
FIRST = Request(URL, {"order_by": "updated_at", "limit": "10"})


def page(body: Any, *, rows: int = 0, link: str | None = None, total: int | None = None) -> Page:
    answer = Answer(URL, {} if link is None else {"link": link}, body)
    return Page(
        answer,
        [{"id": number} for number in range(rows)],
        [SEQUENCE.parse(number) for number in range(rows)],
        ("id",),
        total,
    )


def url_of(request: Request | None) -> str | None:
    return None if request is None else request.url


@pytest.mark.parametrize(
    ("body", "url"),
    [
        ({"next_page_url": "/a"}, "/a"),
        ({"next": "/a"}, "/a"),
        ({"next": {"href": "/a"}}, "/a"),
        ({"links": {"next": "/a"}}, "/a"),
        ({"links": {"next": {"href": "/a"}}}, "/a"),
        ({"links": {"next": "/c"}, "next": "/b", "next_page_url": "/a"}, "/a"),
        ({"links": {"next": "/c"}, "next": "/b", "next_page_url": None}, "/b"),
        ({"links": {"next": "/c"}, "next": ""}, "/c"),
        ({"links": {"prev": "/a"}}, None),
        ({"links": ["/a"]}, None),
        ({"next": None}, None),
        ({"next": 2}, None),
        ({"next": {"href": None}}, None),
        ({"next": {"url": "/a"}}, "/a"),
        ({"next": {"url": 2}}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_a_url_in_the_body(body: Any, url: str | None) -> None:
    """The URL stands in next_page_url, next or links.next, as text or as an object with href."""
    assert url_of(NextUrlPages().find(page(body), FIRST)) == url


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ('</a>; rel="next"', "/a"),
        ("</a>; rel=next", "/a"),
        ('</a>;REL="NEXT"', "/a"),
        ('</a> ; title="more" ; rel = "next"', "/a"),
        ('</a>; rel="prev next"', "/a"),
        ('</a>; rel="prev", </b>; rel="next"', "/b"),
        ('</a>; rel="next", </b>; rel="prev"', "/a"),
        ("</a>; rel=next, </b>; rel=last", "/a"),
        ('<https://api.test/a?x=1,2;3&y=%3C>; rel="next"', "https://api.test/a?x=1,2;3&y=%3C"),
        ('</a>; rel="prev"', None),
        ('</a>; rel="nextpage"', None),
        ('</a>; title="next"', None),
        ("</a>", None),
        ("next", None),
        ("", None),
        (None, None),
    ],
)
def test_a_url_in_the_link_header(link: str | None, url: str | None) -> None:
    """The URL is the one whose rel holds next, with or without quotes, in any case, among any others."""
    assert url_of(LinkHeaderPages().find(page(None, link=link), FIRST)) == url


@pytest.mark.parametrize(
    ("body", "token"),
    [
        ({"next_cursor": "abc"}, "abc"),
        ({"next_cursor": 17}, "17"),
        ({"next_cursor": "0"}, "0"),
        ({"next_page_token": "b", "next_cursor": "a"}, "a"),
        ({"next_cursor": 0}, None),
        ({"next_cursor": False}, None),
        ({"next_cursor": True}, None),
        ({"next_cursor": 1.5}, None),
        ({"next_cursor": {"a": 1}}, None),
        ({}, None),
        ([], None),
    ],
)
def test_a_token_in_the_body(body: Any, token: str | None) -> None:
    """The token is text or a number other than 0, and is sent as cursor beside the first request's parameters."""
    expected = token and Request(URL, {"order_by": "updated_at", "limit": "10", "cursor": token})
    assert TokenPages().find(page(body), FIRST) == expected


@pytest.mark.parametrize(
    ("style", "body", "params"),
    [
        (TokenPages(), {"next_page_token": "b"}, {"next_page_token": "b"}),
        (TokenPages(), {"nextPageToken": "b"}, {"pageToken": "b"}),
        (TokenPages(), {"next_page_token": "b", "next_cursor": None}, {"next_page_token": "b"}),
        (TokenPages(), {"next_page_token": "b", "next_cursor": ""}, {"next_page_token": "b"}),
        (TokenPages(field="meta.next_page_token"), {"meta": {"next_page_token": "b"}}, {"next_page_token": "b"}),
        (TokenPages(field="paging.after"), {"paging": {"after": "b"}}, {"cursor": "b"}),
        (TokenPages(field="nextPageToken", param="from"), {"nextPageToken": "b"}, {"from": "b"}),
        (AutoPages(), {"next_page_token": "b"}, {"next_page_token": "b"}),
    ],
)
def test_a_token_is_sent_back_as_it_is_wanted(style: PageStyle, body: Any, params: dict[str, str]) -> None:
    """Without a `param`, the name under which a token was found says under which one it is wanted back."""
    found = style.paginate(FIRST, 10, is_full=True).advance(page(body, rows=1))[1]
    assert found == Request(URL, {**FIRST.params, **params})


@pytest.mark.parametrize(
    "body",
    [
        {"link": [{"relation": "self", "url": "/no"}, {"relation": "next", "url": "/yes"}]},
        {"links": ["no", {"rel": "next", "href": "/yes"}]},
        {"next": {"url": "/yes"}},
    ],
)
@pytest.mark.parametrize("style", [NextUrlPages(), AutoPages()])
def test_a_link_with_its_relation(style: PageStyle, body: Any) -> None:
    """A link may be an object, and stand in a list of links by its relation."""
    assert url_of(style.paginate(FIRST, 10, is_full=True).advance(page(body, rows=1))[1]) == "https://api.test/yes"
    assert NextUrlPages().find(page({"links": [{"rel": "self", "href": "/no"}]}), FIRST) is None


@pytest.mark.parametrize("style", [AutoPages(), AutoPages(size_param="")])
def test_a_flag_that_says_more_is_no_end(style: PageStyle) -> None:
    """Where a flag says that there is more and nothing leads on, `auto` refuses the page and names the flag."""
    auto = style.paginate(FIRST, 10, is_full=True)
    with pytest.raises(PaginationError, match=r"it says by meta\.has_more that there is more, but names no next page"):
        auto.advance(page({"meta": {"has_more": True}}, rows=1))
    assert auto.advance(page({"meta": {"has_more": False}}, rows=1))[1] is None


@pytest.mark.parametrize(
    ("style", "body", "link"),
    [
        (NextUrlPages(field="next_url"), {"next": "/no", "next_url": "/yes"}, "https://api.test/yes"),
        (
            NextUrlPages(field="_links.next"),
            {"next": "/no", "_links": {"next": {"href": "/yes"}}},
            "https://api.test/yes",
        ),
        (NextUrlPages(field="a"), {"next": "/no"}, None),
        (NextUrlPages(), {"@odata.nextLink": "/yes"}, "https://api.test/yes"),
        (TokenPages(field="paging.next.after", param="after"), {"paging": {"next": {"after": "t"}}}, f"{URL}?after=t"),
        (TokenPages(field="offset"), {"offset": "t", "next_cursor": "no"}, f"{URL}?cursor=t"),
        (TokenPages(field="a"), {"next_cursor": "no"}, None),
    ],
)
def test_names_may_be_declared(style: NextUrlPages | TokenPages, body: Any, link: str | None) -> None:
    """A declared field is the only one that is looked at; it may be a dotted path."""
    _, following = Linked(Request(URL), style.find).advance(page(body, rows=1))
    assert (following and following.full_url) == link


@pytest.mark.parametrize(
    "style", [AutoPages, NextUrlPages, LinkHeaderPages, TokenPages, LastIdPages, OffsetPages, NumberedPages]
)
def test_the_size_of_a_page_has_a_name(style: Any) -> None:
    """It is sent under the declared name, or not at all."""
    first = Request(URL, {"a": "1"}, {"b": "2"})
    named = style(size_param="per_page").paginate(first, 7, is_full=True).first
    assert (named.params["per_page"], named.params["a"], named.headers) == ("7", "1", first.headers)
    unnamed = style(size_param="").paginate(first, 7, is_full=True).first
    assert unnamed.params.keys() - {"page"} == {"a"}


@pytest.mark.parametrize(("start", "numbers"), [(1, ["1", "2", "1"]), (0, ["0", "1", "0"])])
def test_pages_are_counted_from_where_they_begin(start: int, numbers: list[str]) -> None:
    """By page number, under the declared name, from the declared first one."""
    pagination = NumberedPages(param="p", first=start, size_param="").paginate(Request(URL), 2, is_full=True)
    asked = [pagination.first]
    for records in (numbered(2), [(2, 2)]):
        _, following = pagination.advance(page_of(records))
        assert following is not None
        asked.append(following)
    assert [request.params for request in asked] == [{"p": number} for number in numbers]


def test_offsets_are_sent_under_their_name() -> None:
    """By offset, under the declared name."""
    pagination = OffsetPages(param="skip", size_param="take").paginate(Request(URL), 2, is_full=True)
    assert pagination.first.params == {"take": "2"}
    assert pagination.advance(page_of(numbered(2)))[1] == Request(URL, {"take": "2", "skip": "1"})


@pytest.mark.parametrize("style", [OffsetPages(size_param=""), NumberedPages(size_param="")])
@pytest.mark.parametrize("count", [0, 1, 7, 10, 25])
def test_the_size_of_a_page_may_be_unknown(style: OffsetPages | NumberedPages, count: int) -> None:
    """Where the API has a page size of its own, a list is read whole."""
    server = ListServer(numbered(count), cap=10)
    assert walk(style.paginate(Request(URL), 100, is_full=True), server) == numbered(count)


@pytest.mark.parametrize("style", [OffsetPages(size_param=""), NumberedPages(size_param="")])
def test_a_page_of_unknown_size_that_repeats_may_be_cut(style: OffsetPages | NumberedPages) -> None:
    """Where nobody knows whether a page is full, the same one again is refused, unless the total says it is all."""
    ignoring = ListServer(numbered(7), heeds=False)
    with pytest.raises(PaginationError, match="the same 7 records again"):
        walk(style.paginate(Request(URL), 100, is_full=True), ignoring, most=5)
    ignoring.tells_total = True
    assert walk(style.paginate(Request(URL), 100, is_full=True), ignoring) == numbered(7)


@pytest.mark.parametrize(
    ("style", "kind"), [("none", Unpaged), ("offset", Offsets), ("page", PageNumbers), ("auto", Linked)]
)
def test_a_style_is_a_class(style: str, kind: type) -> None:
    """Each style is read by its own class."""
    assert type(STYLES[style]().paginate(Request(URL, {"a": "1"}), 7, is_full=True)) is kind


@pytest.mark.parametrize("style", STYLES)
def test_every_style_but_none_asks_for_a_page_size(style: str) -> None:
    """The page size is sent as limit beside the other parameters, except where there are no pages."""
    params = STYLES[style]().paginate(Request(URL, {"a": "1"}), 7, is_full=True).first.params
    assert {name: params[name] for name in params if name != "page"} == (
        {"a": "1"} if style == "none" else {"a": "1", "limit": "7"}
    )


@pytest.mark.parametrize(
    ("style", "found"),
    [
        ("next_url", "https://api.test/url"),
        ("link_header", "https://api.test/link"),
        ("token", URL),
        ("auto", "https://api.test/url"),
    ],
)
def test_a_style_looks_in_its_own_place(style: str, found: str) -> None:
    """Each linked style follows its own kind of link; `auto` takes the first it finds."""
    everything = Answer(URL, {"link": "</link>; rel=next"}, {"next": "/url", "next_cursor": "t"})
    _, following = (
        STYLES[style]().paginate(Request(URL, {}), 7, is_full=True).advance(Page(everything, [], [], ("id",)))
    )
    assert url_of(following) == found


@pytest.mark.parametrize(("link", "body", "found"), [("</l>; rel=next", {}, "/l"), (None, {"next_cursor": 5}, None)])
def test_auto_looks_everywhere(link: str | None, body: Any, found: str | None) -> None:
    """`auto` finds the header and the token too."""
    _, following = AutoPages().paginate(Request(URL, {}), 7, is_full=True).advance(page(body, link=link))
    expected = Request("https://api.test" + found) if found else Request(URL, {"limit": "7", "cursor": "5"})
    assert following == expected


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("https://api.test/v2/x", "https://api.test/v2/x"),
        ("/x", "https://api.test/x"),
        ("?after=2&x=1", "https://api.test/v1/companies?after=2&x=1"),
        ("companies?cursor=a", "https://api.test/v1/companies?cursor=a"),
        ("2026-01-05+09~3A00,1", "https://api.test/header"),
        ("bGFzdA==", "https://api.test/header"),
        ("x", "https://api.test/header"),
    ],
)
def test_auto_takes_a_token_for_a_url_only_where_there_is_nothing_else(text: str, found: str) -> None:
    """Where `next` may be a token, the header goes before it; without one it is followed, so that nothing is missed."""
    for link, expected in (("</header>; rel=next", found), (None, urljoin(URL, text))):
        _, following = AutoPages().paginate(Request(URL, {}), 7, is_full=True).advance(page({"next": text}, link=link))
        assert following is not None
        assert following.full_url == expected


def test_auto_refuses_a_lone_page_of_many() -> None:
    """On a first sync, an only page with fewer records than the total is refused, with what to set."""
    with pytest.raises(PaginationError) as caught:
        AutoPages().paginate(Request(URL, {}), 100, is_full=True).advance(page({}, rows=3, total=7))
    assert str(caught.value) == (
        f"GET {URL}: the API tells of 7 records but gave 3, and its answer names no next page. Set pagination in "
        "configuration.json to offset or page, as the API's documentation says; or to none, if this one answer really "
        "is everything."
    )


@pytest.mark.parametrize(
    ("style", "is_full", "total"),
    [("auto", True, 3), ("auto", True, 2), ("auto", True, None), ("auto", False, 7), ("next_url", True, 7),
     ("none", True, 7)],
)  # fmt: skip
def test_a_lone_page_is_taken_where_nothing_speaks_against_it(style: str, is_full: bool, total: int | None) -> None:
    """A lone page stands if the total agrees or is not told, in a later sync, and for every other style."""
    lone = page({}, rows=3, total=total)
    assert STYLES[style]().paginate(Request(URL, {}), 100, is_full=is_full).advance(lone) == (lone, None)


def test_auto_does_not_count_the_records_of_many_pages() -> None:
    """Once a link was followed, the last page is smaller than the total and stands."""
    linked = AutoPages().paginate(Request(URL, {}), 100, is_full=True)
    linked.advance(page({"next": "/2"}, rows=3, total=7))
    assert linked.advance(page({}, rows=3, total=7))[1] is None


def test_without_pages_there_is_nothing_behind_a_refusal() -> None:
    """A list of one answer has no later page that could be refused."""
    assert SinglePage().paginate(FIRST, 7, is_full=True).refused() is None


@pytest.mark.parametrize(
    ("body", "ends"),
    [
        *[({name: value}, True) for name in ("next", "next_cursor", "@odata.nextLink") for value in (None, "", False)],
        ({"links": {"next": None}}, True),
        ({"links": None}, True),
        ({"next_page_token": 0}, True),
        ({"next": "/a"}, False),
        ({"next": {"href": "/a"}}, False),
        ({"links": {"self": "/a"}}, False),
        ({"data": []}, False),
        ({}, False),
        ([], False),
    ],
)
def test_an_answer_may_say_that_it_is_the_last(body: Any, ends: bool) -> None:
    """Where it names the next page as null, blank or false, there is none; where it does not name one, who knows."""
    assert AutoPages().says_end(Answer(URL, {}, body)) is ends
