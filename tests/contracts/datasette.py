"""Datasette, a JSON API to a SQLite database, started from its package."""

import json
import sqlite3
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from async_sync import Stream
from tests.contracts.servers import Contract, Record, Tables, started_once
from tests.helpers.processes import SCRIPTS, free_port, server

_SCHEMA = """
    CREATE TABLE company (id INTEGER PRIMARY KEY, name TEXT, updated_at TEXT);
    CREATE TABLE department (id INTEGER PRIMARY KEY, name TEXT, updated_at TEXT, company_id INTEGER);
"""


class _Datasette:
    """It only reads: what changes is changed in its database."""

    def __init__(self, url: str, database: Path) -> None:
        self.url = url
        self._database = database

    def fill(self, tables: Tables) -> None:
        """Replace everything in it by these records."""
        with self._transaction() as connection:
            for table, records in tables.items():
                connection.execute(f"DELETE FROM {table}")
                for record in records:
                    connection.execute(_insert(table, record), list(record.values()))

    def shown(self, table: str) -> list[Record]:
        with urllib.request.urlopen(f"{self.url}/db/{table}.json?_shape=array&_size=max") as answer:
            assert "link" not in answer.headers, "there is a second page"
            records: list[Record] = json.load(answer)
            return records

    def add(self, table: str, record: Record) -> None:
        with self._transaction() as connection:
            connection.execute(_insert(table, record), list(record.values()))

    def change(self, table: str, number: int, fields: Record) -> None:
        assignments = ", ".join(f"{name} = ?" for name in fields)
        with self._transaction() as connection:
            connection.execute(f"UPDATE {table} SET {assignments} WHERE id = ?", [*fields.values(), number])

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._database)) as connection, connection:
            yield connection


def _insert(table: str, record: Record) -> str:
    return f"INSERT INTO {table} ({', '.join(record)}) VALUES ({', '.join('?' * len(record))})"


@started_once
@contextmanager
def _started(folder: Path) -> Iterator[_Datasette]:
    port, database = free_port(), folder / "db.sqlite"
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(_SCHEMA)
    command = [str(SCRIPTS / "datasette"), "serve", str(database), "--port", str(port)]
    with server(command, f"http://127.0.0.1:{port}", "/db.json") as started:
        yield _Datasette(started.url, database)


@contextmanager
def _start(tables: Tables, folder: Path) -> Iterator[_Datasette]:
    running = _started()
    running.fill(tables)
    yield running


_COMPANY = Stream(
    table="company",
    path="/db/company.json",
    primary_key=["id"],
    columns={"id": "INT", "updated_at": "UTC_DATETIME"},
    records="rows",
    total="filtered_table_rows_count",
    since_param="updated_at__gte",
    sort_params={"_sort": "updated_at"},
    params={"_shape": "objects"},
)
DATASETTE = Contract(
    start=_start,
    company=_COMPANY,
    department=Stream(
        parent=_COMPANY,
        table="department",
        path="/db/department.json",
        primary_key=["id"],
        columns={"id": "INT", "company_id": "INT", "updated_at": "UTC_DATETIME"},
        records="rows",
        total="filtered_table_rows_count",
        since_param="updated_at__gte",
        sort_params={"_sort": "updated_at"},
        params={"company_id__exact": "{id}", "_shape": "objects"},
    ),
)
