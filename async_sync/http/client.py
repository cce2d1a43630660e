"""The HTTP client of a sync: its headers, its time limit, its request log, and the transport for each host."""

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

from async_sync.configuration.checks import MOCK_SCHEME
from async_sync.configuration.settings import Settings
from async_sync.errors.base import ConfigurationError
from async_sync.http.request_log import RequestLog
from async_sync.http.transport import ElsewhereTransport, network_transport

MOCK_URL = "http://mock.invalid"
_HEADERS = {
    "accept": "application/json",
    "accept-encoding": "gzip, deflate",
    "user-agent": "fivetran-async-parent-child",
}


def open_http(
    settings: Settings,
    transport: httpx.AsyncBaseTransport | None = None,
    *,
    info: Callable[[str], None],
    goes_elsewhere: bool = False,
) -> httpx.AsyncClient:
    """The HTTP client of one sync. Credentials are not part of it: each request is sent with its own.

    `transport` takes the place of the network. `info` logs a line, for each request if `log_requests` is set.
    `goes_elsewhere` says that requests may go to other hosts than those in the settings. Raises ConfigurationError for
    options that mock://demo does not know.
    """
    parts = urlsplit(settings.base_url)
    is_mock = parts.scheme == MOCK_SCHEME
    base_url = MOCK_URL if is_mock else settings.base_url
    mounts: dict[str, httpx.AsyncBaseTransport | None] = {}  # None is the client's own transport
    if transport is None:
        transport = _mock_transport(parts.query) if is_mock else network_transport(settings, settings.base_url)
        if settings.token_url or goes_elsewhere:
            elsewhere = ElsewhereTransport(settings)
            mounts = {base_url: None, "all://": _DeadlineTransport(elsewhere, settings.timeout_seconds)}
    return _CookielessClient(
        transport=_DeadlineTransport(transport, settings.timeout_seconds),
        mounts=mounts,
        base_url=base_url,
        headers=_HEADERS,
        timeout=None,  # each exchange is limited as a whole, from connecting to the last byte
        event_hooks={"request": [RequestLog(info, hidden=settings.api_key_param)]} if settings.log_requests else None,
    )


class _NoCookies(httpx.Cookies):
    """Takes no cookies: those of an answer must not change the next request, and looking for them took 5 % of CPU."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave them."""


class _CookielessClient(httpx.AsyncClient):
    cookies = _NoCookies()  # type: ignore[override] # in place of httpx's property


class _DeadlineTransport(httpx.AsyncBaseTransport):
    """Limits the time of each exchange as a whole: otherwise, a server that sends a byte a second could take hours."""

    def __init__(self, inner: httpx.AsyncBaseTransport, seconds: float) -> None:
        self._inner = inner
        self._seconds = seconds

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Exchange a request for a response whose body has been read. Raises TimeoutError."""
        async with asyncio.timeout(self._seconds):  # half the CPU of anyio's
            response = await self._inner.handle_async_request(request)
            await response.aread()
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


def _mock_transport(options: str) -> httpx.AsyncBaseTransport:
    from mock_api.demo import demo_transport  # noqa: PLC0415 - a connector for a real API runs without it

    try:
        return demo_transport(options)
    except ValueError as error:
        raise ConfigurationError([f"base_url: {error}"]) from error
