"""Where the credentials of each method of auth go."""

import re
from base64 import b64encode
from collections.abc import Mapping

import anyio
import httpx
import pytest
import respx

from async_sync.errors.lists import RequestError
from tests.helpers.fetching import fetching
from tests.helpers.processes import playground

URL = "http://localhost/companies"


async def asked(configuration: Mapping[str, str], url: str = URL) -> httpx.Request:
    """The request that reaches the API."""
    router = respx.Router()
    route = router.get(path="/companies").respond(json=[])
    async with fetching(router, configuration) as fetch:
        await fetch.fetch(url)
    request: httpx.Request = route.calls.last.request
    return request


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("configuration", "name", "value"),
    [
        ({"api_token": "hunter2"}, "authorization", "Bearer hunter2"),
        ({"auth": "bearer", "api_token": "hunter2"}, "authorization", "Bearer hunter2"),
        ({"auth": "api_key", "api_key": "hunter2"}, "x-api-key", "hunter2"),
        (
            {"auth": "api_key", "api_key": "Key hunter2", "api_key_header": "Authorization"},
            "authorization",
            "Key hunter2",
        ),
        (
            {"auth": "basic", "username": "Ann", "password": "hünter:2"},
            "authorization",
            f"Basic {b64encode('Ann:hünter:2'.encode()).decode()}",
        ),
        ({"auth": "basic", "username": "key"}, "authorization", f"Basic {b64encode(b'key:').decode()}"),
        ({"auth": "basic", "password": "key"}, "authorization", f"Basic {b64encode(b':key').decode()}"),
    ],
)
async def test_credentials_in_a_header(configuration: Mapping[str, str], name: str, value: str) -> None:
    """Each method puts its credentials where the API expects them, and nothing else."""
    request = await asked(configuration)

    assert request.headers[name] == value
    assert {"authorization", "x-api-key"} & set(request.headers) == {name}
    assert str(request.url) == URL


@pytest.mark.asyncio
@pytest.mark.parametrize("configuration", [{}, {"auth": "none"}])
async def test_without_a_method_there_are_no_credentials(configuration: Mapping[str, str]) -> None:
    """Without auth, or with none, a request carries no credentials."""
    assert not {"authorization", "x-api-key"} & set((await asked(configuration)).headers)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("query", "expected"),
    [("", "key=a%2Fb%26c%20d%2B"), ("?limit=2&sig=%7e%3B", "limit=2&sig=%7e%3B&key=a%2Fb%26c%20d%2B")],
)
async def test_credentials_in_a_parameter(query: str, expected: str) -> None:
    """An API key can be a parameter: it is encoded, and the rest of the query stays exactly as it is."""
    configuration = {"auth": "api_key", "api_key": "a/b&c d+", "api_key_param": "key"}
    request = await asked(configuration, URL + query)

    assert request.url.query.decode() == expected
    assert "x-api-key" not in request.headers


@pytest.mark.asyncio
async def test_a_key_in_the_query_is_not_shown() -> None:
    """An error names the URL without the key that was sent with it."""
    router = respx.Router()
    router.get(path="/companies").respond(403)

    async with fetching(router, {"auth": "api_key", "api_key": "hunter2", "api_key_param": "page"}) as fetch:
        with pytest.raises(RequestError, match=r"403 Forbidden\. Check auth and its credentials") as caught:
            await fetch.fetch()

    assert "hunter2" not in str(caught.value)


async def records(url: str, path: str, configuration: Mapping[str, str]) -> int:
    """The number of records at a path of a real server."""
    async with fetching(None, {"base_url": url, **configuration}) as fetch:
        return len((await fetch.fetch(url + path)).records())


@pytest.mark.process
def test_the_playground_accepts_us() -> None:
    """An independent server accepts HTTP Basic, a bearer token and an API key, and only with the right secret."""
    with playground() as (url, printed):
        last = printed.rpartition("Starting Local API")[2]  # its reloader starts it a second time, with new secrets
        found = re.search(r"Username: (\S+) Password: (\S+).*Bearer Token: (\S+).*API Key: (\S+)", last, re.DOTALL)
        assert found is not None
        username, password, token, key = found.groups()
        methods = [
            ("/auth/http_basic", {"auth": "basic", "username": username}, "password", password),
            ("/auth/http_bearer", {"auth": "bearer"}, "api_token", token),
            ("/auth/api_key", {"auth": "api_key", "api_key_header": "Authorization"}, "api_key", f"apiKey {key}"),
        ]
        for path, configuration, name, secret in methods:
            assert anyio.run(records, url, path, {**configuration, name: secret}) == 20
            with pytest.raises(RequestError, match=r"401 UNAUTHORIZED, and said .*\. Check auth and its credentials"):
                anyio.run(records, url, path, {**configuration, name: "hunter2"})
