"""The destinations of measured syncs: one counts rows, the other keeps them too."""

import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from mock_api import Source

Rows = dict[tuple[str, ...], Mapping[str, Any]]
"""The last version of each row, by its table and key."""

_KEYS = {"company": ("company_id",), "department": ("department_id", "company_id")}


class CountingDestination:
    """Counts rows and times checkpoints, so that the connector is what is measured.

    A checkpoint serializes the state, as the SDK does, and then blocks for `checkpoint_seconds`.
    """

    def __init__(self, checkpoint_seconds: float = 0.0) -> None:
        self.written = 0
        self.state = "{}"
        self.checkpoints: list[dict[str, float]] = []
        self._checkpoint_seconds = checkpoint_seconds
        self.began = time.perf_counter()
        """The reading of the performance counter from which the seconds are counted."""

    def upsert(self, table: str, row: dict[str, Any]) -> None:
        """Count the row."""
        self.written += 1

    def delete(self, table: str, key: dict[str, Any]) -> None:
        """Count the row."""
        self.written += 1

    def checkpoint(self, state: dict[str, Any]) -> None:
        """Block as a real one would; `checkpoints` holds its start and end in seconds since the destination began."""
        start = time.perf_counter() - self.began
        self.state = json.dumps(state)
        time.sleep(self._checkpoint_seconds)
        self.checkpoints.append({"start": start, "end": time.perf_counter() - self.began})

    def info(self, message: str) -> None:
        """Print the line to standard error; standard output is for results."""
        print(message, file=sys.stderr, flush=True)

    warning = info


class KeepingDestination(CountingDestination):
    """Keeps the last version of each row as well, for the tables of the mock API."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: Rows = {}

    def upsert(self, table: str, row: dict[str, Any]) -> None:
        """Count and keep the row."""
        super().upsert(table, row)
        self.rows[row_key(table, row)] = row

    def delete(self, table: str, key: dict[str, Any]) -> None:
        """Count the deletion and drop the row."""
        super().delete(table, key)
        self.rows.pop(row_key(table, key), None)


def rows_of(source: Source) -> Rows:
    """What a destination must hold of a source."""
    rows: Rows = {}
    for company in source.companies():
        rows[row_key("company", company)] = company
        for department in source.departments(company["company_id"]):
            rows[row_key("department", department)] = department
    return rows


def row_key(table: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    """The key of a row in `Rows`; `row` needs only the columns of its primary key."""
    return (table, *(row[name] for name in _KEYS[table]))
