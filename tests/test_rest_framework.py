"""What is peculiar to Django REST Framework, beside what it has in common with the servers of `test_contracts.py`."""

import json
import signal
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.helpers import rest_framework
from tests.helpers.contracts import KEYS, Contract, RunningServer, by_key, now, tables
from tests.helpers.destination import MemoryDestination
from tests.helpers.killing import sync_until

pytestmark = pytest.mark.process

_STYLES = {
    "offsets": "OFFSET",
    "links that are offsets": "OFFSET_LINKS",
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
def test_killed_and_resumed(style: str, tmp_path: Path) -> None:
    """`kill -9` twice in a first sync; the next clean one makes the destination equal to the server."""
    contract = _contract(style)
    with contract.start(tables(), tmp_path) as server:
        destination = MemoryDestination(keys=KEYS)
        configuration = {**contract.configured(server.url), "checkpoint_rows": "5"}
        for operations in (3, 40):
            name = f"tests.helpers.rest_framework:{style}"
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
