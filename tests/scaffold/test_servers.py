"""The connector that is written for a server that nobody here wrote, by the command, syncs that server."""

import base64
import json
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.datasette import DATASETTE
from tests.contracts.json_server_process import JSON_SERVER
from tests.contracts.kinto import KINTO
from tests.contracts.rest_framework import AUTHORIZATION, OFFSET
from tests.contracts.servers import Contract, Record, now, tables
from tests.helpers.processes import ROOT, playground
from tests.scaffold.written import Written, assert_formatted

_BASIC = base64.b64encode(b"reader:any").decode()
_REST_FRAMEWORK = f"Authorization: {AUTHORIZATION['authorization']}"
SERVERS: dict[str, tuple[Contract, str, str, str]] = {
    "json-server": (JSON_SERVER, "/companies", "/departments?company_id=8", ""),
    "datasette": (
        DATASETTE,
        "/db/company.json?_shape=objects&_size=4",
        "/db/department.json?company_id__exact=8&_shape=objects&_size=4",
        "",
    ),
    "offsets": (OFFSET, "/offset/companies/?limit=8", "/offset/departments/?company_id=8&limit=4", _REST_FRAMEWORK),
    "numbers": (OFFSET, "/page/companies/?limit=8", "/page/departments/?company_id=8&limit=4", _REST_FRAMEWORK),
    "cursors": (OFFSET, "/cursor/companies/?limit=8", "/cursor/departments/?company_id=8&limit=4", _REST_FRAMEWORK),
    "kinto": (
        KINTO,
        "/v1/buckets/main/collections?_limit=12",
        "/v1/buckets/main/collections/c8/records?_limit=4",
        f"Authorization: Basic {_BASIC}",
    ),
}


def made(folder: Path, url: str, child: str, header: str = "") -> Written:
    """What the command writes."""
    into = folder / "made"
    command = [sys.executable, "-m", "scaffold", url, "--child", child, "--into", str(into), "--header", header]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stderr
    assert_formatted(into)
    return Written(into)


def keys(rows: Sequence[Record], cursor_field: str) -> set[tuple[str, str]]:
    """Keys and cursors of records, or of the rows that they have become."""
    return {(str(row["id"] if "id" in row else row["company_id"]), str(row[cursor_field])) for row in rows}


@pytest.mark.process
@pytest.mark.parametrize("name", SERVERS)
def test_the_connector_syncs_a_real_server(name: str, tmp_path: Path) -> None:
    """Everything that it shows arrives, and a change below a record that has not changed as well."""
    contract, url, child, header = SERVERS[name]
    (tmp_path / "server").mkdir()
    with contract.start(tables(), tmp_path / "server") as server:
        written = made(tmp_path, server.url + url, server.url + child, header)
        for number in range(2):
            written.sync(page_size="4")
            for index, table in enumerate(("company", "department")):
                stream = written.streams[index]
                field, rows = str(stream.cursor_field), written.destination.rows(stream.table).values()
                assert keys([*rows], field) == keys(server.shown(table), field), (number, table)
            server.change("department", 801, {"name": "changed", "updated_at": now()})


def shown(url: str) -> Any:
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)["data"]


@pytest.mark.process
def test_the_connector_syncs_the_playground(tmp_path: Path) -> None:
    """The official mock API, whose records change all the time."""
    with playground() as (url, _):
        first = shown(f"{url}/cursors/companies")[0]["company_id"]
        written = made(tmp_path, f"{url}/cursors/companies", f"{url}/cursors/{first}/departments")
        written.sync()
        companies = {(str(record["company_id"]),) for record in shown(f"{url}/cursors/companies")}
        assert written.destination.rows("company").keys() == companies
        assert len(written.destination.rows("department")) >= len(companies)
        before = written.destination.state["company_cursor"]
        written.sync()
        assert written.destination.state["company_cursor"] >= before
