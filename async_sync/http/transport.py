"""Where the bytes go: the network, or the mock API inside this process."""

import logging
import ssl
import urllib.request
from urllib.parse import unquote, urlsplit

import aiohttp
import anyio
import httpx
from yarl import URL

from async_sync.configuration.checks import MOCK_SCHEME, unfolded_pem
from async_sync.configuration.settings import Settings
from async_sync.errors.base import ConfigurationError

MOCK_URL = "http://mock.invalid"
_HEADERS = {
    "accept": "application/json",
    "accept-encoding": "gzip, deflate",
    "user-agent": "fivetran-async-parent-child",
}


def open_http(settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """The HTTP client of one sync: headers, no cookies, a time limit for each exchange, and what carries the bytes.

    `transport` takes the place of the network. Raises ConfigurationError for options that mock://demo does not know.
    """
    parts = urlsplit(settings.base_url)
    is_mock = parts.scheme == MOCK_SCHEME
    mounts = {}
    if transport is None:
        transport = _mock_transport(parts.query) if is_mock else network_transport(settings, settings.base_url)
        if settings.token_url:  # it may be elsewhere, behind another proxy
            mounts[settings.token_url] = _DeadlineTransport(
                network_transport(settings, settings.token_url), settings.timeout_seconds
            )
    logging.getLogger("httpx").addFilter(_is_no_request)
    return _CookielessClient(
        transport=_DeadlineTransport(transport, settings.timeout_seconds),
        mounts=mounts,
        base_url=MOCK_URL if is_mock else settings.base_url,
        headers=_HEADERS,
        timeout=None,  # each exchange is limited as a whole, from connecting to the last byte
    )


class _NoCookies(httpx.Cookies):
    """Takes none: an answer's cookie must not change the next request, and to look for one took 5 % of the CPU."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave them."""


class _CookielessClient(httpx.AsyncClient):
    cookies = _NoCookies()  # type: ignore[override] # in place of httpx's property


def _is_no_request(record: logging.LogRecord) -> bool:
    """Keep out httpx's line about each request: its URL may hold an API key."""
    return not str(record.msg).startswith("HTTP Request:")


class _DeadlineTransport(httpx.AsyncBaseTransport):
    """Limits each exchange as a whole, so that a server that sends a byte a second holds nobody up for longer."""

    def __init__(self, inner: httpx.AsyncBaseTransport, seconds: float) -> None:
        self._inner = inner
        self._seconds = seconds

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Exchange a request for a response whose body has been read. Raises TimeoutError."""
        with anyio.fail_after(self._seconds):
            response = await self._inner.handle_async_request(request)
            await response.aread()
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _AiohttpTransport(httpx.AsyncBaseTransport):
    """aiohttp under httpx's interface: a fraction of the CPU that httpx's own pool takes with many connections.

    A URL is sent just as it is: some servers tell `%3B` from `;`, or sign what they link to. Of a body no more is read
    than one byte above `max_bytes`, counted after decompression; whoever gets it can see that it is too large.
    """

    def __init__(self, context: ssl.SSLContext, *, proxy: str, max_bytes: int) -> None:
        self._context = context
        self._proxy = proxy
        self._max_bytes = max_bytes
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Exchange a request for a response, body included. Raises httpx.TransportError."""
        try:
            return await self._exchange(request)
        except (aiohttp.ClientError, OSError) as error:
            raise _as_httpx(error) from None  # aiohttp's own words may quote a secret

    async def _exchange(self, request: httpx.Request) -> httpx.Response:
        url = URL(str(request.url), encoded=True)
        async with self._opened().request(
            request.method, url, headers=request.headers, data=request.content or None, allow_redirects=False
        ) as response:
            body = await self._body(response)
        return httpx.Response(
            response.status,
            headers=[pair for pair in response.raw_headers if pair[0].lower() != b"content-encoding"],  # it is decoded
            content=body,
            extensions={"reason_phrase": (response.reason or "").encode(errors="surrogateescape")},
        )

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        parts, size = [], 0
        async for part in response.content.iter_any():
            parts.append(part)
            size += len(part)
            if size > self._max_bytes:
                response.close()  # what is still to come is not wanted
                break
        return b"".join(parts)

    def _opened(self) -> aiohttp.ClientSession:
        """The session, which can be made in a running event loop only."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, ssl=self._context),  # the gate limits requests
                cookie_jar=aiohttp.DummyCookieJar(),  # an answer's cookie must not change the next request
                timeout=aiohttp.ClientTimeout(),  # none: each exchange has one
                proxy=self._proxy or None,
            )
        return self._session


class CertificateError(httpx.ConnectError):
    """The server's certificate cannot be verified. Nothing was sent."""


def _as_httpx(error: Exception) -> httpx.TransportError:
    """The same failure in httpx's terms, in words that quote neither the URL nor what the server sent."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return CertificateError(str(error.certificate_error))
        case aiohttp.ClientConnectorError():
            return httpx.ConnectError(str(error))
        case aiohttp.ClientResponseError():  # behind a colon it quotes
            kind = httpx.ProxyError if isinstance(error, aiohttp.ClientHttpProxyError) else httpx.RemoteProtocolError
            return kind(f"{error.status} {error.message}".partition(":")[0])
        case aiohttp.ClientPayloadError() | aiohttp.ServerDisconnectedError():
            return httpx.RemoteProtocolError(str(error).partition(":")[0])
        case _:
            return httpx.ReadError(str(error) or type(error).__name__)


def network_transport(settings: Settings, url: str) -> httpx.AsyncBaseTransport:
    """What carries requests to the host of `url`."""
    proxy = _proxy_for(url)
    # The certificates take 30 ms to load, which is only worth it where there is something to verify.
    verifies = "https" in {urlsplit(url).scheme, urlsplit(proxy).scheme}
    context = httpx.create_ssl_context() if verifies else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if verifies and settings.ca_bundle:
        context.load_verify_locations(cadata=unfolded_pem(settings.ca_bundle))
    return _AiohttpTransport(context, proxy=proxy, max_bytes=int(settings.max_response_mb * 1e6))


def _proxy_for(url: str) -> str:
    """The environment's proxy for a URL, or "": httpx looks for one only where it chooses the transport itself."""
    parts = urlsplit(url)
    if any(map(urllib.request.proxy_bypass, (parts.hostname or "", parts.netloc))):  # without and with its port
        return ""
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all", "")
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy


def proxy_secrets() -> list[str]:
    """The passwords of the environment's proxies, and the pairs that are sent for them."""
    secrets: list[str] = []
    for proxy in urllib.request.getproxies().values():
        user, _, password = (unquote(part) for part in proxy.rpartition("@")[0].rpartition("//")[2].partition(":"))
        if password:
            secrets += [password, f"{user}:{password}"]
    return secrets


def _mock_transport(options: str) -> httpx.AsyncBaseTransport:
    from mock_api.demo import demo_transport  # noqa: PLC0415 - a connector for a real API runs without it

    try:
        return demo_transport(options)
    except ValueError as error:
        raise ConfigurationError([f"base_url: {error}"]) from error
