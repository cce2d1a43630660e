"""Requests for pages: their URLs, and the requests that are made from another one."""

import pytest

from async_sync.records.requests import Request

URL = "https://api.test/companies?page=2&key=secret"


def test_requests_share_no_parameters() -> None:
    """What one request is given to begin with, nobody can change for another."""
    assert Request("a").params == {}
    with pytest.raises(TypeError):
        Request("a").params["x"] = "1"  # type: ignore[index]


@pytest.mark.parametrize(
    ("params", "query"),
    [
        ({"$filter": "a ge 2026-01-01T00:00:00+02:00"}, "%24filter=a%20ge%202026-01-01T00%3A00%3A00%2B02%3A00"),
        ({"q": "a+b c/d&e=f"}, "q=a%2Bb%20c%2Fd%26e%3Df"),
        ({"a b": "\u00fc", "c": "%20"}, "a%20b=%C3%BC&c=%2520"),
    ],
)
def test_a_query(params: dict[str, str], query: str) -> None:
    """A space is sent as %20, which every server understands, and a plus sign as %2B; some take + literally."""
    assert Request(URL, params).full_url == f"{URL}?{query}"


def test_parameters_are_added_to_a_request() -> None:
    """Added parameters replace those of the same name; everything else stays, and so does the request itself."""
    request = Request(URL, {"a": "1", "b": "2"}, {"accept": "text/x"})
    assert request.with_params({"b": "3", "c": "4"}) == Request(
        URL, {"a": "1", "b": "3", "c": "4"}, {"accept": "text/x"}
    )
    assert request.params == {"a": "1", "b": "2"}


def test_a_named_url_has_its_own_query() -> None:
    """A request for a URL that an answer names keeps everything but its parameters."""
    request = Request(URL, {"a": "1"}, {"accept": "text/x"})
    assert request.following("https://api.test/x?b=2") == Request("https://api.test/x?b=2", {}, {"accept": "text/x"})
