"""Which parameter of a link holds a position in the list, if any does."""

import pytest

from async_sync.pagination.position_params import PositionParam, position_param
from tests.helpers.listing import URL, numbered, page_of


def found(asked: str, link: str, *, rows: int = 10, size_param: str | None = "limit") -> PositionParam | None:
    page = page_of(numbered(rows), url=URL + asked)
    return position_param(page, link if "://" in link else URL + link, size_param=size_param)


@pytest.mark.parametrize(
    ("asked", "link", "param"),
    [
        ("", "?page=2", PositionParam("page", 1)),
        ("", "?page=1", PositionParam("page", 0)),
        ("?page=7", "?page=8", PositionParam("page", 7)),
        ("?page=0", "?page=1", PositionParam("page", 0)),
        ("?a=1&limit=10", "?limit=10&page=2&a=1", PositionParam("page", 1)),
        ("?a=1&limit=100", "?a=1&limit=10&page=2", PositionParam("page", 1)),
        ("?a=1", "?page=2", PositionParam("page", 1)),
        ("", "?page=2&order_by=id&simple=false", PositionParam("page", 1)),
        ("", "?page=2&api_key=x&access_token=y", PositionParam("page", 1)),
        ("", "?page[number]=2", PositionParam("page[number]", 1)),
        ("", "?pageNumber=2", PositionParam("pageNumber", 1)),
        ("?_page=1", "?_page=2", PositionParam("_page", 1)),
        ("", "?offset=10", PositionParam("offset", None)),
        ("?$skip=20", "?$skip=30", PositionParam("$skip", None)),
        ("?start=0", "?start=10", PositionParam("start", None)),
        ("?limit=25", "?limit=25&offset=25", PositionParam("offset", None)),
        ("", "?sysparm_offset=10", PositionParam("sysparm_offset", None)),
        ("?from=20", "?from=30", PositionParam("from", None)),
        ("?seite=4", "?seite=5", PositionParam("seite", 4)),
        ("", "?api=10&page=2", PositionParam("page", 1)),
    ],
)
def test_a_link_that_counts(asked: str, link: str, param: PositionParam) -> None:
    """One parameter grew by a page or by the page's records; others, such as defaults, may come and go."""
    assert found(asked, link) == param


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
    """A number that does not fit, a token, a key, another value or another server: such a link does not only count."""
    assert found(asked, link) is None


@pytest.mark.parametrize("number", [1, 2])
def test_a_small_number_that_was_not_asked_for_may_mean_anything(number: int) -> None:
    """With one or two records on a page, a count looks like a flag, or like the number of the second page."""
    assert found("", f"?seite={number}", rows=number) is None
    assert found("?seite=5", f"?seite={5 + number}", rows=number) == PositionParam("seite", 5 if number == 1 else None)


def test_of_a_token_only_a_known_parameter_counts() -> None:
    """A token is sent back as it came, whatever number it holds."""
    page = page_of(numbered(10), url=URL)
    assert position_param(page, f"{URL}?scroll=10", size_param="limit", only_known=True) is None
    assert position_param(page, f"{URL}?page=2", size_param="limit", only_known=True) == PositionParam("page", 1)


def test_an_empty_page_does_not_count_records() -> None:
    """By offset, the link of an empty page leads to the page itself."""
    assert found("", "?offset=0", rows=0) is None


def test_another_path_may_be_the_same_list() -> None:
    """GitHub links from /orgs/acme/repos to /organizations/1/repos: only the parameters decide."""
    assert found("", "https://api.test/organizations/1?page=2") == PositionParam("page", 1)
