"""Where the bytes go: the network, or the mock API inside this process."""

import ssl
import urllib.request
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urlsplit

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from httpx_aiohttp.transport import AiohttpResponseStream, map_aiohttp_exceptions
from yarl import URL

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


class _ExactTransport(AiohttpTransport):
    """Sends a URL just as it is. Its base class lets aiohttp parse it again, and decode what need not be encoded.

    Some servers tell `%3B` from `;`, or sign what they link to.
    """

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request without a body, and give the response before its body has been read."""
        if not isinstance(self.client, aiohttp.ClientSession):
            self.client = self.get_client()
        with map_aiohttp_exceptions():
            url = URL(str(request.url), encoded=True)
            response = await self.client.request(request.method, url, headers=request.headers, allow_redirects=False)
        extensions = {"reason_phrase": (response.reason or "").encode()}
        stream = AiohttpResponseStream(response)
        return httpx.Response(response.status, headers=response.raw_headers, stream=stream, extensions=extensions)


def network_transport(base_url: str) -> httpx.AsyncBaseTransport:
    """Aiohttp under httpx's interface: a fraction of the CPU that httpx's own pool takes with many connections."""
    proxy = _proxy_for(base_url)
    # The certificates take 30 ms to load, which is only worth it where there is something to verify.
    verifies = "https" in {urlsplit(base_url).scheme, urlsplit(proxy).scheme}
    context = httpx.create_ssl_context() if verifies else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=context),  # the gate limits requests
            cookie_jar=aiohttp.DummyCookieJar(),  # an answer's cookie must not change the next request
            auto_decompress=False,  # httpx does it
            timeout=aiohttp.ClientTimeout(),  # none: the client limits each attempt
            proxy=proxy or None,
        )

    return _ExactTransport(verify=context, client=session)


def _proxy_for(base_url: str) -> str:
    """The environment's proxy for the API, or "": httpx looks for one only where it chooses the transport itself."""
    parts = urlsplit(base_url)
    if any(map(urllib.request.proxy_bypass, (parts.hostname or "", parts.netloc))):  # without and with its port
        return ""
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all", "")
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy


def _mock_transport(options: str) -> httpx.AsyncBaseTransport:
    from mock_api.transport import demo_transport  # noqa: PLC0415 - a connector for a real API runs without it

    try:
        return demo_transport(options)
    except ValueError as error:
        raise ConfigurationError([f"base_url: {error}"]) from error
