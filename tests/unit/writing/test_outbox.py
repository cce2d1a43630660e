"""Messages wait in a bounded outbox, and are received in batches."""

from collections import Counter

import anyio
import anyio.lowlevel
import pytest

from async_sync.writing.messages import Message, Warn
from async_sync.writing.outbox import LINGER_SECONDS, MAX_BATCH_MESSAGES, Outbox, Relay
from load_test.pace import virtual_time

FAR = 1000.0


def warns(*texts: str) -> list[Message]:
    return [Warn(text) for text in texts]


@pytest.mark.asyncio
async def test_first_in_first_out() -> None:
    """Messages are received in the order in which they were sent."""
    with Outbox(10) as outbox:
        for message in warns("a", "b", "c"):
            await outbox.send(message)
        outbox.close()

        assert await outbox.receive(FAR) == warns("a", "b", "c")
        with pytest.raises(anyio.EndOfStream):
            await outbox.receive(FAR)


@pytest.mark.asyncio
async def test_a_full_outbox_makes_its_senders_wait() -> None:
    """A message beyond the size waits until there is room, so that memory stays bounded."""
    with Outbox(2) as outbox:
        async with anyio.create_task_group() as tasks:
            for message in warns("a", "b", "c"):
                tasks.start_soon(outbox.send, message)
            await anyio.wait_all_tasks_blocked()
            assert outbox.drain(2) == warns("a", "b")
            await anyio.wait_all_tasks_blocked()
            assert outbox.drain() == warns("c")


@pytest.mark.asyncio
async def test_warns_once_for_each_kind() -> None:
    """Only the first text of each kind is sent."""
    with Outbox(10) as outbox:
        for kind, text in (("a", "first"), ("b", "second"), ("a", "third"), ("b", "first")):
            await outbox.warn(kind, text)

        assert outbox.drain() == warns("first", "second")


@pytest.mark.asyncio
async def test_every_warning_is_counted() -> None:
    """Each warning counts as many times as it says, on top of those of earlier outboxes."""
    warnings = Counter({"a": 2})
    with Outbox(10, warnings) as outbox:
        await outbox.warn("a", "known")
        await outbox.warn("b", "new", times=3)
        await outbox.warn("b", "known by now", times=4)

        assert outbox.drain() == warns("new")
    assert warnings == {"a": 3, "b": 7}


@pytest.mark.asyncio
async def test_drain_does_not_wait() -> None:
    """The messages sent so far are returned, up to the limit if there is one; an empty or closed outbox has none."""
    with Outbox(10) as outbox:
        assert outbox.drain() == []
        for message in warns("a", "b", "c"):
            await outbox.send(message)
        assert outbox.drain(0) == []
        assert outbox.drain(2) == warns("a", "b")
        outbox.close()
        assert outbox.drain() == warns("c")
        assert outbox.drain() == []


@pytest.mark.asyncio
async def test_a_closed_outbox_takes_nothing() -> None:
    """Once closed, an outbox takes no message; once left, it returns none either."""
    with Outbox(10) as outbox:
        outbox.close()
        with pytest.raises(anyio.ClosedResourceError):
            await outbox.send(Warn("late"))
    with pytest.raises(anyio.ClosedResourceError):
        await outbox.receive(FAR)


@pytest.mark.asyncio
async def test_leaving_an_outbox_ends_the_senders_that_wait() -> None:
    """When the receiver is gone, a sender that waits for room gets an error instead of waiting forever."""
    outbox = Outbox(0)
    errors = []

    async def send() -> None:
        try:
            await outbox.send(Warn("a"))
        except (anyio.BrokenResourceError, anyio.ClosedResourceError) as error:
            errors.append(error)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(send)
        await anyio.wait_all_tasks_blocked()
        with outbox:
            pass

    assert len(errors) == 1


def test_receive_waits_a_moment_for_more() -> None:
    """A message sent within a moment after the first is received with it, and a later one is not."""

    async def main() -> list[list[Message]]:
        with Outbox(10) as outbox:
            async with anyio.create_task_group() as tasks:
                for delay in (5.0, 5.0 + LINGER_SECONDS / 2, 5.0 + LINGER_SECONDS * 2):
                    tasks.start_soon(send_after, outbox, delay)
                received = [await outbox.receive(FAR), await outbox.receive(FAR)]
        return received

    batches, elapsed = virtual_time.run(main)

    assert [len(batch) for batch in batches] == [2, 1]
    assert elapsed == pytest.approx(5.0 + LINGER_SECONDS * 3)


async def send_after(outbox: Outbox, delay: float) -> None:
    await anyio.sleep(delay)
    await outbox.send(Warn(f"after {delay}"))


def test_receive_waits_no_longer_than_it_is_told() -> None:
    """Where no message is sent, an empty batch is received when the time is up."""

    async def main() -> list[Message]:
        with Outbox(10) as outbox:
            return await outbox.receive(60.0)

    batch, elapsed = virtual_time.run(main)

    assert (batch, elapsed) == ([], 60.0)


def test_a_message_at_the_end_of_the_wait_is_not_lost() -> None:
    """A message that has been taken is returned, even if the time is up during the moment after it."""

    async def main() -> list[Message]:
        with Outbox(10) as outbox:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(send_after, outbox, 1.0)
                received = await outbox.receive(1.0 + LINGER_SECONDS / 2)
        return received

    batch, elapsed = virtual_time.run(main)

    assert batch == warns("after 1.0")
    assert elapsed == pytest.approx(1.0 + LINGER_SECONDS / 2)


def test_a_closed_outbox_is_not_waited_for() -> None:
    """Closing the outbox ends the moment at once."""

    async def main() -> list[Message]:
        with Outbox(10) as outbox:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(send_after, outbox, 1.0)
                tasks.start_soon(close_after, outbox, 1.0 + LINGER_SECONDS / 4)
                received = await outbox.receive(FAR)
        return received

    batch, elapsed = virtual_time.run(main)

    assert batch == warns("after 1.0")
    assert elapsed == pytest.approx(1.0 + LINGER_SECONDS / 4)


async def close_after(outbox: Outbox, delay: float) -> None:
    await anyio.sleep(delay)
    outbox.close()


def test_a_batch_is_bounded() -> None:
    """However many messages wait, a batch has a limit."""

    async def main() -> list[Message]:
        with Outbox(2 * MAX_BATCH_MESSAGES) as outbox:
            for _ in range(2 * MAX_BATCH_MESSAGES):
                await outbox.send(Warn("a"))
            return await outbox.receive(FAR)

    batch, _ = virtual_time.run(main)

    assert len(batch) == MAX_BATCH_MESSAGES


def test_a_cancelled_receive_loses_nothing() -> None:
    """A message that was taken when the receiver was cancelled is still returned, before those sent later."""

    async def main() -> list[Message]:
        with Outbox(10) as outbox:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(outbox.receive, FAR)
                await send_after(outbox, 1.0)
                await send_after(outbox, LINGER_SECONDS / 4)
                tasks.cancel_scope.cancel()
            return outbox.drain()

    batch, _ = virtual_time.run(main)

    assert batch == warns("after 1.0", f"after {LINGER_SECONDS / 4}")


@pytest.mark.asyncio
async def test_a_relay_warns_through_the_outbox_in_use() -> None:
    """What outlives an outbox warns through the next one; a kind of warning that was sent once is not sent again."""
    relay, known = Relay(), Counter[str]()
    with Outbox(10, known) as relay.outbox:
        await relay.warn("a", "first")
        assert relay.outbox.drain() == warns("first")
    with Outbox(10, known) as relay.outbox:
        await relay.warn("a", "again")
        await relay.warn("b", "second")
        assert relay.outbox.drain() == warns("second")
    assert known == {"a": 2, "b": 1}
