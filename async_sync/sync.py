"""`run_sync`: from what Fivetran passes to `update()` to a finished sync, or to one plain exception."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio
import httpx

from async_sync.log_lines import gate_status, progress_line, shard_warning, start_line, summary_lines
from async_sync.pipeline.parent_reader import ParentReader
from async_sync.pipeline.parents import Parents
from async_sync.pipeline.partition_reader import PartitionReader
from async_sync.pipeline.pipeline import Pipeline
from async_sync.process import block_on, until_signalled
from async_sync.progress import Progress
from async_sync.session import ConfiguredSource, Session, open_session
from async_sync.streams.stream import ChildStream, ParentStream, Stream
from async_sync.writing.delivery import Delivery
from async_sync.writing.destination import Destination, Log, PythonLog, RedactingLog
from async_sync.writing.outbox import Outbox
from async_sync.writing.passes import PassStart
from async_sync.writing.state import SyncState
from async_sync.writing.writer import Writer


def run_sync(
    configuration: Mapping[str, str],
    state: Mapping[str, Any],
    *,
    parent: ParentStream,
    children: Sequence[ChildStream],
    destination: Destination | None = None,
    log: Log | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Progress:
    """Sync the parent stream and, for each parent that changed, its children; return the counters of the sync.

    Blocks until everything is written and checkpointed. Raises ValueError if the streams cannot be synced together,
    ConfigurationError or StateError before the first request, and the first error of a request or a record after
    everything read before it has been written and checkpointed.

    `destination` and `log` take the place of the SDK. Without a `log`, a destination that has the methods of one gets
    the lines too, and for any other they go to Python's logger `async_sync`. `transport` takes the place of the
    network.
    """
    source = ConfiguredSource.of(configuration, parent=parent, children=children)
    destination, log = _home(destination, log, [parent, *children])
    return block_on(Sync(source, destination, log).run, state, transport, secrets=source.secrets)


def _home(destination: Destination | None, log: Log | None, streams: Sequence[Stream]) -> tuple[Destination, Log]:
    """Where rows and log lines go: to the SDK, unless something takes its place."""
    if destination is not None:
        return destination, log or (destination if isinstance(destination, Log) else PythonLog())
    from async_sync.fivetran import FivetranDestination, FivetranLog  # noqa: PLC0415 - others run without the SDK

    return FivetranDestination(streams), log or FivetranLog()


class Sync:
    """A sync of a source into a destination. Its log lines contain no secret."""

    def __init__(self, source: ConfiguredSource, destination: Destination, log: Log) -> None:
        self._source = source
        self._settings = source.settings
        self._destination = destination
        self._log = RedactingLog(log, source.secrets)

    async def run(self, saved: Mapping[str, Any], transport: httpx.AsyncBaseTransport | None = None) -> Progress:
        """Sync from the saved state. For its errors and its cancellation see `Pipeline.run`."""
        source = self._source
        state = SyncState.load(saved, source.parent, source.children)
        progress = Progress(source.parent.name, started_at=time.monotonic(), shards=self._settings.shard.count)
        if self._settings.sync_scope != "all_parents":
            state.pass_cursor = None  # a later pass over all parents starts at the first one
        await until_signalled(partial(self._run, state, progress, transport))
        return progress

    async def _run(self, state: SyncState, progress: Progress, transport: httpx.AsyncBaseTransport | None) -> None:
        await self._begin(state, progress)
        async with open_session(self._source, self._log, progress, transport) as session:
            deadline = time.monotonic() + self._settings.max_sync_minutes * 60
            try:
                await self._passes(_Run(session, state, deadline))
            except Exception:
                progress.ending = "failed"
                raise
            finally:
                for line in summary_lines(progress, time.monotonic(), cursor=state.parent_cursor):
                    self._log.info(line)

    async def _begin(self, state: SyncState, progress: Progress) -> None:
        """Log where the sync begins, and warn if the state belonged to another shard."""
        before, shard, is_first = state.shard, self._settings.shard, state.is_empty
        dropped = state.move_to(shard)
        self._log.info(start_line(self._settings, state, self._source.parent, self._source.children))
        if before != shard and not is_first:
            progress.warnings["shard changed"] += 1
            warning = shard_warning(before, shard, name=self._source.parent.name, dropped=dropped)
            await anyio.to_thread.run_sync(self._log.warning, warning)

    async def _passes(self, run: "_Run") -> None:
        """Make one pass over the parents. If it was the rest of an unfinished one over all of them, make a whole one.

        Otherwise a child that has changed since the first part of that pass would not be requested in this sync.
        """
        state, progress = run.state, run.session.progress
        unfinished = self._settings.sync_scope == "all_parents" and state.pass_cursor is not None
        progress.begin_pass(time.monotonic(), "first of two passes" if unfinished else "", is_last=not unfinished)
        in_time = await self._pipeline(run).run()
        if unfinished and state.pass_cursor is None:
            progress.begin_pass(time.monotonic(), "second of two passes")
            in_time = await self._pipeline(run).run()
        progress.ending = "complete" if in_time else "max_sync_minutes reached, the next sync continues"

    def _pipeline(self, run: "_Run") -> Pipeline:
        settings, parent, state = self._settings, self._source.parent, run.state
        start = PassStart.of(state, settings, parent)
        outbox = Outbox(2 * settings.max_in_flight + 100, run.session.progress.warnings)
        reader = run.session.reader(outbox)
        partition_reader = PartitionReader(
            reader=reader,
            outbox=outbox,
            settings=settings,
            state=state,
            parent=parent,
            children=self._source.children,
        )
        parents = Parents(parent, settings, state, start)
        return Pipeline(
            parent_reader=ParentReader(parents, reader, partition_reader, outbox),
            partition_reader=partition_reader,
            delivery=Delivery(outbox, self._writer(run, start), max_wait_seconds=settings.checkpoint_interval_seconds),
            gate=run.session.gate,
            max_in_flight=settings.max_in_flight,
            is_time_up=lambda: time.monotonic() >= run.deadline,
            show_progress=partial(self._show_progress, run),
        )

    def _writer(self, run: "_Run", start: PassStart) -> Writer:
        api_clock = run.session.api_clock
        return Writer(
            destination=self._destination,
            log=self._log,
            settings=self._settings,
            parent=self._source.parent,
            state=run.state,
            start=start,
            progress=run.session.progress,
            clock=time.monotonic,
            sync_start=lambda: api_clock.sync_start,
        )

    def _show_progress(self, run: "_Run") -> None:
        now = time.monotonic()
        line = progress_line(
            run.session.progress,
            now,
            seconds_allowed=run.deadline - now,
            pace=gate_status(run.session.gate.statistics()),
            cursor=run.state.parent_cursor,
        )
        self._log.info(line)


@dataclass(frozen=True)
class _Run:
    """What the passes of one sync share; `deadline` is a reading of the monotonic clock."""

    session: Session
    state: SyncState
    deadline: float
