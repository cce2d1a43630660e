"""`run_sync`: from what Fivetran passes to `update()` to a finished sync, or to one plain exception."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import anyio
import httpx

from async_sync.configuration.api_mark import api_mark
from async_sync.configuration.key import ConfigurationKey
from async_sync.http.own_auth import DeclaredAuth
from async_sync.log_lines import START_DATE_WARNING, shard_warning, start_line, summary_lines
from async_sync.pacing.pace import Pace
from async_sync.passes import Passes, root_cursors
from async_sync.process import block_on, until_signalled
from async_sync.progress import Progress
from async_sync.session import ConfiguredSource, open_session, pace_of
from async_sync.streams.table import Table
from async_sync.writing.destination import Destination, Log, PythonLog, RedactingLog
from async_sync.writing.saved_pace import SavedPace
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
    """See `run_sync` in `entry_points.py`."""
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

    async def run(
        self,
        saved: Mapping[str, Any],
        transport: httpx.AsyncBaseTransport | None = None,
        pace: Pace | None = None,
    ) -> Progress:
        """Sync from the saved state; `transport` and `pace` are those of `open_session`.

        For its errors and its cancellation see `Pipeline.run`.
        """
        tree = self._source.tree
        state = SyncState.load(saved, tree)
        for stream in tree.streams:
            if not tree.reads_whole(stream, self._settings.sync_scope):
                state.drop_passes(stream)  # a later pass over all of it starts at the first record
        names = [table.name for table in tree.tables]
        progress = Progress(names, started_at=time.monotonic(), shards=self._settings.shard.count)
        await until_signalled(partial(self._run, state, progress, transport, pace))
        return progress

    async def _run(
        self, state: SyncState, progress: Progress, transport: httpx.AsyncBaseTransport | None, pace: Pace | None
    ) -> None:
        await self._begin(state, progress)
        pace = pace or self._pace(state)
        async with open_session(self._source, self._log, progress, transport, pace) as session:
            deadline = time.monotonic() + self._settings.max_sync_minutes * 60
            writer = self._writer(state, progress)
            passes = Passes(self._source, session, state, writer, self._log, deadline=deadline)
            try:
                await anyio.to_thread.run_sync(writer.begin)
                await passes.run()
                await anyio.to_thread.run_sync(writer.end)
            except Exception:
                progress.ending = "failed"
                await anyio.to_thread.run_sync(writer.end)
                raise
            finally:
                for line in summary_lines(progress, time.monotonic(), cursors=root_cursors(self._source.tree, state)):
                    self._log.info(line)

    async def _begin(self, state: SyncState, progress: Progress) -> None:
        """Log where the sync begins, and warn if the state belonged to another shard."""
        before, shard, is_first = state.shard, self._settings.shard, state.is_empty
        dropped = state.move_to(shard)
        start_date = self._settings.start_date
        forgotten = state.begin_at(0 if start_date is None else start_date.nanoseconds)
        self._log.info(start_line(self._settings, state, self._source.tree))
        if forgotten:
            progress.warnings["keys forgotten"] += 1
            await anyio.to_thread.run_sync(self._log.warning, START_DATE_WARNING)
        if before != shard and not is_first:
            progress.warnings["shard changed"] += 1
            roots = " and ".join(root.name for root in self._source.tree.roots)
            warning = shard_warning(before, shard, name=roots, dropped=dropped)
            await anyio.to_thread.run_sync(self._log.warning, warning)

    def _pace(self, state: SyncState) -> Pace:
        """The configured pace: it begins with what the last sync found for this API, and what it finds is saved."""
        api, saved = api_mark(self._settings), state.pace()
        pace = pace_of(self._settings, saved.level if saved and saved.api == api else None)
        state.pace = lambda: saved if pace.found is None else SavedPace(pace.found, api)
        return pace

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
