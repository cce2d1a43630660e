"""`run_sync`: from what Fivetran passes to `update()` to a finished sync, or to one plain exception."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import anyio
import httpx

from async_sync.configuration.key import ConfigurationKey
from async_sync.http.own_auth import DeclaredAuth
from async_sync.log_lines import gate_status, progress_line, shard_warning, start_line, summary_lines
from async_sync.pipeline.api_clock import ApiClock
from async_sync.pipeline.confirming import MAX_ROUNDS, Confirming, deletion_warnings
from async_sync.pipeline.list_reader import ListReader
from async_sync.pipeline.list_starts import ListStarts
from async_sync.pipeline.partition_reader import PartitionReader
from async_sync.pipeline.pipeline import Pipeline, Stopping
from async_sync.pipeline.roots import RootReader
from async_sync.pipeline.sync_memory import SyncMemory
from async_sync.pipeline.whole_readings import WholeReadings, due_lists
from async_sync.pipeline.work import Work
from async_sync.process import block_on, until_signalled
from async_sync.progress import Progress
from async_sync.records.cursors import Cursor
from async_sync.session import ConfiguredSource, Session, open_session
from async_sync.streams.stream import Stream
from async_sync.streams.table import Table
from async_sync.streams.tree import StreamTree
from async_sync.writing.delivery import Delivery
from async_sync.writing.destination import Destination, Log, PythonLog, RedactingLog
from async_sync.writing.outbox import Outbox
from async_sync.writing.row_writer import Record
from async_sync.writing.state import SyncState
from async_sync.writing.writer import Writer


def run_sync(
    configuration: Mapping[str, str],
    state: Mapping[str, Any],
    *,
    streams: Sequence[Table],
    keys: Sequence[ConfigurationKey] = (),
    auth: DeclaredAuth | None = None,
    destination: Destination | None = None,
    log: Log | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Progress:
    """Sync the streams: each root, and for each record that changed, what is below it; return the counters.

    Blocks until everything is written and checkpointed. Raises ValueError if the streams cannot be synced together,
    ConfigurationError or StateError before the first request, and the first error of a request or a record after
    everything read before it has been written and checkpointed.

    `keys` are keys of the connector's own in the configuration, for the requests of its streams. `auth` brings the
    credentials in place of the configuration's `auth`: any `httpx.Auth`, a `SessionAuth`, or a function from the
    configuration, without blank values, to one of these. What it lists in an attribute `secrets` is hidden like the
    secrets of the configuration. It runs on the event loop and must not block it. Hand the same `keys` and `auth` to
    `setup_form`.

    `destination` and `log` take the place of the SDK. Without a `log`, a destination that has the methods
    of one gets the lines too, and for any other they go to Python's logger `async_sync`. `transport` takes the place of
    the network.
    """
    source = ConfiguredSource.of(configuration, streams, keys, auth)
    destination, log = _home(destination, log, streams)
    return block_on(Sync(source, destination, log).run, state, transport, secrets=source.secrets)


def _home(destination: Destination | None, log: Log | None, streams: Sequence[Table]) -> tuple[Destination, Log]:
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
        tree = self._source.tree
        state = SyncState.load(saved, tree)
        for stream in tree.streams:
            if not tree.reads_whole(stream, self._settings.sync_scope):
                state.drop_passes(stream)  # a later pass over all of it starts at the first record
        names = [table.name for table in tree.tables]
        progress = Progress(names, started_at=time.monotonic(), shards=self._settings.shard.count)
        await until_signalled(partial(self._run, state, progress, transport))
        return progress

    async def _run(self, state: SyncState, progress: Progress, transport: httpx.AsyncBaseTransport | None) -> None:
        await self._begin(state, progress)
        async with open_session(self._source, self._log, progress, transport) as session:
            deadline = time.monotonic() + self._settings.max_sync_minutes * 60
            run = _Run(session, state, self._writer(state, progress), deadline)
            try:
                await anyio.to_thread.run_sync(run.writer.begin)
                await self._passes(run)
                await anyio.to_thread.run_sync(run.writer.end)
            except Exception:
                progress.ending = "failed"
                await anyio.to_thread.run_sync(run.writer.end)
                raise
            finally:
                for line in summary_lines(progress, time.monotonic(), cursors=_root_cursors(self._source.tree, state)):
                    self._log.info(line)

    async def _begin(self, state: SyncState, progress: Progress) -> None:
        """Log where the sync begins, and warn if the state belonged to another shard."""
        before, shard, is_first = state.shard, self._settings.shard, state.is_empty
        dropped = state.move_to(shard)
        start_date = self._settings.start_date
        progress.lists_dropped += state.begin_at(0 if start_date is None else start_date.nanoseconds)
        self._log.info(start_line(self._settings, state, self._source.tree))
        if before != shard and not is_first:
            progress.warnings["shard changed"] += 1
            roots = " and ".join(root.name for root in self._source.tree.roots)
            warning = shard_warning(before, shard, name=roots, dropped=dropped)
            await anyio.to_thread.run_sync(self._log.warning, warning)

    async def _passes(self, run: "_Run") -> None:
        """Read what has changed, then lists that are due to be read whole; then delete what is missing twice."""
        run.whole = self._due(run)
        in_time = await self._changes(run)
        is_complete = in_time and not run.memory.skipped
        run.whole = self._due(run)
        if in_time and any(run.whole.records()):
            in_time = await self._extra_pass(run, [], run.whole.records(), "full reads")
        await self._delete_missing(run, in_time=in_time, is_complete=is_complete)
        run.session.progress.ending = "complete" if in_time else "max_sync_minutes reached, the next sync continues"

    def _due(self, run: "_Run") -> WholeReadings:
        """The lists that are to be read whole, and have not been in this sync."""
        tree = self._source.tree
        due = due_lists(run.state, tree, self._settings, _minute())
        rest = {name: minute for name, minute in due.items() if name not in run.state.keys.read_in_sync}
        return WholeReadings(rest, tree, run.memory.rows)

    async def _changes(self, run: "_Run") -> bool:
        """Make one pass over the roots. If it was the rest of an unfinished one, make a whole one after it.

        Otherwise what has changed since the first part of that pass, below a record that has not, would not be
        requested in this sync. Returns whether everything was read.
        """
        state, progress, roots = run.state, run.session.progress, self._source.tree.roots
        unfinished = state.is_unfinished
        self._begin_pass(progress, roots, "first of two passes" if unfinished else "", is_last=not unfinished)
        in_time = await self._pipeline(run).run(roots)
        if unfinished and in_time:
            for stream in self._source.tree.streams:
                state.drop_passes(stream)  # of lists that nothing leads to any more
            roots = [root for root in roots if self._is_read_again(root)]
            self._begin_pass(progress, roots, "second of two passes")
            in_time = await self._pipeline(run).run(roots)
        return in_time

    async def _delete_missing(self, run: "_Run", *, in_time: bool, is_complete: bool) -> None:
        """Read lists that lack known rows once more, and delete the rows that are missing again."""
        confirming = Confirming(run.state.keys, run.writer.deletions, self._source.tree, run.memory)
        for _ in range(MAX_ROUNDS):
            if not in_time or not run.state.keys.is_used:
                break
            whole, gone = confirming.next_round(is_complete=is_complete)
            records, run.writer.found_again[:] = [*gone, *run.writer.found_again], []
            if not (whole or records):
                break
            run.whole = whole
            roots = [root for root in self._source.tree.roots if root.name in whole.roots]
            in_time = await self._extra_pass(run, roots, [*records, *whole.records()], "missing rows")
        is_complete = is_complete and in_time and not run.memory.skipped
        excesses = await anyio.to_thread.run_sync(partial(run.writer.remove, is_complete=is_complete))
        for kind, text, times in deletion_warnings(excesses, run.writer.unknown, self._settings):
            run.session.progress.warnings[kind] += times
            await anyio.to_thread.run_sync(self._log.warning, text)

    async def _extra_pass(self, run: "_Run", roots: Sequence[Stream], records: Iterable[Record], name: str) -> bool:
        run.session.progress.begin_pass(time.monotonic(), [root.name for root in roots], name, is_extra=True)
        return await self._pipeline(run).run(roots, records)

    def _begin_pass(self, progress: Progress, roots: Sequence[Stream], name: str, *, is_last: bool = True) -> None:
        progress.begin_pass(time.monotonic(), [root.name for root in roots], name, is_last=is_last)

    def _is_read_again(self, root: Stream) -> bool:
        tree, scope = self._source.tree, self._settings.sync_scope
        return any(tree.reads_whole(stream, scope) for stream in (root, *tree.below(root)))

    def _pipeline(self, run: "_Run") -> Pipeline:
        settings, tree, session = self._settings, self._source.tree, run.session
        outbox = Outbox(2 * settings.max_in_flight + 100, session.progress.warnings)
        work = Work(tree.levels, 2 * settings.max_in_flight + 100)
        stopping = Stopping(lambda: time.monotonic() >= run.deadline)
        starts = ListStarts(run.state, tree, settings, run.whole)
        cap = partial(_capped, session.api_clock)
        lists = ListReader(
            reader=session.reader(outbox),
            outbox=outbox,
            work=work,
            tree=tree,
            progress=session.progress,
            starts=starts,
        )
        return Pipeline(
            roots=RootReader(lists=lists, starts=starts, work=work, tree=tree, settings=settings, cap=cap),
            partition_reader=PartitionReader(
                lists=lists,
                outbox=outbox,
                starts=starts,
                tree=tree,
                settings=settings,
                state=run.state,
                cap=cap,
                must_stop=stopping.must_stop,
                memory=run.memory,
            ),
            work=work,
            delivery=Delivery(outbox, run.writer, max_wait_seconds=settings.checkpoint_interval_seconds),
            gate=session.gate,
            max_in_flight=settings.max_in_flight,
            stopping=stopping,
            skips=settings.on_parent_error == "skip",
            level=tree.level,
            show_progress=partial(self._show_progress, run),
        )

    def _writer(self, state: SyncState, progress: Progress) -> Writer:
        return Writer(
            destination=self._destination,
            log=self._log,
            settings=self._settings,
            tree=self._source.tree,
            state=state,
            progress=progress,
            clock=time.monotonic,
            wall_clock=time.time,
        )

    def _show_progress(self, run: "_Run") -> None:
        now = time.monotonic()
        line = progress_line(
            run.session.progress,
            now,
            seconds_allowed=run.deadline - now,
            pace=gate_status(run.session.gate.statistics()),
            cursors=_root_cursors(self._source.tree, run.state),
        )
        self._log.info(line)


def _minute() -> int:
    """The present minute since 1970."""
    return int(time.time() // 60)


def _capped(api_clock: ApiClock, stream: Stream, cursor: Cursor) -> Cursor:
    """The cursor, but not beyond the start of the sync."""
    return cursor if stream.cursor_field is None else stream.cursor_type.cap(cursor, api_clock.sync_start)


def _root_cursors(tree: StreamTree, state: SyncState) -> Mapping[str, Cursor | None]:
    """How far each root with a single list is written."""
    roots = [root for root in tree.roots if root.cursor_field is not None and not root.has_parent]
    return {root.name: state.cursor(root) for root in roots}


@dataclass
class _Run:
    """What the passes of one sync share; `deadline` is a reading of the monotonic clock.

    `whole` says which lists are read whole in the present pass.
    """

    session: Session
    state: SyncState
    writer: Writer
    deadline: float
    whole: WholeReadings = field(default_factory=WholeReadings)
    memory: SyncMemory = field(default_factory=SyncMemory)
