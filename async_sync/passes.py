"""The passes of one sync: what has changed, lists that are due to be read whole, and what is missing once more."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import anyio

from async_sync.log_lines import gate_status, progress_line
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
from async_sync.progress import Progress
from async_sync.records.cursors import Cursor
from async_sync.session import ConfiguredSource, Session
from async_sync.streams.stream import Stream
from async_sync.streams.tree import StreamTree
from async_sync.writing.deletions import NOTHING
from async_sync.writing.delivery import Delivery
from async_sync.writing.destination import Log
from async_sync.writing.outbox import Outbox
from async_sync.writing.row_writer import Record
from async_sync.writing.state import SyncState
from async_sync.writing.writer import Writer


class Passes:
    """Runs the passes of one sync; `deadline` is a reading of the monotonic clock.

    Between two passes no writer is running: then the next pass is planned from the state.
    """

    def __init__(
        self,
        source: ConfiguredSource,
        session: Session,
        state: SyncState,
        writer: Writer,
        log: Log,
        *,
        deadline: float,
    ) -> None:
        self._tree = source.tree
        self._settings = source.settings
        self._session = session
        self._state = state
        self._writer = writer
        self._log = log
        self._deadline = deadline
        self._whole = WholeReadings()
        self._memory = SyncMemory()

    async def run(self) -> None:
        """Read what has changed, then lists that are due to be read whole; then delete what is missing twice."""
        self._whole = self._due()
        in_time = await self._changes()
        is_complete = in_time and not self._memory.skipped
        if in_time:
            self._state.keys.decide(is_complete=is_complete)
        self._whole = self._due()
        if in_time and any(self._whole.records()):
            in_time = await self._extra_pass([], self._whole.records(), "full reads")
        if in_time and self._whole:
            await anyio.to_thread.run_sync(self._writer.tried, list(self._whole.left))
        in_time = await self._delete_missing(in_time=in_time, is_complete=is_complete)
        self._session.progress.ending = "complete" if in_time else "max_sync_minutes reached, the next sync continues"

    def _due(self) -> WholeReadings:
        """The lists that are to be read whole, and have not been in this sync."""
        tree = self._tree
        missing = self._state.keys.missing()
        plan = self._writer.deletions.plan(is_complete=True, doomed=missing) if missing else NOTHING
        due = due_lists(self._state, tree, self._settings, _minute(), plan)
        rest = {name: minute for name, minute in due.items() if name not in self._state.keys.read_in_sync}
        return WholeReadings(rest, tree, self._memory.rows)

    async def _changes(self) -> bool:
        """Make one pass over the roots. If it was the rest of an unfinished one, make a whole one after it.

        Otherwise what has changed since the first part of that pass, below a record that has not, would not be
        requested in this sync. Returns whether everything was read.
        """
        state, progress, roots = self._state, self._session.progress, self._tree.roots
        unfinished = state.is_unfinished
        self._begin_pass(progress, roots, "first of two passes" if unfinished else "", is_last=not unfinished)
        in_time = await self._pipeline().run(roots)
        if unfinished and in_time:
            for stream in self._tree.streams:
                state.drop_passes(stream)  # of lists that nothing leads to any more
            roots = [root for root in roots if self._is_read_again(root)]
            self._begin_pass(progress, roots, "second of two passes")
            in_time = await self._pipeline().run(roots)
        return in_time

    async def _delete_missing(self, *, in_time: bool, is_complete: bool) -> bool:
        """Read lists that lack known rows once more, and delete the rows that are missing again.

        Returns whether there was time for that.
        """
        confirming = Confirming(self._state.keys, self._writer.deletions, self._tree, self._memory)
        for _ in range(MAX_ROUNDS):
            if not in_time or not self._state.keys.is_used:
                break
            whole, gone = confirming.next_round(is_complete=is_complete)
            records, self._writer.found_again[:] = [*gone, *self._writer.found_again], []
            if not (whole or records):
                break
            self._whole = whole
            roots = [root for root in self._tree.roots if root.name in whole.roots]
            in_time = await self._extra_pass(roots, [*records, *whole.records()], "missing rows")
        is_complete = is_complete and in_time and not self._memory.skipped
        too_many = await anyio.to_thread.run_sync(partial(self._writer.remove, is_complete=is_complete))
        excesses = {excess.table: excess for excess in (*confirming.excesses, *too_many)}.values()
        left = Counter[str]() if is_complete else confirming.left()
        for kind, text, times in deletion_warnings(excesses, self._writer.unknown, left, self._settings):
            self._session.progress.warnings[kind] += times
            await anyio.to_thread.run_sync(self._log.warning, text)
        return in_time

    async def _extra_pass(self, roots: Sequence[Stream], records: Iterable[Record], name: str) -> bool:
        """Read lists once more, unless the time is up; returns whether it was not."""
        if time.monotonic() >= self._deadline:
            return False
        self._session.progress.begin_pass(time.monotonic(), [root.name for root in roots], name, is_extra=True)
        return await self._pipeline(reads_skipped=False).run(roots, records)

    def _begin_pass(self, progress: Progress, roots: Sequence[Stream], name: str, *, is_last: bool = True) -> None:
        progress.begin_pass(time.monotonic(), [root.name for root in roots], name, is_last=is_last)

    def _is_read_again(self, root: Stream) -> bool:
        tree, scope = self._tree, self._settings.sync_scope
        return any(tree.reads_whole(stream, scope) for stream in (root, *tree.below(root)))

    def _pipeline(self, *, reads_skipped: bool = True) -> Pipeline:
        settings, tree, session = self._settings, self._tree, self._session
        outbox = Outbox(2 * settings.max_in_flight + 100, session.progress.warnings)
        work = Work(tree.levels, 2 * settings.max_in_flight + 100)
        stopping = Stopping(lambda: time.monotonic() >= self._deadline)
        starts = ListStarts(self._state, tree, settings, self._whole, reads_skipped=reads_skipped)
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
                state=self._state,
                cap=cap,
                must_stop=stopping.must_stop,
                memory=self._memory,
            ),
            work=work,
            delivery=Delivery(outbox, self._writer, max_wait_seconds=settings.checkpoint_interval_seconds),
            gate=session.gate,
            max_in_flight=settings.max_in_flight,
            stopping=stopping,
            skips=settings.on_parent_error == "skip",
            level=tree.level,
            show_progress=self._show_progress,
        )

    def _show_progress(self) -> None:
        now = time.monotonic()
        line = progress_line(
            self._session.progress,
            now,
            seconds_allowed=self._deadline - now,
            pace=gate_status(self._session.gate.statistics()),
            cursors=root_cursors(self._tree, self._state),
        )
        self._log.info(line)


def _minute() -> int:
    """The present minute since 1970."""
    return int(time.time() // 60)


def _capped(api_clock: ApiClock, stream: Stream, cursor: Cursor) -> Cursor:
    """The cursor, but not beyond the start of the sync."""
    return cursor if stream.cursor_field is None else stream.cursor_type.cap(cursor, api_clock.sync_start)


def root_cursors(tree: StreamTree, state: SyncState) -> Mapping[str, Cursor | None]:
    """How far each root with a single list is written."""
    roots = [root for root in tree.roots if root.cursor_field is not None and not root.has_parent]
    return {root.name: state.cursor(root) for root in roots}
