"""A source that changes in every way a real one does, and an API over it that changes and fails between requests."""

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import anyio.lowlevel
import httpx

from mock_api import Api, MockApiTransport, Source
from mock_api.table import Listing, Table

START = 1_780_000_000
FAR_FUTURE = 10 * 365 * 86_400
BACK_DATED_BY = 60
CHANGES = ("add", "change_company", "add_department", "change_department", "delete", "remove", "restore", "future")


class Change(NamedTuple):
    """One change of the source: what kind, and the seed of everything random in it."""

    kind: str
    seed: int


class HostileSource:
    """A mock source under a virtual clock, and what a perfect destination would hold."""

    def __init__(self, *, back_dates: bool, touches_company: bool) -> None:
        self.now = START
        self.source = Source()
        self.companies: dict[str, dict[str, Any]] = {}
        self.departments: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.removed: set[tuple[str, ...]] = set()
        self._back_dates = back_dates
        self._touches_company = touches_company
        self._version = 0

    def clock(self) -> float:
        """Seconds since 1970."""
        return self.now

    def apply(self, change: Change) -> None:
        """Change the source; does nothing where there is nothing to change."""
        random_ = random.Random(change.seed)
        self.now += random_.choice((0, 1, 30, 500))
        getattr(self, f"_{change.kind}")(random_)

    def _add(self, random_: random.Random) -> None:
        company_id = f"c{len(self.companies) + 1}"
        self._put_company(company_id, self._date(random_))
        for _ in range(random_.choice((0, 1, 2, 3, 7))):  # a new company may come with old departments
            self._put_department(company_id, self.now - random_.randrange(10**6), random_)

    def _change_company(self, random_: random.Random) -> None:
        if company_id := self._live(random_):
            self._put_company(company_id, self._date(random_))

    def _add_department(self, random_: random.Random) -> None:
        if company_id := self._live(random_):
            self._put_department(company_id, self._date(random_), random_)
            self._touch(company_id)

    def _change_department(self, random_: random.Random) -> None:
        company_id = self._live(random_)
        if company_id and self.departments[company_id]:
            department_id = random_.choice(sorted(self.departments[company_id]))
            self._put_department(company_id, self._date(random_), random_, department_id)
            self._touch(company_id)

    def _future(self, random_: random.Random) -> None:
        if company_id := self._live(random_):
            self._put_company(company_id, self.now + FAR_FUTURE)
            self._put_department(company_id, self.now + FAR_FUTURE, random_)

    def _delete(self, random_: random.Random) -> None:
        company_id = self._live(random_)
        if not company_id:
            return
        if random_.random() < 0.5 or not self.departments[company_id]:
            self._put_company(company_id, self.now, deleted=True)
        else:
            department_id = random_.choice(sorted(self.departments[company_id]))
            self._put_department(company_id, self.now, random_, department_id, deleted=True)
            self._touch(company_id)

    def _restore(self, random_: random.Random) -> None:
        deleted = [key for key, record in self.companies.items() if record["deleted"] and (key,) not in self.removed]
        if deleted:
            self._put_company(random_.choice(deleted), self.now)

    def _remove(self, random_: random.Random) -> None:
        """A record vanishes without a trace: no connector can know."""
        company_id = self._live(random_)
        if not company_id:
            return
        if self.departments[company_id]:
            department_id = random_.choice(sorted(self.departments[company_id]))
            self.source.remove_department(company_id, department_id)
            del self.departments[company_id][department_id]
            self.removed.add((department_id, company_id))
        else:
            self.source.remove_company(company_id)
            self.removed.add((company_id,))

    def _live(self, random_: random.Random) -> str | None:
        live = [key for key, record in self.companies.items() if not record["deleted"] and (key,) not in self.removed]
        return random_.choice(live) if live else None

    def _date(self, random_: random.Random) -> int:
        return self.now - (random_.randrange(BACK_DATED_BY) if self._back_dates else 0)

    def _touch(self, company_id: str) -> None:
        """Most APIs change the company with its departments."""
        if self._touches_company:
            self._put_company(company_id, self.now)

    def _put_company(self, company_id: str, at: int, *, deleted: bool = False) -> None:
        self._version += 1
        record = {"company_id": company_id, "version": self._version, "deleted": deleted, "updated_at": iso(at)}
        self.source.put_company(record)
        self.companies[company_id] = record

    def _put_department(
        self, company_id: str, at: int, random_: random.Random, department_id: str = "", *, deleted: bool = False
    ) -> None:
        self._version += 1
        department_id = department_id or f"d{self._version}"
        record = {
            "company_id": company_id,
            "department_id": department_id,
            "version": self._version,
            "deleted": deleted,
            "updated_at": iso(at),
        }
        self.source.put_department(record)
        self.departments[company_id][department_id] = record

    def assert_equals(self, tables: Mapping[str, Mapping[tuple[Any, ...], Mapping[str, Any]]]) -> None:
        """The tables hold every record in its last version, and no other but those that vanished without a trace."""
        companies = {(key,): record for key, record in self.companies.items() if not record["deleted"]}
        unknowable = self.removed
        assert _without(tables["company"], unknowable) == _without(companies, unknowable)
        departments = {
            (department_id, company_id): record
            for (company_id,) in companies
            for department_id, record in self.departments[company_id].items()
            if not record["deleted"] and (company_id,) not in self.removed
        }
        of_live = {
            key: row for key, row in tables["department"].items() if (key[1],) in companies.keys() - self.removed
        }
        assert _without(of_live, unknowable) == _without(departments, unknowable)


@dataclass(frozen=True)
class HiddenTombstones:
    """A source that shows a deleted company only to who asks for what has changed."""

    source: Source

    def companies(self, since: str | None = None) -> Listing:
        """The companies changed at or after `since`; without it, those that are not deleted."""
        listing = self.source.companies(since)
        if since is not None:
            return listing
        return Table("company_id", [record for record in listing if not record.get("deleted")]).since(None)

    def departments(self, company_id: str, since: str | None = None) -> Listing:
        """One company's departments, as the source has them."""
        return self.source.departments(company_id, since)


@dataclass(frozen=True)
class Chaos:
    """How often the source changes before a request is answered, and how often a request fails; and the dice."""

    change_rate: float
    fault_rate: float
    seed: int


class HostileTransport(httpx.AsyncBaseTransport):
    """Answers from the API while the source changes and requests fail.

    Each answer takes a random number of turns of the event loop, so that they come in any order.
    """

    def __init__(self, api: Api, hostile: HostileSource, chaos: Chaos) -> None:
        self._inner = MockApiTransport(api)
        self._hostile = hostile
        self._chaos = chaos
        self._random = random.Random(chaos.seed)
        self._changes_left = 12  # a source that changes faster than it is read would never be read to its end

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(self._random.choice((0, 0, 1, 5, 50))):
            await anyio.lowlevel.checkpoint()
        while self._changes_left and self._random.random() < self._chaos.change_rate:
            self._changes_left -= 1
            self._hostile.apply(Change(self._random.choice(CHANGES), self._random.randrange(10**6)))
        if self._random.random() < self._chaos.fault_rate:
            return fault(self._random)
        return await self._inner.handle_async_request(request)


def fault(choose: random.Random) -> httpx.Response:
    """One of the ways in which a request fails: no answer, a bad one, or half of one."""
    match choose.choice(("reset", "error", "garbage")):
        case "reset":
            raise httpx.ReadError("the connection was reset")
        case "error":
            return httpx.Response(503, text="not now")
        case _:
            return httpx.Response(200, text='{"data": [{"comp')


def iso(at: int) -> str:
    """A time as the API writes it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _without(rows: Mapping[tuple[Any, ...], Any], keys: set[tuple[str, ...]]) -> dict[tuple[Any, ...], Any]:
    return {key: row for key, row in rows.items() if key not in keys}
