"""Employees of which a share has changed, or that drift."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from mock_api import Drift
from mock_api.drift import change_share
from mock_api.table import instant
from tests.mock_api.staffed import employee, generated, ids, staff, upper


def test_a_share_has_changed() -> None:
    """With each changed company, its first department and that one's first employee have changed at the same time."""
    source, before = generated(companies=10), generated(companies=10)
    change_share(source, 30)

    changed = [record for record in staff(source) if record["updated_at"] >= "2026-04-01"]

    assert [record["company_id"] for record in changed] == ["c000001", "c000004", "c000007"]
    for record in changed:
        company_id, department_id = record["company_id"], record["department_id"]
        [department] = source.departments(company_id, "2026-04-01")
        assert department["updated_at"] == record["updated_at"]
        assert department["department_id"] == department_id == before.departments(company_id)[0]["department_id"]
        assert record["employee_id"] == before.employees(company_id, department_id)[0]["employee_id"]


def test_a_share_without_departments() -> None:
    """Companies that have no departments change without them."""
    source = generated(companies=10, departments=0)
    change_share(source, 30)

    assert len(source.companies("2026-04-01")) == 3


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
