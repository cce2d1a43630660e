"""The official mock API, which nobody here wrote: the first contract test."""

import json
import urllib.request
from typing import Any

import pytest

from async_sync import run_sync
from connector import COMPANY, DEPARTMENT
from tests.helpers.destination import MemoryDestination
from tests.helpers.processes import playground

_CONFIGURATION = {
    "companies_path": "/cursors/companies",
    "departments_path": "/cursors/{company_id}/departments",
    "cursor_field": "updatedAt",
    "pagination": "none",
}


def _sync(destination: MemoryDestination, url: str) -> None:
    run_sync(
        {"base_url": url, **_CONFIGURATION},
        destination.state,
        parent=COMPANY,
        children=[DEPARTMENT],
        destination=destination,
    )


def _shown(url: str, path: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(url + path) as answer:
        records: list[dict[str, Any]] = json.load(answer)["data"]
        return records


@pytest.mark.process
def test_the_playground_is_synced_over_http_and_the_second_sync_is_incremental() -> None:
    """Everything it shows arrives, under our column names; afterwards it is asked only for what has changed since."""
    with playground() as url:
        destination = MemoryDestination()
        _sync(destination, url)
        first_state = destination.state
        companies = {(str(record["company_id"]),) for record in _shown(url, "/cursors/companies")}
        assert destination.rows("company").keys() == companies
        assert len(destination.rows("department")) >= len(companies)
        assert all("updated_at" in row and "updatedAt" not in row for row in destination.rows("department").values())

        destination.restart()
        _sync(destination, url)
        assert destination.state["company_cursor"] >= first_state["company_cursor"]
        upserts = [operation for operation in destination.operations if operation[0] == "upsert"]
        assert len(upserts) < len(destination.rows("company")) + len(destination.rows("department"))
