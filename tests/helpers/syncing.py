"""One sync of companies and departments against a mock API in this process."""

from collections.abc import Mapping
from typing import Any

import httpx

from async_sync import run_sync
from connector import COMPANY, DEPARTMENT
from mock_api import Api, MockApiTransport, Source
from tests.helpers.destination import MemoryDestination

CONFIGURATION = {"base_url": "http://localhost", "checkpoint_interval_seconds": "86400"}


def sync(
    destination: MemoryDestination,
    api: Api | httpx.AsyncBaseTransport,
    configuration: Mapping[str, str] = {},
    *,
    state: Mapping[str, Any] | None = None,
) -> None:
    """Sync from the destination's last state, or from the one given."""
    transport = MockApiTransport(api) if isinstance(api, Api) else api
    run_sync(
        {**CONFIGURATION, **configuration},
        destination.state if state is None else state,
        parent=COMPANY,
        children=[DEPARTMENT],
        destination=destination,
        transport=transport,
    )


def assert_equals_source(destination: MemoryDestination, source: Source) -> None:
    """The destination holds the source's records, each in its last version, and no others."""
    companies = {(str(record["company_id"]),): record for record in source.companies()}
    assert destination.rows("company") == companies
    departments = {
        (str(record["department_id"]), str(record["company_id"])): record
        for company in source.companies()
        for record in source.departments(company["company_id"])
    }
    assert destination.rows("department") == departments
