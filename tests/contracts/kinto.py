"""Kinto, a server of JSON records, started from its package: companies are collections, departments their records."""

import base64
import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from async_sync import EPOCH_MILLISECONDS, LastIdPages, SinglePage, Stream
from tests.contracts.servers import Contract, Record, Tables, started_once
from tests.helpers.processes import SCRIPTS, free_port, server

_INI = """
    [server:main]
    use = egg:waitress#main
    host = 127.0.0.1
    port = {port}
    threads = 8
    [app:main]
    use = egg:kinto
    kinto.includes = kinto.plugins.flush
    kinto.storage_backend = kinto.core.storage.memory
    kinto.permission_backend = kinto.core.permission.memory
    kinto.cache_backend = kinto.core.cache.memory
    kinto.userid_hmac_secret = none
    multiauth.policies = basicauth
    multiauth.policy.basicauth.use = kinto.core.authentication.BasicAuthAuthenticationPolicy
"""
_BUCKET = "/v1/buckets/main"
KEYS: dict[str, tuple[str, ...]] = {"company": ("company_id",), "department": ("id", "company_id")}
_USER = {"username": "reader", "password": "any"}


class Kinto:
    """It dates each change itself, no two of a collection alike, and shows a tombstone to who asks with `_since`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def fill(self, tables: Tables) -> None:
        """Replace everything in it by these records, each with a time of its own in the past."""
        self._send("POST", "/v1/__flush__")
        self._send("PUT", _BUCKET)
        for table, records in tables.items():
            for record in records:
                at = int(datetime.fromisoformat(record["updated_at"]).timestamp()) * 1000 + record["id"]
                self.add(table, record, last_modified=at)

    def shown(self, table: str) -> list[Record]:
        """All that are not deleted, as rows."""
        companies = [_company(record) for record in self._send("GET", f"{_BUCKET}/collections")["data"]]
        return companies if table == "company" else [row for company in companies for row in self._departments(company)]

    def add(self, table: str, record: Record, **more: object) -> None:
        """Put a new record in it; with `last_modified`, as if it had been made then."""
        number = record["id"]
        self._send("PUT", self._path(table, number), {"data": {"name": record["name"], **more}})

    def change(self, table: str, number: int, fields: Record) -> None:
        self._send("PATCH", self._path(table, number), {"data": fields})

    def delete(self, table: str, number: int) -> None:
        """Leave a tombstone in its place."""
        self._send("DELETE", self._path(table, number))

    def _path(self, table: str, number: int) -> str:
        if table == "company":
            return f"{_BUCKET}/collections/c{number}"
        return f"{_BUCKET}/collections/c{number // 100}/records/d{number}"

    def _departments(self, company: Record) -> list[Record]:
        name = company["company_id"]
        records = self._send("GET", f"{_BUCKET}/collections/{name}/records")["data"]
        return [{"company_id": name, **record} for record in records]

    def _send(self, method: str, path: str, body: object = None) -> Any:
        user = base64.b64encode(":".join(_USER.values()).encode()).decode()
        headers = {"content-type": "application/json", "authorization": f"Basic {user}"}
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data, headers, method=method)) as answer:
            return json.loads(answer.read())


@started_once
@contextmanager
def _started(folder: Path) -> Iterator[Kinto]:
    port, ini = free_port(), folder / "kinto.ini"
    ini.write_text(_INI.replace("\n    ", "\n").format(port=port))
    command = [str(SCRIPTS / "kinto"), "start", "--ini", str(ini), "--port", str(port)]
    with server(command, f"http://127.0.0.1:{port}", "/v1/") as started:
        yield Kinto(started.url)


@contextmanager
def running(tables: Tables, folder: Path) -> Iterator[Kinto]:
    """The server, with these records in it."""
    kinto = _started()
    kinto.fill(tables)
    yield kinto


def _company(record: Record) -> Record:
    """A company is told apart by its own name for the key, as its departments have an `id` too."""
    return {"company_id": record["id"], **{name: value for name, value in record.items() if name != "id"}}


_SHARED: dict[str, Any] = {
    "records": "data",
    "cursor_field": "last_modified",
    "cursor_type": EPOCH_MILLISECONDS,
    "since_param": "min_last_modified",
    "sort_params": {"_sort": "last_modified"},
}
_COMPANY = Stream(
    table="company",
    path=f"{_BUCKET}/collections",
    primary_key=["company_id"],
    columns={"company_id": "STRING", "last_modified": "LONG"},
    map=_company,
    **_SHARED,
)
KINTO = Contract(
    start=running,
    company=_COMPANY,
    department=Stream(
        parent=_COMPANY,
        table="department",
        path=_BUCKET + "/collections/{company_id}/records",
        primary_key=["id", "company_id"],
        columns={"id": "STRING", "company_id": "STRING", "last_modified": "LONG"},
        **_SHARED,
    ),
    configuration={"auth": "basic", **_USER, "deleted_field": "deleted", "sync_scope": "all_parents"},
)
WHOLE = KINTO.paged(SinglePage())
KEYSET = KINTO.paged(LastIdPages(field="last_modified", param="_since", more=None, size_param="_limit"))
"""The header `Next-Page` is not followed: the next page is what has changed after the last record of this one."""
_FINDING: dict[str, Any] = {"finds_deleted": True, "deleted_field": None, "params": {"not_deleted": "true"}}
"""Without `not_deleted`, a tombstone would be shown to who asks for what has changed."""
WHOLE_FINDING = WHOLE.declared(**_FINDING)
KEYSET_FINDING = KEYSET.declared(**_FINDING)
