"""The mock API as an httpx transport, without a network."""

from collections.abc import AsyncIterator, Awaitable, Callable

import anyio
import httpx

from mock_api.answer import Answer, Delivery
from mock_api.api import Api
from mock_api.behavior import Behavior
from mock_api.caller import SilentCaller
from mock_api.service import Service


class MockApiTransport(httpx.AsyncBaseTransport):
    """An httpx transport that answers from `api`, with the given `behavior`, for any scheme and host.

    It ignores timeouts, which httpx leaves to its transports. A reset connection raises `httpx.ReadError`.
    """

    def __init__(
        self, api: Api, behavior: Behavior | None = None, *, sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    ) -> None:
        self._service = Service(api, behavior, sleep=sleep)
        self.meter = self._service.meter

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        url = request.url
        path, _, query = url.raw_path.decode("ascii").partition("?")
        base_url = f"{url.scheme}://{url.netloc.decode('ascii')}"
        answer = await self._service.answer(request.method, path, query, base_url, _RequestCaller(request))
        if answer.delivery is None:
            return httpx.Response(answer.status, headers=answer.headers, content=answer.body, request=request)
        if answer.delivery.sent == 0:
            raise httpx.ReadError("connection reset", request=request)
        stream = _Stream(answer, answer.delivery, self._service.sleep)
        headers = {**answer.headers, "Content-Length": str(len(answer.body))}
        return httpx.Response(answer.status, headers=headers, stream=stream, request=request)


class _RequestCaller(SilentCaller):
    """The caller of an httpx request; it disconnects by cancellation."""

    def __init__(self, request: httpx.Request) -> None:
        self._request = request

    def header(self, name: str) -> str:
        return str(self._request.headers.get(name, ""))

    async def body(self) -> bytes:
        return await self._request.aread()


class _Stream(httpx.AsyncByteStream):
    """A body sent as `delivery` says."""

    def __init__(self, answer: Answer, delivery: Delivery, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._answer = answer
        self._delivery = delivery
        self._sleep = sleep

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for number, piece in enumerate(self._delivery.of(self._answer.body)):
            if number and self._delivery.pause_seconds:
                await self._sleep(self._delivery.pause_seconds)
            yield piece
        if self._delivery.sent is not None:
            raise httpx.ReadError("connection reset")
