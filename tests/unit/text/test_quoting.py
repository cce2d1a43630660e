"""Text written by others is shown on one line, shortened, and without secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync.text.quoting import field_names, is_credential, one_line, safe_url
from async_sync.text.redaction import Secrets


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.test/a", "https://api.test/a"),
        ("https://api.test:8080/a?", "https://api.test:8080/a"),
        ("https://user:p%40ss@api.test/a", "https://api.test/a"),
        ("https://user:p@ss@api.test/a", "https://api.test/a"),
        ("https://token@api.test/a", "https://api.test/a"),
        ("https://api.test/a#secret", "https://api.test/a"),
        ("https://api.test/a?secret", "https://api.test/a?..."),
        ("https://api.test/a?secret&b=1", "https://api.test/a?...&b=1"),
        ("https://api.test/a?_sort=_id&gt_time=2026-01-01", "https://api.test/a?_sort=_id&gt_time=2026-01-01"),
        ("https://api.test/a?$filter=t%20ge%20'x'&x=", "https://api.test/a?$filter=t%20ge%20'x'&x="),
        ("https://api.test/a?X-Amz-Signature=1&page_token=2", "https://api.test/a?X-Amz-Signature=...&page_token=..."),
        (
            "https://api.test/a?apiKey=1&x%5Bkey%5D=2&keyword=3",
            "https://api.test/a?apiKey=...&x%5Bkey%5D=...&keyword=3",
        ),
        (f"https://api.test/a?x={'y' * 101}", f"https://api.test/a?x={'y' * 100}..."),
        ("https://api.test/a?x=\x00\x85", "https://api.test/a?x=??"),
        ("http://[secret", "an unreadable URL"),
    ],
)
def test_a_url_is_shown_without_credentials(url: str, expected: str) -> None:
    """A URL is shown as it was sent, except for user, password, fragment and likely credentials."""
    assert safe_url(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://page.test/v1/page?page=1", "https://page.test/v1/[secret]?[secret]=1"),
        ("https://page.test/pages?next=page", "https://page.test/pages?next=..."),
        ("https://page.test/a%20page?x=a+page&y=%70age", "https://page.test/a%20[secret]?x=...&y=..."),
        ("https://page.test/%70age", "https://page.test/[secret]"),
        ("https://page.test/?x=apage", "https://page.test/?x=apage"),
    ],
)
def test_a_url_is_shown_without_known_secrets(url: str, expected: str) -> None:
    """A secret is hidden in path and parameters, encoded or not, even if it is a common word; the host is kept."""
    with Secrets(["page"]).known():
        assert safe_url(url) == expected


words = st.text("abcdefXYZ0123456789", min_size=1)


@given(user=words, password=words, name=words, value=words, fragment=words)
def test_no_credential_in_a_url_leaks(user: str, password: str, name: str, value: str, fragment: str) -> None:
    """No user, password, fragment or value of a token parameter is ever shown."""
    url = f"https://<{user}>:<{password}>@api.test/a?{name}_token=<{value}>&limit=1#<{fragment}>"
    assert safe_url(url) == f"https://api.test/a?{name}_token=...&limit=1"


@pytest.mark.parametrize(
    "name", ["key", "KEY", "api-key", "APIKey", "sig", "authToken", "client_secret", "pwd", "code"]
)
def test_the_names_of_credentials(name: str) -> None:
    """A parameter whose name contains a word for a credential is taken for one."""
    assert is_credential(name)


@pytest.mark.parametrize("name", ["keyword", "monkey", "design", "author", "passenger", "country_code", "page", ""])
def test_names_that_only_look_like_those_of_credentials(name: str) -> None:
    """A word for a credential inside another word does not count."""
    assert not is_credential(name)


def test_a_text_is_cut_after_its_secrets_are_hidden() -> None:
    """Half a secret is still a secret, and line ends or control characters cannot forge a line of the log."""
    with Secrets(["hunter2"]).known():
        assert one_line("a\nb hunter2", 9) == "a?b [secr..."
    assert one_line("abc", 3) == "abc"


def test_the_first_names_of_many() -> None:
    """At most twenty names are shown, each cut after a hundred characters."""
    assert field_names([]) == "none"
    assert field_names(["x" * 101, "y"]) == "x" * 100 + "..., y"
    assert field_names(["x"] * 21) == "x, " * 20 + "..."
