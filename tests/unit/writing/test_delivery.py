"""Messages reach the writer off the event loop, and a cancelled sync saves what has been sent."""

import threading
from typing import Any

import anyio
import pytest

from async_sync.writing.delivery import Delivery
from async_sync.writing.messages import Message, Warn
from async_sync.writing.outbox import Outbox
from tests.helpers.writing import Writing, parents

DAY = "2026-01-01"


def delivery(writing: Writing, *, max_wait_seconds: float = 1000.0) -> tuple[Outbox, Delivery]:
    outbox = Outbox(10)
    return outbox, Delivery(outbox, writing.writer, max_wait_seconds=max_wait_seconds)


async def sent(outbox: Outbox, *messages: Message) -> None:
    for message in messages:
        await outbox.send(message)


@pytest.mark.asyncio
async def test_messages_are_written_until_the_end() -> None:
    """Once closed, a delivery writes what has been sent and ends; what it leaves unsaved, `finish` checkpoints."""
    writing = Writing()
    outbox, delivering = delivery(writing)
    with delivering:
        await sent(outbox, *parents(DAY)(writing), Warn("Look here."))
        delivering.close()
        await delivering.run()
        assert (writing.operations, writing.destination.warnings) == (["upsert company"], ["Look here."])
        await delivering.finish()

    assert writing.operations == ["upsert company", "checkpoint"]


@pytest.mark.asyncio
async def test_the_writer_runs_off_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows and checkpoints block, so they are made in another thread."""
    writing, threads = Writing(), list[threading.Thread]()

    def note(*_: Any) -> None:
        threads.append(threading.current_thread())

    monkeypatch.setattr(writing.destination, "upsert", note)
    monkeypatch.setattr(writing.destination, "checkpoint", note)
    outbox, delivering = delivery(writing)
    with delivering:
        await sent(outbox, *parents(DAY)(writing))
        delivering.close()
        await delivering.run()
        await delivering.finish()

    assert len(threads) == 2
    assert threading.current_thread() not in threads


@pytest.mark.asyncio
async def test_a_checkpoint_that_is_due_does_not_wait_for_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a message for the longest wait, the writer is called all the same."""
    writing, checkpointed = Writing(), anyio.Event()
    writing.write(parents(DAY))
    writing.clock.now += 60
    monkeypatch.setattr(writing.destination, "checkpoint", lambda _: anyio.from_thread.run_sync(checkpointed.set))
    _, delivering = delivery(writing, max_wait_seconds=0.001)
    with anyio.fail_after(10), delivering:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(delivering.run)
            await checkpointed.wait()
            tasks.cancel_scope.cancel()

    assert writing.progress.checkpoints == 1


@pytest.mark.asyncio
async def test_a_cancelled_sync_saves_what_has_been_sent() -> None:
    """What waits in the outbox is written and checkpointed, although the scope around it is cancelled."""
    writing = Writing()
    outbox, delivering = delivery(writing)
    with delivering:
        await sent(outbox, *parents(DAY)(writing))
        with anyio.CancelScope() as scope:
            scope.cancel()
            await delivering.save()

    assert writing.operations == ["upsert company", "checkpoint"]


@pytest.mark.asyncio
async def test_nothing_is_sent_after_a_delivery_has_been_left() -> None:
    """Left, it closes its outbox on both sides."""
    outbox, delivering = delivery(Writing())
    with delivering:
        pass

    with pytest.raises(anyio.ClosedResourceError):
        await outbox.send(Warn("late"))
    with pytest.raises(anyio.ClosedResourceError):
        await outbox.receive(0.0)
