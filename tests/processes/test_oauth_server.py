"""OAuth 2 against a real token server: whole syncs over real HTTP."""

import threading
import urllib.request

import pytest

from async_sync.errors.source import TokenError
from load_test.server import mock_api, stats
from tests.helpers.destination import MemoryDestination
from tests.helpers.syncing import sync

pytestmark = pytest.mark.process

OPTIONS = ("--oauth", "ann:hunter2", "--refresh-token", "first")
CLIENT = {"auth": "oauth2", "client_id": "ann", "client_secret": "hunter2", "max_concurrency": "20"}


def synced(url: str, **configuration: str) -> MemoryDestination:
    destination = MemoryDestination()
    sync(destination, None, {**CLIENT, "base_url": url, "token_url": f"{url}/oauth/token", **configuration})
    return destination


@pytest.mark.parametrize("grant", [{}, {"refresh_token": "first"}])
def test_one_token_is_enough(grant: dict[str, str]) -> None:
    """A sync asks once for a token, by either grant, and every request is let in with it."""
    with mock_api(companies=60, departments=2, latency_ms=5, options=OPTIONS) as url:
        destination = synced(url, **grant)
        seen = stats(url)

    assert len(destination.rows("department")) == 120
    assert (seen["requests"]["token"], seen["refused"]) == (1, {})


def test_tokens_that_expire_while_the_sync_runs() -> None:
    """A token is replaced before it expires, by a rotating refresh token, so that no request is refused."""
    with mock_api(companies=150, departments=1, latency_ms=50, options=(*OPTIONS, "--token-seconds", "1")) as url:
        destination = synced(url, refresh_token="first", max_concurrency="5")
        seen = stats(url)

    assert len(destination.rows("department")) == 150
    assert seen["requests"]["token"] >= 2
    assert seen["refused"] == {}


def test_tokens_that_are_revoked_while_the_sync_runs() -> None:
    """After a 401 another token is fetched, once for all requests that were refused, and the sync continues."""
    with mock_api(companies=150, departments=1, latency_ms=50, options=OPTIONS) as url:

        def revoke() -> None:
            while stats(url)["requests"].get("departments", 0) < 20:
                pass
            request = urllib.request.Request(f"{url}/oauth/revoke-all", method="POST")
            urllib.request.urlopen(request).close()

        revoking = threading.Thread(target=revoke)
        revoking.start()
        destination = synced(url, max_concurrency="10")
        revoking.join()
        seen = stats(url)

    assert len(destination.rows("department")) == 150
    assert seen["requests"]["token"] == 2
    assert 1 <= seen["refused"]["token"] <= 11  # what was in flight: ten for departments and a page of companies


def test_a_wrong_secret() -> None:
    """The error tells what the token server answered, and no company was asked for."""
    with mock_api(companies=3, departments=1, latency_ms=1, options=OPTIONS) as url:
        with pytest.raises(TokenError) as caught:
            synced(url, client_secret="hunter3")
        seen = stats(url)

    assert str(caught.value).startswith(
        f"POST {url}/oauth/token returned no access token after 2 attempts: the token endpoint answered 401 "
        "Unauthorized: invalid_client (unknown client, or wrong secret). Check token_url, client_id and "
        "the other keys "
    )
    assert set(seen["requests"]) == {"companies", "token", "total"} - {"companies"}
