"""Partitions synced one by one against an API that answers as a test wants it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from async_sync import ChildStream, ParentStream
from async_sync.pipeline.api_clock import ApiClock
from async_sync.pipeline.partition_queue import Partition
from async_sync.pipeline.partition_reader import PartitionSync
from async_sync.pipeline.reader import Reader
from async_sync.writing.messages import Message
from async_sync.writing.outbox import Outbox
from async_sync.writing.state import SyncState
from tests.helpers.fetching import fetching
from tests.helpers.parts import COMPANIES, DEPARTMENTS, Clock, parse


class Syncing:
    """Partitions synced against an API that answers a company's path with a status, a body or a response.

    Where it is told nothing, it answers with no records.
    """

    def __init__(
        self, sync: PartitionSync, outbox: Outbox, asked: list[str], key: Sequence[str], state: SyncState
    ) -> None:
        self._sync = sync
        self._key = key
        self._outbox = outbox
        self.asked = asked
        self.partitions = sync
        self.state = state

    async def sync(self, *names: str) -> list[Message]:
        """Sync companies whose records have the numbers 0, 1, …; give what was sent meanwhile."""
        for number, name in enumerate(names):
            await self._sync.sync(Partition(name, dict.fromkeys(self._key, name), [number]))
        return self.sent()

    def sent(self) -> list[Message]:
        return self._outbox.drain()


@asynccontextmanager
async def syncing(
    answers: Mapping[str, Any] = {},
    configuration: Mapping[str, str] = {},
    saved: Mapping[str, Any] = {},
    *,
    parent: ParentStream = COMPANIES,
    children: Sequence[ChildStream] = (DEPARTMENTS,),
) -> AsyncIterator[Syncing]:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path.removeprefix("/companies/").removesuffix("/departments"))
        found = answers.get(asked[-1], [])
        if callable(found):
            found = found(request)
        if isinstance(found, httpx.Response):
            return found
        return httpx.Response(found) if isinstance(found, int) else httpx.Response(200, json=found)

    settings = parse({"pagination": "token", "max_attempts": "1", **configuration})
    with Outbox(5000) as outbox:
        async with fetching(httpx.MockTransport(answer), {"max_attempts": "1"}) as fetch:
            api_clock = ApiClock(clock=Clock(), wall_clock=lambda: 2e9)
            reader = Reader(fetch.client, settings, api_clock=api_clock, outbox=outbox)
            state = SyncState.load(saved, COMPANIES, children)
            sync = PartitionSync(
                reader=reader, outbox=outbox, settings=settings, state=state, parent=parent, children=children
            )
            yield Syncing(sync, outbox, asked, parent.primary_key, state)
