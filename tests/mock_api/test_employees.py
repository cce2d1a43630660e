"""The third level of a source: the employees of a department, generated and changed."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from mock_api import Source
from mock_api.table import Table, UnknownRecordError, instant
from tests.mock_api.staffed import employee, generated, ids, staff, upper


def test_a_generated_employee_names_those_above() -> None:
    """An employee has its own id, those of its department and company, a name, and a time; nothing else."""
    for record in staff(generated()):
        assert record.keys() == {"employee_id", "department_id", "company_id", "employee_name", "updated_at"}
        assert record["employee_name"]

    assert sorted(ids(generated().employees("c000002", "d01"))) == ["e001", "e002", "e003"]
    assert {record["company_id"] for record in generated().employees("c000002", "d01")} == {"c000002"}
    assert {record["department_id"] for record in generated().employees("c000002", "d01")} == {"d01"}


def test_generated_employees_changed_in_the_30_days_before_their_department() -> None:
    """An employee changes no later than its department, and at most 30 days earlier."""
    source = generated(companies=5, departments=3, employees=20)

    ages = [
        instant(department["updated_at"]) - instant(record["updated_at"])
        for company in source.companies()
        for department in source.departments(company["company_id"])
        for record in source.employees(company["company_id"], department["department_id"])
    ]

    assert len(ages) == 5 * 3 * 20
    assert timedelta() <= min(ages) < timedelta(days=1)
    assert timedelta(days=29) < max(ages) < timedelta(days=30)


def test_generating_is_deterministic() -> None:
    """The same seed generates the same employees, another seed others with other names."""
    one = [staff(generated(companies=1, departments=1, seed=seed)) for seed in (1, 2)]
    names = [[record["employee_name"] for record in records] for records in one]

    assert staff(generated(seed=1)) == staff(generated(seed=1))
    assert names[0] != names[1]


@pytest.mark.parametrize("zipf", [False, True])
def test_other_records_do_not_depend_on_how_many_employees_there_are(zipf: bool) -> None:
    """Companies and departments are the same with any number of employees and currencies."""
    plain, more = (
        Source.generate(companies=9, departments=4, employees=number, currencies=number, seed=3, zipf=zipf)
        for number in (0, 5)
    )

    assert upper(plain) == upper(more)
    assert staff(plain) == []
    assert len(staff(more)) == 9 * 4 * 5


def test_an_id_is_unique_only_within_its_department() -> None:
    """The same employee id in two departments means two employees."""
    source = generated(employees=0)
    for department_id, name in (("d01", "Ada"), ("d02", "Ben")):
        source.put_employee(employee("e1", "2026-01-01", department_id, employee_name=name))

    assert [record["employee_name"] for record in source.employees("c000001", "d01")] == ["Ada"]
    assert [record["employee_name"] for record in source.employees("c000001", "d02")] == ["Ben"]


def test_put_inserts_or_replaces() -> None:
    """An employee that is put moves to the place of its new time; nothing above it changes."""
    source = Source(
        [{"company_id": "c000001", "updated_at": "2026-01-01"}],
        [{"company_id": "c000001", "department_id": "d01", "updated_at": "2026-01-01"}],
        [employee("e1", "2026-01-01"), employee("e2", "2026-01-02")],
    )
    before = upper(source)

    source.put_employee(employee("e1", "2026-01-03"))

    assert ids(source.employees("c000001", "d01")) == ["e2", "e1"]
    assert ids(source.employees("c000001", "d01", "2026-01-03")) == ["e1"]
    assert upper(source) == before


def test_remove() -> None:
    """A removed employee is gone; one of the same id in another department stays."""
    source = generated()

    source.remove_employee("c000001", "d01", "e002")

    assert sorted(ids(source.employees("c000001", "d01"))) == ["e001", "e003"]
    assert sorted(ids(source.employees("c000001", "d02"))) == ["e001", "e002", "e003"]


def test_what_is_removed_takes_along_what_is_below() -> None:
    """A department or a company that is put again after its removal has nothing below it."""
    source = generated()
    company, department = source.companies()[0], source.departments("c000002")[0]

    source.remove_company("c000001")
    source.put_company(company)
    source.remove_department("c000002", department["department_id"])
    source.put_department(department)

    assert list(source.departments("c000001")) == []
    assert list(source.employees("c000002", department["department_id"])) == []
    assert len(staff(source)) == 3


def test_what_is_replaced_keeps_what_is_below() -> None:
    """A department or a company that is put while it is there keeps everything below it."""
    source = generated()
    before = staff(source)

    for record in list(source.companies()):
        source.put_company(record)
    for record in list(source.departments("c000001")):
        source.put_department(record)

    assert staff(source) == before


@pytest.mark.parametrize(
    ("call", "missing"),
    [
        (lambda source: source.employees("x", "d01"), "no such company: x"),
        (lambda source: source.employees("c000001", "x"), "no such department: x"),
        (lambda source: source.put_employee(employee("e1", "2026-01-01", "x")), "no such department: x"),
        (lambda source: source.remove_employee("c000001", "x", "e001"), "no such department: x"),
        (lambda source: source.remove_employee("c000001", "d01", "x"), "no such employee: x"),
        (lambda source: source.touch(["c000001", "d01", "x"], "2026-05-01", 1), "no such employee: x"),
        (lambda source: source.touch(["c000001", "x", "e001"], "2026-05-01", 1), "no such department: x"),
        (lambda source: source.touch(["x"], "2026-05-01", 1), "no such company: x"),
    ],
)
def test_what_is_not_there_is_named(call: Callable[[Source], object], missing: str) -> None:
    """Naming a record that does not exist raises a KeyError that says which, and changes nothing."""
    source = generated()

    with pytest.raises(UnknownRecordError) as caught:
        call(source)

    assert isinstance(caught.value, KeyError)
    assert str(caught.value) == missing
    assert (upper(source), staff(source)) == (upper(generated()), staff(generated()))


def test_a_table_hangs_below_a_record_only() -> None:
    """A table cannot hang below a record that does not exist."""
    with pytest.raises(UnknownRecordError, match="no such company: c000001"):
        Table("company_id").hang("c000001", Table("department_id"))


def test_a_touch_reaches_those_above() -> None:
    """A change to an employee gives it, its department and its company the time of the change, and no other record."""
    source, at = generated(), "2026-05-01T00:00:00Z"

    source.touch(["c000001", "d02", "e003"], at, head_count=7)

    assert [record["company_id"] for record in source.companies(at)] == ["c000001"]
    assert [(d["department_id"], d["head_count"]) for d in source.departments("c000001", at)] == [("d02", 7)]
    before, after = staff(generated()), staff(source)
    [place] = [number for number, record in enumerate(after) if record != before[number]]
    assert after[place] == {**before[place], "updated_at": at}
    assert (after[place]["department_id"], after[place]["employee_id"]) == ("d02", "e003")
    assert source.companies(at)[0] == {**generated().companies()[0], "updated_at": at}


def test_a_touch_can_end_at_a_department() -> None:
    """A change to a department leaves its employees as they were."""
    source = generated()

    source.touch(["c000001", "d02"], "2026-05-01T00:00:00Z", head_count=7)

    assert [department["head_count"] for department in source.departments("c000001", "2026-05-01")] == [7]
    assert staff(source) == staff(generated())
