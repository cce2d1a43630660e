"""The records that a `Source` is generated from: the same for the same arguments and state of `rng`."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise
from random import Random

from mock_api.table import Record, iso

_FIRST_COMPANY = datetime(2026, 2, 1, tzinfo=UTC)
_COMPANY_SPAN_SECONDS = 40 * 86_400
_AGE_SPAN_SECONDS = 30 * 86_400

_FIRST_WORDS = ("Amber", "Blue", "Cedar", "Delta", "Ever", "Falcon", "Granite", "Harbor", "Iron", "Juniper")
_SECOND_WORDS = ("Analytics", "Bakery", "Clinics", "Foods", "Freight", "Labs", "Motors", "Power", "Systems", "Textiles")
_INDUSTRIES = ("Energy", "Finance", "Healthcare", "Logistics", "Manufacturing", "Retail", "Software")
_DEPARTMENTS = ("Sales", "Engineering", "Finance", "Marketing", "Support", "Legal", "Operations", "People")
_GIVEN_NAMES = ("Ada", "Ben", "Chloe", "David", "Emma", "Farid", "Grace", "Hiro", "Ines", "Jonas")
_FAMILY_NAMES = ("Almeida", "Brown", "Chen", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad", "Ivanova", "Jones")
_CURRENCIES = (
    *(("EUR", "Euro"), ("USD", "US Dollar"), ("GBP", "Pound Sterling"), ("JPY", "Yen"), ("CHF", "Swiss Franc")),
    *(("SEK", "Swedish Krona"), ("CAD", "Canadian Dollar"), ("INR", "Indian Rupee"), ("BRL", "Brazilian Real")),
    *(("AUD", "Australian Dollar"), ("PLN", "Zloty"), ("ZAR", "Rand")),
)


def companies(count: int, rng: Random) -> Iterator[Record]:
    """Companies `c000001`, `c000002`, ..., changed one after another in February and March 2026."""
    step_seconds = max(1, _COMPANY_SPAN_SECONDS // max(1, count))
    for index in range(count):
        yield {
            "company_id": f"c{index + 1:06d}",
            "company_name": f"{rng.choice(_FIRST_WORDS)} {rng.choice(_SECOND_WORDS)}",
            "industry": rng.choice(_INDUSTRIES),
            "employees": 1 + int(rng.random() * 5_000),
            "updated_at": iso(_FIRST_COMPANY + timedelta(seconds=index * step_seconds)),
        }


def departments(company: Record, count: int, rng: Random) -> Iterator[Record]:
    """Departments `d01`, `d02`, ... of a company, changed in the 30 days before it."""
    changed = datetime.fromisoformat(company["updated_at"])
    for index in range(count):
        age_seconds = int(rng.random() * _AGE_SPAN_SECONDS)
        yield {
            "department_id": f"d{index + 1:02d}",
            "company_id": company["company_id"],
            "department_name": _DEPARTMENTS[index % len(_DEPARTMENTS)],
            "head_count": 1 + int(rng.random() * 400),
            "updated_at": iso(changed - timedelta(seconds=age_seconds)),
        }


def employees(department: Record, count: int, rng: Random) -> Iterator[Record]:
    """Employees `e001`, `e002`, ... of a department, changed in the 30 days before it."""
    changed = datetime.fromisoformat(department["updated_at"])
    for index in range(count):
        age_seconds = int(rng.random() * _AGE_SPAN_SECONDS)
        yield {
            "employee_id": f"e{index + 1:03d}",
            "department_id": department["department_id"],
            "company_id": department["company_id"],
            "employee_name": f"{rng.choice(_GIVEN_NAMES)} {rng.choice(_FAMILY_NAMES)}",
            "updated_at": iso(changed - timedelta(seconds=age_seconds)),
        }


def currencies(count: int) -> Iterator[Record]:
    """Twelve well-known currencies, and after those invented ones: `X013`, `X014`, ..."""
    for index in range(count):
        invented = (f"X{index + 1:03d}", f"Currency {index + 1}")
        code, name = _CURRENCIES[index] if index < len(_CURRENCIES) else invented
        yield {"code": code, "currency_name": name}


def zipf_counts(companies: int, total: int, rng: Random) -> list[int]:
    """Divide `total` among companies in random order: the n-th largest gets 1/n of the largest one's share (Zipf).

    Rounding leaves nothing over. With few departments, small companies have none.
    """
    weights = list(accumulate(1 / rank for rank in range(1, companies + 1)))
    ends = [round(total * weight / weights[-1]) for weight in weights]
    counts = [end - start for start, end in pairwise([0, *ends])]
    rng.shuffle(counts)
    return counts
