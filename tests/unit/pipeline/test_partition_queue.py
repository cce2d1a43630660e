"""No partition is fetched twice at the same time, and none is forgotten."""

import anyio
import pytest
from async_sync.pipeline.partition_queue import ActivePartitions, Partition, PartitionQueue
from hypothesis import given
from hypothesis import strategies as st


def add(partitions: ActivePartitions, company: str, number: int, *, deleted: bool = False) -> Partition | None:
    return partitions.add(company, {"company_id": company, "number": number}, [number], deleted=deleted)


def added(partitions: ActivePartitions, company: str, number: int) -> Partition:
    partition = add(partitions, company, number)
    assert partition is not None
    return partition


def test_a_new_parent_is_queued() -> None:
    """A parent whose partition is not active is queued, with its row and its number."""
    partition = added(ActivePartitions(), "c1", 4)
    assert (partition.id, partition.parent, partition.waiting_numbers) == ("c1", {"company_id": "c1", "number": 4}, [4])
    assert (partition.record_numbers, partition.deleted) == ([], False)


def test_a_parent_that_appears_again_brings_its_latest_row() -> None:
    """The next request is made from the parent's latest row: a name in its children's path may have changed."""
    partitions = ActivePartitions()
    partition = added(partitions, "c1", 0)
    add(partitions, "c1", 1)
    assert partition.parent == {"company_id": "c1", "number": 1}


def test_parents_do_not_disturb_each_other() -> None:
    """Each parent has a partition of its own."""
    partitions = ActivePartitions()
    one, other = added(partitions, "c1", 0), added(partitions, "c2", 1)
    one.begin()
    assert (one.record_numbers, other.waiting_numbers) == ([0], [1])


def test_a_fetch_that_has_not_begun_serves_the_parent_again() -> None:
    """A parent that appears again before its fetch has begun is served by that fetch."""
    partitions = ActivePartitions()
    partition = added(partitions, "c1", 0)
    assert add(partitions, "c1", 1) is None
    partition.begin()
    assert partition.record_numbers == [0, 1]
    assert not partitions.finish(partition)


def test_a_parent_that_appears_during_its_fetch_is_fetched_again() -> None:
    """A parent that appears while it is fetched is not queued, but fetched again, for the new record only."""
    partitions = ActivePartitions()
    partition = added(partitions, "c1", 0)
    partition.begin()
    assert add(partitions, "c1", 1) is None
    assert partition.record_numbers == [0]
    assert partitions.finish(partition)
    partition.begin()
    assert (partition.record_numbers, partition.waiting_numbers) == ([1], [])
    assert not partitions.finish(partition)


def test_a_finished_partition_is_queued_anew() -> None:
    """A parent that appears after its fetch has ended has a new partition."""
    partitions = ActivePartitions()
    first = added(partitions, "c1", 0)
    first.begin()
    partitions.finish(first)
    assert added(partitions, "c1", 1) is not first


def test_an_active_partition_is_not_queued_again() -> None:
    """While a partition has to be fetched again, it stays active."""
    partitions = ActivePartitions()
    partition = added(partitions, "c1", 0)
    partition.begin()
    add(partitions, "c1", 1)
    partitions.finish(partition)
    assert add(partitions, "c1", 2) is None


def test_the_latest_record_says_whether_the_parent_is_deleted() -> None:
    """A parent that was deleted and restored, or the other way round, is what its latest record says."""
    partitions = ActivePartitions()
    partition = add(partitions, "c1", 0, deleted=True)
    assert partition is not None
    assert partition.deleted
    add(partitions, "c1", 1)
    assert not partition.deleted
    add(partitions, "c1", 2, deleted=True)
    assert partition.deleted


def test_the_list_of_numbers_stays_the_callers_own() -> None:
    """The list of numbers that a parent was added with is not changed later."""
    partitions, numbers = ActivePartitions(), [0]
    partition = partitions.add("c1", {"company_id": "c1"}, numbers)
    assert partition is not None
    assert not partition.deleted
    add(partitions, "c1", 1)
    assert numbers == [0]


class Simulation:
    """Parents that appear, and fetches that begin and end, in any order."""

    def __init__(self) -> None:
        self.partitions = ActivePartitions()
        self.queued: dict[int, Partition] = {}
        self.running: dict[int, Partition] = {}
        self.count = 0
        self.served: list[int] = []

    def add(self, company: int) -> None:
        partition = add(self.partitions, str(company), self.count)
        self.count += 1
        assert (partition is None) == (company in self.queued or company in self.running)
        if partition is not None:
            self.queued[company] = partition

    def begin(self, company: int) -> None:
        if company in self.queued:
            self.running[company] = self.queued.pop(company)
            self.running[company].begin()

    def finish(self, company: int) -> None:
        if company in self.running:
            partition = self.running.pop(company)
            self.served += partition.record_numbers
            if self.partitions.finish(partition):
                self.queued[company] = partition


@given(st.lists(st.tuples(st.sampled_from(["add", "begin", "finish"]), st.integers(0, 2))))
def test_every_record_is_served_once(steps: list[tuple[str, int]]) -> None:
    """Whatever the order of events, each record is served by one fetch, and a parent has one partition at a time."""
    simulation = Simulation()
    for step, company in steps:
        getattr(simulation, step)(company)
    while simulation.queued or simulation.running:
        for company in range(3):
            simulation.begin(company)
            simulation.finish(company)
    assert sorted(simulation.served) == list(range(simulation.count))


@pytest.mark.asyncio
async def test_a_full_queue_makes_the_reader_of_parents_wait() -> None:
    """A partition beyond the size is queued once a worker has taken another one, so that memory stays bounded."""
    put: list[str] = []

    async def put_all(queue: PartitionQueue) -> None:
        for number, name in enumerate(["c1", "c2", "c3"]):
            await queue.put(name, {}, [number])
            put.append(name)

    with PartitionQueue(1) as queue:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(put_all, queue)
            await anyio.wait_all_tasks_blocked()
            assert put == ["c1"]
            assert (await anext(aiter(queue))).id == "c1"
            await anyio.wait_all_tasks_blocked()
            assert put == ["c1", "c2"]
            tasks.cancel_scope.cancel()


@pytest.mark.asyncio
async def test_a_closed_queue_is_read_to_its_end() -> None:
    """What is queued when the queue is closed still reaches the workers, each partition once; then they end."""
    with PartitionQueue(9) as queue:
        for number, name in enumerate(["c1", "c2", "c1"]):
            await queue.put(name, {}, [number])
        queue.close()
        taken = [partition async for partition in queue]

    assert [(partition.id, partition.waiting_numbers) for partition in taken] == [("c1", [0, 2]), ("c2", [1])]
