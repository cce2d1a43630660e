"""Partitions read one by one from an API that answers as a test wants it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
from async_sync.pipeline.partition_queue import Partition

from async_sync import ChildStream, ParentStream
from async_sync.pipeline.api_clock import ApiClock
from async_sync.pipeline.partition_reader import PartitionReader
from async_sync.pipeline.reader import Reader
from async_sync.writing.messages import Message
from async_sync.writing.outbox import Outbox
from async_sync.writing.state import SyncState
from tests.helpers.fetching import fetching
from tests.helpers.parts import Clock, parse
from tests.helpers.streams import COMPANY, DEPARTMENT


class PartitionReading:
    """A reader of partitions, the paths it has asked for, and what it has sent to the writer."""

    def __init__(
        self, reader: PartitionReader, outbox: Outbox, asked: list[str], key: Sequence[str], state: SyncState
    ) -> None:
        self._key = key
        self._outbox = outbox
        self.asked = asked
        self.reader = reader
        self.state = state

    async def read(self, *names: str) -> list[Message]:
        """Read companies whose records have the numbers 0, 1, ...; returns what was sent meanwhile."""
        for number, name in enumerate(names):
            await self.reader.read(Partition(name, dict.fromkeys(self._key, name), [number]))
        return self.sent()

    def sent(self) -> list[Message]:
        """What has been sent since this was last asked."""
        return self._outbox.drain()


@asynccontextmanager
async def partition_reading(
    answers: Mapping[str, Any] = {},
    configuration: Mapping[str, str] = {},
    saved: Mapping[str, Any] = {},
    *,
    parent: ParentStream = COMPANY,
    children: Sequence[ChildStream] = (DEPARTMENT,),
) -> AsyncIterator[PartitionReading]:
    """Read from an API that answers a company's path with a status, a body or a response; by default with no records.

    The path "c1" is that of the departments of c1; other paths are as they stand in the URL after /companies/.
    """
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
            reader = Reader(fetch.client, settings, [parent, *children], api_clock=api_clock, outbox=outbox)
            state = SyncState.load(saved, COMPANY, children)
            partition_reader = PartitionReader(
                reader=reader, outbox=outbox, settings=settings, state=state, parent=parent, children=children
            )
            yield PartitionReading(partition_reader, outbox, asked, parent.primary_key, state)
