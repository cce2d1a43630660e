"""From one page to the request for the next, where the answer itself says what it is."""

from typing import Any, get_args

import pytest

from async_sync.errors import PaginationError
from async_sync.pages import Answer, Page, Request
from async_sync.pagination import Linked, Unpaged, in_body_token, in_body_url, in_link_header, paginate
from async_sync.positions import Offsets, PageNumbers
from async_sync.settings import PaginationStyle

URL = "https://api.test/v1/companies"
FIRST = Request(URL, {"order_by": "updated_at", "limit": "10"})


def answer(body: Any = None, *, url: str = URL, link: str | None = None) -> Answer:
    return Answer(url, {} if link is None else {"link": link}, body)


def page(body: Any, *, url: str = URL, rows: int = 0) -> Page:
    return Page(answer(body, url=url), [{"id": number} for number in range(rows)], [], ("id",))


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
        ({"next": {"url": "/a"}}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_a_url_in_the_body(body: Any, url: str | None) -> None:
    """The URL stands in next_page_url, next or links.next, as text or as an object with href."""
    assert url_of(in_body_url(answer(body), FIRST)) == url


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
    assert url_of(in_link_header(answer(link=link), FIRST)) == url


@pytest.mark.parametrize(
    ("body", "token"),
    [
        ({"next_cursor": "abc"}, "abc"),
        ({"next_page_token": "abc"}, "abc"),
        ({"next_cursor": 17}, "17"),
        ({"next_cursor": "0"}, "0"),
        ({"next_page_token": "b", "next_cursor": "a"}, "a"),
        ({"next_page_token": "b", "next_cursor": None}, "b"),
        ({"next_page_token": "b", "next_cursor": ""}, "b"),
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
    assert in_body_token(answer(body), FIRST) == expected


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://other.test/a", "https://other.test/a"),
        ("/a?page=2", "https://api.test/a?page=2"),
        ("?page=2", "https://api.test/v1/companies?page=2"),
        ("more", "https://api.test/v1/more"),
        ("//other.test/a", "https://other.test/a"),
    ],
)
def test_a_relative_link_belongs_to_its_answer(link: str, url: str) -> None:
    """A link is joined to the URL of the answer that holds it, and carries all its parameters itself."""
    _, following = Linked(FIRST, (in_body_url,)).turn(page({"next": link}, url=f"{URL}?page=1"))
    assert following == Request(url)


def test_a_page_is_given_whole_and_the_last_one_ends_it() -> None:
    """A linked page is given as it is; where no finder finds anything, it is the last."""
    linked, last = Linked(FIRST, (in_body_url,)), page({"next": None}, rows=2)
    assert linked.turn(last) == (last, None)
    assert linked.first is FIRST


def test_the_first_finder_wins() -> None:
    """The finders look in their order, and one that finds nothing leaves it to the next."""
    both = page({"next": "/a", "next_cursor": "t"})
    assert url_of(Linked(FIRST, (in_body_url, in_body_token)).turn(both)[1]) == "https://api.test/a"
    assert Linked(FIRST, (in_link_header, in_body_token)).turn(both)[1] == Request(URL, {**FIRST.params, "cursor": "t"})


@pytest.mark.parametrize("link", ["http://[secret", "https://user:secret@a\u2100b.test/"])
def test_a_link_that_is_no_url_is_refused(link: str) -> None:
    """A link that cannot be read as a URL raises an error that says so, and does not repeat it."""
    with pytest.raises(PaginationError, match=r"names has no valid URL\. Set another pagination") as caught:
        Linked(FIRST, (in_body_url,)).turn(page({"next": link}))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("style", "kind"), [("none", Unpaged), ("offset", Offsets), ("page", PageNumbers), ("auto", Linked)]
)
def test_a_style_is_a_class(style: PaginationStyle, kind: type) -> None:
    """Each style is read by its own class."""
    assert type(paginate(style, Request(URL, {"a": "1"}), 7)) is kind


@pytest.mark.parametrize("style", get_args(PaginationStyle))
def test_every_style_but_none_asks_for_a_page_size(style: PaginationStyle) -> None:
    """The page size is sent as limit beside the other parameters, except where there are no pages."""
    params = paginate(style, Request(URL, {"a": "1"}), 7).first.params
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
def test_a_style_looks_in_its_own_place(style: PaginationStyle, found: str) -> None:
    """Each linked style follows its own kind of link; `auto` takes the first it finds."""
    everything = Answer(URL, {"link": "</link>; rel=next"}, {"next": "/url", "next_cursor": "t"})
    _, following = paginate(style, Request(URL, {}), 7).turn(Page(everything, [], [], ("id",)))
    assert url_of(following) == found


@pytest.mark.parametrize(("link", "body", "found"), [("</l>; rel=next", {}, "/l"), (None, {"next_cursor": 5}, None)])
def test_auto_looks_everywhere(link: str | None, body: Any, found: str | None) -> None:
    """`auto` finds the header and the token too."""
    _, following = paginate("auto", Request(URL, {}), 7).turn(Page(answer(body, link=link), [], [], ("id",)))
    expected = Request("https://api.test" + found) if found else Request(URL, {"limit": "7", "cursor": "5"})
    assert following == expected


def test_auto_refuses_a_lone_page_of_many() -> None:
    """On a first sync, an only page with fewer records than the total is refused, with what to set."""
    with pytest.raises(PaginationError) as caught:
        paginate("auto", Request(URL, {}), 100).turn(page({"total": 7}, rows=3))
    assert str(caught.value) == (
        f"GET {URL}: the API tells of 7 records but gave 3, and its answer names no next page. Set pagination in "
        "configuration.json to offset or page, as the API's documentation says; or to none, if this one answer really "
        "is everything."
    )


@pytest.mark.parametrize(
    ("style", "params", "body"),
    [
        ("auto", {}, {"total": 3}),
        ("auto", {}, {"total": 2}),
        ("auto", {}, {}),
        ("auto", {"updated_since": "2026-01-01"}, {"total": 7}),
        ("next_url", {}, {"total": 7}),
        ("none", {}, {"total": 7}),
    ],
)
def test_a_lone_page_is_taken_where_nothing_speaks_against_it(
    style: PaginationStyle, params: dict[str, str], body: Any
) -> None:
    """A lone page stands if the total agrees or is not told, in a later sync, and for every other style."""
    lone = page(body, rows=3)
    assert paginate(style, Request(URL, params), 100).turn(lone) == (lone, None)


def test_auto_does_not_count_the_records_of_many_pages() -> None:
    """Once a link was followed, the last page is smaller than the total and stands."""
    linked = paginate("auto", Request(URL, {}), 100)
    linked.turn(page({"next": "/2", "total": 7}, rows=3))
    assert linked.turn(page({"total": 7}, rows=3))[1] is None
