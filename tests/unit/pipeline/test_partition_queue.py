"""No partition is fetched twice at the same time, and none is forgotten."""

from hypothesis import given
from hypothesis import strategies as st

from async_sync.pipeline.partition_queue import Partition, Partitions


def add(partitions: Partitions, company: str, number: int, *, deleted: bool = False) -> Partition | None:
    return partitions.add(company, {"company_id": company, "number": number}, [number], deleted=deleted)


def added(partitions: Partitions, company: str, number: int) -> Partition:
    partition = add(partitions, company, number)
    assert partition is not None
    return partition


def test_a_new_parent_is_queued() -> None:
    """A parent whose partition is not in hand is queued, with its row and its number."""
    partition = added(Partitions(), "c1", 4)
    assert (partition.id, partition.parent, partition.waiting) == ("c1", {"company_id": "c1", "number": 4}, [4])
    assert (partition.numbers, partition.deleted) == ([], False)


def test_a_parent_that_comes_again_brings_its_last_row() -> None:
    """What is asked for next is told by the parent's last row: a name in its children's path may have changed."""
    partitions = Partitions()
    partition = added(partitions, "c1", 0)
    add(partitions, "c1", 1)
    assert partition.parent == {"company_id": "c1", "number": 1}


def test_parents_do_not_disturb_each_other() -> None:
    """Each parent has a partition of its own."""
    partitions = Partitions()
    one, other = added(partitions, "c1", 0), added(partitions, "c2", 1)
    one.begin()
    assert (one.numbers, other.waiting) == ([0], [1])


def test_a_fetch_that_has_not_begun_serves_the_parent_again() -> None:
    """A parent that comes by again before its fetch has begun is served by that fetch."""
    partitions = Partitions()
    partition = added(partitions, "c1", 0)
    assert add(partitions, "c1", 1) is None
    partition.begin()
    assert partition.numbers == [0, 1]
    assert not partitions.finish(partition)


def test_a_parent_that_comes_by_during_its_fetch_is_fetched_again() -> None:
    """A parent that comes by while it is fetched is not queued, but fetched again, for the new record only."""
    partitions = Partitions()
    partition = added(partitions, "c1", 0)
    partition.begin()
    assert add(partitions, "c1", 1) is None
    assert partition.numbers == [0]
    assert partitions.finish(partition)
    partition.begin()
    assert (partition.numbers, partition.waiting) == ([1], [])
    assert not partitions.finish(partition)


def test_a_finished_partition_is_queued_anew() -> None:
    """After its fetch has ended, a parent that comes by again has a new partition."""
    partitions = Partitions()
    first = added(partitions, "c1", 0)
    first.begin()
    partitions.finish(first)
    assert added(partitions, "c1", 1) is not first


def test_a_partition_still_in_hand_is_not_given_again() -> None:
    """While a partition has to be fetched again, it stays in hand."""
    partitions = Partitions()
    partition = added(partitions, "c1", 0)
    partition.begin()
    add(partitions, "c1", 1)
    partitions.finish(partition)
    assert add(partitions, "c1", 2) is None


def test_the_latest_record_says_whether_the_parent_is_deleted() -> None:
    """A parent that was deleted and came back, or the other way round, is what its latest record says."""
    partitions = Partitions()
    partition = add(partitions, "c1", 0, deleted=True)
    assert partition is not None
    assert partition.deleted
    add(partitions, "c1", 1)
    assert not partition.deleted
    add(partitions, "c1", 2, deleted=True)
    assert partition.deleted


def test_the_numbers_given_stay_the_caller_s() -> None:
    """The list of numbers that a parent came with is not changed later."""
    partitions, numbers = Partitions(), [0]
    partition = partitions.add("c1", {"company_id": "c1"}, numbers)
    assert partition is not None
    assert not partition.deleted
    add(partitions, "c1", 1)
    assert numbers == [0]


class Simulation:
    """Parents that come by, and fetches that begin and end, in any order."""

    def __init__(self) -> None:
        self.partitions = Partitions()
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
            self.served += partition.numbers
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
