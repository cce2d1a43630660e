"""`run_sync`: from what Fivetran hands to `update()` to a finished sync, or one plain exception."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import anyio
import httpx

from async_sync.client import Client
from async_sync.destination import Destination, FivetranDestination
from async_sync.gate import Gate
from async_sync.pipeline import Pipeline
from async_sync.progress import Progress
from async_sync.reader import Reader
from async_sync.settings import Settings
from async_sync.state import SyncState
from async_sync.streams import ChildStream, ParentStream
from async_sync.transport import open_http
from async_sync.writer import CheckpointPolicy, Writer


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

    Blocks until everything is written and checkpointed. Raises ConfigurationError or StateError before the first request,
    and the first error of a request or a record after what was read has been written and checkpointed. `destination` and
    `transport` take the place of the SDK and of the network, in tests above all.
    """
    settings = Settings.parse(configuration, _paths(parent, children))
    configured = [child.configured(settings) for child in children]
    saved = SyncState.load(state, parent.configured(settings), configured)
    try:
        anyio.run(
            _sync,
            settings,
            saved,
            parent.configured(settings),
            configured,
            destination or FivetranDestination(),
            transport,
        )
    except BaseExceptionGroup as group:
        raise first_cause(group) from None


def first_cause(error: BaseException) -> BaseException:
    """The first plain exception in a group, however deep: the SDK shows its text, and a group has none worth showing."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def _sync(
    settings: Settings,
    state: SyncState,
    parent: ParentStream,
    children: Sequence[ChildStream],
    destination: Destination,
    transport: httpx.AsyncBaseTransport | None,
) -> None:
    clock = time.monotonic
    progress = Progress(parent.table, started_at=clock())
    gate = Gate(settings.max_concurrency)
    writer = Writer(
        destination=destination,
        parent=parent,
        state=state,
        policy=CheckpointPolicy(
            rows=settings.checkpoint_rows, interval_seconds=settings.checkpoint_interval_seconds, now=clock()
        ),
        progress=progress,
        clock=clock,
    )
    async with open_http(settings, transport) as http:
        client = Client(http, settings, gate=gate, progress=progress, clock=clock)
        pipeline = Pipeline(
            settings=settings,
            parent=parent,
            children=children,
            reader=Reader(client, settings, str(http.base_url)),
            gate=gate,
            state=state,
            writer=writer,
            destination=destination,
            progress=progress,
            clock=clock,
            wall_clock=time.time,
        )
        try:
            await pipeline.run()
        finally:
            destination.info(progress.summary(clock(), cursor=state.parent_cursor))


def _paths(parent: ParentStream, children: Sequence[ChildStream]) -> dict[str, tuple[str, frozenset[str]]]:
    """Each key of the configuration that sets a path: its default, and the placeholders the path must have."""
    keys = {parent.path_key: (parent.path, frozenset[str]())}
    keys |= {child.path_key: (child.path, frozenset(parent.primary_key)) for child in children}
    return {key: value for key, value in keys.items() if key}
