"""`run_sync`: from what Fivetran hands to `update()` to a finished sync, or one plain exception."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self, TypeVar, TypeVarTuple

import anyio
import httpx

from async_sync.configuration.parsing import own_words, parse_settings
from async_sync.configuration.settings import AUTO, Settings
from async_sync.configuration.shard import Shard
from async_sync.errors.base import ConnectorError
from async_sync.http.auth import credentials
from async_sync.http.client import open_http
from async_sync.http.fetcher import PageFetcher
from async_sync.http.oauth import TokenEndpoint, Warner
from async_sync.http.sender import RetryingSender
from async_sync.http.transport import proxy_secrets
from async_sync.log_lines import gate_status, progress_line, shard_warning, start_line, summary_lines
from async_sync.pacing.auto import AutoPace
from async_sync.pacing.gate import Gate
from async_sync.pacing.pace import FixedPace
from async_sync.pipeline.api_clock import ApiClock
from async_sync.pipeline.parent_reader import ParentReader
from async_sync.pipeline.parents import Parents
from async_sync.pipeline.partition_reader import PartitionReader
from async_sync.pipeline.pipeline import Pipeline
from async_sync.pipeline.reader import Reader
from async_sync.process import rarer_garbage_collection, say_on_exit, until_terminated
from async_sync.progress import Progress
from async_sync.streams.checks import check_together
from async_sync.streams.stream import ChildStream, ParentStream, path_keys
from async_sync.text.redaction import Secrets
from async_sync.writing.delivery import Delivery
from async_sync.writing.destination import Destination, RedactingDestination
from async_sync.writing.fivetran import FivetranDestination
from async_sync.writing.outbox import Outbox, Relay
from async_sync.writing.passes import PassStart
from async_sync.writing.state import SyncState
from async_sync.writing.writer import Writer

T = TypeVar("T")
Args = TypeVarTuple("Args")


def run_sync(
    configuration: Mapping[str, str],
    state: Mapping[str, Any],
    *,
    parent: ParentStream,
    children: Sequence[ChildStream],
    destination: Destination | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Progress:
    """Sync the parent stream and, for each parent that changed, its children; gives what that took.

    Blocks until everything is written and checkpointed. Raises ValueError where the streams cannot be synced together,
    ConfigurationError or StateError before the first request, and the first error of a request or a record after what
    was read has been written and checkpointed.
    `destination` and `transport` take the place of the SDK and of the network, in tests above all.
    """
    sync = Sync.configured(configuration, parent=parent, children=children, destination=destination)
    with rarer_garbage_collection():
        return sync.block_on(sync.run, state, transport)


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
    secrets: Secrets = field(default_factory=Secrets)

    @classmethod
    def configured(
        cls,
        configuration: Mapping[str, str],
        *,
        parent: ParentStream,
        children: Sequence[ChildStream],
        destination: Destination | None = None,
    ) -> Self:
        """As the user configured it; `destination` takes the place of the SDK.

        Raises ValueError where the streams cannot be synced together, and ConfigurationError.
        """
        check_together(parent, children)
        settings = parse_settings(configuration, path_keys([parent, *children]))
        names = [word for stream in (parent, *children) for word in (stream.name, stream.table)]
        secrets = Secrets([*settings.secrets, *proxy_secrets()], own_words=[*own_words(settings), *names])
        return cls(
            settings,
            parent.configured(settings),
            [child.configured(settings) for child in children],
            RedactingDestination(destination or FivetranDestination(), secrets),
            secrets,
        )

    def block_on(self, step: Callable[[*Args], Awaitable[T]], *args: *Args) -> T:
        """Run a step in an event loop. Its error comes out as one plain exception that shows no secret."""
        try:
            with self.secrets.known():
                return anyio.run(step, *args)
        except BaseException as error:  # an interrupt too: it is printed with whatever it came out of
            cause = self.secrets.cleaned(first_cause(error), own=ConnectorError)
            if isinstance(cause, KeyboardInterrupt):
                say_on_exit(cause)
            if cause is error:
                raise
            raise cause from None

    async def run(self, saved: Mapping[str, Any], transport: httpx.AsyncBaseTransport | None = None) -> Progress:
        """Sync from the saved state; give what that took. For its errors and its cancellation see `Pipeline.run`."""
        clock = time.monotonic
        state, shard = SyncState.load(saved, self.parent, self.children), self.settings.shard
        progress = Progress(self.parent.name, started_at=clock(), shards=shard.count)
        if self.settings.sync_scope != "all_parents":
            state.pass_cursor = None  # should all be read again later on, that begins anew
        warning = self._moved(state, shard)
        self.destination.info(start_line(self.settings, state, self.parent, self.children))
        if warning:
            progress.warnings["shard changed"] += 1
            await anyio.to_thread.run_sync(self.destination.warning, warning)
        async with open_http(self.settings, transport, info=self.destination.info) as http:
            gate, relay = self.gate(), Relay()
            shared = _Shared(
                client=self.client(http, gate, progress, relay.warn),
                gate=gate,
                relay=relay,
                state=state,
                progress=progress,
                api_clock=ApiClock(clock=clock, wall_clock=time.time),
                deadline=clock() + self.settings.max_sync_minutes * 60,
            )
            try:
                await until_terminated(partial(self._passes, shared))
            except Exception:
                progress.ending = "failed"
                raise
            finally:
                for line in summary_lines(progress, clock(), cursor=state.parent_cursor):
                    self.destination.info(line)
        return progress

    def _moved(self, state: SyncState, shard: Shard) -> str:
        """Have the state speak of this shard's companies; gives a warning where it spoke of others."""
        before, is_first = state.shard, state.is_empty
        dropped = state.move_to(shard)
        if before == shard or is_first:
            return ""
        return shard_warning(before, shard, name=self.parent.name, dropped=dropped)

    def gate(self) -> Gate:
        """What says when a request may start."""
        settings = self.settings
        auto = settings.max_concurrency == AUTO
        return Gate(
            AutoPace(settings.max_in_flight) if auto else FixedPace(settings.max_in_flight),
            requests_per_second=settings.requests_per_second,
            max_wait_seconds=settings.max_wait_seconds,
            clock=time.monotonic,
        )

    def client(self, http: httpx.AsyncClient, gate: Gate, progress: Progress, warn: Warner) -> PageFetcher:
        """What asks the API, with its credentials; `warn` is for what concerns them."""
        clock, settings = time.monotonic, self.settings
        info = self.destination.info
        sender = RetryingSender(
            http, settings, gate=gate, progress=progress, info=info, clock=clock, wall_clock=time.time
        )
        tokens = TokenEndpoint(settings, sender, secrets=self.secrets, clock=clock, warn=warn)
        return PageFetcher(http, sender, auth=credentials(settings, tokens, clock))

    async def _passes(self, shared: "_Shared") -> None:
        """One pass over the parents. Where it was the rest of an unfinished one over all of them, a whole one follows.

        Otherwise a child that has changed since the first part of that pass would not be asked for in this sync.
        """
        state, progress = shared.state, shared.progress
        unfinished = self.settings.sync_scope == "all_parents" and state.pass_cursor is not None
        progress.begin_pass(time.monotonic(), "first of two passes" if unfinished else "", is_last=not unfinished)
        in_time = await self._pipeline(shared).run()
        if unfinished and state.pass_cursor is None:
            progress.begin_pass(time.monotonic(), "second of two passes")
            in_time = await self._pipeline(shared).run()
        progress.ending = "complete" if in_time else "max_sync_minutes reached, the next sync goes on"

    def _pipeline(self, shared: "_Shared") -> Pipeline:
        settings, state, progress, clock = self.settings, shared.state, shared.progress, time.monotonic
        start = PassStart.of(state, settings, self.parent)
        outbox = shared.relay.outbox = Outbox(2 * settings.max_in_flight + 100, progress.warnings)
        reader = Reader(shared.client, settings, api_clock=shared.api_clock, outbox=outbox)
        partition_reader = PartitionReader(
            reader=reader,
            outbox=outbox,
            settings=settings,
            state=state,
            parent=self.parent,
            children=self.children,
        )
        writer = Writer(
            destination=self.destination,
            settings=settings,
            parent=self.parent,
            state=state,
            start=start,
            progress=progress,
            clock=clock,
            sync_start=lambda: shared.api_clock.sync_start,
        )
        parents = Parents(self.parent, settings, state, start)
        return Pipeline(
            parent_reader=ParentReader(parents, reader, partition_reader, outbox),
            partition_reader=partition_reader,
            delivery=Delivery(outbox, writer, max_wait_seconds=settings.checkpoint_interval_seconds),
            gate=shared.gate,
            max_in_flight=settings.max_in_flight,
            is_time_up=lambda: clock() >= shared.deadline,
            show_progress=lambda: self.destination.info(
                progress_line(
                    progress,
                    clock(),
                    seconds_allowed=shared.deadline - clock(),
                    pace=gate_status(shared.gate.statistics()),
                    cursor=state.parent_cursor,
                )
            ),
        )


@dataclass(frozen=True, kw_only=True)
class _Shared:
    """What all passes of one sync go on with."""

    client: PageFetcher
    gate: Gate
    relay: Relay
    state: SyncState
    progress: Progress
    api_clock: ApiClock
    deadline: float
