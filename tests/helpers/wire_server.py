"""A server on a free port of this machine that parses requests, and answers byte by byte, over TLS if required."""

import ssl
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import anyio
from anyio.abc import AnyByteStream, ByteStream, SocketAttribute
from anyio.streams.buffered import BufferedByteReceiveStream
from anyio.streams.tls import TLSListener

from async_sync.http.own_auth import DeclaredAuth
from tests.helpers.destination import MemoryDestination
from tests.helpers.syncing import sync

Answer = bytes | Callable[[ByteStream], Awaitable[None]]

_GONE = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.IncompleteRead, ssl.SSLError)


@dataclass(frozen=True)
class Seen:
    """A request as it arrived, and on which connection; the names of its headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int


class WireServer:
    """A server; `seen` holds every request, and each answer is bytes, or a function that writes to the connection."""

    def __init__(self, port: int, scheme: str, respond: Callable[[Seen], Answer]) -> None:
        self.port = port
        self.origin = f"localhost:{port}"
        self.url = f"{scheme}://{self.origin}"
        self.respond = respond
        self.seen: list[Seen] = []
        self.connections = 0

    @property
    def targets(self) -> list[str]:
        return [seen.target for seen in self.seen]

    async def serve(self, stream: ByteStream) -> None:
        self.connections += 1
        connection = self.connections
        async with stream:
            try:
                reader = BufferedByteReceiveStream(stream)
                while True:
                    self.seen.append(await _request(reader, connection))
                    answer = self.respond(self.seen[-1])
                    await (stream.send(answer) if isinstance(answer, bytes) else answer(stream))
            except _GONE:
                return


async def _request(reader: BufferedByteReceiveStream, connection: int) -> Seen:
    head = (await reader.receive_until(b"\r\n\r\n", 100_000)).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
    body = await reader.receive_exactly(int(headers.get("content-length", 0)))
    return Seen(method, target, headers, body, connection)


class _QuietListener(TLSListener):
    @staticmethod
    async def handle_handshake_error(exc: BaseException, stream: AnyByteStream) -> None:
        """Ignore it: in some tests the client hangs up during the handshake."""
        await anyio.aclose_forcefully(stream)
        if not isinstance(exc, Exception):
            raise exc


@asynccontextmanager
async def wire_server(
    respond: Callable[[Seen], Answer] | bytes, tls: ssl.SSLContext | None = None
) -> AsyncIterator[WireServer]:
    """Serve until the block ends; bytes answer every request."""
    plain = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    answer = (lambda _: respond) if isinstance(respond, bytes) else respond
    server = WireServer(plain.extra(SocketAttribute.local_port), "https" if tls else "http", answer)
    listener = _QuietListener(plain, tls, standard_compatible=False) if tls else plain
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, server.serve)
        yield server
        tasks.cancel_scope.cancel()


def http(body: bytes | str = b"[]", status: str = "200 OK", *headers: str) -> bytes:
    """A whole answer."""
    body = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@dataclass(frozen=True)
class Ended:
    """How a sync ended: its error, if any, and everything that a caller could show of it."""

    error: BaseException | None
    shown: str
    destination: MemoryDestination

    @property
    def text(self) -> str:
        return str(self.error)


async def synced(
    configuration: Mapping[str, str],
    destination: MemoryDestination | None = None,
    auth: DeclaredAuth | None = None,
) -> Ended:
    """Run a whole sync over the network, in a thread of its own, while the servers run in this one."""
    return await anyio.to_thread.run_sync(partial(_sync, configuration, destination or MemoryDestination(), auth))


def _sync(configuration: Mapping[str, str], destination: MemoryDestination, auth: DeclaredAuth | None) -> Ended:
    try:
        sync(destination, None, configuration, auth=auth)
    except BaseException as error:
        shown = "".join(traceback.format_exception(error)) + repr(error) + str(error)
        return Ended(error, shown, destination)
    return Ended(None, "", destination)
