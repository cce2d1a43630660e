"""Django REST Framework, whose records are deleted without a trace, those of a company together with it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio.to_thread
import httpx
import pytest

from tests.contracts import rest_framework
from tests.contracts.rest_framework import RestFramework
from tests.contracts.servers import KEYS, Contract, DeletesByKey, Record, by_key, now, tables

pytestmark = pytest.mark.process

_STYLES = {
    "offsets": rest_framework.OFFSET,
    "links that are offsets": rest_framework.OFFSET_LINKS,
    "page numbers": rest_framework.PAGE,
    "links that are page numbers": rest_framework.PAGE_LINKS,
    "cursors": rest_framework.CURSOR,
}
_READ_WHOLE: dict[str, Any] = {"full_read_days": "0"}
_WAYS = {
    "every list is read whole": _READ_WHOLE,
    "only that of companies is read whole": {"sync_scope": "all_parents"},
}
every_way = pytest.mark.parametrize("way", _WAYS.values(), ids=_WAYS)


@pytest.fixture(params=list(_STYLES.values()), ids=list(_STYLES))
def contract(request: pytest.FixtureRequest) -> Contract:
    style: Contract = request.param
    return style.declared(finds_deleted=True, deleted_field=None)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RestFramework]:
    with rest_framework.running(tables(), tmp_path) as server:
        yield server


@pytest.fixture
def synced(contract: Contract, server: RestFramework) -> DeletesByKey:
    """A destination after a first sync."""
    destination = DeletesByKey(keys=KEYS)
    contract.sync(server, destination)
    return destination


def _assert_equals(destination: DeletesByKey, server: RestFramework) -> None:
    """The same rows, and no warning but that the lists of a company were refused that went away just then."""
    for table in KEYS:
        assert destination.rows(table) == by_key(server.shown(table))
    assert all("could not be looked for" in warning for warning in destination.warnings)


def test_what_is_not_there_any_more_is_deleted(contract: Contract, server: RestFramework, synced: DeletesByKey) -> None:
    """Deleted, changed and new records of both tables arrive in one sync, and each delete only once."""
    for number in (100, 701, 803, 807):  # company 1 has no other
        server.delete("department", number)
    server.delete("company", 9)  # it has no department
    server.change("company", 3, {"name": "Renamed", "updated_at": now()})
    server.change("department", 704, {"name": "Renamed", "updated_at": now()})
    server.add("company", {"id": 23, "name": "New", "updated_at": now()})
    for number, company in ((105, 1), (809, 8), (1800, 18), (2300, 23)):
        server.add("department", {"id": number, "company_id": company, "name": "New", "updated_at": now()})

    for _ in range(2):
        contract.sync(server, synced, **_READ_WHOLE)
        _assert_equals(synced, server)
        deleted = [("company", ("9",)), *(("department", (str(number),)) for number in (100, 701, 803, 807))]
        assert sorted(synced.deletes) == deleted


@every_way
def test_what_a_deleted_company_had_goes_before_it(
    way: dict[str, Any], contract: Contract, server: RestFramework, synced: DeletesByKey
) -> None:
    """A cascade on the server: every department's delete comes before that of its company, and none is missing."""
    company_of = _companies(server.shown("department"))
    for number in (4, 7, 17, 18):  # with 4 departments, 7, 8, none
        server.delete("company", number)

    contract.sync(server, synced, **way)

    _assert_equals(synced, server)
    assert len(synced.deletes) == 4 + 4 + 7 + 8
    for at, (table, (key,)) in enumerate(synced.deletes):
        if table == "department":
            assert ("company", (company_of[key],)) in synced.deletes[at:]


@pytest.mark.parametrize("is_dated", [True, False], ids=["with a new time", "with its old time"])
def test_what_has_moved_to_another_company_stays(
    is_dated: bool, contract: Contract, server: RestFramework, synced: DeletesByKey
) -> None:
    """A department that moves before its company is deleted is never deleted, whatever else goes with the company."""
    for number, company in ((703, 2), (704, 18)):
        server.change("department", number, {"company_id": company, **({"updated_at": now()} if is_dated else {})})
    server.delete("company", 7)

    contract.sync(server, synced, **_READ_WHOLE)

    assert {key for table, (key,) in synced.deletes if table == "department"} == {"700", "701", "702", "705", "706"}
    _assert_equals(synced, server)


@every_way
def test_what_is_made_again_is_written_again(
    way: dict[str, Any], contract: Contract, server: RestFramework, synced: DeletesByKey
) -> None:
    """A company under its old id, both right after its delete and after a sync, with other departments than before."""
    for number in (7, 8):
        server.delete("company", number)
    _make_again(server, 7)
    contract.sync(server, synced, **way)
    deleted = ["company 8", *(f"department {number}" for number in range(800, 808))]
    if way == _READ_WHOLE:
        _assert_equals(synced, server)
        deleted += [f"department {number}" for number in (700, *range(702, 707))]
    assert sorted(f"{table} {key}" for table, (key,) in synced.deletes) == sorted(deleted)

    _make_again(server, 8)
    contract.sync(server, synced, **_READ_WHOLE)
    _assert_equals(synced, server)


def test_what_comes_back_as_it_was_is_written_again(
    contract: Contract, server: RestFramework, synced: DeletesByKey
) -> None:
    """As from a backup, with times that the cursors have long passed: only a whole reading finds it."""
    companies, departments = server.shown("company"), server.shown("department")
    for number in (7, 18):
        server.delete("company", number)
    server.delete("department", 803)
    contract.sync(server, synced, **_READ_WHOLE)
    _assert_equals(synced, server)
    deleted = len(synced.deletes)

    for record in companies:
        if record["id"] in {7, 18}:
            server.add("company", record)
    for record in departments:
        if record["company_id"] == 7 or record["id"] == 803:
            server.add("department", record)
    contract.sync(server, synced, **_READ_WHOLE)

    _assert_equals(synced, server)
    assert synced.rows("department") == by_key(departments)
    assert len(synced.deletes) == deleted == 2 + 7 + 1


def test_what_slips_between_pages_stays(contract: Contract, server: RestFramework, synced: DeletesByKey) -> None:
    """A company that is deleted once its page has been read moves another one up, onto that page: only the one goes."""
    left = [2]

    async def delete(url: httpx.URL) -> None:
        if _asks_for_all_companies(url) and left:
            await anyio.to_thread.run_sync(server.delete, "company", left.pop())

    contract.sync(server, synced, delete, **_READ_WHOLE)

    assert left == []
    assert synced.rows("company").keys() >= by_key(server.shown("company")).keys()
    assert synced.rows("department").keys() >= by_key(server.shown("department")).keys()
    assert {key for _, (key,) in synced.deletes} <= {"2", "200", "201"}
    contract.sync(server, synced, **_READ_WHOLE)
    _assert_equals(synced, server)
    assert {key for _, (key,) in synced.deletes} == {"2", "200", "201"}


def _companies(departments: list[Record]) -> dict[str, str]:
    """The company of each department, both as they are in keys."""
    return {str(record["id"]): str(record["company_id"]) for record in departments}


def _make_again(server: RestFramework, number: int) -> None:
    """The company, with the second of its departments and one that it did not have."""
    server.add("company", {"id": number, "name": "Made anew", "updated_at": now()})
    for other in (100 * number + 1, 100 * number + 9):
        record = {"id": other, "company_id": number, "name": "Made anew", "updated_at": now()}
        server.add("department", record)


def _asks_for_all_companies(url: httpx.URL) -> bool:
    return url.path.endswith("/companies/") and "updated_at__gte" not in url.params
