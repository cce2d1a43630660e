"""Queues are bounded, what comes back is not, and work ends when nothing is queued or being read."""

import anyio
import pytest

from async_sync.pipeline.partitions import Partition
from async_sync.pipeline.work import Work
from tests.helpers.streams import COMPANY, DEPARTMENT


def partition(name: str) -> Partition:
    return Partition(COMPANY, name, {})


@pytest.mark.asyncio
async def test_a_full_queue_makes_its_readers_wait() -> None:
    """A partition beyond the size is queued once a worker has taken another one, so that memory stays bounded."""
    put: list[str] = []

    async def put_all(work: Work) -> None:
        for name in ("c1", "c2", "c3"):
            await work.put(1, partition(name))
            put.append(name)

    with Work(1, 1) as work:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(put_all, work)
            await anyio.wait_all_tasks_blocked()
            assert put == ["c1"]
            assert (await work.take(1)).id == "c1"
            await anyio.wait_all_tasks_blocked()
            assert put == ["c1", "c2"]
            tasks.cancel_scope.cancel()


@pytest.mark.asyncio
async def test_a_full_level_leaves_the_others_room() -> None:
    """Each level has a queue of its own: what fills one blocks no other."""
    with Work(2, 1) as work:
        await work.put(1, partition("c1"))
        with anyio.fail_after(5):
            await work.put(2, Partition(DEPARTMENT, "d1", {}))
        assert [(await work.take(level)).id for level in (1, 2)] == ["c1", "d1"]


@pytest.mark.asyncio
async def test_a_closed_queue_is_read_to_its_end() -> None:
    """What is queued when the work is closed still reaches the workers, each partition once; then they end."""
    with Work(1, 9) as work:
        for name in ("c1", "c2", "c1"):
            await work.put(1, partition(name))
        work.close()
        assert [(await work.take(1)).id for _ in range(2)] == ["c1", "c2"]
        with pytest.raises(anyio.EndOfStream):
            await work.take(1)


@pytest.mark.asyncio
async def test_what_comes_back_needs_no_room() -> None:
    """A partition whose record has appeared again is queued by the worker that settles it, which must not wait."""
    with Work(1, 1) as work:
        await work.put(1, partition("c1"))
        taken = await work.take(1)
        taken.begin()
        await work.put(1, partition("c1"))
        await work.put(1, partition("c2"))  # the queue is full
        work.finish(1, taken)
        assert [(await work.take(1)).id for _ in range(2)] == ["c2", "c1"]
        with anyio.fail_after(5):
            await work.put(1, partition("c3"))
            assert (await work.take(1)).id == "c3"


@pytest.mark.asyncio
async def test_a_settled_partition_does_not_come_back_by_itself() -> None:
    """Without another appearance of its record, a partition is not queued again."""
    with Work(1, 1) as work:
        await work.put(1, partition("c1"))
        taken = await work.take(1)
        taken.begin()
        work.finish(1, taken)
        work.close()
        with pytest.raises(anyio.EndOfStream):
            await work.take(1)


@pytest.mark.asyncio
async def test_a_record_that_is_deleted_while_it_is_read() -> None:
    """It does not count any more, and is over with that; the record is queued again only if it appears again."""
    with Work(1, 1) as work:
        await work.put(1, partition("c1"))
        taken = await work.take(1)
        taken.begin()
        work.delete(COMPANY, "c1")
        assert taken.is_void
        work.finish(1, taken)
        work.leave()
        await work.put(1, partition("c1"))
        assert await work.take(1) is not taken


@pytest.mark.asyncio
async def test_work_is_idle_when_nothing_is_queued_or_being_read() -> None:
    """Waiting for it ends with the last worker that leaves, however often it seems to be the last."""
    idle: list[bool] = []

    async def wait(work: Work) -> None:
        await work.idle()
        idle.append(True)

    with Work(2, 9) as work:
        await work.idle()
        await work.put(1, partition("c1"))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait, work)
            await anyio.wait_all_tasks_blocked()
            await work.take(1)
            await work.put(2, Partition(DEPARTMENT, "d1", {}))
            work.leave()
            await anyio.wait_all_tasks_blocked()
            assert not idle
            await work.take(2)
            work.leave()
            await work.put(1, partition("c2"))  # before the one that waits is awake
            await anyio.wait_all_tasks_blocked()
            assert not idle
            await work.take(1)
            work.leave()
    assert idle
