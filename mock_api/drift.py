"""Changes to the data, the same in every process: a share at once, or little by little as time passes."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random

from mock_api.source import Source
from mock_api.table import Listing, UnknownRecordError, iso

_EPOCH = datetime(2026, 4, 1, tzinfo=UTC)
"""The time of the first change: later than every generated record, so that a change always moves a record forward."""


def change_share(source: Source, percent: int) -> None:
    """Change `percent` of the companies, evenly spread, each with its first department and that one's first employee.

    The changes are one second apart, in April 2026. They are the same each time.
    """
    companies = source.companies()
    changed = [companies[number * 100 // percent]["company_id"] for number in range(len(companies) * percent // 100)]
    for number, company_id in enumerate(changed):
        source.touch(_first_path(source, company_id), iso(_EPOCH + timedelta(seconds=number)), head_count=number + 1)


def _first_path(source: Source, company_id: str) -> list[str]:
    path = [company_id]
    path += [department["department_id"] for department in source.departments(company_id)[:1]]
    if path[1:]:
        path += [employee["employee_id"] for employee in source.employees(*path)[:1]]
    return path


class Drift:
    """A `Source` in which, every `every_seconds`, one busy company, one of its departments and an employee change.

    The first `share` of the companies are busy and take turns, as do the departments of each and the employees of
    those. A tick's change depends only on the seed and the tick's number, and every tick that still shows is applied
    before a read: two processes see the same data at the same time, and one that starts later sees all changes made
    before. A tick whose record was removed from the source changes nothing. Currencies never change.

    `clock` returns seconds since 1970 and must not go backwards.
    """

    def __init__(
        self,
        source: Source,
        clock: Callable[[], float],
        *,
        every_seconds: float = 2.0,
        share: float = 0.2,
        seed: int = 0,
    ) -> None:
        self._source = source
        self._clock = clock
        self._every_seconds = every_seconds
        self._seed = seed
        companies = source.companies()
        busy = companies[: max(1, round(share * len(companies)))]
        self._busy = [(c["company_id"], _department_ids(source, c["company_id"])) for c in busy]
        self._employee_ids = _employee_ids(source, self._busy)
        departments = max((len(ids) for _, ids in self._busy), default=0)
        employees = max(map(len, self._employee_ids.values()), default=0)
        self._turns = len(self._busy) * max(1, departments) * max(1, employees)
        self._applied = -1

    def companies(self, since: str | None = None) -> Listing:
        """As `Source.companies`, at the clock's time."""
        self._catch_up()
        return self._source.companies(since)

    def departments(self, company_id: str, since: str | None = None) -> Listing:
        """As `Source.departments`, at the clock's time."""
        self._catch_up()
        return self._source.departments(company_id, since)

    def employees(self, company_id: str, department_id: str, since: str | None = None) -> Listing:
        """As `Source.employees`, at the clock's time."""
        self._catch_up()
        return self._source.employees(company_id, department_id, since)

    def currencies(self) -> Listing:
        """As `Source.currencies`."""
        return self._source.currencies()

    def _catch_up(self) -> None:
        """Apply the ticks since the last read; older than one full turn, they have been overwritten."""
        now = int((self._clock() - _EPOCH.timestamp()) // self._every_seconds)
        for tick in range(max(self._applied + 1, now - self._turns + 1), now + 1):
            self._apply(tick)
        self._applied = max(self._applied, now)

    def _apply(self, tick: int) -> None:
        changed = iso(_EPOCH + timedelta(seconds=tick * self._every_seconds))
        head_count = Random(f"{self._seed}/{tick}").randint(1, 400)
        with suppress(UnknownRecordError):  # removed from the source in the meantime
            self._source.touch(self._path(tick), changed, head_count)

    def _path(self, tick: int) -> list[str]:
        """Whose turn it is: the ids of a company, its department and an employee of that, as far as there are any."""
        turn, index = divmod(tick, len(self._busy))
        company_id, department_ids = self._busy[index]
        if not department_ids:
            return [company_id]
        turn, index = divmod(turn, len(department_ids))
        path = [company_id, department_ids[index]]
        if employee_ids := self._employee_ids.get(tuple(path)):
            path.append(employee_ids[turn % len(employee_ids)])
        return path


def _department_ids(source: Source, company_id: str) -> list[str]:
    return sorted(department["department_id"] for department in source.departments(company_id))


def _employee_ids(source: Source, busy: list[tuple[str, list[str]]]) -> dict[tuple[str, ...], list[str]]:
    """The employees of each busy department that has any."""
    found: dict[tuple[str, ...], list[str]] = {}
    for company_id, department_ids in busy:
        for department_id in department_ids:
            if employees := source.employees(company_id, department_id):
                found[company_id, department_id] = sorted(employee["employee_id"] for employee in employees)
    return found
