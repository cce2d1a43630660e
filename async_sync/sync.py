"""`run_sync`: from what Fivetran hands to `update()` to a finished sync, or one plain exception."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio
import httpx

from async_sync.api_clock import ApiClock
from async_sync.client import Client
from async_sync.destination import Destination, FivetranDestination
from async_sync.gate import Gate
from async_sync.outbox import Outbox
from async_sync.parents import Parents
from async_sync.partition_sync import PartitionSync
from async_sync.pipeline import Pipeline
from async_sync.progress import Progress
from async_sync.reader import Reader
from async_sync.settings import Settings
from async_sync.state import SyncState
from async_sync.streams import ChildStream, ParentStream
from async_sync.termination import until_terminated
from async_sync.transport import open_http
from async_sync.writer import Writer


def run_sync(
    configuration: Mapping[str, str],
    state: Mapping[str, Any],
    *,
    parent: ParentStream,
    children: Sequence[ChildStream],
    destination: Destination | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> None:
    """Sync the parent stream and, for each parent that changed, its children.

    Blocks until everything is written and checkpointed. Raises ConfigurationError or StateError before the first
    request, and the first error of a request or a record after what was read has been written and checkpointed.
    `destination` and `transport` take the place of the SDK and of the network, in tests above all.
    """
    settings = Settings.parse(configuration, _paths(parent, children))
    sync = Sync(
        settings,
        parent.configured(settings),
        [child.configured(settings) for child in children],
        destination or FivetranDestination(),
    )
    try:
        anyio.run(sync.run, state, transport)
    except BaseExceptionGroup as group:
        raise first_cause(group) from None


def first_cause(error: BaseException) -> BaseException:
    """The first plain exception in a group, however deep: the SDK shows its text, and a group's says nothing."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


@dataclass(frozen=True)
class Sync:
    """The parts of one sync, put together."""

    settings: Settings
    parent: ParentStream
    children: Sequence[ChildStream]
    destination: Destination

    async def run(self, saved: Mapping[str, Any], transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Sync from the saved state; for its errors and its cancellation see `Pipeline.run`."""
        clock = time.monotonic
        state = SyncState.load(saved, self.parent, self.children)
        progress = Progress(self.parent.table, started_at=clock())
        async with open_http(self.settings, transport) as http:
            try:
                await until_terminated(partial(self._passes, http, state, progress))
            finally:
                self.destination.info(progress.summary(clock(), cursor=state.parent_cursor))

    async def _passes(self, http: httpx.AsyncClient, state: SyncState, progress: Progress) -> None:
        """One pass over the parents. Where it was the rest of an unfinished one over all of them, a whole one follows.

        Otherwise a child that has changed since the first part of that pass would not be asked for in this sync.
        """
        unfinished = self.settings.sync_scope == "all_companies" and state.pass_cursor is not None
        api_clock = ApiClock(clock=time.monotonic, wall_clock=time.time)
        deadline = time.monotonic() + self.settings.max_sync_minutes * 60
        await self._pipeline(http, state, progress, api_clock, deadline).run()
        if unfinished and state.pass_cursor is None:
            await self._pipeline(http, state, progress, api_clock, deadline).run()

    def _pipeline(
        self, http: httpx.AsyncClient, state: SyncState, progress: Progress, api_clock: ApiClock, deadline: float
    ) -> Pipeline:
        settings, clock = self.settings, time.monotonic
        gate = Gate(settings.max_concurrency)
        outbox = Outbox(2 * settings.max_concurrency + 100)
        client = Client(http, settings, gate=gate, progress=progress, clock=clock)
        reader = Reader(client, settings, base_url=str(http.base_url), api_clock=api_clock, outbox=outbox)
        return Pipeline(
            settings=settings,
            parents=Parents(self.parent, settings, state),
            reader=reader,
            partition_sync=PartitionSync(
                reader=reader,
                outbox=outbox,
                settings=settings,
                state=state,
                parent=self.parent,
                children=self.children,
            ),
            outbox=outbox,
            writer=Writer(
                destination=self.destination,
                settings=settings,
                parent=self.parent,
                state=state,
                progress=progress,
                clock=clock,
                ceiling=lambda: api_clock.sync_start,
            ),
            clock=clock,
            deadline=deadline,
            show_progress=lambda: self.destination.info(
                progress.line(clock(), in_flight=gate.in_flight, cursor=state.parent_cursor)
            ),
        )


def _paths(parent: ParentStream, children: Sequence[ChildStream]) -> dict[str, tuple[str, frozenset[str]]]:
    """Each key of the configuration that sets a path: its default, and the placeholders the path must have."""
    keys = {parent.path_key: (parent.path, frozenset[str]())}
    keys |= {child.path_key: (child.path, frozenset(parent.primary_key)) for child in children}
    return {key: value for key, value in keys.items() if key}
