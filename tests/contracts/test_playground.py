"""The official mock API, which nobody here wrote: the first contract test."""

import json
import urllib.request
from typing import Any

import pytest

from async_sync import run_sync
from tests.helpers.destination import MemoryDestination
from tests.helpers.processes import playground
from tests.helpers.recording import Recorder
from tests.helpers.streams import COMPANY, DEPARTMENT

_CONFIGURATION = {
    "companies_path": "/cursors/companies",
    "departments_path": "/cursors/{company_id}/departments",
    "cursor_field": "updatedAt",
    "pagination": "none",
}


def _sync(destination: MemoryDestination, url: str) -> list[str | None]:
    recorder = Recorder(url)
    run_sync(
        {"base_url": url, **_CONFIGURATION},
        destination.state,
        streams=[COMPANY, DEPARTMENT],
        destination=destination,
        transport=recorder,
    )
    return [asked.params.get("updated_since") for asked in recorder.urls]


def _shown(url: str, path: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(url + path) as answer:
        records: list[dict[str, Any]] = json.load(answer)["data"]
        return records


@pytest.mark.process
def test_the_playground_is_synced_over_http_and_the_second_sync_is_incremental() -> None:
    """Everything it shows arrives, under our column names; afterwards it is asked only for what has changed since."""
    with playground() as (url, _):
        destination = MemoryDestination()
        assert set(_sync(destination, url)) == {None}
        first_state = destination.state
        companies = {(str(record["company_id"]),) for record in _shown(url, "/cursors/companies")}
        assert destination.rows("company").keys() == companies
        assert len(destination.rows("department")) >= len(companies)
        assert all("updated_at" in row and "updatedAt" not in row for row in destination.rows("department").values())

        destination.restart()
        companies_since, *departments_since = _sync(destination, url)
        assert companies_since == first_state["company_cursor"]
        assert departments_since
        assert set(departments_since) <= set(first_state["department_cursor"].values())
        assert destination.state["company_cursor"] >= first_state["company_cursor"]
