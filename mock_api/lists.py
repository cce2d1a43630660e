"""The lists that an API has, as its source can be read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from mock_api.table import Listing


class Readable(Protocol):
    """The least that an API reads from: companies with their departments."""

    def companies(self, since: str | None = None) -> Listing:
        """The companies changed at or after `since`."""

    def departments(self, company_id: str, since: str | None = None) -> Listing:
        """One company's departments changed at or after `since`; UnknownRecordError if there is no such company."""


@runtime_checkable
class FullyReadable(Readable, Protocol):
    """All that an API can have: a `Source`, or a `Drift` over one."""

    def employees(self, company_id: str, department_id: str, since: str | None = None) -> Listing:
        """One department's employees changed at or after `since`; UnknownRecordError if there is no such department."""

    def currencies(self) -> Listing:
        """The currencies, in the order of their codes."""


@dataclass(frozen=True, slots=True)
class RecordList:
    """How one kind of list is read, and the fields that order it, as in `PageRequest`.

    `read` takes the ids in the path and then, if the records are `timed`, the earliest `updated_at` (None for any).
    """

    read: Callable[..., Listing]
    key: tuple[str, ...]
    timed: bool = True


def lists_of(source: Readable) -> Mapping[str, RecordList]:
    """The lists of an API over that source, by the kind of their route."""
    lists = {
        "companies": RecordList(source.companies, ("updated_at", "company_id")),
        "departments": RecordList(source.departments, ("updated_at", "department_id")),
    }
    if isinstance(source, FullyReadable):
        lists["employees"] = RecordList(source.employees, ("updated_at", "employee_id"))
        lists["currencies"] = RecordList(source.currencies, ("code",), timed=False)
    return lists
