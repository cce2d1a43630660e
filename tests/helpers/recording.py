"""A transport that carries requests over HTTP, and lets a test look at them and act between them."""

from collections.abc import Awaitable, Callable

import httpx

from async_sync.configuration.settings import Settings
from async_sync.http.transport import network_transport


async def nothing(_: httpx.URL) -> None:
    """What happens after an answer, unless a test says otherwise."""


class Recorder(httpx.AsyncBaseTransport):
    """Keeps the URL of each request, and calls `after` when it has been answered, before anyone sees the answer."""

    def __init__(self, url: str, after: Callable[[httpx.URL], Awaitable[None]] = nothing) -> None:
        self._inner = network_transport(Settings(base_url=url), url)
        self._after = after
        self.urls: list[httpx.URL] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.urls.append(request.url)
        response = await self._inner.handle_async_request(request)
        await self._after(request.url)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()
