"""The loop that takes messages out of the outbox and hands them to the writer, off the event loop."""

from typing import Self

import anyio

from async_sync.writing.outbox import Outbox
from async_sync.writing.writer import Writer

SAVE_SECONDS = 5.0


class Delivery:
    """Runs the writer in a thread: the destination blocks, and the event loop must not.

    Without a message for `max_wait_seconds` the writer is called all the same, so that a checkpoint that has become due
    is made.
    """

    def __init__(self, outbox: Outbox, writer: Writer, *, max_wait_seconds: float) -> None:
        self._outbox = outbox
        self._writer = writer
        self._max_wait_seconds = max_wait_seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """No message can be sent or received any more."""
        self._outbox.__exit__()

    def close(self) -> None:
        """No more messages will be sent: `run` ends with the last of them."""
        self._outbox.close()

    async def run(self) -> None:
        """Write messages, in batches, until there will be no more. Raises what the destination raises."""
        while True:
            try:
                messages = await self._outbox.receive(self._max_wait_seconds)
            except anyio.EndOfStream:
                return
            with anyio.CancelScope(shield=True):  # messages that have been received are written, whatever happens
                await anyio.to_thread.run_sync(self._writer.write, messages)

    async def finish(self) -> None:
        """Checkpoint what has been written; cannot be cancelled."""
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self._writer.finish)

    async def save(self) -> None:
        """Write and checkpoint what has been sent so far, in at most 5 s, when the sync has been cancelled."""
        with anyio.move_on_after(SAVE_SECONDS, shield=True):
            await anyio.to_thread.run_sync(self._write_sent, abandon_on_cancel=True)

    def _write_sent(self) -> None:
        self._writer.write(self._outbox.drain())
        self._writer.finish()
