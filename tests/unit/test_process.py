"""How signals end a sync, and what is printed then."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

import anyio
import anyio.lowlevel
import anyio.to_thread
import httpx
import pytest

from async_sync.process import INTERRUPTED, print_one_sentence_on_exit, until_signalled
from tests.helpers.destination import MemoryDestination
from tests.helpers.syncing import sync

Signals = list[int]


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM])
def number(request: pytest.FixtureRequest) -> int:
    """Each signal that ends a sync."""
    return int(request.param)


@pytest.fixture
def received(number: int) -> Iterator[Signals]:
    """What reaches the handler that was there before."""
    signals: Signals = []

    def handler(number: int, frame: FrameType | None) -> None:
        signals.append(number)

    previous = signal.signal(number, handler)
    yield signals
    assert signal.signal(number, previous) is handler


@pytest.mark.asyncio
async def test_runs_to_the_end(received: Signals) -> None:
    """Without a signal it just runs, and the handler that was there before is there again."""
    ran = []

    async def run() -> None:
        ran.append(1)

    await until_signalled(run)

    assert (ran, received) == ([1], [])


@pytest.mark.asyncio
async def test_a_signal_cancels(number: int, received: Signals) -> None:
    """The signal cancels the run, and takes its usual course when the run has cleaned up, not before."""
    events: list[object] = []

    async def run() -> None:
        signal.raise_signal(number)
        try:
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await anyio.lowlevel.checkpoint()
            events.extend(["cleaned up", list(received)])
            raise

    with pytest.raises(KeyboardInterrupt):  # the handler before just returns: what was cancelled is no success
        await until_signalled(run)

    assert events == ["cleaned up", []]
    assert received == [number]


@pytest.mark.asyncio
async def test_a_signal_that_the_process_ignores_stays_ignored(number: int) -> None:
    """In the background of a shell script SIGINT is ignored, so that Ctrl-C is for what runs in the foreground."""
    before, ran = signal.signal(number, signal.SIG_IGN), list[int]()

    async def run() -> None:
        signal.raise_signal(number)
        await anyio.lowlevel.checkpoint()
        ran.append(1)

    try:
        await until_signalled(run)
    finally:
        signal.signal(number, before)

    assert ran == [1]


@pytest.mark.asyncio
async def test_a_signal_wakes_a_loop_that_waits(number: int, received: Signals) -> None:
    """The signal is noticed at once, even while nothing else happens."""

    async def run() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(anyio.sleep_forever)
            await anyio.lowlevel.checkpoint()
            await anyio.to_thread.run_sync(os.kill, os.getpid(), number)

    with pytest.raises(KeyboardInterrupt):
        await until_signalled(run)

    assert received == [number]


@pytest.mark.asyncio
async def test_a_loop_that_is_about_to_wait_is_woken_too(received: Signals) -> None:
    """A signal that comes right before the loop waits reaches it as a byte: nothing else would end that wait."""
    found = list[int]()

    async def run() -> None:
        found.append(signal.set_wakeup_fd(-1))
        signal.set_wakeup_fd(found[0])

    await until_signalled(run)

    assert found != [-1]
    assert signal.set_wakeup_fd(-1) == -1


@pytest.mark.asyncio
async def test_an_error_goes_through(received: Signals) -> None:
    """An error of the run is raised as it is, and the handler is put back."""

    async def run() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await until_signalled(run)

    assert received == []


@pytest.mark.asyncio
async def test_a_signal_that_comes_as_the_run_ends_is_not_swallowed(number: int, received: Signals) -> None:
    """Where there is nothing left to cancel, the signal still takes its usual course."""

    async def run() -> None:
        signal.raise_signal(number)

    await until_signalled(run)

    assert received == [number]


@pytest.mark.asyncio
async def test_another_cancellation_is_not_a_signal(received: Signals) -> None:
    """A cancellation from elsewhere passes through and raises no signal."""
    with anyio.CancelScope() as scope:
        scope.cancel()
        await until_signalled(anyio.sleep_forever)

    assert scope.cancelled_caught
    assert received == []


@pytest.mark.asyncio
async def test_what_runs_in_a_thread_is_waited_for(number: int, received: Signals) -> None:
    """What a shield protects is not left running: the writer's thread must never be joined by a second one."""
    cancelled, events = threading.Event(), list[str]()

    def write() -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, number)
        cancelled.wait()
        events.append("written")

    async def other() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            cancelled.set()

    async def run() -> None:
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(other)
                await anyio.lowlevel.checkpoint()
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(write)
        finally:
            events.append("cleaned up")

    with pytest.raises(KeyboardInterrupt):
        await until_signalled(run)

    assert events == ["written", "cleaned up"]
    assert received == [number]


@pytest.mark.asyncio
async def test_a_second_signal_does_not_wait(number: int, received: Signals) -> None:
    """The same signal again takes its usual course at once, before anything has cleaned up."""
    seen = list[Signals]()

    async def run() -> None:
        signal.raise_signal(number)
        assert received == []
        signal.raise_signal(number)
        seen.append(list(received))

    await until_signalled(run)

    assert seen == [[number]]


def test_in_another_thread_it_just_runs() -> None:
    """In a thread that may set no handler, as in production, it runs and touches none."""
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    async def run() -> None:
        seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=anyio.run, args=(until_signalled, run))
    thread.start()
    thread.join()

    assert seen == [before]


def test_an_interrupt_that_ends_the_process_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The interrupt of a sync prints its sentence; any other error, and anything later, is printed as before."""
    printed: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: printed.append(error))
    interrupt, other = KeyboardInterrupt(), ValueError("other")
    print_one_sentence_on_exit(interrupt)
    for error in (other, interrupt, interrupt):
        sys.excepthook(type(error), error, None)

    assert capsys.readouterr().err == f"{INTERRUPTED}\n"
    assert printed == [other, interrupt], "once it has printed its sentence, the hook is gone"


def test_an_interrupted_sync_ends_with_that_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An interrupt comes out of a sync as it is, and nothing but the sentence is printed where it is not caught."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)

    def interrupt(_: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        sync(MemoryDestination(), httpx.MockTransport(interrupt))
    sys.excepthook(KeyboardInterrupt, caught.value, caught.value.__traceback__)

    assert capsys.readouterr().err == f"{INTERRUPTED}\n"
