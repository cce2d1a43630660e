"""What the pace, the pauses and the retry budget change about a whole sync."""

import asyncio

import httpx
import pytest

from async_sync import FatalError
from async_sync.errors.source import UnhealthyError, WaitError
from async_sync.http import backoff
from async_sync.pacing.pace import FixedPace
from async_sync.session import ConfiguredSource
from async_sync.sync import Sync
from mock_api import Api, Behavior, MockApiTransport, Source
from tests.helpers.destination import MemoryDestination
from tests.helpers.streams import COMPANY, DEPARTMENT
from tests.helpers.syncing import HookedTransport, assert_equals_source, sync

AUTO = {"max_concurrency": "auto"}


@pytest.mark.slow
def test_auto_finds_more_than_it_starts_with() -> None:
    """With auto a sync is complete, and has many requests in flight once the API turns out to bear it."""
    source = Source.generate(companies=600, departments=1)
    transport = MockApiTransport(Api(source), Behavior(latency_seconds=0.02))
    destination = MemoryDestination()

    sync(destination, transport, AUTO)

    assert_equals_source(destination, source)
    assert transport.meter.peak_in_flight["departments"] > 5


@pytest.mark.asyncio
async def test_a_pace_that_is_passed_in() -> None:
    """A pace that is passed in takes the place of the one that the settings name."""
    transport = MockApiTransport(Api(Source.generate(companies=9, departments=1)), Behavior(latency_seconds=0.01))
    configured = ConfiguredSource.of({"base_url": "http://localhost", "max_concurrency": "9"}, [COMPANY, DEPARTMENT])
    destination = MemoryDestination()

    await Sync(configured, destination, destination).run({}, transport, FixedPace(2))

    assert transport.meter.peak_in_flight["departments"] == 2


def test_auto_begins_no_more_companies_than_it_can_use() -> None:
    """When companies fail at the very start, only those are asked for that were begun while eight may be in flight."""
    asked: list[str] = []

    async def hook(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/departments"):
            asked.append(request.url.path)
            return httpx.Response(403)
        return None

    with pytest.raises(FatalError, match="403"):
        sync(MemoryDestination(), HookedTransport(Api(Source.generate(companies=200, departments=1)), hook), AUTO)
    assert len(asked) <= 16


def test_a_wait_that_is_too_long_ends_the_sync_and_keeps_what_came() -> None:
    """What was read before is written and checkpointed; no company is skipped for it; the next sync goes on."""
    source = Source.generate(companies=30, departments=2)
    waits = True

    async def hook(request: httpx.Request) -> httpx.Response | None:
        if waits and "c000015" in request.url.path:
            return httpx.Response(429, headers={"Retry-After": "31536000"})
        return None

    destination = MemoryDestination()
    configuration = {"on_parent_error": "skip", "max_concurrency": "1"}
    with pytest.raises(
        WaitError, match=r"asks for a wait of 31536000 s \(Retry-After of http://localhost/companies/c000015/"
    ):
        sync(destination, HookedTransport(Api(source), hook), configuration)
    assert len(destination.rows("department")) == 2 * 14
    assert not destination.state.get("skipped")
    waits = False
    sync(destination, HookedTransport(Api(source), hook), configuration)
    assert_equals_source(destination, source)


def test_a_sync_stops_when_nothing_succeeds_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """After outage_seconds it stops with that finding; no company is skipped for it, and what came is written."""
    monkeypatch.setattr(backoff, "FIRST_SECONDS", 0.002)  # a moment, in which others fail too
    source = Source.generate(companies=400, departments=1)
    asked = 0

    async def hook(request: httpx.Request) -> httpx.Response | None:
        nonlocal asked
        asked += 1
        return httpx.Response(500) if asked > 150 and request.url.path.endswith("/departments") else None

    destination = MemoryDestination()
    with pytest.raises(UnhealthyError) as caught:
        sync(destination, HookedTransport(Api(source), hook), {"on_parent_error": "skip", "outage_seconds": "0.1"})

    assert str(caught.value).startswith("Nothing has succeeded for 0 s, in ")
    assert "so the sync stops: the API answered 500 Internal Server Error (" in str(caught.value)
    assert len(destination.rows("department")) >= 130
    assert not destination.state.get("skipped")


def test_pauses_are_told_in_the_summary() -> None:
    """The closing line tells for how long the API had everyone wait."""
    paused = False

    async def hook(request: httpx.Request) -> httpx.Response | None:
        nonlocal paused
        if paused or "c000003" not in request.url.path:
            return None
        paused = True
        return httpx.Response(503, headers={"Retry-After": "0.01"})

    destination = MemoryDestination()
    source = Source.generate(companies=5, departments=1)
    sync(destination, HookedTransport(Api(source), hook), {"max_concurrency": "1"})

    assert_equals_source(destination, source)
    assert ", 1 retry, " in destination.lines[-1]
    assert " in flight on average; paused for 0.0 s as the API asked; 1 checkpoint" in destination.lines[-1]


def test_workers_come_and_go_with_those_that_rest() -> None:
    """While many requests wait for their next attempt others take their places, and no longer than that."""
    asked: list[int] = []
    failed: set[str] = set()

    async def hook(request: httpx.Request) -> httpx.Response | None:
        asked.append(len(asyncio.all_tasks()))
        if not 100 <= len(asked) < 150 or request.url.path in failed:
            return None
        failed.add(request.url.path)
        return httpx.Response(503)

    source = Source.generate(companies=400, departments=1)
    destination = MemoryDestination()
    sync(destination, HookedTransport(Api(source), hook), {"max_concurrency": "20"})

    assert_equals_source(destination, source)
    before, while_resting, after = max(asked[:100]), max(asked[100:200]), max(asked[300:])
    assert while_resting > before >= after
