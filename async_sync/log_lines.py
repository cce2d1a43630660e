"""The lines that a sync logs: its start, its progress, its end.

Each is a single line, because Fivetran's dashboard shows, searches and counts lines. None contains a record.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping

from async_sync.configuration.settings import AUTO, Settings
from async_sync.configuration.shard import UNSHARDED, Shard
from async_sync.pacing.gate import GateStatistics
from async_sync.pacing.pace import PaceReason
from async_sync.progress import Progress, RootProgress
from async_sync.records.cursors import Cursor
from async_sync.streams.tree import StreamTree
from async_sync.text.amounts import counted, rough_duration
from async_sync.writing.state import SyncState

Cursors = Mapping[str, Cursor | None]
"""How far each root is written, by name."""

START_DATE_WARNING = (
    "start_date is later than in the last sync: what is older is not asked for any more, so nobody can tell whether it "
    "is still there. The keys of all rows are forgotten, and learned again from here on; older rows stay."
)

CURSORS_DROPPED = "cursors dropped from the state"
LISTS_DROPPED = "keys of lists dropped from the state"

_PACE_REASONS = {
    PaceReason.THROUGHPUT_FOLLOWED: "raised: throughput followed",
    PaceReason.LIMITED_AT_ANY_PACE: "raised: 429 and 503 come at any pace",
    PaceReason.LATENCY_ROSE: "held: latency rose without throughput",
    PaceReason.API_BECAME_SLOWER: "held: the API became slower",
    PaceReason.THROUGHPUT_NOT_LOST: "lowered: throughput did not need it",
    PaceReason.LIMITED: "lowered: the API answered 429 or 503",
    PaceReason.REMEMBERED: "held: as the last sync found",
}


def start_line(settings: Settings, state: SyncState, tree: StreamTree) -> str:
    """What is read, from which cursors, and how fast."""
    names = ", ".join(table.name for table in tree.tables)
    return f"Sync begins: {names} from {settings.base_url}, " + ", ".join(
        [
            f"sync_scope {settings.sync_scope or _declared_scope(tree)}",
            *([f"shard {state.shard}"] if state.shard != UNSHARDED else []),
            *_starting_points(state, tree),
            *_full_reads(settings, tree),
            *_pace(settings),
        ]
    )


def _declared_scope(tree: StreamTree) -> str:
    inner = [stream for stream in tree.streams if tree.children(stream)]
    whole = [stream.name for stream in inner if tree.reads_whole(stream, None)]
    if not whole or len(whole) == len(inner):
        return "all_parents" if whole else "changed_parents"
    return f"all_parents for {' and '.join(whole)}"


def shard_warning(before: Shard, now: Shard, *, name: str, dropped: int) -> str:
    """What it means that the shard has changed since the last sync; `dropped` partitions are no longer in it."""
    if now == UNSHARDED:
        return (
            f"The shard was {before}, and now this connection syncs everything: {name} is listed from the beginning "
            "again, and what was not in the shard is read in full. Nothing is lost."
        )
    return (
        f"The shard was {_named(before)} and is now {now}: {name} is listed from the beginning again. What was not in "
        f"the shard before is read in full; {dropped} of {name} are no longer in it and are left to other connections. "
        f"Nothing is lost as long as each shard from 1/{now.count} to {now.count}/{now.count} has a connection."
    )


def progress_line(progress: Progress, now: float, *, seconds_allowed: float, pace: str, cursors: Cursors) -> str:
    """How much is done, root by root, how long the rest takes, how fast, and where a sync would resume after a crash.

    For `seconds_allowed`, the sync may still begin something new.
    """
    done = "; ".join(f"{name}: {_done_of_expected(progress, root)}" for name, root in progress.roots.items())
    pass_name = f" ({progress.pass_name})" if progress.pass_name else ""
    left = _left(progress.seconds_left(now), seconds_allowed)
    return f"Progress: {done} done{pass_name}{left}; {_work(progress, now)}; {pace}; {_at(cursors)}"


def pace_reason(reason: PaceReason) -> str:
    """Why the pace was last set to what it is."""
    return _PACE_REASONS[reason]


def gate_status(gate: GateStatistics) -> str:
    """How many requests are in flight, how many may be, and why not more."""
    if gate.pause_seconds_left:
        asked = gate.pause_asked_by
        reason = "since no request gets through" if asked is None else f"as the API asked ({asked})"
        return f"{gate.in_flight} requests in flight, paused for another {gate.pause_seconds_left:.0f} s {reason}"
    status = f"{gate.in_flight} of {gate.limit} requests in flight"
    if gate.is_recovering:
        return f"{status} (recovering from a pause)"
    return status if gate.pace_reason is None else f"{status} ({pace_reason(gate.pace_reason)})"


def summary_lines(progress: Progress, now: float, *, cursors: Cursors) -> Iterator[str]:
    """A line for each table, what was warned of and what was decided by declared rules, if anything, and the end."""
    yield from _table_lines(progress)
    dropped = Counter({CURSORS_DROPPED: progress.cursors_dropped, LISTS_DROPPED: progress.lists_dropped})
    warnings = progress.warnings + dropped  # without those that are 0
    if warnings:
        kinds = ", ".join(f"{kind} ({counted(count, 'time')})" for kind, count in warnings.most_common())
        yield f"Warnings of this sync: {kinds}"
    if progress.verdicts:
        uses = ", ".join(f"{use} ({counted(count, 'time')})" for use, count in progress.verdicts.most_common())
        yield f"Taken as the streams' responses declare: {uses}"
    elapsed = now - progress.started_at
    concurrency = progress.partition_request_seconds / elapsed if elapsed else 0.0
    pauses = f"paused for {progress.paused_seconds:.1f} s as the API asked; " if progress.paused_seconds else ""
    yield (
        f"Sync ended after {elapsed:.1f} s ({progress.ending}): {_work(progress, now)}, {concurrency:.1f} in flight on "
        f"average; {pauses}{counted(progress.checkpoints, 'checkpoint')} in {progress.checkpoint_seconds:.1f} s; "
        f"{_at(cursors)}"
    )


def _table_lines(progress: Progress) -> Iterator[str]:
    """What was done and written of each table, in the order in which they are declared."""
    for name in progress.names:
        done = f"{progress.done[name]} done, " if name in progress.done or name in progress.roots else ""
        yield f"Table {name}: {done}{_rows(progress, name)}"


def _rows(progress: Progress, name: str) -> str:
    """How many rows were read, and what became of them if that is not simply that each was written."""
    read, deleted = progress.read[name], progress.deleted.get(name, 0)
    written = progress.rows.get(name, 0) - deleted
    if written == read and not deleted:
        return counted(written, "row")
    return f"{counted(read, 'row')} read, {written} written, {deleted} deleted"


def _named(shard: Shard) -> str:
    return "not set" if shard == UNSHARDED else str(shard)


def _starting_points(state: SyncState, tree: StreamTree) -> Iterator[str]:
    dated = [stream for stream in tree.streams if stream.cursor_field is not None]
    yield _at({root.name: state.cursor(root) for root in dated if not root.has_parent})
    if state.is_unfinished:
        left = [f"{name} at {next(iter(passes.values()))}" for name, passes in state.passes.items() if passes]
        yield f"the last pass over all continues with {' and '.join(left)}"
    for stream in dated:
        if stream.has_parent:
            count, name = len(state.lists(stream)), stream.name
            yield counted(count, f"cursor of {name}", f"cursors of {name}")
    skipped = sum(map(len, state.skipped.values()))
    if skipped:
        yield f"{skipped} skipped earlier are read first"


def _full_reads(settings: Settings, tree: StreamTree) -> Iterator[str]:
    """How often lists are read whole that are only asked for changes otherwise, where that finds what is deleted."""
    names = [stream.name for stream in tree.streams if stream.finds_deleted and stream.asks_for_changes]
    if names and settings.full_read_days == math.inf:
        yield f"no full reads of {', '.join(names)} (full_read_days is not set)"
    elif names:
        yield f"full reads of {', '.join(names)} every {settings.full_read_days:g} days"


def _pace(settings: Settings) -> Iterator[str]:
    auto = f"{AUTO} up to " if settings.max_concurrency == AUTO else ""
    yield f"max_concurrency {auto}{settings.max_in_flight}"
    if settings.requests_per_second != math.inf:
        yield f"at most {settings.requests_per_second:g} requests per second"
    if settings.max_sync_minutes != math.inf:
        yield f"for at most {settings.max_sync_minutes:g} min"


def _done_of_expected(progress: Progress, root: RootProgress) -> str:
    if root.expected is None:
        return str(root.done)
    return f"{root.done} of {'about ' if progress.shards > 1 else ''}{root.expected:.0f}"


def _left(seconds: float | None, seconds_allowed: float) -> str:
    if seconds is None:
        return ""
    if seconds > seconds_allowed:
        return f"; max_sync_minutes ends this sync in {rough_duration(seconds_allowed)}, before the rest is done"
    return f"; {rough_duration(seconds)} left"


def _work(progress: Progress, now: float) -> str:
    elapsed, rows = now - progress.started_at, sum(progress.rows.values())
    requests, retries = counted(progress.requests, "request"), counted(progress.retries, "retry", "retries")
    return f"{counted(rows, 'row')}, {requests}, {retries}, {rows / elapsed if elapsed else 0.0:.0f} rows/s"


def _at(cursors: Cursors) -> str:
    """Where the roots are; a single one needs no name."""
    if len(cursors) == 1:
        return _where(*cursors.values())
    return "; ".join(f"{name}: {_where(cursor)}" for name, cursor in cursors.items()) or "no cursor"


def _where(cursor: Cursor | None) -> str:
    return f"cursor at {cursor.raw}" if cursor else "cursor at the beginning"
