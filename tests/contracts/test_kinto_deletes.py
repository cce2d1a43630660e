"""Kinto, asked for no tombstone: what is deleted there is only missing from its lists."""

import signal
from collections.abc import Iterator
from pathlib import Path

import anyio.to_thread
import httpx
import pytest

from tests.contracts import kinto
from tests.contracts.kinto import KEYS, Kinto
from tests.contracts.servers import Contract, DeletesByKey, Record, tables
from tests.helpers.killing import sync_until

pytestmark = pytest.mark.process

_STYLES = {"one answer": "WHOLE_FINDING", "pages by _since": "KEYSET_FINDING"}


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


@pytest.fixture
def synced(contract: Contract, server: Kinto) -> DeletesByKey:
    """A destination after a first sync."""
    destination = DeletesByKey(keys=KEYS)
    contract.sync(server, destination)
    return destination


def _assert_equals(destination: DeletesByKey, server: Kinto) -> None:
    """The same rows, and no warning but that the lists of deleted collections are not found."""
    assert destination.rows("company") == {(row["company_id"],): row for row in server.shown("company")}
    assert destination.rows("department") == {(row["id"], row["company_id"]): row for row in server.shown("department")}
    assert destination.warnings == []


def test_what_is_not_there_any_more_is_deleted(contract: Contract, server: Kinto, synced: DeletesByKey) -> None:
    """Deleted, changed and new records of both levels arrive in one sync without a tombstone, each delete once."""
    _delete(server)
    server.change("company", 3, {"name": "Renamed"})
    server.change("department", 704, {"name": "Renamed"})
    server.add("company", {"id": 23, "name": "New"})
    for number in (104, 805, 900, 2300):
        server.add("department", {"id": number, "name": "New"})

    urls = contract.sync(server, synced, full_read_days="0")

    _assert_equals(synced, server)
    assert sorted(synced.deletes) == _DELETED
    assert {url.params.get("not_deleted") for url in urls} == {"true"}
    contract.sync(server, synced, full_read_days="0")
    _assert_equals(synced, server)
    assert len(synced.deletes) == len(_DELETED)


def test_what_a_deleted_collection_had_goes_before_it(contract: Contract, server: Kinto, synced: DeletesByKey) -> None:
    """Its records answer 404 by then, and are deleted all the same, each before the collection."""
    for number in (4, 9, 17):  # with 4 records, none, 8
        server.delete("company", number)

    contract.sync(server, synced, full_read_days="0")

    _assert_equals(synced, server)
    assert len(synced.deletes) == 3 + 4 + 0 + 8
    for at, (table, key) in enumerate(synced.deletes):
        assert table == "department" or all(later[-1] != key[0] for _, later in synced.deletes[at + 1 :])


def test_a_list_of_changes_says_nothing_of_what_is_gone(
    contract: Contract, server: Kinto, synced: DeletesByKey
) -> None:
    """Without `full_read_days` deleted records stay, as their lists are not read whole, until a sync that has it."""
    server.delete("department", 803)
    server.change("department", 804, {"name": "Renamed"})

    contract.sync(server, synced)
    assert synced.deletes == []
    assert synced.rows("department")["d804", "c8"]["name"] == "Renamed"

    contract.sync(server, synced, full_read_days="0")
    assert synced.deletes == [("department", ("d803", "c8"))]
    _assert_equals(synced, server)


def test_what_is_made_again_between_two_syncs_is_changed(
    contract: Contract, server: Kinto, synced: DeletesByKey
) -> None:
    """A record that is deleted and made again under its id is not deleted, and of a collection only what is gone is."""
    server.delete("department", 803)
    server.add("department", {"id": 803, "name": "Made anew"})
    server.delete("company", 5)  # with the records 500 to 504
    server.add("company", {"id": 5, "name": "Made anew"})
    for number in (501, 509):
        server.add("department", {"id": number, "name": "Made anew"})

    contract.sync(server, synced, full_read_days="0")

    _assert_equals(synced, server)
    assert sorted(synced.deletes) == [("department", (f"d{number}", "c5")) for number in (500, 502, 503, 504)]


def test_what_is_made_again_after_its_delete_is_written_again(
    contract: Contract, server: Kinto, synced: DeletesByKey
) -> None:
    """Both with a new time and, as from a backup, just as it was, with a time that the cursors have long passed."""
    before = _shown(server)
    for table, number in (("department", 803), ("department", 100), ("company", 5), ("company", 6)):
        server.delete(table, number)
    contract.sync(server, synced, full_read_days="0")
    _assert_equals(synced, server)
    deleted = len(synced.deletes)

    server.add("department", {"id": 803, "name": "Made anew"})
    server.add("company", {"id": 6, "name": "Made anew"})
    server.add("department", {"id": 603, "name": "Made anew"})
    for name in ("c5", "d500", "d501", "d100"):
        _restore(server, before[name])
    contract.sync(server, synced, full_read_days="0")

    _assert_equals(synced, server)
    assert synced.rows("company")["c5",] == before["c5"]
    assert len(synced.deletes) == deleted == 2 + 2 + 5 + 6


def test_what_the_second_reading_has_again_stays(contract: Contract, server: Kinto, synced: DeletesByKey) -> None:
    """A record that is missing only from the first of two whole readings, as it is made again between, stays."""
    before = _shown(server)
    server.delete("department", 803)
    server.delete("department", 1701)
    left = [before["d803"]]

    async def restore(url: httpx.URL) -> None:
        if url.path.endswith("/c8/records") and not {"min_last_modified", "_since"} & set(url.params) and left:
            await anyio.to_thread.run_sync(_restore, server, left.pop())

    contract.sync(server, synced, restore, full_read_days="0")

    assert left == []
    _assert_equals(synced, server)
    assert synced.deletes == [("department", ("d1701", "c17"))]


@pytest.mark.parametrize("operations", [1, 4, 12])
def test_killed_while_it_deletes(operations: int, style: str, contract: Contract, server: Kinto) -> None:
    """`kill -9` at the first deletes and among them; the next clean sync makes the destination equal."""
    destination = DeletesByKey(keys=KEYS)
    contract.sync(server, destination)
    _delete(server)
    configuration = {**contract.configured(server.url), "full_read_days": "0", "checkpoint_rows": "1"}
    name = f"tests.contracts.kinto:{style}.streams"
    assert sync_until(destination, configuration, operations, signal.SIGKILL, name) == -signal.SIGKILL
    destination.restart()

    contract.sync(server, destination, full_read_days="0")

    _assert_equals(destination, server)


_DELETED = sorted(
    [
        *[("department", (f"d{number}", f"c{number // 100}")) for number in (100, 701, 803, 807)],
        *[("department", (f"d{number}", "c4")) for number in range(400, 404)],
        *[("company", (name,)) for name in ("c4", "c18")],
    ]
)


def _delete(server: Kinto) -> None:
    """All that c1 has, some of others, a collection with its records, and one without any."""
    for number in (100, 701, 803, 807):
        server.delete("department", number)
    for number in (4, 18):
        server.delete("company", number)


def _shown(server: Kinto) -> dict[str, Record]:
    """Each row by its name."""
    rows = [*server.shown("company"), *server.shown("department")]
    return {row.get("id", row["company_id"]): row for row in rows}


def _restore(server: Kinto, row: Record) -> None:
    """Make a record again as it was."""
    table, name = ("department", row["id"]) if "id" in row else ("company", row["company_id"])
    server.add(table, {"id": int(name[1:]), "name": row["name"]}, last_modified=row["last_modified"])
