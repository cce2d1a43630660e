"""Fixtures for every test: retries do not wait, nothing blocks the event loop, and no proxy is used."""

import os
from collections.abc import Iterator

import pytest
from blockbuster import BlockBuster, blockbuster_ctx
from hypothesis import settings

from async_sync.http import backoff

settings.register_profile("quick", deadline=None, print_blob=True)
settings.load_profile("quick")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out of the coverage what is slow, and start that first where several processes share the tests.

    Tracing makes Python about three times slower. What is slow looks for cases that nobody thought of, or waits for
    other processes: no line is covered by such a test alone. A test with a time limit of its own takes longest.
    """
    for item in items:
        if item.get_closest_marker("slow") or item.get_closest_marker("process"):
            item.add_marker("no_cover")
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    longest_first = ("timeout", "slow", "process")
    found = (turn for turn, name in enumerate(longest_first) if item.get_closest_marker(name))
    return next(found, len(longest_first))


@pytest.fixture(autouse=True)
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """A retry comes at once, and so does the end of a pause that the API did not ask for."""
    monkeypatch.setattr(backoff, "FIRST_SECONDS", 0.0)


@pytest.fixture(autouse=True)
def nothing_blocks() -> Iterator[BlockBuster]:
    """A blocking call on the event loop fails the test."""
    with blockbuster_ctx() as blockbuster:
        # Coverage guards its own data, which the writer's thread adds to as well.
        blockbuster.functions["threading.Lock.acquire"].can_block_in("coverage/collector.py", {"lock_data"})
        yield blockbuster


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxies of whoever runs the tests are not asked for loopback, by no process that a test starts either."""
    for name in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name}_proxy".upper(), raising=False)
