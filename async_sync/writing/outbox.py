"""The bounded queue of messages from the readers to the writer."""

import contextlib
from collections import Counter
from typing import Self

import anyio

from async_sync.writing.messages import Message, Warn

LINGER_SECONDS = 0.02
MAX_BATCH_MESSAGES = 500


class Outbox:
    """First in, first out. A full outbox makes its senders wait, so that a slow destination slows the API down.

    `warnings` counts the warnings of each kind, including those of earlier outboxes.
    """

    def __init__(self, size: int, warnings: Counter[str] | None = None) -> None:
        self._send, self._receive = anyio.create_memory_object_stream[Message](size)
        self._closed = anyio.Event()
        self._received: list[Message] = []  # but not returned yet: a cancelled `receive` must lose nothing
        self._warnings = Counter() if warnings is None else warnings

    async def send(self, message: Message) -> None:
        """Send a message; waits while the outbox is full."""
        await self._send.send(message)

    async def warn(self, kind: str, text: str, *, times: int = 1) -> None:
        """Warn the user: the first warning of a kind is sent, the others are only counted."""
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
        """No more messages will be sent; those that have been sent can still be received."""
        self._send.close()
        self._closed.set()

    async def receive(self, max_wait_seconds: float) -> list[Message]:
        """The next message, and those that follow within 20 ms; none if no message comes within the time.

        Waiting for more makes fewer and larger batches, each of which costs a switch to the writer's thread. Raises
        anyio.EndOfStream when the outbox has been closed and is empty.
        """
        with anyio.move_on_after(max_wait_seconds):
            self._received.append(await self._receive.receive())
            with anyio.move_on_after(LINGER_SECONDS):
                await self._closed.wait()
        return self.drain(MAX_BATCH_MESSAGES)

    def drain(self, limit: int | None = None) -> list[Message]:
        """The messages sent so far, at most `limit`, without waiting."""
        messages, self._received = self._received, []
        with contextlib.suppress(anyio.WouldBlock, anyio.EndOfStream):
            while limit is None or len(messages) < limit:
                messages.append(self._receive.receive_nowait())
        return messages


class Relay:
    """Warns through the outbox in use: each pass has its own, and the token endpoint outlives them."""

    outbox: Outbox

    async def warn(self, kind: str, text: str) -> None:
        """Warn the user, as `Outbox.warn` does."""
        await self.outbox.warn(kind, text)
