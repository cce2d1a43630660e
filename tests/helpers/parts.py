"""Small parts that unit tests put together."""

import asyncio
from collections.abc import Mapping
from typing import Any

from async_sync.configuration.parsing import parse_settings
from async_sync.configuration.settings import Settings
from async_sync.records.cursors import TIMESTAMP, Cursor
from async_sync.streams.bound import BoundStream
from async_sync.streams.stream import path_keys
from tests.helpers.streams import COMPANY, DEPARTMENT

BASE_URL = "http://localhost"
BOUND_COMPANY = BoundStream.bind(COMPANY, Settings(base_url=BASE_URL))
BOUND_DEPARTMENT = BoundStream.bind(DEPARTMENT, Settings(base_url=BASE_URL))


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class LoopClock(Clock):
    """The time of the event loop, virtual or not."""

    def __call__(self) -> float:
        return asyncio.get_running_loop().time()


def parse(configuration: Mapping[str, Any] = {}) -> Settings:
    """Settings from a configuration of companies and departments."""
    return parse_settings({"base_url": BASE_URL, **configuration}, path_keys([COMPANY, DEPARTMENT]))


def cursor(text: str) -> Cursor:
    """The cursor of a timestamp; a day will do."""
    return TIMESTAMP.parse(text)


def company(number: int, updated_at: str = "2026-01-01T00:00:00Z", **fields: Any) -> dict[str, Any]:
    """The record of a company; number 1 has the key c1."""
    return {
        "company_id": f"c{number}",
        "company_name": f"Company {number}",
        "updated_at": updated_at,
        **fields,
    }


def department(
    company_number: int, number: int, updated_at: str = "2026-01-01T00:00:00Z", **fields: Any
) -> dict[str, Any]:
    """The record of a department, with its company's key filled in; numbers 1 and 2 make d2 of c1."""
    return {"company_id": f"c{company_number}", "department_id": f"d{number}", "updated_at": updated_at, **fields}
