"""Where page styles look for the next page in an answer, and what they ask for then."""

from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

import pytest

from async_sync.pagination.link_styles import AutoPages, LinkHeaderPages, NextUrlPages
from async_sync.pagination.links import LinkPagination
from async_sync.pagination.page_style import PageStyle
from async_sync.pagination.token_styles import TokenPages
from async_sync.records.pages import Page
from async_sync.records.requests import Request
from tests.helpers.listing import FIRST, URL, page_with, url_of


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
    """The URL is in next_page_url, next or links.next, as text or in an object with href or url."""
    assert url_of(NextUrlPages().find(page_with(body), FIRST)) == (url and urljoin(URL, url))


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
    assert url_of(LinkHeaderPages().find(page_with(None, link=link), FIRST)) == (url and urljoin(URL, url))


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
    """The token is text or a number other than 0, and is sent as cursor with the parameters of the first request."""
    expected = token and FIRST.with_params({"cursor": token})
    assert TokenPages().find(page_with(body), FIRST) == expected


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
def test_a_token_is_sent_back_in_the_usual_parameter(style: PageStyle, body: Any, params: dict[str, str]) -> None:
    """Unless `param` is declared, the field that held the token decides in which parameter it is sent back."""
    found = style.paginate(FIRST, 10, is_full=True).advance(page_with(body, rows=1))[1]
    assert found == FIRST.with_params(params)


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
    """A link may be an object, or the one in a list whose relation is next."""
    assert url_of(style.paginate(FIRST, 10, is_full=True).advance(page_with(body, rows=1))[1]) == "https://api.test/yes"
    assert NextUrlPages().find(page_with({"links": [{"rel": "self", "href": "/no"}]}), FIRST) is None


@pytest.mark.parametrize("relations", ["older", "last older", "Older", ["first", "older"], [None, "OLDER"]])
@pytest.mark.parametrize("name", ["rel", "relation"])
def test_a_relation_may_be_one_of_several(relations: Any, name: str) -> None:
    """A link has relations as words of a text or as a list, in any case; no other text makes it one."""
    style = NextUrlPages(field="see", rel="older")
    body = {"see": [{"rel": "next", "href": "/a"}, {name: "olders", "href": "/b"}, {name: relations, "href": "/yes"}]}
    assert url_of(style.find(page_with(body), FIRST)) == "https://api.test/yes"


def with_headers(body: Any, headers: dict[str, str]) -> Page:
    page = page_with(body)
    return page._replace(answer=replace(page.answer, headers=headers))


@pytest.mark.parametrize("value", [None, "", "/yes"])
def test_a_url_in_a_header(value: str | None) -> None:
    """A header that is not there, or empty, ends the list."""
    page = with_headers({"next": "/no"}, {} if value is None else {"Next-Page": value})
    assert url_of(NextUrlPages(header="Next-Page").find(page, FIRST)) == (urljoin(URL, value) if value else None)


@pytest.mark.parametrize(
    ("name", "param"),
    [("X-MS-ContinuationToken", "continuationToken"), ("next_page_token", "cursor"), ("X-Next", "cursor")],
)
@pytest.mark.parametrize("value", [None, "", "0"])
def test_a_token_in_a_header(name: str, param: str, value: str | None) -> None:
    """The token of a header is sent back in the parameter that the API with that header expects."""
    page = with_headers({"next_cursor": "no"}, {} if value is None else {name: value})
    assert TokenPages(header=name).find(page, FIRST) == (FIRST.with_params({param: value}) if value else None)


@pytest.mark.parametrize(
    ("url", "resolved"),
    [
        ("/items?a=1", "https://api.test/v1/items?a=1"),
        ("items?a=1", "https://api.test/v1/items?a=1"),
        ("?a=1", f"{URL}?a=1"),
        ("https://api.test/items", "https://api.test/items"),
        ("//other/items", "https://other/items"),
    ],
)
def test_a_url_relative_to_the_base(url: str, resolved: str) -> None:
    """Only a path is relative to the base URL; a query is one of the same path, and an absolute URL is as it is."""
    first = Request(URL, base_url="https://api.test/v1")
    assert url_of(NextUrlPages(relative_to="base_url").find(page_with({"next": url}), first)) == resolved


@pytest.mark.parametrize(
    "url", ["http://inside:8000", "http://inside?a=1", "http://user:pass@inside/x//y#z", "//inside//x"]
)
def test_a_url_that_keeps_the_origin(url: str) -> None:
    """Whatever host a URL names, the request goes to the one that was asked."""
    found = NextUrlPages(keep_origin=True).find(page_with({"next": url}), FIRST)
    assert found is not None
    assert found.url.startswith("https://api.test/")


def test_a_token_that_is_sent_alone() -> None:
    """With `token_only`, parameters and body are left out but for the size of a page; the way to the API stays."""
    first = Request(URL, {"a": "1"}, {"x": "y"}, "POST", {"filter": {"b": 2}})
    page = page_with({"next_cursor": "t"})
    for style, params, body in (
        (TokenPages(token_only=True), {"limit": "5", "cursor": "t"}, {}),
        (TokenPages(token_only=True, size_param=None), {"cursor": "t"}, {}),
        (
            TokenPages(token_only=True, in_body=True, param="page.after", size_param="page.size"),
            {},
            {"page": {"size": 5, "after": "t"}},
        ),
    ):
        begun = style.paginate(first, 5, is_full=True).first
        found = style.find(page, begun)
        assert found == begun._replace(params=params, body=body)
    assert TokenPages(token_only=True).find(page, FIRST) == Request(URL, {"limit": "10", "cursor": "t"})


def test_a_token_that_is_sent_alone_is_no_position() -> None:
    """A number in place of a token is sent back alone, too, and as it may count, its page is read with care."""
    style = TokenPages(field="next", param="page", token_only=True)
    pagination = style.paginate(Request(URL, {"a": "1"}), 2, is_full=True)
    asked = [pagination.first]
    for number in (2, 3):
        page = page_with({"next": number}, rows=2, start=2 * number, url=asked[-1].full_url)
        following = pagination.advance(page)[1]
        assert following is not None
        asked.append(following)
    assert [request.params for request in asked] == [
        {"a": "1", "limit": "2"},
        {"limit": "2", "page": "2"},
        {"a": "1", "limit": "2"},
    ]


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
def test_a_field_may_be_declared(style: NextUrlPages | TokenPages, body: Any, link: str | None) -> None:
    """A declared field is the only one that is looked at; it may be a dotted path."""
    _, following = LinkPagination(Request(URL), style.find).advance(page_with(body, rows=1))
    assert (following and following.full_url) == link
