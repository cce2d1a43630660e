"""Several connections that write to one destination, each with a state of its own."""

from collections import Counter
from collections.abc import Mapping

import httpx

from mock_api import Api, Source
from tests.helpers.destination import MemoryDestination
from tests.helpers.syncing import HookedTransport, sync


def joined(connections: int) -> list[MemoryDestination]:
    """Connections that write to the same tables."""
    destinations = [MemoryDestination() for _ in range(connections)]
    for destination in destinations:
        destination.tables = destinations[0].tables
    return destinations


def sync_shards(
    destinations: list[MemoryDestination], source: Source, configuration: Mapping[str, str] = {}
) -> Counter[str]:
    """Sync the shard of each connection once; returns how often the departments of each company were asked for."""
    asked = Counter[str]()

    async def hook(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/departments"):
            asked[request.url.path.split("/")[2]] += 1
        return None

    for number, destination in enumerate(destinations, start=1):
        destination.restart()
        shard = {"shard": f"{number}/{len(destinations)}"}
        sync(destination, HookedTransport(Api(source), hook), {**configuration, **shard})
    return asked
