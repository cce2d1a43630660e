"""What holds for every test: retries do not wait, nothing blocks the event loop, and no proxy stands in between."""

from collections.abc import Iterator

import pytest
from blockbuster import BlockBuster, blockbuster_ctx
from hypothesis import settings

from async_sync.http import backoff

settings.register_profile("quick", deadline=None, print_blob=True)
settings.load_profile("quick")


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
