"""The network transport: aiohttp behind httpx's interface, its certificates, and its proxies."""

import ssl
import urllib.request
from urllib.parse import unquote, urlsplit

import aiohttp
import httpx
from yarl import URL

from async_sync.configuration.pem import load_client_certificate, unfolded_pem
from async_sync.configuration.settings import Settings

LANE = "async_sync.lane"
"""The extension of a request that numbers its lane: requests of one lane, one at a time, share a connection."""


class _AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends requests with aiohttp, which takes a fraction of the CPU of httpx's own pool with many connections.

    A URL is sent exactly as it is: some servers distinguish `%3B` from `;`, or sign the URLs of their links. Reading
    stops once a body has more than `max_bytes`, counted after decompression: the caller can see that it is too large.
    """

    def __init__(self, context: ssl.SSLContext, *, proxy: str, max_bytes: int) -> None:
        self._context = context
        self._proxy = proxy
        self._max_bytes = max_bytes
        self._sessions: dict[int | None, aiohttp.ClientSession] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Exchange a request for a response, body included. Raises httpx.TransportError."""
        try:
            return await self._exchange(request)
        except (aiohttp.ClientError, OSError) as error:
            raise _as_httpx(error) from None  # aiohttp's own words may quote a secret

    async def _exchange(self, request: httpx.Request) -> httpx.Response:
        url = URL(str(request.url), encoded=True)
        async with self._open_session(request.extensions.get(LANE)).request(
            request.method, url, headers=request.headers, data=request.content or None, allow_redirects=False
        ) as response:
            body = await self._read_body(response)
        answer = httpx.Response(
            response.status,
            headers=[pair for pair in response.raw_headers if pair[0].lower() != b"content-encoding"],  # it is decoded
            stream=httpx.ByteStream(body),
            extensions={"reason_phrase": (response.reason or "").encode(errors="surrogateescape")},
        )
        answer._content = body  # noqa: SLF001 - to read it through httpx's decoders took 3 % of the CPU
        return answer

    async def aclose(self) -> None:
        for session in self._sessions.values():
            await session.close()

    async def _read_body(self, response: aiohttp.ClientResponse) -> bytes:
        parts, size = [], 0
        while part := await response.content.readany():
            parts.append(part)
            size += len(part)
            if size > self._max_bytes:
                response.close()  # the rest is not wanted
                break
        return b"".join(parts)

    def _open_session(self, lane: int | None) -> aiohttp.ClientSession:
        """The session, made when it is first needed: that takes a running event loop. A lane has one of its own."""
        session = self._sessions.get(lane)
        if session is None:
            session = self._sessions[lane] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0 if lane is None else 1, ssl=self._context),  # the gate limits
                cookie_jar=aiohttp.DummyCookieJar(),  # an answer's cookie must not change the next request
                timeout=aiohttp.ClientTimeout(),  # none: the client limits each exchange as a whole
                proxy=self._proxy or None,
            )
        return session


class CertificateError(httpx.ConnectError):
    """The server's certificate cannot be verified. Nothing was sent."""


def _as_httpx(error: Exception) -> httpx.TransportError:
    """The same failure as an error of httpx, whose text quotes neither the URL nor what the server sent."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return CertificateError(str(error.certificate_error))
        case aiohttp.ClientConnectorError():
            return httpx.ConnectError(str(error))
        case aiohttp.ClientResponseError():  # after a colon it quotes
            kind = httpx.ProxyError if isinstance(error, aiohttp.ClientHttpProxyError) else httpx.RemoteProtocolError
            return kind(f"{error.status} {error.message}".partition(":")[0])
        case aiohttp.ClientPayloadError() | aiohttp.ServerDisconnectedError():
            return httpx.RemoteProtocolError(str(error).partition(":")[0])
        case _:
            return httpx.ReadError(str(error) or type(error).__name__)


def network_transport(settings: Settings, url: str) -> httpx.AsyncBaseTransport:
    """The transport to the host of `url`."""
    proxy = _proxy_for(url)
    # The certificates take 30 ms to load, so they are loaded only where there is something to verify.
    verifies = "https" in {urlsplit(url).scheme, urlsplit(proxy).scheme}
    context = httpx.create_ssl_context() if verifies else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if verifies and settings.ca_bundle:
        context.load_verify_locations(cadata=unfolded_pem(settings.ca_bundle))
    if verifies and settings.client_certificate:
        load_client_certificate(context, settings.client_certificate)
    return _AiohttpTransport(context, proxy=proxy, max_bytes=int(settings.max_response_mb * 1e6))


class ElsewhereTransport(httpx.AsyncBaseTransport):
    """The transport to any other host: each may be behind another proxy."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._transports: dict[str, httpx.AsyncBaseTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Exchange a request for a response, body included. Raises httpx.TransportError."""
        origin = str(request.url.copy_with(raw_path=b"/"))
        if origin not in self._transports:
            self._transports[origin] = network_transport(self._settings, origin)
        return await self._transports[origin].handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections to all of them."""
        for transport in self._transports.values():
            await transport.aclose()


def _proxy_for(url: str) -> str:
    """The environment's proxy for a URL, or "". httpx looks for one only if it is not passed a transport."""
    parts = urlsplit(url)
    if any(map(urllib.request.proxy_bypass, (parts.hostname or "", parts.netloc))):  # with and without its port
        return ""
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all", "")
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy


def proxy_secrets() -> list[str]:
    """The passwords of the environment's proxies, alone and after their users, as HTTP Basic sends them."""
    secrets: list[str] = []
    for proxy in urllib.request.getproxies().values():
        user, _, password = (unquote(part) for part in proxy.rpartition("@")[0].rpartition("//")[2].partition(":"))
        if password:
            secrets += [password, f"{user}:{password}"]
    return secrets
