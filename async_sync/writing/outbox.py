"""The bounded stream of messages from the reader and the workers to the writer."""

import contextlib
from collections import Counter
from typing import Self

import anyio

from async_sync.writing.messages import Message, Warn

LINGER_SECONDS = 0.02
MESSAGES_AT_ONCE = 500


class Outbox:
    """First in, first out. A full outbox makes its senders wait, so that a slow destination slows the API down.

    `warnings` counts each kind of warning, also those of an outbox before this one.
    """

    def __init__(self, size: int, warnings: Counter[str] | None = None) -> None:
        self._send, self._receive = anyio.create_memory_object_stream[Message](size)
        self._closed = anyio.Event()
        self._received: list[Message] = []  # taken, but not yet given: a cancelled `receive` must lose nothing
        self._warnings = Counter() if warnings is None else warnings

    async def send(self, message: Message) -> None:
        """Send a message; waits while the outbox is full."""
        await self._send.send(message)

    async def warn(self, kind: str, text: str, *, times: int = 1) -> None:
        """Warn the user: the first of a kind is told, the others are only counted."""
        is_first = not self._warnings[kind]
        self._warnings[kind] += times
        if is_first:
            await self.send(Warn(text))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self._receive.close()

    def close(self) -> None:
        """Nothing more will be sent; what has been sent can still be received."""
        self._send.close()
        self._closed.set()

    async def receive(self, patience_seconds: float) -> list[Message]:
        """The next messages: whatever has come in a moment after the first, or none once patience has run out.

        The moment makes for fewer and larger batches, each of which is a hop to the writer's thread. Raises
        anyio.EndOfStream when the outbox has been closed and is empty.
        """
        with anyio.move_on_after(patience_seconds):
            self._received.append(await self._receive.receive())
            with anyio.move_on_after(LINGER_SECONDS):
                await self._closed.wait()
        return self.drain(MESSAGES_AT_ONCE)

    def drain(self, limit: int | None = None) -> list[Message]:
        """What has been sent by now, without waiting."""
        messages, self._received = self._received, []
        with contextlib.suppress(anyio.WouldBlock, anyio.EndOfStream):
            while limit is None or len(messages) < limit:
                messages.append(self._receive.receive_nowait())
        return messages


class Relay:
    """Warns through the outbox that is in use: each pass has one of its own, and the token endpoint outlives them."""

    outbox: Outbox

    async def warn(self, kind: str, text: str) -> None:
        """Warn the user, as `Outbox.warn` does."""
        await self.outbox.warn(kind, text)
