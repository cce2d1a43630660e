"""One sync of companies and departments against a mock API in this process."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import httpx

from async_sync import run_sync
from async_sync.http.own_auth import DeclaredAuth
from async_sync.streams.table import Table
from mock_api import Api, MockApiTransport, Source
from tests.helpers.destination import MemoryDestination
from tests.helpers.streams import COMPANY, DEPARTMENT

CONFIGURATION = {"base_url": "http://localhost", "checkpoint_interval_seconds": "86400"}


def sync(
    destination: MemoryDestination,
    api: Api | httpx.AsyncBaseTransport | None,
    configuration: Mapping[str, str] = {},
    *,
    state: Mapping[str, Any] | None = None,
    auth: DeclaredAuth | None = None,
) -> None:
    """Sync from the destination's last state, or from the one given; without an `api`, over the network."""
    transport = MockApiTransport(api) if isinstance(api, Api) else api
    run_sync(
        {**CONFIGURATION, **configuration},
        destination.state if state is None else state,
        streams=[COMPANY, DEPARTMENT],
        auth=auth,
        destination=destination,
        transport=transport,
    )


def run(
    destination: MemoryDestination,
    answer: Callable[[httpx.Request], httpx.Response],
    *streams: Table,
    configuration: Mapping[str, str] = {},
) -> None:
    """Sync any streams from the destination's last state; each request is made once, and one at a time."""
    run_sync(
        {**CONFIGURATION, "max_attempts": "1", "max_concurrency": "1", **configuration},
        destination.state,
        streams=streams,
        destination=destination,
        transport=httpx.MockTransport(answer),
    )


class HookedTransport(MockApiTransport):
    """Asks a hook before each answer: it may wait, change the source, raise, or answer by itself."""

    def __init__(self, api: Api, hook: Callable[[httpx.Request], Awaitable[httpx.Response | None]]) -> None:
        super().__init__(api)
        self._hook = hook

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._hook(request) or await super().handle_async_request(request)


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
