"""A server on a free port of this machine whose answers a test writes byte by byte."""

import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
from anyio.abc import SocketAttribute, SocketStream

JSON_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"


class Loopback:
    """A server; `heads` holds the requests, and each answer is bytes, or a function that writes to the connection."""

    def __init__(self, port: int, answers: list[bytes | Callable[[SocketStream], Awaitable[None]]]) -> None:
        self.port = port
        self.url = f"http://localhost:{port}"
        self.answers = answers
        self.heads: list[str] = []

    @property
    def targets(self) -> list[str]:
        """The target of each request: the second word of its first line."""
        return [head.split()[1] for head in self.heads]

    def header(self, name: str, request: int = -1) -> str | None:
        """A header of a request, or None."""
        pairs = (line.partition(": ") for line in self.heads[request].splitlines()[1:])
        return next((value for key, _, value in pairs if key.lower() == name), None)

    async def serve(self, stream: SocketStream) -> None:
        """Answer the requests of one connection; the last answer is repeated for ever."""
        async with stream:
            buffer = b""
            try:
                while True:
                    while b"\r\n\r\n" not in buffer:
                        buffer += await stream.receive()
                    head, _, buffer = buffer.partition(b"\r\n\r\n")
                    self.heads.append(head.decode("ascii"))
                    await self._answer(stream)
            except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
                return

    async def _answer(self, stream: SocketStream) -> None:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        await (stream.send(answer) if isinstance(answer, bytes) else answer(stream))


@asynccontextmanager
async def loopback(*answers: bytes | Callable[[SocketStream], Awaitable[None]]) -> AsyncIterator[Loopback]:
    """Serve until the block ends."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    server = Loopback(listener.extra(SocketAttribute.local_port), list(answers) or [JSON_ANSWER])
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, server.serve)
        yield server
        tasks.cancel_scope.cancel()


async def close(stream: SocketStream) -> None:
    """Close the connection properly."""
    await stream.aclose()


async def reset(stream: SocketStream) -> None:
    """Break the connection: the other side gets a reset."""
    raw: socket.socket = stream.extra(SocketAttribute.raw_socket)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    await stream.aclose()


def then(start: bytes, end: Callable[[SocketStream], Awaitable[None]]) -> Callable[[SocketStream], Awaitable[None]]:
    """Send the start of an answer, and then do something else."""

    async def answer(stream: SocketStream) -> None:
        await stream.send(start)
        await end(stream)

    return answer
