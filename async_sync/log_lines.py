"""The lines that a sync logs: its start, its progress, its end.

Each is a single line, because Fivetran's dashboard shows, searches and counts lines. None contains a record.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from async_sync.configuration.settings import AUTO, Settings
from async_sync.configuration.shard import UNSHARDED, Shard
from async_sync.pacing.gate import GateStatistics
from async_sync.pacing.pace import PaceReason
from async_sync.progress import Progress
from async_sync.records.cursors import Cursor
from async_sync.streams.stream import ChildStream, ParentStream
from async_sync.text.amounts import counted, rough_duration
from async_sync.writing.state import SyncState

CURSORS_DROPPED = "cursors dropped from the state"

_PACE_REASONS = {
    PaceReason.THROUGHPUT_FOLLOWED: "raised: throughput followed",
    PaceReason.LIMITED_AT_ANY_PACE: "raised: 429 and 503 come at any pace",
    PaceReason.LATENCY_ROSE: "held: latency rose without throughput",
    PaceReason.API_BECAME_SLOWER: "held: the API became slower",
    PaceReason.THROUGHPUT_NOT_LOST: "lowered: throughput did not need it",
    PaceReason.LIMITED: "lowered: the API answered 429 or 503",
}


def start_line(settings: Settings, state: SyncState, parent: ParentStream, children: Sequence[ChildStream]) -> str:
    """What is read, from which cursors, and how fast."""
    names = " and ".join(stream.name for stream in (parent, *children))
    return f"Sync begins: {names} from {settings.base_url}, " + ", ".join(
        [
            f"sync_scope {settings.sync_scope}",
            *([f"shard {state.shard}"] if state.shard != UNSHARDED else []),
            *_starting_points(state, children),
            *_pace(settings),
        ]
    )


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


def progress_line(progress: Progress, now: float, *, seconds_allowed: float, pace: str, cursor: Cursor | None) -> str:
    """How much is done, how long the rest takes, how fast, and where a sync would resume after a crash now.

    For `seconds_allowed`, the sync may still begin something new.
    """
    left = _left(progress.seconds_left(now), seconds_allowed)
    return (
        f"Progress: {_tables(progress, _done_of_expected(progress))}{left}; "
        f"{_requests(progress, now)}; {pace}; {_at(cursor)}"
    )


def gate_status(gate: GateStatistics) -> str:
    """How many requests are in flight, how many may be, and why not more."""
    if gate.pause_seconds_left:
        asked = gate.pause_asked_by
        reason = "since no request gets through" if asked is None else f"as the API asked ({asked})"
        return f"{gate.in_flight} requests in flight, paused for another {gate.pause_seconds_left:.0f} s {reason}"
    status = f"{gate.in_flight} of {gate.limit} requests in flight"
    if gate.is_recovering:
        return f"{status} (recovering from a pause)"
    return status if gate.pace_reason is None else f"{status} ({_PACE_REASONS[gate.pace_reason]})"


def summary_lines(progress: Progress, now: float, *, cursor: Cursor | None) -> Iterator[str]:
    """A line that counts each kind of warning, if there were any, and the closing line."""
    warnings = progress.warnings + Counter({CURSORS_DROPPED: progress.cursors_dropped})  # without those that are 0
    if warnings:
        kinds = ", ".join(f"{kind} ({counted(count, 'time')})" for kind, count in warnings.most_common())
        yield f"Warnings of this sync: {kinds}"
    elapsed = now - progress.started_at
    concurrency = progress.partition_request_seconds / elapsed if elapsed else 0.0
    pauses = f"paused for {progress.paused_seconds:.1f} s as the API asked; " if progress.paused_seconds else ""
    yield (
        f"Sync ended after {elapsed:.1f} s ({progress.ending}): {_tables(progress, str(progress.parents_done))}; "
        f"{_requests(progress, now)}, {concurrency:.1f} in flight on average; {pauses}"
        f"{counted(progress.checkpoints, 'checkpoint')} in {progress.checkpoint_seconds:.1f} s; {_at(cursor)}"
    )


def _named(shard: Shard) -> str:
    return "not set" if shard == UNSHARDED else str(shard)


def _starting_points(state: SyncState, children: Sequence[ChildStream]) -> Iterator[str]:
    yield _at(state.parent_cursor)
    if state.pass_cursor is not None:
        yield f"the last pass over all continues at {state.pass_cursor.raw}"
    for child in children:
        yield counted(state.partition_count(child), f"cursor of {child.name}", f"cursors of {child.name}")
    if state.skipped:
        yield f"{len(state.skipped)} skipped earlier are read first"


def _pace(settings: Settings) -> Iterator[str]:
    auto = f"{AUTO} up to " if settings.max_concurrency == AUTO else ""
    yield f"max_concurrency {auto}{settings.max_in_flight}"
    if settings.requests_per_second != math.inf:
        yield f"at most {settings.requests_per_second:g} requests per second"
    if settings.max_sync_minutes != math.inf:
        yield f"for at most {settings.max_sync_minutes:g} min"


def _done_of_expected(progress: Progress) -> str:
    done, expected = str(progress.done_in_pass), progress.parents_expected
    if expected is not None:
        done += f" of {expected:.0f}" if progress.shards == 1 else f" of about {expected:.0f}"
    return done


def _tables(progress: Progress, parents_done: str) -> str:
    """What was done and written, table by table; the parents come first."""
    rows = {progress.parent_name: 0, **progress.rows}
    pass_name = f" ({progress.pass_name})" if progress.pass_name else ""
    parents = (
        f"{progress.parent_name}: {parents_done} done{pass_name}, {counted(rows.pop(progress.parent_name), 'row')}"
    )
    return "; ".join([parents, *(f"{name}: {counted(count, 'row')}" for name, count in rows.items())])


def _left(seconds: float | None, seconds_allowed: float) -> str:
    if seconds is None:
        return ""
    if seconds > seconds_allowed:
        return f"; max_sync_minutes ends this sync in {rough_duration(seconds_allowed)}, before the rest is done"
    return f"; {rough_duration(seconds)} left"


def _requests(progress: Progress, now: float) -> str:
    elapsed = now - progress.started_at
    speed = sum(progress.rows.values()) / elapsed if elapsed else 0.0
    requests, retries = counted(progress.requests, "request"), counted(progress.retries, "retry", "retries")
    return f"{requests}, {retries}, {speed:.0f} rows/s"


def _at(cursor: Cursor | None) -> str:
    return f"cursor at {cursor.raw}" if cursor else "cursor at the beginning"
