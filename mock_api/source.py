"""The data of the mock API: companies, their departments, the employees of those, and currencies; open to changes."""

from collections.abc import Iterable, Sequence
from random import Random

from mock_api import generated
from mock_api.table import Listing, Record, Table, TimelessTable

_ID_FIELDS = ("company_id", "department_id", "employee_id")
"""The id of each level's records, from the top: below each record is the table of the next level."""


class Source:
    """Companies with their departments with their employees, read in (`updated_at`, id) order, and currencies.

    Times of any precision and offset are compared as instants. Currencies have no time: they are read in the order of
    their `code`. Every UnknownRecordError is a KeyError. Not thread-safe.
    """

    def __init__(
        self,
        companies: Iterable[Record] = (),
        departments: Iterable[Record] = (),
        employees: Iterable[Record] = (),
        currencies: Iterable[Record] = (),
    ) -> None:
        self._companies = Table(_ID_FIELDS[0], companies)
        self._currencies = TimelessTable("code", currencies)
        for depth, records in enumerate((departments, employees), start=1):
            for record in records:
                self._put(record, depth)

    @classmethod
    def generate(
        cls,
        *,
        companies: int,
        departments: int,
        employees: int = 0,
        currencies: int = 0,
        seed: int = 0,
        zipf: bool = False,
    ) -> "Source":
        """Generate `companies` x `departments` x `employees` and the currencies, the same for the same arguments.

        `zipf` keeps the total number of departments, but puts most of them in a few companies: see `zipf_counts`.

        Companies are `c000001`, `c000002`, ... and change one after another in February and March 2026; departments
        are `d01`, `d02`, ... within each company and changed in the 30 days before it, because a change to a
        department also updates its company. Likewise, employees are `e001`, `e002`, ... within each department and
        changed in the 30 days before it. How many employees and currencies there are changes no other record.
        """
        rng, staffing = Random(seed), Random(f"{seed}/employees")
        made = cls(generated.companies(companies, rng), currencies=generated.currencies(currencies))
        counts = generated.zipf_counts(companies, companies * departments, rng) if zipf else [departments] * companies
        for company, count in zip(made.companies(), counts, strict=True):
            table = Table(_ID_FIELDS[1], generated.departments(company, count, rng))
            made._companies.hang(company["company_id"], table)
            for department in table.since(None) if employees else ():
                staff = Table(_ID_FIELDS[2], generated.employees(department, employees, staffing))
                table.hang(department["department_id"], staff)
        return made

    def companies(self, since: str | None = None) -> Listing:
        """The companies changed at or after `since` (ISO 8601), or all of them.

        Raises:
            ValueError: `since` is not ISO 8601.

        """
        return self._companies.since(since)

    def departments(self, company_id: str, since: str | None = None) -> Listing:
        """One company's departments changed at or after `since` (ISO 8601), or all of them.

        Raises:
            UnknownRecordError: there is no such company.
            ValueError: `since` is not ISO 8601.

        """
        return self._table(company_id).since(since)

    def employees(self, company_id: str, department_id: str, since: str | None = None) -> Listing:
        """One department's employees changed at or after `since` (ISO 8601), or all of them.

        Raises:
            UnknownRecordError: there is no such company or department.
            ValueError: `since` is not ISO 8601.

        """
        return self._table(company_id, department_id).since(since)

    def currencies(self) -> Listing:
        """The currencies."""
        return self._currencies.since(None)

    def put_company(self, record: Record) -> None:
        """Insert or replace a company. A new one has no departments yet; an old one keeps its own.

        Raises:
            KeyError: `company_id` or `updated_at` is missing.
            ValueError: `updated_at` is not ISO 8601.

        """
        self._put(record, 0)

    def put_department(self, record: Record) -> None:
        """Insert or replace a department of the company named by its `company_id`; that company stays unchanged.

        A new department has no employees yet; an old one keeps its own.

        Raises:
            KeyError: there is no such company, or `department_id` or `updated_at` is missing.
            ValueError: `updated_at` is not ISO 8601.

        """
        self._put(record, 1)

    def put_employee(self, record: Record) -> None:
        """Insert or replace an employee of the department named by its ids; department and company stay unchanged.

        Raises:
            KeyError: there is no such company or department, or an id or `updated_at` is missing.
            ValueError: `updated_at` is not ISO 8601.

        """
        self._put(record, 2)

    def put_currency(self, record: Record) -> None:
        """Insert or replace a currency.

        Raises:
            KeyError: `code` is missing.

        """
        self._currencies.put(record)

    def remove_company(self, company_id: str) -> None:
        """Remove a company and everything below it.

        Raises:
            UnknownRecordError: there is no such company.

        """
        self._companies.remove(company_id)

    def remove_department(self, company_id: str, department_id: str) -> None:
        """Remove one department and its employees.

        Raises:
            UnknownRecordError: there is no such company or department.

        """
        self._table(company_id).remove(department_id)

    def remove_employee(self, company_id: str, department_id: str, employee_id: str) -> None:
        """Remove one employee.

        Raises:
            UnknownRecordError: there is no such company, department or employee.

        """
        self._table(company_id, department_id).remove(employee_id)

    def remove_currency(self, code: str) -> None:
        """Remove one currency.

        Raises:
            UnknownRecordError: there is no such currency.

        """
        self._currencies.remove(code)

    def touch(self, path: Sequence[str], updated_at: str, head_count: int) -> None:
        """Change the record at the end of a path: ids of a company, one of its departments, and one of its employees.

        It and those above it get the time of that change, and a department the new `head_count`. A call that fails
        changes nothing.

        Raises:
            UnknownRecordError: there is no such company, department or employee.
            ValueError: `updated_at` is not ISO 8601.

        """
        records = [self._table(*path[:depth])[record_id] for depth, record_id in enumerate(path)]
        for depth, record in enumerate(records):
            counted = {"head_count": head_count} if _ID_FIELDS[depth] == "department_id" else {}
            self._put({**record, **counted, "updated_at": updated_at}, depth)

    def _table(self, *path: str) -> Table:
        """The table below the record that a path of ids leads to: its own, or an empty one."""
        table = self._companies
        for depth, record_id in enumerate(path, start=1):
            table = table.below(record_id) or Table(_ID_FIELDS[depth])
        return table

    def _put(self, record: Record, depth: int) -> None:
        path = [record[id_field] for id_field in _ID_FIELDS[:depth]]
        table = self._table(*path)
        table.put(record)
        if path:
            self._table(*path[:-1]).hang(path[-1], table)
