"""The third level: the employees of a department, generated, changed, drifting, and read through the API."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_api import STYLES, Api, Drift, Source
from mock_api.drift import change_share
from mock_api.pages import PARAMETERS
from mock_api.table import Listing, Table, UnknownRecordError, instant

PATH = "/companies/c000001/departments/d01/employees"
BASE = "http://api.test"


def employee(employee_id: str, updated_at: str, department_id: str = "d01", **more: str) -> dict[str, str]:
    ids = {"employee_id": employee_id, "department_id": department_id, "company_id": "c000001"}
    return {**ids, "updated_at": updated_at, **more}


def generated(**more: int) -> Source:
    return Source.generate(**{"companies": 2, "departments": 2, "employees": 3, **more})  # type: ignore[arg-type]


def ids(listing: Listing) -> list[str]:
    return [record["employee_id"] for record in listing]


def upper(source: Source | Drift) -> list[object]:
    """All companies and departments."""
    companies = list(source.companies())
    return [companies, [list(source.departments(record["company_id"])) for record in companies]]


def staff(source: Source | Drift) -> list[dict[str, Any]]:
    """All employees, by their ids."""
    found = [
        dict(record)
        for company in source.companies()
        for department in source.departments(company["company_id"])
        for record in source.employees(company["company_id"], department["department_id"])
    ]
    return sorted(found, key=lambda record: [record[name] for name in ("company_id", "department_id", "employee_id")])


def ask(query: dict[str, str] | str = "", *, path: str = PATH, of: Api | None = None) -> tuple[int, Any]:
    answer = (of or Api(generated())).answer("GET", path, query, BASE)
    return answer.status, msgspec.json.decode(answer.body)


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
    """The same seed generates the same employees, another seed others."""
    assert staff(generated(seed=1)) == staff(generated(seed=1))
    assert staff(generated(seed=1)) != staff(generated(seed=2))


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
    changed = [record for record in staff(source) if record["updated_at"] == at]
    assert [(e["company_id"], e["department_id"], e["employee_id"]) for e in changed] == [("c000001", "d02", "e003")]


def test_a_touch_can_end_at_a_department() -> None:
    """A change to a department leaves its employees as they were."""
    source = generated()

    source.touch(["c000001", "d02"], "2026-05-01T00:00:00Z", head_count=7)

    assert [department["head_count"] for department in source.departments("c000001", "2026-05-01")] == [7]
    assert staff(source) == staff(generated())


def test_a_share_has_changed() -> None:
    """With each changed company, one employee of its changed department has changed at the same time."""
    source = generated(companies=10)
    change_share(source, 30)

    changed = [record for record in staff(source) if record["updated_at"] >= "2026-04-01"]

    assert [record["company_id"] for record in changed] == ["c000001", "c000004", "c000007"]
    for record in changed:
        [department] = source.departments(record["company_id"], "2026-04-01")
        assert department["department_id"] == record["department_id"]
        assert department["updated_at"] == record["updated_at"]


def test_a_share_without_departments() -> None:
    """Companies that have no departments change without them."""
    source = generated(companies=10, departments=0)
    change_share(source, 30)

    assert len(source.companies("2026-04-01")) == 3


class TestApi:
    def test_answers_with_the_employees_of_one_department(self) -> None:
        """One department's employees are returned, oldest first."""
        status, body = ask()

        assert status == 200
        assert body["data"] == list(generated().employees("c000001", "d01"))
        assert body["total_items"] == 3

    def test_ids_are_decoded_segments(self) -> None:
        """A slash or a space in an id is percent-encoded in the path."""
        company = {"company_id": "c/1", "updated_at": "2026-01-01"}
        source = Source(
            [company], [{**company, "department_id": "d 1"}], [{**company, "department_id": "d 1", "employee_id": "e"}]
        )

        assert ask(path="/companies/c%2F1/departments/d%201/employees", of=Api(source))[1]["total_items"] == 1

    @pytest.mark.parametrize(
        ("path", "error"),
        [
            ("/companies/x/departments/d01/employees", "no such company: x"),
            ("/companies/c000001/departments/x%20y/employees", "no such department: x y"),
        ],
    )
    def test_unknown_parents(self, path: str, error: str) -> None:
        """An unknown company or department is answered with 404, which names its decoded id."""
        assert ask(path=path) == (404, {"error": error})

    def test_updated_since_and_order(self) -> None:
        """A list of employees can be filtered, inclusively, and reversed like any other."""
        listing = generated().employees("c000001", "d01")

        _, body = ask({"updated_since": listing[1]["updated_at"], "order_by": "updated_at", "order_type": "desc"})

        assert body["data"] == [listing[2], listing[1]]

    def test_hostile_options_apply(self) -> None:
        """An API that ignores the filter and the order does so for employees as well."""
        deaf = Api(generated(), ignore_updated_since=True, ignore_order=True)

        _, body = ask({"updated_since": "2030-01-01", "order_type": "asc"}, of=deaf)

        assert body["data"] == list(generated().employees("c000001", "d01"))[::-1]

    @pytest.mark.parametrize("style", STYLES)
    def test_every_page_style(self, style: str) -> None:
        """Employees come in pages of the API's style, with its parameters and no others."""
        api, limited = Api(generated(), pagination=style), {"limit": "2"}
        whole = list(generated().employees("c000001", "d01"))

        status, body = ask(limited, of=api)

        if "limit" in PARAMETERS[style]:
            assert (body if style == "link_header" else body["data"]) == whole[:2]
        else:
            assert status == 400
            assert ask(of=api)[1]["data"] == whole

    def test_a_cursor_leads_to_the_rest(self) -> None:
        """The cursor of a page of employees continues after its last employee."""
        _, first = ask({"limit": "2"})
        _, rest = ask({"limit": "2", "cursor": first["next_cursor"]})

        assert [*first["data"], *rest["data"]] == list(generated().employees("c000001", "d01"))

    def test_a_source_of_two_levels(self) -> None:
        """Over a source that has no employees or currencies, their paths are unknown."""

        @dataclass(frozen=True)
        class TwoLevels:
            source: Source

            def companies(self, since: str | None = None) -> Listing:
                return self.source.companies(since)

            def departments(self, company_id: str, since: str | None = None) -> Listing:
                return self.source.departments(company_id, since)

        api = Api(TwoLevels(generated()))

        assert ask(path="/companies/c000001/departments", of=api)[0] == 200
        for path in (PATH, "/currencies"):
            assert ask(path=path, of=api) == (404, {"error": f"no such path: {path}"})


class TestDrift:
    DAY = datetime(2026, 5, 1, tzinfo=UTC).timestamp()

    def drift(self, *times: float, employees: int = 3) -> Drift:
        """Ten companies, of which two are busy, read at each of these seconds after `DAY`."""
        now = [self.DAY]
        drift = Drift(generated(companies=10, employees=employees), lambda: now[0])
        for time in times:
            now[0] = self.DAY + time
            drift.employees("c000001", "d01")
        return drift

    @given(st.lists(st.floats(0, 100), min_size=1, max_size=5))
    def test_depends_on_time_alone(self, times: list[float]) -> None:
        """A process that has read before and one that has just started see the same employees."""
        assert staff(self.drift(*sorted(times))) == staff(self.drift(max(times)))

    def test_changes_no_more_than_without_employees(self) -> None:
        """Companies and departments drift in the same way, however many employees there are."""
        assert upper(self.drift(33, employees=3)) == upper(self.drift(33, employees=0))

    def test_an_employee_changes_no_later_than_its_department(self) -> None:
        """Drift also updates the department when its employee changes."""
        drift = self.drift(7, 33)

        for record in staff(drift):
            [department] = [
                department
                for department in drift.departments(record["company_id"])
                if department["department_id"] == record["department_id"]
            ]
            assert instant(record["updated_at"]) <= instant(department["updated_at"])

    def test_the_busy_take_turns(self) -> None:
        """Each of the twelve employees of the two busy companies changes every 24 seconds, and no other ever does."""
        changed = [record for record in staff(self.drift(24)) if record["updated_at"] > "2026-05-01T00:00:00Z"]

        assert len(changed) == len({record["updated_at"] for record in changed}) == 12
        assert {record["company_id"] for record in changed} == {"c000001", "c000002"}

    def test_departments_without_employees(self) -> None:
        """Where only some departments have employees, the others drift without them."""
        source = generated(companies=1, employees=0)
        source.put_employee(employee("e1", "2026-01-01"))
        drift = Drift(source, lambda: self.DAY)

        assert {record["updated_at"] > "2026-04" for record in drift.departments("c000001")} == {True}
        assert [record["updated_at"] > "2026-04" for record in drift.employees("c000001", "d01")] == [True]

    def test_a_removed_employee_stays_removed(self) -> None:
        """Drift changes only existing records."""
        source = generated(companies=1)
        drift = Drift(source, lambda: self.DAY)

        source.remove_employee("c000001", "d01", "e001")

        assert "e001" not in ids(drift.employees("c000001", "d01"))
