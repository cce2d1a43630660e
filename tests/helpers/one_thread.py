"""Syncs in which everything happens in an order that follows from a seed: in one thread, and on virtual time."""

import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from unittest.mock import patch

import anyio
import anyio.lowlevel
import anyio.to_thread

from load_test.pace.virtual_time import VirtualTimeLoop

T = TypeVar("T")


@contextmanager
def in_one_thread(seed: int) -> Iterator[None]:
    """What else runs in a thread, such as the writer, takes some turns of the event loop instead, and then runs there.

    So a case that fails does so each time, and the writer is late as often as it is in a thread, or more often.
    """
    turns, run = random.Random(seed), anyio.run

    async def run_sync(function: Callable[..., T], *args: Any, **_: Any) -> T:
        for _turn in range(turns.choice((0, 0, 1, 5, 50))):
            await anyio.lowlevel.checkpoint()
        return function(*args)

    def run_virtually(step: Callable[..., Awaitable[T]], *args: Any) -> T:
        return run(step, *args, backend_options={"loop_factory": VirtualTimeLoop})

    with patch.object(anyio.to_thread, "run_sync", run_sync), patch.object(anyio, "run", run_virtually):
        yield
