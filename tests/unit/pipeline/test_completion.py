"""What is complete by what: lists by their records, records by the lists below them, at any depth."""

from collections.abc import Sequence

from async_sync.pipeline.completion import Completed, Completion
from async_sync.pipeline.list_starts import ListStart
from async_sync.pipeline.open_list import OpenList
from async_sync.pipeline.partitions import Partition, Place
from async_sync.records.answers import Answer
from async_sync.records.pages import Page
from async_sync.streams.stream import Stream
from async_sync.writing.messages import Done, SetPosition
from tests.helpers.parts import cursor, parse
from tests.helpers.streams import COMPANY, DEPARTMENT
from tests.helpers.writing import cap

START = ListStart(cursor=None, known_until=None)
EMPLOYEE = Stream(table="employee", parent=DEPARTMENT, path="/{department_id}", primary_key=["employee_id"], columns={})


class Tree:
    """Lists of companies and of departments as they are read, and what is told of them."""

    def __init__(self) -> None:
        self.counted: list[tuple[str, int, bool]] = []
        self.completion = Completion(lambda name, count, is_last: self.counted.append((name, count, is_last)))
        self.companies = self.list(COMPANY, "", days=1)
        self.company = Partition(COMPANY, "c1", {}, places=[Place(self.companies, 0)])

    def list(self, stream: Stream, name: str, *, days: int, owner: Partition | None = None) -> OpenList:
        """A list with one record on each of these days."""
        list_ = OpenList(stream, name, START, parse(), is_inner=True, cap=cap, owner=owner)
        if owner is not None:
            owner.open_lists += 1
        cursors = [cursor(f"2026-01-{day + 1:02}") for day in range(days)]
        rows = [dict.fromkeys(stream.primary_key, str(day)) for day in range(days)]
        list_.take(Page(Answer("", {}, []), rows, cursors, stream.primary_key))
        return list_

    def read(self, partition: Partition) -> Completed:
        partition.outcome = [Done(partition.stream, partition.id)]
        return self.completion.partition_read(partition)

    def over(self, list_: OpenList) -> Completed:
        list_.end()
        return self.completion.list_over(list_)


def told(completed: Completed) -> Sequence[tuple[str, str]]:
    """What the writer is told, in its order: that something is done, or how far a list has come."""
    return [
        (change.partition, "done") if isinstance(change, Done) else (change.partition, str(_day(change)))
        for change in completed.changes
        if isinstance(change, Done | SetPosition)
    ]


def _day(change: SetPosition) -> str | None:
    reached = change.position.cursor
    return reached and str(reached.raw)[-2:]


def test_a_record_with_nothing_open_below_it() -> None:
    """It is done at once, and then its list moves over it."""
    tree = Tree()
    completed = tree.read(tree.company)
    assert told(completed) == [("c1", "done"), ("", "None")]
    assert completed.partitions == [tree.company]
    assert tree.counted == [("company", 1, False)]
    assert told(tree.over(tree.companies)) == [("", "01")]
    assert tree.counted[-1] == ("company", 0, True)


def test_a_record_waits_for_the_lists_below_it() -> None:
    """It is done with the last record of the last list below it, from the bottom up in one step."""
    tree = Tree()
    departments = tree.list(DEPARTMENT, "c1", days=2, owner=tree.company)
    first, second = (Partition(DEPARTMENT, f"d{n}", {}, places=[Place(departments, n)]) for n in range(2))
    assert told(tree.over(departments)) == [("c1", "None")]
    assert tree.read(tree.company) == Completed([], [])
    assert told(tree.read(second)) == [("d1", "done"), ("c1", "None")]
    last = tree.read(first)
    assert told(last) == [("d0", "done"), ("c1", "02"), ("c1", "done"), ("", "None")]
    assert last.partitions == [first, tree.company]


def test_records_may_be_done_before_their_list_is_over() -> None:
    """The end of the list is then what completes the record above it."""
    tree = Tree()
    departments = tree.list(DEPARTMENT, "c1", days=1, owner=tree.company)
    tree.read(Partition(DEPARTMENT, "d0", {}, places=[Place(departments, 0)]))
    tree.company.outcome = [Done(COMPANY, "c1")]
    assert told(tree.over(departments)) == [("c1", "01"), ("c1", "done"), ("", "None")]


def test_an_empty_list_is_over_at_once() -> None:
    """A record whose list below is empty waits for nothing but its own reading."""
    tree = Tree()
    departments = tree.list(DEPARTMENT, "c1", days=0, owner=tree.company)
    assert told(tree.over(departments)) == [("c1", "None")]
    assert told(tree.read(tree.company)) == [("c1", "done"), ("", "None")]


def test_a_list_that_was_given_up_completes_with_its_records() -> None:
    """What was begun below it is finished first; then the record above takes its own outcome."""
    tree = Tree()
    departments = tree.list(DEPARTMENT, "c1", days=1, owner=tree.company)
    departments.give_up()
    assert told(tree.completion.list_over(departments)) == [("c1", "None")]
    assert tree.read(tree.company) == Completed([], [])
    completed = tree.read(Partition(DEPARTMENT, "d0", {}, places=[Place(departments, 0)]))
    assert told(completed) == [("d0", "done"), ("c1", "None"), ("c1", "done"), ("", "None")]


def test_a_record_in_several_lists_completes_all_of_them() -> None:
    """A department that has moved from one company to another, and appears twice in one, is done in each of them."""
    tree = Tree()
    other = Partition(COMPANY, "c2", {}, outcome=[Done(COMPANY, "c2")])
    one, two = tree.list(DEPARTMENT, "c1", days=2, owner=tree.company), tree.list(DEPARTMENT, "c2", days=1, owner=other)
    tree.over(one)
    tree.over(two)
    tree.company.outcome = [Done(COMPANY, "c1")]
    moved = Partition(DEPARTMENT, "d0", {}, places=[Place(one, 0), Place(one, 1), Place(two, 0)])
    completed = tree.read(moved)
    assert {partition.id for partition in completed.partitions} == {"d0", "c1", "c2"}
    assert told(completed)[:3] == [("d0", "done"), ("c1", "02"), ("c2", "01")]


def test_any_depth() -> None:
    """A record four levels down completes everything above it."""
    tree = Tree()
    departments = tree.list(DEPARTMENT, "c1", days=1, owner=tree.company)
    department = Partition(DEPARTMENT, "d0", {}, places=[Place(departments, 0)])
    employees = tree.list(EMPLOYEE, "d0", days=1, owner=department)
    for list_ in (tree.companies, departments, employees):
        tree.over(list_)
    for partition in (tree.company, department):
        tree.read(partition)
    completed = tree.read(Partition(EMPLOYEE, "e0", {}, places=[Place(employees, 0)]))
    assert [partition.id for partition in completed.partitions] == ["e0", "d0", "c1"]
    assert told(completed)[-1] == ("", "01")
    assert tree.counted[-1] == ("company", 1, True)


def test_a_company_that_is_deleted_while_what_is_below_it_is_read() -> None:
    """Neither is it done, nor do the cursors below count: the list of companies alone is further by that."""
    tree = Tree()
    departments = tree.list(DEPARTMENT, "c1", days=2, owner=tree.company)
    first, second = (Partition(DEPARTMENT, f"d{n}", {}, places=[Place(departments, n)]) for n in (0, 1))
    tree.read(tree.company)
    assert told(tree.read(first)) == [("d0", "done"), ("c1", "None")]
    tree.company.was_overtaken = True
    assert told(tree.read(second)) == []
    assert told(tree.over(departments)) == [("", "None")]
