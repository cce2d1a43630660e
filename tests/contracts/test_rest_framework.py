"""What is peculiar to Django REST Framework, beside what it has in common with the servers of `test_contracts.py`."""

import json
import signal
import urllib.error
import urllib.request
from pathlib import Path

import anyio.to_thread
import httpx
import pytest

from tests.contracts import rest_framework
from tests.contracts.servers import KEYS, Contract, RunningServer, Tables, by_key, now, tables
from tests.helpers.destination import MemoryDestination
from tests.helpers.killing import sync_until

pytestmark = pytest.mark.process

_STYLES = {
    "offsets": "OFFSET",
    "links that are offsets": "OFFSET_LINKS",
    "page numbers": "PAGE",
    "links that are page numbers": "PAGE_LINKS",
    "cursors": "CURSOR",
}
every_style = pytest.mark.parametrize("style", _STYLES.values(), ids=_STYLES)


def _contract(style: str) -> Contract:
    contract: Contract = getattr(rest_framework, style)
    return contract


def _assert_holds_what_is_not_deleted(destination: MemoryDestination, server: RunningServer) -> None:
    companies = [record for record in server.shown("company") if not record["deleted"]]
    live = {record["id"] for record in companies}
    departments = [record for record in server.shown("department") if not record["deleted"]]
    assert destination.rows("company") == by_key(companies)
    of_live = {key: row for key, row in destination.rows("department").items() if row["company_id"] in live}
    assert of_live == by_key(record for record in departments if record["company_id"] in live)


@every_style
def test_what_is_marked_as_deleted_is_deleted_in_the_next_sync(style: str, tmp_path: Path) -> None:
    """A company, a department of another one, and a department that comes back."""
    contract = _contract(style)
    with contract.start(tables(), tmp_path) as server:
        destination = MemoryDestination(keys=KEYS)
        contract.sync(server, destination)
        for table, number in (("company", 7), ("department", 803), ("department", 804), ("company", 8)):
            server.change(table, number, {"deleted": (table, number) != ("company", 8), "updated_at": now()})
        contract.sync(server, destination)
        _assert_holds_what_is_not_deleted(destination, server)
        assert len(destination.rows("company")) == 21

        server.change("department", 804, {"deleted": False, "updated_at": now()})
        server.change("company", 8, {"updated_at": now()})
        contract.sync(server, destination)
        _assert_holds_what_is_not_deleted(destination, server)


@every_style
def test_a_bulk_load_gives_many_records_one_time(style: str, tmp_path: Path) -> None:
    """Pages that end among equal times neither lose a record nor end the sync, in the first sync and the next one."""
    contract, loaded = _contract(style), tables()
    for record in [*loaded["company"], *loaded["department"]]:
        record["updated_at"] = "2025-06-01T12:00:00.123456Z"
    with contract.start(loaded, tmp_path) as server:
        destination = MemoryDestination(keys=KEYS)
        for _ in range(2):
            contract.sync(server, destination)
            _assert_holds_what_is_not_deleted(destination, server)
        assert destination.state["company_cursor"] == "2025-06-01T12:00:00.123456Z"


@every_style
@pytest.mark.parametrize("before", [0, 6], ids=["from the first on", "behind others"])
@pytest.mark.parametrize("table", ["company", "department"])
def test_one_of_many_records_of_one_time_changes_while_they_are_read(
    style: str, table: str, before: int, tmp_path: Path
) -> None:
    """It leaves its place on a page that has been read, and every one behind it moves up: none falls between pages.

    The framework's cursors count among records of one time: `o=4`, or `o=4&p=...` behind records of other times.
    """
    contract, loaded = _contract(style), _bulk(table, before)
    with contract.start(loaded, tmp_path) as server:
        destination, left = MemoryDestination(keys=KEYS), [before // 4 + 1]

        async def change(url: httpx.URL) -> None:
            if contract.asked(url)[0] == (None if table == "company" else "1") and left[0] > 0:
                left[0] -= 1
                if left[0] == 0:  # the page has been read on which equal times begin
                    first = loaded[table][before]["id"]
                    await anyio.to_thread.run_sync(server.change, table, first, {"updated_at": now()})

        contract.sync(server, destination, change, sync_scope="all_parents")
        assert left == [0]
        assert destination.rows(table).keys() == by_key(server.shown(table)).keys()
        contract.sync(server, destination, sync_scope="all_parents")
        _assert_holds_what_is_not_deleted(destination, server)


def _bulk(table: str, before: int) -> Tables:
    """30 companies, or one with 30 departments: so many of them have times of their own, the others one time."""
    days = [f"2025-05-{day:02}T12:00:00Z" for day in range(1, before + 1)]
    times = days + ["2025-06-01T12:00:00.123456Z"] * (30 - before)
    if table == "department":
        departments = [{"id": number, "company_id": 1, "updated_at": at} for number, at in enumerate(times, 1)]
        return {"company": [{"id": 1, "updated_at": times[0]}], "department": departments}
    companies = [{"id": number, "updated_at": at} for number, at in enumerate(times, 1)]
    return {"company": companies, "department": []}


@pytest.mark.parametrize("style", ["OFFSET", "CURSOR"])
def test_killed_and_resumed(style: str, tmp_path: Path) -> None:
    """`kill -9` twice in a first sync; the next clean one makes the destination equal to the server."""
    contract = _contract(style)
    with contract.start(tables(), tmp_path) as server:
        destination = MemoryDestination(keys=KEYS)
        configuration = {**contract.configured(server.url), "checkpoint_rows": "5"}
        for operations in (3, 40):
            name = f"tests.contracts.rest_framework:{style}.streams"
            assert sync_until(destination, configuration, operations, signal.SIGKILL, name) == -signal.SIGKILL
            destination.restart()
        contract.sync(server, destination)
        _assert_holds_what_is_not_deleted(destination, server)


def test_a_throttle_is_waited_for(tmp_path: Path) -> None:
    """A request that is refused with 429 comes again after `Retry-After`, and nothing is missing."""
    contract = rest_framework.THROTTLED
    with contract.start(tables(), tmp_path) as server:
        destination = MemoryDestination(keys=KEYS)
        contract.sync(server, destination)
        _assert_holds_what_is_not_deleted(destination, server)
        assert "as the API asked" in destination.lines[-1]


@pytest.mark.parametrize(
    ("position", "status"), [("page/companies/?page=2", 404), ("offset/companies/?offset=22", 200)]
)
def test_how_the_framework_answers_behind_the_last_page(position: str, status: int, tmp_path: Path) -> None:
    """A page number behind the last one is not found; an offset behind the last record is an empty list."""
    with rest_framework.PAGE.start(tables(), tmp_path) as server:
        request = urllib.request.Request(f"{server.url}/{position}", headers=rest_framework.AUTHORIZATION)
        try:
            with urllib.request.urlopen(request) as answer:
                found, body = answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            found, body = error.code, json.load(error)
    assert found == status
    assert body.get("results", body) == ([] if status == 200 else {"detail": "Invalid page."})
