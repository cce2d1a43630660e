"""From a page to the request for the next one that its answer names."""

import pytest

from async_sync.errors.lists import PaginationError
from async_sync.pagination.link_styles import NextUrlPages
from async_sync.pagination.links import LinkPagination
from async_sync.pagination.token_styles import TokenPages
from async_sync.records.requests import Request
from tests.helpers.listing import FIRST, URL, page_with


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
    """A link is joined to the URL of the answer that holds it, and has all of its parameters itself."""
    _, following = LinkPagination(FIRST, NextUrlPages().find).advance(page_with({"next": link}, url=f"{URL}?after=1"))
    assert following == Request(url)


def test_a_page_is_taken_whole_and_the_last_one_ends_the_list() -> None:
    """A linked page is taken as it is; one that names no other is the last."""
    linked, last = LinkPagination(FIRST, NextUrlPages().find), page_with({"next": None}, rows=2)
    assert linked.advance(last) == (last, None)
    assert linked.first is FIRST


@pytest.mark.parametrize("link", ["http://[secret", "https://user:secret@a\u2100b.test/"])
def test_a_link_that_is_not_a_url_is_refused(link: str) -> None:
    """A link that cannot be read as a URL raises an error that says so, and does not repeat the link."""
    with pytest.raises(PaginationError, match=r"names has no valid URL\. Set another pagination") as caught:
        LinkPagination(FIRST, NextUrlPages().find).advance(page_with({"next": link}))
    assert "secret" not in str(caught.value)


def test_a_token_in_an_unknown_parameter_is_sent_back_as_it_came() -> None:
    """A token that happens to be the number of records is not taken for an offset."""
    tokens = TokenPages(field="next", param="scroll").paginate(Request(URL), 10, is_full=True)
    assert tokens.advance(page_with({"next": "10"}, rows=10))[1] == tokens.first.with_params({"scroll": "10"})
