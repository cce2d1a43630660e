"""The pace that a sync has found, and the next one begins with."""

from collections.abc import Mapping
from typing import Any

import pytest

from async_sync import run_sync
from mock_api import Api, Behavior, MockApiTransport, Source
from mock_api.limits import Limits
from mock_api.meter import Meter
from tests.helpers.destination import MemoryDestination
from tests.helpers.streams import COMPANY, DEPARTMENT
from tests.helpers.syncing import CONFIGURATION, assert_equals_source

pytestmark = pytest.mark.slow

AUTO = {**CONFIGURATION, "max_concurrency": "auto", "api_token": "secret"}
LIMIT = 13
SOURCE = Source.generate(companies=150, departments=1)


def synced(
    configuration: Mapping[str, str], pace: Mapping[str, Any] | None = None, source: Source = SOURCE
) -> tuple[dict[str, Any], Meter]:
    """Sync everything from an API with a limit of requests in flight; returns the pace in the state, and the meter."""
    limits = Limits(max_in_flight=LIMIT)
    transport = MockApiTransport(Api(source), Behavior(latency_seconds=0.01, limits=limits))
    destination = MemoryDestination()
    state = {} if pace is None else {"pace": pace}
    run_sync(configuration, state, streams=[COMPANY, DEPARTMENT], destination=destination, transport=transport)
    assert_equals_source(destination, source)
    return destination.state.get("pace", {}), transport.meter


def test_the_next_sync_begins_where_the_last_one_ended() -> None:
    """What was found is in the state, and the next sync has that many in flight without being refused for it first."""
    found, _ = synced(AUTO)
    again, meter = synced(AUTO, found)

    assert LIMIT - 4 <= found["in_flight"] <= LIMIT + 1
    assert again["api"] == found["api"]
    assert meter.refused["max_in_flight"] < LIMIT


@pytest.mark.parametrize("other", [{"api_token": "another"}, {"base_url": "http://127.0.0.1"}])
def test_another_api_or_credential_forgets_it(other: dict[str, str]) -> None:
    """With another base_url or credential, the pace is looked for anew."""
    few = Source.generate(companies=6, departments=1)
    slow = {**synced(AUTO)[0], "in_flight": 1}

    _, meter = synced(AUTO, slow, few)
    _, meter_anew = synced({**AUTO, **other}, slow, few)

    assert meter.peak_in_flight["departments"] <= 2
    assert meter_anew.peak_in_flight["departments"] > 2


def test_a_fixed_pace_leaves_it_alone() -> None:
    """A sync at a fixed max_concurrency keeps what auto has found before."""
    found, _ = synced(AUTO)
    kept, _ = synced({**AUTO, "max_concurrency": "4"}, found)

    assert kept == found
