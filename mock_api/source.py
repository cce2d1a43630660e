"""The data of the mock API: companies with their departments, generated from a seed and open to changes."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from random import Random

from mock_api.table import Listing, Record, Table, iso

_FIRST_COMPANY = datetime(2026, 2, 1, tzinfo=UTC)
_AFTERWARDS = datetime(2026, 4, 1, tzinfo=UTC)
_COMPANY_SPAN_SECONDS = 40 * 86_400
_DEPARTMENT_SPAN_SECONDS = 30 * 86_400

_FIRST_WORDS = ("Amber", "Blue", "Cedar", "Delta", "Ever", "Falcon", "Granite", "Harbor", "Iron", "Juniper")
_SECOND_WORDS = ("Analytics", "Bakery", "Clinics", "Foods", "Freight", "Labs", "Motors", "Power", "Systems", "Textiles")
_INDUSTRIES = ("Energy", "Finance", "Healthcare", "Logistics", "Manufacturing", "Retail", "Software")
_DEPARTMENTS = ("Sales", "Engineering", "Finance", "Marketing", "Support", "Legal", "Operations", "People")


class Source:
    """Companies and their departments, read in (`updated_at`, id) order.

    Times of any precision and offset are compared as instants. Not thread-safe.
    """

    def __init__(self, companies: Iterable[Record] = (), departments: Iterable[Record] = ()) -> None:
        self._companies = Table("company_id", companies)
        self._departments = {company["company_id"]: Table("department_id") for company in self._companies.since(None)}
        for department in departments:
            self.put_department(department)

    @classmethod
    def generate(cls, *, companies: int, departments: int, seed: int = 0, zipf: bool = False) -> "Source":
        """Generate `companies` x `departments` records, the same for the same arguments.

        `zipf` keeps the total number of departments, but puts most of them in a few companies: see `zipf_counts`.

        Companies are `c000001`, `c000002`, ... and change one after another in February and March 2026; departments
        are `d01`, `d02`, ... within each company and changed in the 30 days before it, because a change to a
        department also updates its company.
        """
        rng = Random(seed)
        made = cls(_generate_companies(companies, rng))
        counts = zipf_counts(companies, companies * departments, rng) if zipf else [departments] * companies
        for company, count in zip(made.companies(), counts, strict=True):
            table = Table("department_id", _generate_departments(company, count, rng))
            made._departments[company["company_id"]] = table
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
            KeyError: there is no such company.
            ValueError: `since` is not ISO 8601.

        """
        return self._departments[company_id].since(since)

    def put_company(self, record: Record) -> None:
        """Insert or replace a company. A new one has no departments yet; an old one keeps its own.

        Raises:
            KeyError: `company_id` or `updated_at` is missing.
            ValueError: `updated_at` is not ISO 8601.

        """
        self._companies.put(record)
        self._departments.setdefault(record["company_id"], Table("department_id"))

    def put_department(self, record: Record) -> None:
        """Insert or replace a department of the company named by its `company_id`; that company stays unchanged.

        Raises:
            KeyError: there is no such company, or `department_id` or `updated_at` is missing.
            ValueError: `updated_at` is not ISO 8601.

        """
        self._departments[record["company_id"]].put(record)

    def remove_company(self, company_id: str) -> None:
        """Remove a company and its departments.

        Raises:
            KeyError: there is no such company.

        """
        self._companies.remove(company_id)
        del self._departments[company_id]

    def remove_department(self, company_id: str, department_id: str) -> None:
        """Remove one department.

        Raises:
            KeyError: there is no such company or department.

        """
        self._departments[company_id].remove(department_id)

    def touch(self, company_id: str, department_id: str | None, updated_at: str, head_count: int) -> None:
        """Give a department a new `head_count`, and it and its company the time of that change.

        Raises:
            KeyError: there is no such company or department.
            ValueError: `updated_at` is not ISO 8601.

        """
        self.put_company({**self._companies[company_id], "updated_at": updated_at})
        if department_id is not None:
            department = self._departments[company_id][department_id]
            self.put_department({**department, "head_count": head_count, "updated_at": updated_at})


def change_share(source: Source, percent: int) -> None:
    """Change `percent` of the companies, evenly spread, and the first department of each, in April 2026.

    The changes are one second apart and later than every generated record. They are the same each time.
    """
    companies = source.companies()
    changed = [companies[number * 100 // percent]["company_id"] for number in range(len(companies) * percent // 100)]
    for number, company_id in enumerate(changed):
        departments = source.departments(company_id)
        department_id = departments[0]["department_id"] if departments else None
        source.touch(company_id, department_id, iso(_AFTERWARDS + timedelta(seconds=number)), head_count=number + 1)


def zipf_counts(companies: int, total: int, rng: Random) -> list[int]:
    """Divide `total` among companies in random order: the n-th largest gets 1/n of the largest one's share (Zipf).

    Rounding leaves nothing over. With few departments, small companies have none.
    """
    weights = list(accumulate(1 / rank for rank in range(1, companies + 1)))
    ends = [round(total * weight / weights[-1]) for weight in weights]
    counts = [end - start for start, end in pairwise([0, *ends])]
    rng.shuffle(counts)
    return counts


def _generate_companies(count: int, rng: Random) -> Iterator[Record]:
    step_seconds = max(1, _COMPANY_SPAN_SECONDS // max(1, count))
    for index in range(count):
        yield {
            "company_id": f"c{index + 1:06d}",
            "company_name": f"{rng.choice(_FIRST_WORDS)} {rng.choice(_SECOND_WORDS)}",
            "industry": rng.choice(_INDUSTRIES),
            "employees": 1 + int(rng.random() * 5_000),
            "updated_at": iso(_FIRST_COMPANY + timedelta(seconds=index * step_seconds)),
        }


def _generate_departments(company: Record, count: int, rng: Random) -> Iterator[Record]:
    changed = datetime.fromisoformat(company["updated_at"])
    for index in range(count):
        age_seconds = int(rng.random() * _DEPARTMENT_SPAN_SECONDS)
        yield {
            "department_id": f"d{index + 1:02d}",
            "company_id": company["company_id"],
            "department_name": _DEPARTMENTS[index % len(_DEPARTMENTS)],
            "head_count": 1 + int(rng.random() * 400),
            "updated_at": iso(changed - timedelta(seconds=age_seconds)),
        }
