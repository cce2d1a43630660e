"""Datasette, a JSON API to a SQLite database, started from its package."""

import json
import sqlite3
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from async_sync import ChildStream, ParentStream
from tests.contracts.servers import Contract, Record, Tables
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

    def shown(self, table: str) -> list[Record]:
        with urllib.request.urlopen(f"{self.url}/db/{table}.json?_shape=array&_size=max") as answer:
            assert "link" not in answer.headers, "there is a second page"
            records: list[Record] = json.load(answer)
            return records

    def add(self, table: str, record: Record) -> None:
        marks = ", ".join("?" * len(record))
        self._execute(f"INSERT INTO {table} ({', '.join(record)}) VALUES ({marks})", *record.values())

    def change(self, table: str, number: int, fields: Record) -> None:
        assignments = ", ".join(f"{name} = ?" for name in fields)
        self._execute(f"UPDATE {table} SET {assignments} WHERE id = ?", *fields.values(), number)

    def _execute(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self._database)) as connection, connection:
            connection.execute(statement, values)


@contextmanager
def _start(tables: Tables, folder: Path) -> Iterator[_Datasette]:
    port, database = free_port(), folder / "db.sqlite"
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(_SCHEMA)
    command = [str(SCRIPTS / "datasette"), "serve", str(database), "--port", str(port)]
    with server(command, f"http://127.0.0.1:{port}", "/db.json") as started:
        running = _Datasette(started.url, database)
        for table, records in tables.items():
            for record in records:
                running.add(table, record)
        yield running


DATASETTE = Contract(
    start=_start,
    company=ParentStream(
        table="company",
        path="/db/company.json",
        primary_key=["id"],
        columns={"id": "INT", "updated_at": "UTC_DATETIME"},
        records="rows",
        total="filtered_table_rows_count",
        since_param="updated_at__gte",
        sort_params={"_sort": "updated_at"},
        params={"_shape": "objects"},
    ),
    department=ChildStream(
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
