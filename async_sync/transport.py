"""Where the bytes go: the network, or the mock API inside this process."""

import ssl
import urllib.request
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urlsplit

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from async_sync.errors import ConfigurationError
from async_sync.settings import MOCK_SCHEME, Settings

MOCK_URL = "http://mock.invalid"


def open_http(settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """The HTTP client of one sync: headers, no cookies, no time limit (an attempt has one), and what carries the bytes.

    `transport` takes the place of the network. Raises ConfigurationError for options that mock://demo does not know.
    """
    parts = urlsplit(settings.base_url)
    is_mock = parts.scheme == MOCK_SCHEME
    if transport is None:
        transport = _mock_transport(parts.query) if is_mock else network_transport(settings.base_url)
    return httpx.AsyncClient(
        transport=transport,
        base_url=MOCK_URL if is_mock else settings.base_url,
        headers=_headers(settings),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        timeout=None,  # noqa: S113 - the client limits each attempt, from connecting to the last byte
    )


def _headers(settings: Settings) -> dict[str, str]:
    headers = {"accept": "application/json", "user-agent": "fivetran-async-parent-child"}
    if settings.api_token:
        headers["authorization"] = f"Bearer {settings.api_token}"
    return headers


def network_transport(base_url: str) -> httpx.AsyncBaseTransport:
    """Aiohttp under httpx's interface: a fraction of the CPU that httpx's own pool takes with many connections."""
    proxy = _proxy_for(base_url)
    # The certificates take 30 ms to load, which is only worth it where there is something to verify.
    context = httpx.create_ssl_context() if base_url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    def session() -> aiohttp.ClientSession:
        # limit=0: the gate limits requests. The dummy jar: an answer's cookie must not change the next request.
        connector = aiohttp.TCPConnector(limit=0, ssl=context)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    return AiohttpTransport(verify=context, client=session, proxy=httpx.Proxy(proxy) if proxy else None)


def _proxy_for(base_url: str) -> str | None:
    """The environment's proxy for the API: httpx looks for one only where it chooses the transport itself."""
    parts = urlsplit(base_url)
    if not parts.hostname or urllib.request.proxy_bypass(parts.hostname):
        return None
    return urllib.request.getproxies().get(parts.scheme)


def _mock_transport(options: str) -> httpx.AsyncBaseTransport:
    from mock_api.transport import demo_transport  # noqa: PLC0415 - a connector for a real API runs without it

    try:
        return demo_transport(options)
    except ValueError as error:
        raise ConfigurationError([f"base_url: {error}"]) from error
