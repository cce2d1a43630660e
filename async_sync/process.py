"""What a sync changes in its process while it runs: how signals end it, and when Python looks for garbage."""

import asyncio
import gc
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType

import anyio

INTERRUPTED = "Interrupted. The next sync goes on from the last checkpoint."


async def until_terminated(run: Callable[[], Awaitable[None]]) -> None:
    """Await `run()`; a SIGTERM cancels it, and takes its usual course when the cancelled run has cleaned up.

    A handler can be set in the main thread only: anywhere else (in production, `update` runs in another one) this just
    runs. SIGINT needs no help: it cancels the main task by itself.
    """
    if threading.current_thread() is not threading.main_thread():
        await run()
        return
    loop, scope = asyncio.get_running_loop(), anyio.CancelScope()
    received: list[int] = []

    def cancel(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        loop.call_soon_threadsafe(scope.cancel)

    previous = signal.signal(signal.SIGTERM, cancel)
    try:
        with scope:
            await run()
    finally:
        signal.signal(signal.SIGTERM, previous)
        if received:  # also where it came too late to cancel anything: no signal is swallowed
            signal.raise_signal(signal.SIGTERM)


def say_on_exit(interrupt: KeyboardInterrupt) -> None:
    """Where this interrupt ends the process, have one sentence printed instead of its traceback.

    The exception goes its usual way all the same: it can be caught, and the exit code stays that of SIGINT.
    """
    before = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if error is interrupt:
            print(INTERRUPTED, file=sys.stderr)  # noqa: T201 - Python would print the traceback there
        else:
            before(kind, error, trace)

    sys.excepthook = hook


_NEW_OBJECTS = 50_000


@contextmanager
def rarer_garbage_collection() -> Iterator[None]:
    """Look for garbage once in 50,000 new objects instead of 700, and not among what is there by now.

    A sync leaves next to none (half an object a request), while the records on their way to the writer make Python look
    all the time: that took a sixth of the CPU. What is freed by reference counting, nearly everything, is freed as
    before.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
