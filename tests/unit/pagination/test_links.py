"""From one page to the request for the next, where the answer itself says what it is."""

from typing import Any

import pytest

from async_sync.errors.lists import PaginationError
from async_sync.pagination.links import Linked
from async_sync.pagination.styles import NextUrlPages
from async_sync.records.cursors import SEQUENCE
from async_sync.records.pages import Answer, Page, Request

URL = "https://api.test/v1/companies"
FIRST = Request(URL, {"order_by": "updated_at", "limit": "10"})


def page(body: Any, *, url: str = URL, rows: int = 0) -> Page:
    return Page(
        Answer(url, {}, body),
        [{"id": number} for number in range(rows)],
        [SEQUENCE.parse(number) for number in range(rows)],
        ("id",),
    )


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://other.test/a", "https://other.test/a"),
        ("/a?after=2", "https://api.test/a?after=2"),
        ("?after=2", "https://api.test/v1/companies?after=2"),
        ("more", "https://api.test/v1/more"),
        ("//other.test/a", "https://other.test/a"),
    ],
)
def test_a_relative_link_belongs_to_its_answer(link: str, url: str) -> None:
    """A link is joined to the URL of the answer that holds it, and carries all its parameters itself."""
    _, following = Linked(FIRST, NextUrlPages().find).advance(page({"next": link}, url=f"{URL}?after=1"))
    assert following == Request(url)


def test_a_page_is_given_whole_and_the_last_one_ends_it() -> None:
    """A linked page is given as it is; where no finder finds anything, it is the last."""
    linked, last = Linked(FIRST, NextUrlPages().find), page({"next": None}, rows=2)
    assert linked.advance(last) == (last, None)
    assert linked.first is FIRST


@pytest.mark.parametrize("link", ["http://[secret", "https://user:secret@a\u2100b.test/"])
def test_a_link_that_is_no_url_is_refused(link: str) -> None:
    """A link that cannot be read as a URL raises an error that says so, and does not repeat it."""
    with pytest.raises(PaginationError, match=r"names has no valid URL\. Set another pagination") as caught:
        Linked(FIRST, NextUrlPages().find).advance(page({"next": link}))
    assert "secret" not in str(caught.value)


def test_a_link_carries_the_headers_of_the_first_request() -> None:
    """What a stream sends with its requests goes with every page of it."""
    first = Request(URL, {}, {"accept": "text/x"})
    assert Linked(first, NextUrlPages().find).advance(page({"next": "/a"}))[1] == Request(
        "https://api.test/a", {}, first.headers
    )
