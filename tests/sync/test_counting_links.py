"""Whole syncs from an API whose links only count, while its companies change between any two pages."""

import json
from collections.abc import Awaitable, Callable

import httpx
import pytest

from mock_api import Api, Source
from tests.helpers.destination import MemoryDestination
from tests.helpers.parts import company, department
from tests.helpers.syncing import HookedTransport, assert_equals_source, sync

_DAYS = [f"2026-01-{day:02}T00:00:00Z" for day in range(1, 32)]


class _Linking(HookedTransport):
    """An API that links to the next page, as many do, by its number or by the offset of its first record."""

    def __init__(
        self, source: Source, by: str, hook: Callable[[httpx.Request], Awaitable[httpx.Response | None]]
    ) -> None:
        super().__init__(Api(source, pagination=by), hook)
        self._by = by

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        total = json.loads(await response.aread())["total_items"]
        limit = int(request.url.params["limit"])
        here = int(request.url.params.get(self._by, "1" if self._by == "page" else "0"))
        step, end = (1, here * limit) if self._by == "page" else (limit, here + limit)
        if end < total:
            response.headers["link"] = f'<{request.url.copy_merge_params({self._by: here + step})}>; rel="next"'
        return response


@pytest.mark.parametrize("by", ["page", "offset"])
@pytest.mark.parametrize("style", ["auto", "link_header"])
def test_no_record_is_missed_if_links_only_count(style: str, by: str) -> None:
    """A link to `?page=2` leads to a position in a list that has moved meanwhile, and nothing is missed."""
    source = Source(
        [company(number, _DAYS[number]) for number in range(1, 25)],
        [department(number, 1, _DAYS[number - 1]) for number in range(1, 25)],
    )
    changed = iter(range(1, 13))

    async def hook(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == "/companies":
            number = next(changed, None)
            if number is not None:
                source.put_company(company(number, f"2026-02-{number:02}T00:00:00Z"))
        return None

    async def still(_: httpx.Request) -> httpx.Response | None:
        return None

    destination = MemoryDestination()
    sync(destination, _Linking(source, by, hook), {"pagination": style, "page_size": "3"})
    destination.restart()
    sync(destination, _Linking(source, by, still), {"pagination": style})
    assert_equals_source(destination, source)
