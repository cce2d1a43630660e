"""Fetch the next item while the present one is used."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import TypeVar

import anyio

T = TypeVar("T")


@asynccontextmanager
async def prefetched(items: AsyncGenerator[T]) -> AsyncIterator[AsyncGenerator[T]]:
    """Iterate over `items` and ask for the next item while one is used; no more than that one is kept.

        async with prefetched(pages) as channel:
            async for page in channel: ...

    The loop raises what `items` raises, after every item before it has been used. If the block is left early, the fetch
    under way is cancelled. `items` is closed in any case, and an exception leaves the block as it is, not in a group.
    """
    send, receive = anyio.create_memory_object_stream[T](0)
    failure: Exception | None = None
    block_failure: Exception | None = None

    async def fetch() -> None:
        nonlocal failure
        with send:
            try:
                async with aclosing(items):
                    async for item in items:
                        await send.send(item)
            except Exception as error:
                failure = error

    async def received() -> AsyncGenerator[T]:
        async for item in receive:
            yield item
        if failure is not None:
            raise failure

    with receive:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fetch)
            try:
                async with aclosing(received()) as channel:
                    yield channel
            except Exception as error:
                block_failure = error
            tasks.cancel_scope.cancel()
    if block_failure is not None:
        raise block_failure
