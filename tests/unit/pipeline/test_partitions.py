"""No partition is read twice at the same time, and none is forgotten."""

from hypothesis import given
from hypothesis import strategies as st

from async_sync.pipeline.open_list import OpenList
from async_sync.pipeline.partitions import ActivePartitions, Partition, Place
from tests.helpers.streams import COMPANY, DEPARTMENT
from tests.helpers.writing import Writing

COMPANIES: OpenList = Writing().companies


def new(company: str, number: int, *, is_fresh: bool = False) -> Partition:
    row = {"company_id": company, "number": number}
    return Partition(COMPANY, company, row, waiting=[Place(COMPANIES, number)], is_fresh=is_fresh)


def added(partitions: ActivePartitions, company: str, number: int) -> Partition:
    partition = partitions.add(new(company, number))
    assert partition is not None
    return partition


def numbers(places: list[Place]) -> list[int]:
    return [place.number for place in places]


def test_a_new_record_is_queued() -> None:
    """A record whose partition is not active is queued, with its row and its place."""
    partition = added(ActivePartitions(), "c1", 4)
    assert (partition.id, partition.parent, partition.waiting) == (
        "c1",
        {"company_id": "c1", "number": 4},
        [Place(COMPANIES, 4)],
    )
    assert (partition.places, partition.deleted, partition.title) == ([], False, "company c1")


def test_a_record_that_appears_again_brings_its_latest_row() -> None:
    """The next request is made from the latest row: a name in the paths below may have changed."""
    partitions = ActivePartitions()
    partition = added(partitions, "c1", 0)
    assert partitions.add(new("c1", 1)) is None
    assert partition.parent == {"company_id": "c1", "number": 1}


def test_records_do_not_disturb_each_other() -> None:
    """Each record has a partition of its own, also those of two streams with the same key."""
    partitions = ActivePartitions()
    one, other = added(partitions, "c1", 0), added(partitions, "c2", 1)
    one.begin()
    assert (numbers(one.places), numbers(other.waiting)) == ([0], [1])
    assert partitions.add(Partition(DEPARTMENT, "c1", {})) is not None


def test_a_reading_that_has_not_begun_serves_the_record_again() -> None:
    """A record that appears again before its reading has begun is served by that one."""
    partitions = ActivePartitions()
    partition = added(partitions, "c1", 0)
    assert partitions.add(new("c1", 1)) is None
    partition.begin()
    assert numbers(partition.places) == [0, 1]
    assert not partitions.finish(partition)


def test_a_record_that_appears_while_it_is_read_is_read_again() -> None:
    """A record that appears meanwhile is not queued, but read again, for the new place only."""
    partitions = ActivePartitions()
    partition = added(partitions, "c1", 0)
    partition.begin()
    assert partitions.add(new("c1", 1)) is None
    assert numbers(partition.places) == [0]
    assert partitions.finish(partition)
    partition.begin()
    assert (numbers(partition.places), partition.waiting) == ([1], [])
    assert not partitions.finish(partition)


def test_a_record_without_a_place_is_read_again_as_well() -> None:
    """A record that was skipped before has no place in a list, and still is not forgotten."""
    partitions = ActivePartitions()
    partition = added(partitions, "c1", 0)
    partition.begin()
    assert partitions.add(Partition(COMPANY, "c1", {})) is None
    assert partitions.finish(partition)


def test_a_finished_partition_is_queued_anew() -> None:
    """A record that appears after its reading has ended has a new partition; until then, it is not queued again."""
    partitions = ActivePartitions()
    first = added(partitions, "c1", 0)
    first.begin()
    partitions.add(new("c1", 1))
    partitions.finish(first)
    assert partitions.add(new("c1", 2)) is None
    first.begin()
    partitions.finish(first)
    assert added(partitions, "c1", 3) is not first


def test_a_record_that_is_deleted_before_it_is_read() -> None:
    """A record that is deleted before its reading has begun is not read, unless it has appeared again since."""
    partitions = ActivePartitions()
    partition = added(partitions, "c1", 0)
    partitions.delete(COMPANY, "c1")
    partitions.delete(COMPANY, "c2")  # nobody is about to read it
    partition.begin()
    assert partition.is_void
    partitions.add(new("c1", 1))
    assert (partition.deleted, partition.is_void, partition.is_fresh) == (False, False, True)


def test_a_record_that_is_deleted_while_it_is_read() -> None:
    """What is being read does not count any more; only if the record appears again, it is read again, and all of it."""
    partitions = ActivePartitions()
    partition = added(partitions, "c1", 0)
    partition.begin()
    partitions.delete(COMPANY, "c1")
    assert (partition.is_void, partition.is_waiting) == (True, False)
    partitions.add(new("c1", 1))
    assert partition.is_void
    assert partitions.finish(partition)
    partition.begin()
    assert (partition.is_void, partition.deleted, partition.is_fresh) == (False, False, True)
    partitions.delete(COMPANY, "c1")
    assert not partitions.finish(partition)


def test_once_fresh_a_partition_stays_so() -> None:
    """If one of the lists that a record is in is read afresh, no cursor below the record counts."""
    partitions = ActivePartitions()
    partition = partitions.add(new("c1", 0, is_fresh=True))
    assert partition is not None
    partitions.add(new("c1", 1))
    assert partition.is_fresh


def test_a_partition_is_settled_when_it_is_read_with_everything_below_it() -> None:
    """Neither a partition that is still read is settled, nor one with an open list; a new reading begins anew."""
    partition = new("c1", 0)
    partition.begin()
    partition.open_lists = 1
    assert not partition.is_settled
    partition.outcome = []
    assert not partition.is_settled
    partition.open_lists = 0
    assert partition.is_settled
    partition.begin()
    assert not partition.is_settled


class Simulation:
    """Records that appear, and readings that begin and end, in any order."""

    def __init__(self) -> None:
        self.partitions = ActivePartitions()
        self.queued: dict[int, Partition] = {}
        self.running: dict[int, Partition] = {}
        self.count = 0
        self.served: list[int] = []

    def add(self, company: int) -> None:
        partition = self.partitions.add(new(str(company), self.count))
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
            self.served += numbers(partition.places)
            if self.partitions.finish(partition):
                self.queued[company] = partition


@given(st.lists(st.tuples(st.sampled_from(["add", "begin", "finish"]), st.integers(0, 2))))
def test_every_place_is_served_once(steps: list[tuple[str, int]]) -> None:
    """Whatever the order of events, each place is served by one reading, and a record has one partition at a time."""
    simulation = Simulation()
    for step, company in steps:
        getattr(simulation, step)(company)
    while simulation.queued or simulation.running:
        for company in range(3):
            simulation.begin(company)
            simulation.finish(company)
    assert sorted(simulation.served) == list(range(simulation.count))
