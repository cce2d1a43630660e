"""The mark by which a state tells whether it is still about the same API and credentials."""

import pytest

from async_sync.configuration.api_mark import api_mark
from tests.helpers.parts import parse

OAUTH = {"token_url": "https://api.test/token", "client_id": "a", "client_secret": "b", "auth": "oauth2"}


def mark(**configuration: str) -> str:
    return api_mark(parse({"base_url": "https://api.test", **configuration}))


def test_it_follows_from_the_configuration_alone() -> None:
    """The same API and credentials have the same mark, whatever else is set, and it is too short to tell a secret."""
    assert mark(api_token="one") == mark(api_token="one", max_concurrency="auto", page_size="7")
    assert len(mark(api_token="one")) == 4


@pytest.mark.parametrize(
    "other",
    [
        {"base_url": "https://other.test"},
        {"api_token": "two"},
        {"api_key": "one", "auth": "api_key", "api_token": ""},
        {"username": "one", "password": "two", "auth": "basic", "api_token": ""},
    ],
)
def test_another_api_or_credential(other: dict[str, str]) -> None:
    """Another base_url or credential has another mark."""
    assert mark(api_token="one") != mark(**{"api_token": "one", **other})


def test_a_refresh_token_that_is_replaced() -> None:
    """A refresh token, which the API may replace at each use, does not count; the client's secret does."""
    assert mark(**OAUTH, refresh_token="c") == mark(**OAUTH, refresh_token="d")
    assert mark(**OAUTH) != mark(**{**OAUTH, "client_secret": "e"})
