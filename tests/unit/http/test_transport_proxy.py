"""Which proxy requests go through, and what it learns."""

import base64
from collections.abc import Mapping

import pytest

from async_sync.errors.lists import RequestError
from async_sync.http.transport import _proxy_for, proxy_secrets
from tests.helpers.fetching import fetching
from tests.helpers.loopback import loopback

ELSEWHERE = "http://127.0.0.1:1"
FAR = {"base_url": "http://api.example.com", "allow_http": "true"}


@pytest.mark.asyncio
@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
async def test_the_environments_proxy_is_used(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """A request goes to the proxy that the environment names, with its whole URL, unchanged."""
    async with loopback() as proxy:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
        async with fetching(None, FAR) as fetch:
            await fetch.fetch("http://api.example.com/companies/a%3Bb?limit=1")

    assert proxy.targets == ["http://api.example.com/companies/a%3Bb?limit=1"]
    assert proxy.header("host") == "api.example.com"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({"http_proxy": "127.0.0.1:{port}"}, id="without a scheme"),
        pytest.param({"http_proxy": "http://127.0.0.1:{port}", "all_proxy": ELSEWHERE}, id="not the one for all"),
        pytest.param({"http_proxy": "http://127.0.0.1:{port}", "https_proxy": ELSEWHERE}, id="not the one for https"),
    ],
)
async def test_which_proxy_a_request_takes(monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str]) -> None:
    """A request takes the proxy of its scheme, which may be set as host and port alone, as many tools allow."""
    async with loopback() as proxy:
        for name, value in environment.items():
            monkeypatch.setenv(name, value.format(port=proxy.port))
        async with fetching(None, FAR) as fetch:
            await fetch.fetch("http://api.example.com/companies")

    assert len(proxy.heads) == 1


@pytest.mark.asyncio
async def test_a_proxy_with_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy gets its own user and password, along with the API's token."""
    async with loopback() as proxy:
        monkeypatch.setenv("http_proxy", f"http://user:p%40ss@127.0.0.1:{proxy.port}")
        async with fetching(None, {**FAR, "api_token": "hunter2"}) as fetch:
            await fetch.fetch("http://api.example.com/companies")

    assert proxy.header("proxy-authorization") == "Basic " + base64.b64encode(b"user:p@ss").decode()
    assert proxy.header("authorization") == "Bearer hunter2"


@pytest.mark.asyncio
async def test_https_goes_through_a_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    """For an https API the proxy opens a tunnel, and sees neither the path nor the token."""
    async with loopback(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n") as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        configuration = {"base_url": "https://api.example.com", "max_attempts": "1", "api_token": "hunter2"}
        async with fetching(None, configuration) as fetch:
            with pytest.raises(RequestError, match="the connection failed"):
                await fetch.fetch("https://api.example.com/companies")

    assert proxy.targets == ["api.example.com:443"]
    assert proxy.heads[0].startswith("CONNECT ")
    assert "hunter2" not in proxy.heads[0]


@pytest.mark.asyncio
@pytest.mark.parametrize("exception", ["localhost", "LOCALHOST", "example.com, localhost", "*", "localhost:{port}"])
async def test_no_proxy_is_honoured(monkeypatch: pytest.MonkeyPatch, exception: str) -> None:
    """A host that no_proxy names, with or without its port, is reached directly."""
    async with loopback() as proxy, loopback() as server:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", exception.format(port=server.port))
        async with fetching(None, {"base_url": server.url}) as fetch:
            await fetch.fetch(f"{server.url}/companies")

    assert (server.targets, proxy.targets) == (["/companies"], [])


@pytest.mark.asyncio
@pytest.mark.parametrize("exception", ["other.example.com", "localhost:1", "host"])
async def test_no_proxy_for_others(monkeypatch: pytest.MonkeyPatch, exception: str) -> None:
    """Other hosts and ports in no_proxy make no difference."""
    async with loopback() as proxy, loopback() as server:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", exception)
        async with fetching(None, {"base_url": server.url}) as fetch:
            await fetch.fetch(f"{server.url}/companies")

    assert (server.targets, proxy.targets) == ([], [f"{server.url}/companies"])


@pytest.mark.parametrize(
    ("proxy", "no_proxy", "found"),
    [
        ("http://proxy:3128", "", "http://proxy:3128"),
        ("https://proxy", "", "https://proxy"),
        ("proxy:3128", "", "http://proxy:3128"),
        ("proxy:3128", "::1", ""),
        ("proxy:3128", "[::1]:8000", ""),
        ("", "", ""),
    ],
)
def test_which_proxy(monkeypatch: pytest.MonkeyPatch, proxy: str, no_proxy: str, found: str) -> None:
    """The proxy is a URL with a scheme; there is none if no_proxy names the host, with or without brackets."""
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.setenv("no_proxy", no_proxy)

    assert _proxy_for("http://[::1]:8000/v1") == found


@pytest.mark.parametrize(
    ("proxy", "secrets"),
    [
        ("http://user:hunter%402@proxy:3128", ["hunter@2", "user:hunter@2"]),
        ("http://user@proxy:3128", []),
        ("http://proxy:3128", []),
        ("user:hunter2@proxy:3128", ["hunter2", "user:hunter2"]),
        ("", []),
    ],
)
def test_the_secrets_of_a_proxy(monkeypatch: pytest.MonkeyPatch, proxy: str, secrets: list[str]) -> None:
    """The secrets of a proxy are its decoded password, and the user and password that HTTP Basic sends."""
    monkeypatch.setenv("https_proxy", proxy)

    assert proxy_secrets() == secrets
