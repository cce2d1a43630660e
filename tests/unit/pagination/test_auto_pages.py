"""How AutoPages recognizes the next page, and what it takes for the end."""

from typing import Any
from urllib.parse import urljoin

import pytest

from async_sync.errors.lists import PaginationError
from async_sync.pagination.link_styles import AutoPages
from async_sync.pagination.page_style import PageStyle
from async_sync.pagination.styles import STYLES
from async_sync.records.answers import Answer
from async_sync.records.requests import Request
from tests.helpers.listing import FIRST, URL, page_with, url_of


@pytest.mark.parametrize("style", [AutoPages(), AutoPages(size_param=None)])
def test_a_flag_that_says_more_is_not_the_end(style: PageStyle) -> None:
    """If a flag says that there is more and nothing leads on, `auto` refuses the page and names the flag."""
    auto = style.paginate(FIRST, 10, is_full=True)
    with pytest.raises(
        PaginationError, match=r"meta\.has_more says that there is more, but the next page is not named in"
    ):
        auto.advance(page_with({"meta": {"has_more": True}}, rows=1))
    assert auto.advance(page_with({"meta": {"has_more": False}}, rows=1))[1] is None


@pytest.mark.parametrize(
    ("style", "found"),
    [
        ("next_url", "https://api.test/url"),
        ("link_header", "https://api.test/link"),
        ("token", f"{URL}?limit=7&cursor=t"),
        ("auto", "https://api.test/url"),
    ],
)
def test_a_style_looks_in_its_own_place(style: str, found: str) -> None:
    """Each linked style follows its own kind of link; `auto` takes the first that it finds."""
    everything = page_with({"next": "/url", "next_cursor": "t"}, link="</link>; rel=next")
    _, following = STYLES[style]().paginate(Request(URL), 7, is_full=True).advance(everything)
    assert url_of(following) == found


@pytest.mark.parametrize(("link", "body", "found"), [("</l>; rel=next", {}, "/l"), (None, {"next_cursor": 5}, None)])
def test_auto_looks_everywhere(link: str | None, body: Any, found: str | None) -> None:
    """`auto` finds links in the header and tokens too."""
    _, following = AutoPages().paginate(Request(URL), 7, is_full=True).advance(page_with(body, link=link))
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
    """If `next` may be a token, the header goes before it; without a header it is followed, so nothing is missed."""
    for link, expected in (("</header>; rel=next", found), (None, urljoin(URL, text))):
        _, following = AutoPages().paginate(Request(URL), 7, is_full=True).advance(page_with({"next": text}, link=link))
        assert following is not None
        assert following.full_url == expected


def test_auto_refuses_a_lone_page_of_many() -> None:
    """In a first sync, an only page with fewer records than the total is refused, with what to do."""
    with pytest.raises(PaginationError) as caught:
        AutoPages().paginate(Request(URL), 100, is_full=True).advance(page_with({}, rows=3, total=7))
    assert str(caught.value) == (
        f"{URL}: the API reports 7 records but returned 3, and its answer names no next page. Set pagination in "
        "configuration.json to offset or page, as the API's documentation says; or to none, if this one answer really "
        "is everything."
    )


@pytest.mark.parametrize(
    ("style", "is_full", "total"),
    [("auto", True, 3), ("auto", True, 2), ("auto", True, None), ("auto", False, 7), ("next_url", True, 7),
     ("none", True, 7)],
)  # fmt: skip
def test_a_lone_page_is_taken_unless_its_total_contradicts(style: str, is_full: bool, total: int | None) -> None:
    """A lone page is taken if the total agrees or is not reported, in a later sync, and with every other style."""
    lone = page_with({}, rows=3, total=total)
    assert STYLES[style]().paginate(Request(URL), 100, is_full=is_full).advance(lone) == (lone, None)


def test_auto_does_not_count_the_records_of_many_pages() -> None:
    """Once a link was followed, a last page that is smaller than the total is taken."""
    linked = AutoPages().paginate(Request(URL), 100, is_full=True)
    linked.advance(page_with({"next": "/2"}, rows=3, total=7))
    assert linked.advance(page_with({}, rows=3, total=7))[1] is None


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
    """A field for the next page that is null, blank or false says that there is none; a missing field says nothing."""
    assert AutoPages().says_end(Answer(URL, {}, body)) is ends
