"""Companies and departments in servers that nobody here wrote, and syncs of them over HTTP."""

import atexit
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

import httpx

from async_sync import Stream, run_sync
from async_sync.pagination.page_style import PageStyle
from tests.helpers.destination import MemoryDestination
from tests.helpers.recording import Recorder, nothing

T = TypeVar("T")
Record = dict[str, Any]
Tables = Mapping[str, list[Record]]
"""Records by the table's name: `company`, `department`."""

KEYS: dict[str, tuple[str, ...]] = {"company": ("id",), "department": ("id",)}
PAGE_SIZE = 4


class RunningServer(Protocol):
    """A server with companies and departments in it, which shows and changes them in its own way."""

    url: str

    def shown(self, table: str) -> list[Record]:
        """All records of a table, as it shows them."""

    def add(self, table: str, record: Record) -> None:
        """Put a new record in it."""

    def change(self, table: str, number: int, fields: Record) -> None:
        """Change fields of a record."""


@dataclass(frozen=True)
class Contract:
    """How a server is started with tables in it, in a folder of its own, and how it is declared but for its pages.

    `configuration` is what it needs beside its address.
    """

    start: Callable[[Tables, Path], AbstractContextManager[RunningServer]]
    company: Stream
    department: Stream
    configuration: Mapping[str, str] = field(default_factory=dict)

    @property
    def streams(self) -> list[Stream]:
        """Those of a connector for this server."""
        return [self.company, self.department]

    def paged(self, style: PageStyle) -> Self:
        """The same server, declared to be read in this page style."""
        return self.declared(pagination=style)

    def declared(self, **options: Any) -> Self:
        """The same server, with these options of both of its streams."""
        company = replace(self.company, **options)
        return replace(self, company=company, department=replace(self.department, parent=company, **options))

    def sync(
        self,
        server: RunningServer,
        destination: MemoryDestination,
        after: Callable[[httpx.URL], Awaitable[None]] = nothing,
        **configuration: str,
    ) -> list[httpx.URL]:
        """Sync from the destination's state over HTTP; gives what was asked for. `after` is called at each answer."""
        recorder = Recorder(server.url, after)
        run_sync(
            {**self.configured(server.url), **configuration},
            destination.state,
            streams=self.streams,
            destination=destination,
            transport=recorder,
        )
        return recorder.urls

    def configured(self, url: str) -> dict[str, str]:
        """The configuration of its connection."""
        return {"base_url": url, "page_size": str(PAGE_SIZE), **self.configuration}

    def asked(self, url: httpx.URL) -> tuple[str | None, str | None]:
        """The company whose departments a request asked for (None: it asked for companies), and since when."""
        of_company = next(name for name, text in self.department.params.items() if text == "{id}")
        return url.params.get(of_company), url.params.get(self.company.since_param)


class DeletesByKey(MemoryDestination):
    """A destination that keeps which rows it was told to delete, in order: the table of each, and its key."""

    def __init__(self, *, keys: dict[str, tuple[str, ...]]) -> None:
        super().__init__(keys=keys)
        self.deletes: list[tuple[str, tuple[str, ...]]] = []

    def delete(self, table: str, key: dict[str, Any]) -> None:
        super().delete(table, key)
        self.deletes.append((table, self._key(table, key)))


def started_once(start: Callable[[Path], AbstractContextManager[T]]) -> Callable[[], T]:
    """A function that returns the server: started, in a folder of its own, by the first call, and ended at exit."""

    @cache
    def started() -> T:
        stack = ExitStack()
        atexit.register(stack.close)
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        return stack.enter_context(start(Path(folder)))

    return started


def tables() -> Tables:
    """22 companies, two of each day, and of departments as many as fill no page, one, or two, by the company."""
    companies = [_record(number, _day(number // 2)) for number in range(1, 23)]
    departments = [
        {**_record(100 * company["id"] + number, _day(number)), "company_id": company["id"]}
        for company in companies
        for number in range(company["id"] % 9)
    ]
    return {"company": companies, "department": departments}


def now() -> str:
    """The time of a change, in the form of the records' own."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def by_key(records: Iterable[Record]) -> dict[tuple[str], Record]:
    """The records as a destination holds them."""
    return {(str(record["id"]),): record for record in records}


def _record(number: int, updated_at: str) -> Record:
    return {"id": number, "name": f"Number {number}", "updated_at": updated_at}


def _day(days: int) -> str:
    return (datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
