"""Servers that nobody here wrote, each with companies and departments in it, as real processes and over real HTTP."""

from pathlib import Path

import anyio.to_thread
import httpx
import pytest

from async_sync import AutoPages, LinkHeaderPages, NextUrlPages, NumberedPages, TokenPages
from tests.contracts import rest_framework
from tests.contracts.datasette import DATASETTE
from tests.contracts.json_server_process import JSON_SERVER
from tests.contracts.servers import KEYS, PAGE_SIZE, Contract, RunningServer, by_key, now, tables
from tests.helpers.destination import MemoryDestination

pytestmark = pytest.mark.process

_STYLES = {
    "json-server, page numbers": JSON_SERVER.paged(NumberedPages(param="_page", size_param="_per_page")),
    "json-server, links that are bare numbers": JSON_SERVER.paged(
        TokenPages(field="next", param="_page", size_param="_per_page")
    ),
    "Datasette, next_url": DATASETTE.paged(NextUrlPages(field="next_url", size_param="_size")),
    "Datasette, recognised by itself": DATASETTE.paged(AutoPages(size_param="_size")),
    "Datasette, Link header": DATASETTE.paged(LinkHeaderPages(size_param="_size")),
    "Datasette, next token": DATASETTE.paged(TokenPages(field="next", param="_next", size_param="_size")),
    "REST framework, offsets": rest_framework.OFFSET,
    "REST framework, links that are offsets": rest_framework.OFFSET_LINKS,
    "REST framework, page numbers": rest_framework.PAGE,
    "REST framework, links that are page numbers": rest_framework.PAGE_LINKS,
    "REST framework, cursors": rest_framework.CURSOR,
}
every_style = pytest.mark.parametrize("contract", _STYLES.values(), ids=_STYLES)


@every_style
def test_a_first_sync_brings_everything_that_the_server_shows(contract: Contract, tmp_path: Path) -> None:
    """Companies and departments arrive from all their pages, just as the server shows them, and without a warning."""
    with contract.start(tables(), tmp_path) as server:
        destination = MemoryDestination(keys=KEYS)
        contract.sync(server, destination)
        _assert_shows(server, destination)
        assert all(len(server.shown(table)) > 5 * PAGE_SIZE for table in KEYS)
        assert destination.warnings == []


@every_style
def test_a_second_sync_asks_only_for_what_has_changed_since(contract: Contract, tmp_path: Path) -> None:
    """Each request carries the first sync's cursor, and nothing arrives but what the server dates from then on."""
    with contract.start(tables(), tmp_path) as server:
        first, second = MemoryDestination(keys=KEYS), MemoryDestination(keys=KEYS)
        contract.sync(server, first)
        server.change("department", 704, {"name": "Renamed", "updated_at": now()})
        server.add("department", {"id": 999, "company_id": 9, "name": "The first one of 9", "updated_at": now()})
        server.change("company", 7, {"name": "Renamed", "updated_at": now()})
        server.change("company", 9, {"updated_at": now()})

        second.state = first.state
        asked = [contract.asked(url) for url in contract.sync(server, second)]
        company_cursor, department_cursors = first.state["company_cursor"], first.state["department_cursor"]
        assert {since for company, since in asked if company is None} == {company_cursor}
        assert all(since == department_cursors.get(company) for company, since in asked if company is not None)

        companies = [record for record in server.shown("company") if record["updated_at"] >= company_cursor]
        arrived = {str(record["id"]) for record in companies}
        assert {"7", "9"} < arrived
        assert second.rows("company") == by_key(companies)
        assert second.rows("department") == by_key(
            record
            for record in server.shown("department")
            if str(record["company_id"]) in arrived
            and record["updated_at"] >= department_cursors.get(str(record["company_id"]), "")
        )
        for table, rows in first.tables.items():
            assert rows | second.rows(table) == by_key(server.shown(table))


@every_style
def test_nothing_is_lost_that_changes_while_pages_are_read(contract: Contract, tmp_path: Path) -> None:
    """A record that has been read moves behind all others, and the ones after it move up: none falls between pages."""
    with contract.start(tables(), tmp_path) as server:
        left = {"company": list(range(1, 16)), "department": list(range(800, 808))}

        async def change(url: httpx.URL) -> None:
            company, _ = contract.asked(url)
            if company is None and left["company"]:
                await _touch(server, "company", left["company"].pop(0))
            if company == "8" and left["department"]:  # the company has two pages of them
                await _touch(server, "department", left["department"].pop(0))
                await _touch(server, "company", 8)

        destination = MemoryDestination(keys=KEYS)
        contract.sync(server, destination, change)
        for table in KEYS:
            assert destination.rows(table).keys() == by_key(server.shown(table)).keys()
            assert any(record["name"] == "Touched" for record in server.shown(table))
        contract.sync(server, destination)
        _assert_shows(server, destination)


def _assert_shows(server: RunningServer, destination: MemoryDestination) -> None:
    for table in KEYS:
        assert destination.rows(table) == by_key(server.shown(table))


async def _touch(server: RunningServer, table: str, number: int) -> None:
    """Change a record, off the event loop."""
    await anyio.to_thread.run_sync(server.change, table, number, {"name": "Touched", "updated_at": now()})
