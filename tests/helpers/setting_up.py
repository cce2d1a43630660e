"""The setup tests of companies and departments against a transport."""

from collections.abc import Callable, Mapping

import httpx

from async_sync.setup.tests import SetupTests
from async_sync.streams.table import Table
from mock_api import Api, MockApiTransport, Source
from tests.helpers.destination import MemoryDestination
from tests.helpers.streams import COMPANY, DEPARTMENT

BASE = {"base_url": "http://localhost"}
OLD = "2026-01-01T00:00:00Z"


class Setup:
    """The setup tests of these streams against a transport: calls each by name, and keeps what it logged."""

    def __init__(
        self, transport: httpx.AsyncBaseTransport | None = None, *streams: Table, max_seconds: float = 60
    ) -> None:
        self._destination = MemoryDestination()
        self._tests = SetupTests(
            streams or [COMPANY, DEPARTMENT],
            result=_unchanged,
            log=self._destination,
            transport=transport,
            max_seconds=max_seconds,
        )

    @property
    def lines(self) -> list[str]:
        return self._destination.lines

    @property
    def warnings(self) -> list[str]:
        return self._destination.warnings

    def __call__(self, name: str, **configuration: str) -> str | None:
        """The failure, or None for a success."""
        failure: str | None = getattr(self._tests, name)({**BASE, **configuration})
        return failure


def _unchanged(problem: str | None) -> str | None:
    return problem


def answering(
    companies: object | Callable[[], httpx.Response],
    departments: Mapping[str, object] | Callable[[str], httpx.Response] | None = None,
) -> tuple[httpx.MockTransport, list[str]]:
    """A transport with these answers, and the paths that were asked for."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if request.url.path == "/companies":
            return companies() if callable(companies) else httpx.Response(200, json=companies)
        name = request.url.path.split("/")[2]
        if callable(departments):
            return departments(name)
        found = (departments or {}).get(name)
        return httpx.Response(404) if found is None else httpx.Response(200, json=found)

    return httpx.MockTransport(answer), asked


def demo(companies: int = 3) -> MockApiTransport:
    return MockApiTransport(Api(Source.generate(companies=companies, departments=2, seed=1)))
