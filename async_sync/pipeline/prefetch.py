"""Using one item while the next one is fetched."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import TypeVar

import anyio

T = TypeVar("T")


async def use_each(items: AsyncGenerator[T], use: Callable[[T], Awaitable[bool]]) -> bool:
    """Give `use` one item after the other, while `items` is already asked for the one behind it; no more are kept.

    Ends early, and gives False, when `use` gives False: then what `items` is waiting for is cancelled. What `items`
    raises is raised when everything it gave before has been used.
    """
    send, receive = anyio.create_memory_object_stream[T](0)
    failures: list[Exception] = []

    async def fetch() -> None:
        with send:
            try:
                async with aclosing(items):
                    async for item in items:
                        await send.send(item)
            except Exception as error:
                failures.append(error)

    with receive:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fetch)
            async for item in receive:
                if not await use(item):
                    tasks.cancel_scope.cancel()
                    return False
    for failure in failures:
        raise failure
    return True
