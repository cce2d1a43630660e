"""Fixtures for every test: retries do not wait, nothing blocks the event loop, and no proxy is used."""

import os
import signal
import sys
import threading
from collections.abc import Generator, Iterator

import pytest
from blockbuster import BlockBuster, blockbuster_ctx
from hypothesis import settings

from async_sync.http import backoff

settings.register_profile("thorough", deadline=None, print_blob=True)
settings.register_profile("quick", deadline=None, print_blob=True, max_examples=10)
settings.load_profile("thorough")

_SLOW_SECONDS = 900

# In the background of a shell script SIGINT is ignored, and a process that a test starts would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest if several processes share the tests, so that none is left with it at the end.

    What is slow is not hung yet where the limit of the others ends, on a busy machine.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=_turn)
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(_SLOW_SECONDS))


def _turn(item: pytest.Item) -> int:
    """A test with a time limit of its own takes longest."""
    longest_first = ("timeout", "slow", "process")
    found = (turn for turn, name in enumerate(longest_first) if item.get_closest_marker(name))
    return next(found, len(longest_first))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Measure no coverage of what is slow, as that makes Python about three times slower.

    These tests look for cases that nobody thought of, or wait for other processes: each line has a faster test as well.
    """
    if not (item.get_closest_marker("slow") or item.get_closest_marker("process")):
        return (yield)
    trace, trace_in_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(trace)
        threading.settrace(trace_in_threads)


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
