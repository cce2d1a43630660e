"""Django REST Framework, with companies and departments in a small Django project, in a process of its own."""

import json
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from async_sync import AutoPages, NextUrlPages, NumberedPages, OffsetPages, Stream
from async_sync.records.usual import USUAL, Usual
from tests.contracts.servers import Contract, Record, Tables, started_once
from tests.helpers.processes import ROOT, free_port, server

_TOKEN = "0123456789abcdef0123456789abcdef01234567"
AUTHORIZATION = {"authorization": f"Token {_TOKEN}"}
_PATHS = {"company": "companies/", "department": "departments/"}


class RestFramework:
    """Its records are deleted without a trace; what a company has goes with it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def fill(self, tables: Tables) -> None:
        """Replace everything in it by these records."""
        self._send("POST", "/fill/", tables)

    def shown(self, table: str) -> list[Record]:
        records: list[Record] = self._send("GET", f"/offset/{_PATHS[table]}?limit=100000")["results"]
        return records

    def add(self, table: str, record: Record) -> None:
        self._send("POST", f"/offset/{_PATHS[table]}", record)

    def change(self, table: str, number: int, fields: Record) -> None:
        self._send("PATCH", f"/offset/{_PATHS[table]}{number}/", fields)

    def delete(self, table: str, number: int) -> None:
        """Leave nothing of it, nor of the departments below."""
        self._send("DELETE", f"/offset/{_PATHS[table]}{number}/")

    def _send(self, method: str, path: str, body: object = None) -> Any:
        headers = {"content-type": "application/json", **AUTHORIZATION}
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers, method=method)) as answer:
            return json.loads(answer.read() or "null")


@started_once
@contextmanager
def _started(folder: Path) -> Iterator[RestFramework]:
    port = free_port()
    command = [sys.executable, "-m", "tests.contracts.django_server", str(port), _TOKEN]
    environment = {"DJANGO_DATABASE": str(folder / "db.sqlite")}
    with server(command, f"http://127.0.0.1:{port}", "/", folder=ROOT, environment=environment) as started:
        yield RestFramework(started.url)


@contextmanager
def running(tables: Tables, folder: Path) -> Iterator[RestFramework]:
    """The server, with these records in it."""
    started = _started()
    started.fill(tables)
    yield started


def _contract(prefix: str, *, total: str | Usual = "count") -> Contract:
    """Declared as REST framework's documentation has it, but for the pages."""
    shared: dict[str, Any] = {
        "primary_key": ["id"],
        "records": "results",
        "total": total,
        "since_param": "updated_at__gte",
        "sort_params": {"ordering": "updated_at"},
    }
    company = Stream(
        table="company",
        path=f"/{prefix}/companies/",
        columns={"id": "INT", "updated_at": "UTC_DATETIME"},
        **shared,
    )
    return Contract(
        start=running,
        company=company,
        department=Stream(
            parent=company,
            table="department",
            path=f"/{prefix}/departments/",
            columns={"id": "INT", "company_id": "INT", "updated_at": "UTC_DATETIME"},
            params={"company_id": "{id}"},
            **shared,
        ),
        configuration={
            "auth": "api_key",
            "api_key_header": "Authorization",
            "api_key": f"Token {_TOKEN}",
            "deleted_field": "deleted",
        },
    )


OFFSET = _contract("offset").paged(OffsetPages())
OFFSET_LINKS = _contract("offset").paged(NextUrlPages())
PAGE = _contract("page").paged(NumberedPages())
PAGE_LINKS = _contract("page").paged(AutoPages())
CURSOR = _contract("cursor", total=USUAL).paged(AutoPages())
THROTTLED = _contract("throttled").paged(NumberedPages())
