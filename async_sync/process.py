"""What a sync changes in its process while it runs, and how its errors and signals leave it."""

import asyncio
import gc
import logging
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any, TypeVar, TypeVarTuple

import anyio

from async_sync.errors.base import ConnectorError
from async_sync.text.redaction import Secrets

T = TypeVar("T")
Args = TypeVarTuple("Args")

INTERRUPTED = "Interrupted. The next sync continues from the last checkpoint."
_NEW_OBJECTS = 50_000


def block_on(step: Callable[[*Args], Awaitable[T]], *args: *Args, secrets: Secrets) -> T:
    """Run a step in an event loop. Its error comes out as one plain exception that shows none of the secrets."""
    try:
        with secrets.known(), adjusted_process():
            return anyio.run(step, *args)
    except BaseException as error:  # an interrupt too: it is printed with everything it came out of
        cause = secrets.cleaned(first_cause(error), own=ConnectorError)
        if isinstance(cause, KeyboardInterrupt):
            print_one_sentence_on_exit(cause)
        if cause is error:
            raise
        raise cause from None


def first_cause(error: BaseException) -> BaseException:
    """The first plain exception in a group, however deep: the SDK shows its text, and a group's says nothing."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


@contextmanager
def adjusted_process() -> Iterator[None]:
    """Look for garbage less often, and keep httpx's lines about requests out of the log; everything is restored.

    Python looks for reference cycles once per 50,000 new objects instead of 700, and not among those that exist now. A
    sync leaves almost none (half an object per request), while the records on their way to the writer keep Python
    looking: that took a sixth of the CPU. Reference counting frees nearly everything, as before.
    """
    httpx_log, before = logging.getLogger("httpx"), gc.get_threshold()
    httpx_log.addFilter(_is_not_about_a_request)
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
        httpx_log.removeFilter(_is_not_about_a_request)


async def until_signalled(run: Callable[[], Awaitable[None]]) -> None:
    """Await `run()`. SIGINT or SIGTERM cancels it, and takes effect once the cancelled run has cleaned up.

    Left to itself, asyncio answers SIGINT by cancelling the main task, which no shield of anyio holds off: the main
    task would stop waiting for the writer's thread while that is in the middle of its rows. A second SIGINT is
    answered in that way all the same: whoever presses Ctrl-C twice does not want to wait.

    A signal handler can be set only in the main thread; anywhere else (in production, `update` runs in another one)
    this just awaits `run()`. A signal that the process ignores (SIGINT, in the background of a shell script) stays
    ignored. If a handler of the caller's own just returns, KeyboardInterrupt is raised: what was cancelled is not
    complete.
    """
    if threading.current_thread() is not threading.main_thread():
        await run()
        return
    loop, scope = asyncio.get_running_loop(), anyio.CancelScope()
    received: list[int] = []

    def cancel(number: int, _frame: FrameType | None) -> None:
        if number in received:
            signal.signal(number, previous[number])
            signal.raise_signal(number)
        received.append(number)
        loop.call_soon_threadsafe(scope.cancel)

    previous = {int(number): signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    previous = {number: handler for number, handler in previous.items() if handler not in (signal.SIG_IGN, None)}
    try:
        with _handlers(previous, cancel, wake=scope.cancel), scope:
            await run()
    finally:
        for number in dict.fromkeys(received):  # also if it came too late to cancel anything: no signal is swallowed
            signal.raise_signal(number)
    if scope.cancel_called:
        raise KeyboardInterrupt


@contextmanager
def _handlers(
    previous: Mapping[int, Any], handler: Callable[[int, FrameType | None], None], *, wake: Callable[[], None]
) -> Iterator[None]:
    """Have these signals handled by `handler`, and restore the previous ones. `wake` is called in the loop."""
    loop = asyncio.get_running_loop()
    for number in previous:
        with suppress(NotImplementedError):  # on Windows, whose loop is woken by signals anyway
            loop.add_signal_handler(number, wake)  # wakes a loop that would otherwise not run what `handler` asks for
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number, before in previous.items():
            with suppress(NotImplementedError):
                loop.remove_signal_handler(number)
            signal.signal(number, before)


def print_one_sentence_on_exit(interrupt: KeyboardInterrupt) -> None:
    """If this interrupt ends the process, have one sentence printed instead of its traceback.

    The exception propagates as usual: it can be caught, and the exit code stays that of SIGINT.
    """
    before = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if error is interrupt:
            print(INTERRUPTED, file=sys.stderr)  # noqa: T201 - Python would print the traceback there
            sys.excepthook = before
        else:
            before(kind, error, trace)

    sys.excepthook = hook


def _is_not_about_a_request(record: logging.LogRecord) -> bool:
    """Whether to keep a line of httpx's: one about a request has its URL, which may contain an API key."""
    return not str(record.msg).startswith("HTTP Request:")
