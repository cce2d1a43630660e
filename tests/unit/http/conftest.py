"""What the tests of HTTP share: a router that stands in for the network, and the backoff of a real sync."""

import pytest
import respx

from async_sync.http import backoff


@pytest.fixture
def router() -> respx.Router:
    return respx.Router()


@pytest.fixture
def real_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries and pauses wait as they do in a sync, for tests that wait in virtual time or not at all."""
    monkeypatch.setattr(backoff, "FIRST_SECONDS", 0.5)
