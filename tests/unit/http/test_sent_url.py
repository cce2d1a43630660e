"""The URL of a request: sent as httpx would send it, whether or not httpx takes it apart."""

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from async_sync.http.sent_url import sent_url

ROOT = "https://api.test:8443/"
PIECES = ["a", "Z", "7", *"-._~/?=&,:;@!$()*+%'#<>[]{}|\\^`\" é日", "%2F", "%zz", "..", "./", "//", "\n", "\x00"]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@example("v1/companies/c000001/departments?limit=100&since=2026-01-01T00:00:00%2B00:00")
@example("../a/./b")
@example("a?x=/../b")
@example("a%")
def test_it_is_what_httpx_makes_of_the_text(rest: str) -> None:
    """A URL has the text and the parts that httpx gives it, and is refused where httpx refuses it."""
    try:
        expected = httpx.URL(ROOT + rest)
    except httpx.InvalidURL:
        with pytest.raises(httpx.InvalidURL):
            sent_url(ROOT + rest, ROOT)
        return

    url = sent_url(ROOT + rest, ROOT)

    assert (str(url), url.raw_path, url.netloc, url.query) == (
        str(expected),
        expected.raw_path,
        expected.netloc,
        expected.query,
    )
    assert url == expected
    assert url.copy_with(query=b"key=1") == expected.copy_with(query=b"key=1")


@pytest.mark.parametrize("text", ["https://other.test/a b", "HTTPS://API.TEST:8443/a b"])
def test_a_url_that_begins_otherwise(text: str) -> None:
    """A URL with another beginning is what httpx makes of it, too."""
    assert str(sent_url(text, ROOT)) == str(httpx.URL(text))


def test_the_url_of_most_requests_is_not_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """To send a plain URL, or to show it, httpx's parser is not needed."""
    url = sent_url(f"{ROOT}companies/c%2F1?limit=2", ROOT)
    monkeypatch.setattr("httpx._urls.urlparse", None)

    assert str(url) == f"{ROOT}companies/c%2F1?limit=2"
    with pytest.raises(TypeError):
        _ = url.host  # a part of it is
