"""A source with employees, and what is in it."""

from typing import Any

from mock_api import Drift, Source
from mock_api.table import Listing


def employee(employee_id: str, updated_at: str, department_id: str = "d01", **more: str) -> dict[str, str]:
    ids = {"employee_id": employee_id, "department_id": department_id, "company_id": "c000001"}
    return {**ids, "updated_at": updated_at, **more}


def generated(*, companies: int = 2, departments: int = 2, employees: int = 3, seed: int = 0) -> Source:
    return Source.generate(companies=companies, departments=departments, employees=employees, seed=seed)


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
