"""How many requests are under way, by the count of the server that answers them."""

import pytest

from load_test.server import mock_api, stats
from tests.helpers.destination import MemoryDestination
from tests.helpers.syncing import sync

pytestmark = pytest.mark.process


# The more requests are to meet, the longer each has to last: a slow machine needs its time to send them.
@pytest.mark.parametrize(("max_concurrency", "latency_ms"), [(1, 10), (7, 100), (50, 1000)])
def test_exactly_max_concurrency_department_requests_are_in_flight_while_there_is_work(
    max_concurrency: int, latency_ms: int
) -> None:
    """Never more than the limit, and all of it as soon as there are companies enough; companies are read beside it."""
    with mock_api(companies=120, departments=2, latency_ms=latency_ms) as url:
        destination = MemoryDestination()
        sync(destination, None, {"base_url": url, "max_concurrency": str(max_concurrency), "page_size": "60"})
        told = stats(url)
    assert told["peak_in_flight"]["departments"] == max_concurrency
    assert told["peak_in_flight"]["companies"] == 1
    assert told["requests"]["departments"] == 120
    assert told["requests"]["companies"] == 2
    assert len(destination.rows("department")) == 240
