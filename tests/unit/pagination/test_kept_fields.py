"""The requests of a list, each of which keeps every field of the first one that it does not mean to change."""

from collections.abc import Callable

import pytest

from async_sync.pagination.base import Pagination
from async_sync.pagination.link_styles import AutoPages, LinkHeaderPages, NextUrlPages
from async_sync.pagination.page_style import PageStyle
from async_sync.pagination.styles import NumberedPages, OffsetPages, SinglePage
from async_sync.pagination.token_styles import LastIdPages, TokenPages
from async_sync.records.pages import Page
from async_sync.records.requests import Request
from tests.helpers.listing import URL, ListServer, numbered, page_with, spelled

FIRST = Request(URL, {"updated_since": "7"}, {"accept": "text/x"}, "POST", {"a": "body"})

Api = Callable[[Request, int], Page]
"""From a request and the number of those before it to the answer's page."""


def naming(body: dict[str, object], link: str | None = None) -> Api:
    """An API whose pages have this body and `Link` header, in which {} is another name each time."""

    def answer(asked: Request, number: int) -> Page:
        name = spelled(number)
        named = {key: value.format(name) if isinstance(value, str) else value for key, value in body.items()}
        return page_with(named, rows=2, start=2 * number, url=asked.full_url, link=link and link.format(name))

    return answer


def counting(links: str = "") -> Api:
    """An API that cuts nine records by position, with links that count or without."""
    server = ListServer(numbered(9), links=links)
    return lambda asked, _: server.answer(asked)


def asked_by(pagination: Pagination, api: Api) -> list[Request]:
    """The first requests of a list, and the one after a refusal."""
    asked: list[Request | None] = [pagination.first]
    while asked[-1] is not None and len(asked) < 6:
        asked.append(pagination.advance(api(asked[-1], len(asked) - 1))[1])
    asked.append(pagination.refused())
    return [request for request in asked if request is not None]


@pytest.mark.parametrize(
    ("style", "api", "count"),
    [
        (NextUrlPages(), naming({"next": "/{}"}), 6),
        (LinkHeaderPages(), naming({}, "</{}>; rel=next"), 6),
        (AutoPages(), naming({"next": "/{}"}), 6),
        (AutoPages(), naming({}, "</{}>; rel=next"), 6),
        (AutoPages(), naming({"next_cursor": "{}"}), 6),
        (AutoPages(), naming({"next": "{}"}), 6),
        (TokenPages(), naming({"next_cursor": "{}"}), 6),
        (TokenPages(), naming({"next_cursor": "offset:1{}"}), 6),
        (LastIdPages(), naming({"has_more": True}), 6),
        (NextUrlPages(), counting("page"), 7),
        (NextUrlPages(), counting("offset"), 6),
        (OffsetPages(), counting(), 6),
        (NumberedPages(), counting(), 7),
        (SinglePage(), counting(), 1),
    ],
)
def test_every_request_keeps_the_fields_of_the_first(style: PageStyle, api: Api, count: int) -> None:
    """However a style gets to another page, only the URL or parameters of the request change."""
    asked = asked_by(style.paginate(FIRST, 2, is_full=True), api)
    assert len(asked) == count
    for request in asked:
        assert request == FIRST._replace(url=request.url, params=request.params)
        assert request.params.get("updated_since") == (None if request.url != URL else "7")
