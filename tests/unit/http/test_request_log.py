"""The log of requests, and what it hides."""

import httpx
import pytest

from async_sync import FatalError
from async_sync.http.request_log import request_line
from mock_api import Api, Source
from tests.helpers.destination import MemoryDestination
from tests.helpers.syncing import HookedTransport, sync

URL = "http://localhost/companies"


@pytest.mark.parametrize(
    ("url", "line"),
    [
        (URL, f"GET {URL}"),
        (
            f"{URL}?limit=2&updated_since=2026-01-01T00%3A00%3A00Z",
            f"GET {URL} with limit=2, updated_since=2026-01-01T00:00:00Z",
        ),
        (f"{URL}?a=1&a=2&b=", f"GET {URL} with a=1, a=2, b="),
        (f"{URL}?a=1%0ASync+ended", f"GET {URL} with a=1?Sync ended"),
        (f"{URL}?a={'x' * 201}", f"GET {URL} with a={'x' * 200}..."),
        (f"{URL}?key=hunter2&a=1", f"GET {URL} with key=..., a=1"),
        (f"{URL}/a%2Fb%0A", f"GET {URL}/a%2Fb%0A"),
    ],
)
def test_the_line(url: str, line: str) -> None:
    """A line has the method, the URL and each parameter with its value, except the one that holds the key."""
    assert request_line(httpx.Request("GET", url), hidden="key") == line


def _sync(configuration: dict[str, str]) -> list[str]:
    fails = iter([True])

    async def hook(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(503, headers={"retry-after": "0"}) if next(fails, False) else None

    destination = MemoryDestination()
    sync(destination, HookedTransport(Api(Source.generate(companies=1, departments=0)), hook), configuration)
    return [line for line in destination.lines if line.startswith(("GET", "POST"))]


def test_every_attempt_is_logged() -> None:
    """With log_requests, each request is logged before it is made, and each retry too."""
    listing = "GET http://localhost/companies with order_by=updated_at, order_type=asc, limit=100"

    assert _sync({"log_requests": "true"}) == [
        listing,
        listing,
        "GET http://localhost/companies/c000001/departments with order_by=updated_at, order_type=asc, limit=100",
    ]


def test_no_request_is_logged_by_default() -> None:
    """Without log_requests, no request is logged."""
    assert _sync({}) == _sync({"log_requests": "false"}) == []


@pytest.mark.parametrize("key", ["hunter2", "a/b c!'(&+=", "limit"])
def test_an_api_key_among_the_parameters_is_hidden(key: str) -> None:
    """The key is sent unchanged, and no line shows its value, however it is encoded."""
    sent = []
    destination = MemoryDestination()

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.params["key"])
        return httpx.Response(200, json=[])

    configuration = {"log_requests": "true", "auth": "api_key", "api_key": key, "api_key_param": "key"}
    sync(destination, httpx.MockTransport(answer), configuration)

    assert sent == [key]
    (line,) = [line for line in destination.lines if line.startswith("GET ")]
    assert line.endswith("=100, key=...")
    assert key not in line


def test_a_secret_in_another_parameter_is_hidden() -> None:
    """A configured secret in the URL of a next page is hidden in the log."""
    destination = MemoryDestination()

    def answer(request: httpx.Request) -> httpx.Response:
        if "page" in request.url.params:
            return httpx.Response(200, json=[])
        return httpx.Response(200, json={"data": [], "next": f"{request.url.copy_with(query=None)}?page=hunter2"})

    sync(destination, httpx.MockTransport(answer), {"log_requests": "true", "api_token": "hunter2"})

    assert "GET http://localhost/companies with page=[secret]" in destination.lines


def test_the_request_that_fails_is_the_last_one_logged() -> None:
    """The last request in the log of a failed sync is the one that failed."""
    destination = MemoryDestination()

    with pytest.raises(FatalError):
        sync(destination, httpx.MockTransport(lambda _: httpx.Response(403)), {"log_requests": "true"})

    before_the_summary = [line for line in destination.lines if not line.startswith(("Table ", "Sync "))][-1]
    assert before_the_summary.startswith("GET http://localhost/companies with ")
