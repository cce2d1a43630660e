"""The lines that a sync logs, word for word."""

import math
from collections.abc import Mapping
from dataclasses import replace

import pytest

from async_sync.configuration.shard import UNSHARDED, Shard
from async_sync.log_lines import gate_status, progress_line, shard_warning, start_line, summary_lines
from async_sync.pacing.gate import GateStatistics
from async_sync.pacing.pace import PaceReason
from async_sync.progress import Progress
from async_sync.streams.stream import Stream
from async_sync.streams.tree import StreamTree
from async_sync.writing.state import SyncState
from tests.helpers.parts import cursor, parse
from tests.helpers.streams import COMPANY, DEPARTMENT

DAY = "2026-01-01T00:00:00Z"
AT_DAY = {"company": cursor(DAY)}


def busy(*, shards: int = 1, total: int | None = 50) -> Progress:
    progress = Progress(["company", "department"], started_at=100.0, shards=shards)
    progress.begin_pass(100.0, ["company"])
    progress.expect("company", total)
    progress.finish("company", 12)
    progress.wrote("company", 1)
    progress.wrote("department", 179)
    progress.read.update(company=1, department=179)
    for is_retry in (False, True, False):
        progress.request_started(0.0, is_retry=is_retry)
    progress.request_ended(15.0, partition=True)
    progress.checkpoints = 3
    progress.checkpoint_seconds = 0.25
    return progress


def line(progress: Progress, now: float = 110.0, *, seconds_allowed: float = math.inf) -> str:
    return progress_line(
        progress, now, seconds_allowed=seconds_allowed, pace="7 of 10 requests in flight", cursors=AT_DAY
    )


def started(configuration: Mapping[str, str] = {}, **saved: object) -> str:
    settings = parse(configuration)
    tree = StreamTree([COMPANY, DEPARTMENT])
    state = SyncState.load(saved, tree)
    state.move_to(settings.shard)
    return start_line(settings, state, tree)


def tree_started(*streams: Stream, **saved: object) -> str:
    tree = StreamTree(streams)
    return start_line(parse(), SyncState.load(saved, tree), tree)


def test_the_start() -> None:
    """The first line says what is read, from which cursors, and how fast."""
    assert started() == (
        "Sync begins: company, department from http://localhost, sync_scope changed_parents, cursor at the "
        "beginning, 0 cursors of department, max_concurrency 10"
    )


def test_the_start_with_everything() -> None:
    """The line names a shard, an unfinished pass, skipped parents and limits if there are any."""
    configuration = {
        "sync_scope": "all_parents",
        "max_concurrency": "auto",
        "requests_per_second": "2.5",
        "max_sync_minutes": "90",
        "shard": "1/1",
    }
    saved = {
        "company_cursor": DAY,
        "pass_cursor": "2025-01-01",
        "department_cursor": {"c1": DAY},
        "skipped": [{"company_id": "c1"}],
    }

    assert started(configuration, **saved) == (
        "Sync begins: company, department from http://localhost, sync_scope all_parents, cursor at "
        "2026-01-01T00:00:00Z, the last pass over all continues with company at 2025-01-01, 1 cursor of department, "
        "1 skipped earlier are read first, max_concurrency auto up to 200, at most 2.5 requests per second, for at "
        "most 90 min"
    )
    assert ", shard 3/8, " in started({"shard": "3/8"})


def test_the_start_of_a_tree() -> None:
    """Each root is named with its cursor, and what is read whole since something below does not touch it."""
    team = replace(DEPARTMENT, name="team", table="team", touches_parent=False)
    currency = Stream(table="currency", path="/currencies", primary_key=["code"], cursor_field=None, columns={})
    order = Stream(table="order", path="/orders", primary_key=["id"], columns={})
    assert tree_started(COMPANY, team, currency, order, order_cursor=DAY) == (
        "Sync begins: company, team, currency, order from http://localhost, sync_scope all_parents, company: cursor at "
        "the beginning; order: cursor at 2026-01-01T00:00:00Z, 0 cursors of team, max_concurrency 10"
    )
    person = Stream(table="person", parent=team, path="/{department_id}", primary_key=["id"], columns={})
    line = tree_started(COMPANY, team, person)
    assert (
        ", sync_scope all_parents for company, cursor at the beginning, 0 cursors of team, 0 cursors of person, "
        in line
    )
    assert ", no cursor, " in tree_started(currency)


def test_the_progress() -> None:
    """The progress line says what is done and left, how fast, and where a sync would resume after a crash now."""
    assert line(busy()) == (
        "Progress: company: 12 of 50 done; about 30 s left; 180 rows, 3 requests, 1 retry, 18 rows/s; 7 of 10 requests "
        "in flight; cursor at 2026-01-01T00:00:00Z"
    )


def test_the_progress_without_a_total() -> None:
    """If the API reports no total, none is guessed."""
    assert line(busy(total=None)).startswith("Progress: company: 12 done; 180 rows, ")


def test_the_progress_of_a_shard() -> None:
    """The number of parents in a shard is approximate."""
    assert line(busy(shards=8, total=403)).startswith("Progress: company: 12 of about 50 done; about 30 s left; ")


def test_the_progress_of_the_first_of_two_passes() -> None:
    """While another pass is to follow, the time left is not known."""
    progress = busy()
    progress.begin_pass(105.0, ["company"], "first of two passes", is_last=False)
    progress.finish("company", 20)

    assert line(progress).startswith("Progress: company: 20 done (first of two passes); 180 rows, ")


def test_the_progress_towards_a_time_limit() -> None:
    """If the time limit comes first, the line says so."""
    assert "; about 30 s left; " in line(busy(), seconds_allowed=31.7)
    assert "; max_sync_minutes ends this sync in about 20 s, before the rest is done; 180 rows, 3 requests" in (
        line(busy(), seconds_allowed=20.0)
    )


@pytest.mark.parametrize(
    ("days", "text"),
    [
        ("", "1 cursor of department, no full reads of department (full_read_days is not set), max_concurrency 10"),
        ("7", "1 cursor of department, full reads of department every 7 days, max_concurrency 10"),
    ],
)
def test_the_start_tells_of_full_reads(days: str, text: str) -> None:
    """Where rows are missed only in lists that are read whole, the first line says how often that happens."""
    tree = StreamTree([COMPANY, replace(DEPARTMENT, finds_deleted=True)])
    state = SyncState.load({"department_cursor": {"c1": DAY}}, tree)
    assert text in start_line(parse({"full_read_days": days}), state, tree)


def test_the_summary_tells_of_rows_that_were_not_written() -> None:
    """If rows were read that were not written, or any were deleted, the line of the table says what became of them."""
    progress = busy()
    progress.read["department"] = 200
    progress.removed("department", 3)
    *tables, _ = summary_lines(progress, 110.0, cursors=AT_DAY)
    assert tables[1] == "Table department: 200 rows read, 179 written, 3 deleted"


def test_the_summary() -> None:
    """A line for each table comes first; the closing line says how the sync ended, how long it took, and how fast."""
    progress = busy()
    progress.ending = "complete"

    *tables, summary = summary_lines(progress, 110.0, cursors=AT_DAY)

    assert tables == ["Table company: 12 done, 1 row", "Table department: 179 rows"]
    assert summary == (
        "Sync ended after 10.0 s (complete): 180 rows, 3 requests, 1 retry, 18 rows/s, 1.5 in flight on average; "
        "3 checkpoints in 0.2 s; cursor at 2026-01-01T00:00:00Z"
    )


def test_the_summary_tells_of_pauses() -> None:
    """If the API asked for pauses, the closing line says how long they were."""
    progress = busy()
    progress.paused_seconds = 7.25

    *_, summary = summary_lines(progress, 110.0, cursors={})

    assert ", 1.5 in flight on average; paused for 7.2 s as the API asked; 3 checkpoints in " in summary


def test_the_summary_counts_warnings() -> None:
    """Each kind of warning is named once, the most frequent first, in a line before the closing one."""
    progress = busy()
    progress.warnings.update({"company gone": 1, "records of department out of order": 12})

    *_, warnings, summary = summary_lines(progress, 110.0, cursors={})

    assert warnings == "Warnings of this sync: records of department out of order (12 times), company gone (1 time)"
    assert summary.startswith("Sync ended after 10.0 s (interrupted): ")


def test_nothing_has_happened_yet() -> None:
    """At the very beginning there is no total, no row and no time to divide by."""
    progress = Progress(["company", "department"], started_at=100.0)
    progress.begin_pass(100.0, ["company"])

    at_start = {"company": None}
    assert progress_line(progress, 100.0, seconds_allowed=1.0, pace="0 of 10 requests in flight", cursors=at_start) == (
        "Progress: company: 0 done; 0 rows, 0 requests, 0 retries, 0 rows/s; 0 of 10 requests in flight; "
        "cursor at the beginning"
    )
    assert list(summary_lines(progress, 100.0, cursors=at_start)) == [
        "Table company: 0 done, 0 rows",
        "Table department: 0 rows",
        (
            "Sync ended after 0.0 s (interrupted): 0 rows, 0 requests, 0 retries, 0 rows/s, 0.0 in flight on average; "
            "0 checkpoints in 0.0 s; cursor at the beginning"
        ),
    ]


@pytest.mark.parametrize(("before", "text"), [(UNSHARDED, "not set"), (Shard(1, 2), "1/2")])
def test_the_warning_of_a_changed_shard(before: Shard, text: str) -> None:
    """The warning says what changed, what it costs, and what to check."""
    assert shard_warning(before, Shard(3, 8), name="company", dropped=7) == (
        f"The shard was {text} and is now 3/8: company is listed from the beginning again. What was not in the shard "
        "before is read in full; 7 of company are no longer in it and are left to other connections. Nothing is lost "
        "as long as each shard from 1/8 to 8/8 has a connection."
    )


def test_the_warning_of_no_shard_any_more() -> None:
    """Without a shard, everything belongs to this connection again."""
    assert shard_warning(Shard(3, 8), UNSHARDED, name="company", dropped=0) == (
        "The shard was 3/8, and now this connection syncs everything: company is listed from the beginning again, "
        "and what was not in the shard is read in full. Nothing is lost."
    )


def gate(
    limit: int = 8,
    *,
    pause_seconds_left: float = 0.0,
    pause_asked_by: str | None = None,
    is_recovering: bool = False,
    reason: PaceReason | None = None,
) -> str:
    return gate_status(
        GateStatistics(
            1,
            limit,
            pause_seconds_left,
            pause_asked_by,
            is_recovering=is_recovering,
            pace_reason=reason,
        )
    )


def test_the_status_of_the_gate() -> None:
    """The status says how many requests are in flight, how many may be, and what holds them back."""
    raised = PaceReason.THROUGHPUT_FOLLOWED

    assert gate() == "1 of 8 requests in flight"
    assert gate(reason=raised) == "1 of 8 requests in flight (raised: throughput followed)"
    assert gate(1, is_recovering=True, reason=raised) == "1 of 1 requests in flight (recovering from a pause)"
    assert gate(1, pause_seconds_left=29.6, pause_asked_by="X-RateLimit-Reset", is_recovering=True) == (
        "1 requests in flight, paused for another 30 s as the API asked (X-RateLimit-Reset)"
    )
    assert gate(1, pause_seconds_left=5.0, is_recovering=True) == (
        "1 requests in flight, paused for another 5 s since no request gets through"
    )


@pytest.mark.parametrize("reason", PaceReason)
def test_each_reason_of_the_pace_is_in_words(reason: PaceReason) -> None:
    """Each reason says whether the pace was raised, held or lowered."""
    assert gate(reason=reason).partition("(")[2].startswith(("raised: ", "held: ", "lowered: "))
