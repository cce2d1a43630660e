"""The connector that is written for an API syncs it: whole, and then what has changed."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from scaffold.study import MAX_REQUESTS
from tests.scaffold.apis import SHAPES, Api, epoch, iso
from tests.scaffold.written import Written, assert_formatted, scaffolded

EXPECTED = {
    "OwnShape": ("updated_since", {"order_by": "{cursor_field}", "order_type": "asc"}),
    "GitHub": (None, {"sort": "updated", "direction": "asc"}),
    "Stripe": (None, {}),
    "OData": ("$filter", {"$orderby": "{cursor_field} asc"}),
    "JsonApi": ("filter[updated_since]", {"sort": "{cursor_field}"}),
    "Positions": (None, {}),
}


def assert_equals(written: Written, api: Api) -> None:
    time: Any = epoch if "cursor_type=EPOCH_SECONDS" in written.text else iso
    assert sorted(written.versions(0).values()) == sorted(map(time, api.above.values()))
    assert sorted(written.versions(1).values()) == sorted(map(time, api.below.values()))


@pytest.mark.parametrize("name", SHAPES)
def test_the_connector_syncs_its_api(name: str, tmp_path: Path) -> None:
    """All rows arrive, and after a change the second sync brings it; twelve GETs are enough to find out how."""
    api = SHAPES[name]()
    written, count = scaffolded(tmp_path, api.url, api.child, httpx.Client(transport=httpx.MockTransport(api)))
    assert count == len(api.asked) <= MAX_REQUESTS
    above, below = written.streams
    assert (above.since_param, above.sort_params) == EXPECTED[name]
    assert_formatted(tmp_path)

    written.sync(httpx.MockTransport(api), page_size="2")
    assert_equals(written, api)
    api.change()
    api.asked.clear()
    written.sync(httpx.MockTransport(api), page_size="2")
    assert_equals(written, api)
    assert below.touches_parent is False, "a change below might go unseen"
