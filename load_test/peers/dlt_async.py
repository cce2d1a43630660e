"""dlt by hand, for speed: an asynchronous resource of pages, and a transformer that yields a coroutine per company.

dlt evaluates awaitables in an event loop of its own, at most `max_parallel_items` at once. The cursor is on the
companies; the departments of each company that has changed are read whole. The client is this connector's, aiohttp.
"""

from collections.abc import AsyncIterator, Awaitable, Iterator
from typing import Any

import aiohttp
import dlt
import orjson

from load_test.peers.dlt_pipeline import configure, load
from load_test.peers.program import BEGINNING, PAGE_SIZE, Asked, run

Page = list[dict[str, Any]]


class Api:
    """The API, through one client that lives as long as the process: dlt does not say when its event loop ends."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: aiohttp.ClientSession | None = None

    async def pages(self, path: str, since: str) -> AsyncIterator[Page]:
        """The records changed at or after `since`, page by page."""
        self._client = self._client or aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        parameters = {"limit": str(PAGE_SIZE), "order_by": "updated_at", "updated_since": since}
        while True:
            async with self._client.get(self._url + path, params=parameters, raise_for_status=True) as response:
                answer = orjson.loads(await response.read())
            yield answer["data"]
            if answer["next_cursor"] is None:
                return
            parameters["cursor"] = answer["next_cursor"]


@dlt.source
def mock_api(url: str) -> Any:
    """Both resources."""
    api = Api(url)

    @dlt.resource(primary_key="company_id")
    async def company(
        changed: dlt.sources.incremental[str] = dlt.sources.incremental("updated_at", initial_value=BEGINNING),  # noqa: B008
    ) -> AsyncIterator[Page]:
        async for page in api.pages("/companies", changed.last_value):
            yield page

    async def departments(company_id: str) -> Page:
        path = f"/companies/{company_id}/departments"
        return [row async for page in api.pages(path, BEGINNING) for row in page]

    @dlt.transformer(data_from=company, primary_key=("department_id", "company_id"))
    def department(companies: Page) -> Iterator[Awaitable[Page]]:
        for each in companies:
            yield departments(each["company_id"])

    return company, department


def sync(asked: Asked) -> float:
    """Run the pipeline once; returns the seconds that reading took."""
    configure(asked)
    return load(mock_api(asked.url), asked)


if __name__ == "__main__":
    run(sync)
