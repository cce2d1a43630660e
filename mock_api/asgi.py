"""Sends answers through uvicorn: at once, in pieces, or cut off by a reset of the connection."""

import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, TypeAlias

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mock_api.answer import Answer, Delivery

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

_TRANSPORT = "mock_api.transport"


class ResettableProtocol(HttpToolsProtocol):
    """Uvicorn's protocol, which also hands the app the transport of its connection."""

    def on_message_begin(self) -> None:
        """Begin a request, with the transport in its scope."""
        super().on_message_begin()
        self.scope["extensions"] = {_TRANSPORT: {"transport": self.transport}}


class HttpCaller:
    """The caller behind an ASGI request."""

    __slots__ = ("_receive", "_scope")

    def __init__(self, scope: Message, receive: Receive) -> None:
        self._scope = scope
        self._receive = receive

    def header(self, name: str) -> str:
        """As `Caller.header`."""
        wanted = name.encode("latin-1")
        return next((value.decode("latin-1") for key, value in self._scope["headers"] if key == wanted), "")

    async def body(self) -> bytes:
        """As `Caller.body`."""
        body, more = b"", True
        while more:
            message = await self._receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        return body

    async def disconnected(self) -> None:
        """As `Caller.disconnected`."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def reset(self) -> None:
        """End the connection with a TCP reset instead of a FIN, and return once it has ended.

        Raises:
            ConnectionResetError: the server does not run `ResettableProtocol`.

        """
        given = self._scope.get("extensions", {}).get(_TRANSPORT)
        if given is None:
            raise ConnectionResetError
        transport = given["transport"]
        if not transport.is_closing():
            linger_for_nothing = struct.pack("ii", 1, 0)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_for_nothing)
            transport.abort()
        await self.disconnected()


async def send_answer(answer: Answer, send: Send) -> None:
    """Send a whole answer at once."""
    await send(_head(answer))
    await send({"type": "http.response.body", "body": answer.body})


async def deliver(
    answer: Answer, delivery: Delivery, caller: HttpCaller, send: Send, sleep: Callable[[float], Awaitable[None]]
) -> None:
    """Send an answer as `delivery` says."""
    if delivery.sent != 0:
        await send(_head(answer))
    for number, piece in enumerate(delivery.of(answer.body)):
        if number and delivery.pause_seconds:
            await sleep(delivery.pause_seconds)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    if delivery.sent is None:
        await send({"type": "http.response.body", "body": b""})
        return
    if delivery.sent:
        await sleep(delivery.pause_seconds)  # a reset discards what has not left this machine
    await caller.reset()


def _head(answer: Answer) -> Message:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    if answer.status != HTTPStatus.NO_CONTENT:
        headers.append((b"content-length", b"%d" % len(answer.body)))
    return {"type": "http.response.start", "status": answer.status, "headers": headers}
