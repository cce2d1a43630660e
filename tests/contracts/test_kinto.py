"""Kinto, which nobody here wrote: deletes are tombstones, and only `_since` and its like show them."""

import signal
from collections.abc import Iterator
from pathlib import Path

import anyio.to_thread
import httpx
import pytest

from tests.contracts import kinto
from tests.contracts.kinto import KEYS, Kinto
from tests.contracts.servers import Contract, tables
from tests.helpers.destination import MemoryDestination
from tests.helpers.killing import sync_until

pytestmark = pytest.mark.process

_STYLES = {"one answer": "WHOLE", "pages by _since": "KEYSET"}


@pytest.fixture(params=list(_STYLES.values()), ids=list(_STYLES))
def style(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def contract(style: str) -> Contract:
    found: Contract = getattr(kinto, style)
    return found


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Kinto]:
    with kinto.running(tables(), tmp_path) as server:
        yield server


def _assert_equals(destination: MemoryDestination, server: Kinto) -> None:
    """Departments of deleted companies stay, as nothing says that they are deleted."""
    companies, departments = server.shown("company"), server.shown("department")
    live = {row["company_id"] for row in companies}
    of_live = {key: row for key, row in destination.rows("department").items() if row["company_id"] in live}
    assert destination.rows("company") == {(row["company_id"],): row for row in companies}
    assert of_live == {(row["id"], row["company_id"]): row for row in departments}


def test_a_first_sync_brings_everything(contract: Contract, server: Kinto) -> None:
    """Collections and their records arrive, just as the server shows them, and without a warning."""
    destination = MemoryDestination(keys=KEYS)
    contract.sync(server, destination)

    _assert_equals(destination, server)
    assert len(destination.rows("company")) == 22
    assert len(destination.rows("department")) == len(tables()["department"])
    assert destination.warnings == []


def test_a_second_sync_brings_what_has_changed_since(contract: Contract, server: Kinto) -> None:
    """A collection does not change with its records: with all_parents each is asked, from its own cursor on."""
    first, second = MemoryDestination(keys=KEYS), MemoryDestination(keys=KEYS)
    contract.sync(server, first)
    server.change("department", 704, {"name": "Renamed"})
    server.add("department", {"id": 999, "name": "The first one of c9"})
    server.change("company", 3, {"name": "Renamed"})

    second.state = first.state
    contract.sync(server, second)

    renamed = {key for table in KEYS for key, row in second.rows(table).items() if row["name"] != _name(key)}
    assert renamed == {("c3",), ("d704", "c7"), ("d999", "c9")}
    assert len(second.rows("department")) <= 22 + 2  # beside these, the last one of each collection
    for table in KEYS:
        first.tables[table] |= second.rows(table)
    _assert_equals(first, server)


def test_tombstones_delete(contract: Contract, server: Kinto) -> None:
    """A deleted collection and a deleted record are deleted in the next sync, and only once."""
    destination = MemoryDestination(keys=KEYS)
    contract.sync(server, destination)
    server.delete("company", 4)
    server.delete("department", 803)

    for deletes in (["company", "department"], []):
        destination.operations.clear()
        contract.sync(server, destination)
        assert [table for name, table in destination.operations if name == "delete"][: len(deletes)] == deletes
        _assert_equals(destination, server)
    assert "c4" not in destination.state["department_cursor"]


def test_a_collection_that_is_made_anew_is_read_from_its_beginning(contract: Contract, server: Kinto) -> None:
    """Its tombstone is gone by then, and its records are others."""
    destination = MemoryDestination(keys=KEYS)
    contract.sync(server, destination)
    server.delete("company", 5)
    contract.sync(server, destination)
    server.add("company", {"id": 5, "name": "Made anew"})
    for number in range(500, 505):
        server.add("department", {"id": number, "name": "Made anew"})

    contract.sync(server, destination)

    _assert_equals(destination, server)


def test_nothing_is_lost_that_changes_while_it_is_read(contract: Contract, server: Kinto) -> None:
    """Records and collections are changed, made and deleted behind the answers: the next sync brings what is left."""
    destination = MemoryDestination(keys=KEYS)
    contract.sync(server, destination)
    left = list(range(1, 9))

    async def change(_: httpx.URL) -> None:
        if left:
            await anyio.to_thread.run_sync(_change, server, left.pop(0))

    contract.sync(server, destination, change)
    assert left == []
    contract.sync(server, destination)

    _assert_equals(destination, server)


def test_killed_and_resumed(style: str, contract: Contract, server: Kinto) -> None:
    """`kill -9` in a first sync and in one that has deletes; the next clean one makes the destination equal."""
    destination, name = MemoryDestination(keys=KEYS), f"tests.contracts.kinto:{style}.streams"
    configuration = {**contract.configured(server.url), "checkpoint_rows": "1", "max_concurrency": "1"}
    assert sync_until(destination, configuration, 40, signal.SIGKILL, name) == -signal.SIGKILL
    destination.restart()
    contract.sync(server, destination)
    for number in (2, 11):
        server.delete("company", number)
    server.delete("department", 803)

    for operations in (1, 4):
        assert sync_until(destination, configuration, operations, signal.SIGKILL, name) == -signal.SIGKILL
        destination.restart()
    contract.sync(server, destination)

    _assert_equals(destination, server)


def _name(key: tuple[str, ...]) -> str:
    return f"Number {key[0][1:]}"


def _change(server: Kinto, number: int) -> None:
    server.change("company", number, {"name": "Renamed"})
    server.add("department", {"id": 1720 + number, "name": "Made while others are read"})
    server.delete("company", number + 8)
    if number < 5:
        server.delete("department", 2200 + number - 1)
    if number == 8:
        server.add("company", {"id": 23, "name": "The last one"})
