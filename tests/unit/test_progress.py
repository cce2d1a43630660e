"""The counters of a sync."""

from async_sync.log_lines import summary_lines
from async_sync.progress import Progress
from tests.helpers.writing import Writing, children, parents


def test_attempts() -> None:
    """Each attempt counts as a request, a repeated one also as a retry, with the time it waited at the gate."""
    progress = Progress(["company"], started_at=0.0)
    for is_retry in (False, True, False):
        progress.request_started(1.5, is_retry=is_retry)

    assert (progress.requests, progress.retries, progress.gate_seconds) == (3, 1, 4.5)


def test_the_time_of_requests() -> None:
    """The mean concurrency is that of requests for partitions; the time of other requests does not count."""
    progress = Progress(["company"], started_at=0.0)
    progress.request_ended(6.0, partition=True)
    progress.request_ended(9.0, partition=True)
    progress.request_ended(1000.0, partition=False)

    assert progress.partition_request_seconds == 15.0


def in_pass(*, shards: int = 1) -> Progress:
    progress = Progress(["company", "order"], started_at=0.0, shards=shards)
    progress.begin_pass(0.0, ["company", "order"])
    return progress


def test_the_first_total_counts() -> None:
    """The first page that reports a total counts, since later ones may report how many are left."""
    progress = in_pass()
    for total in (None, 50, 40, None):
        progress.expect("company", total)

    assert progress.roots["company"].expected == 50
    assert progress.roots["order"].expected is None


def test_a_total_of_nothing() -> None:
    """A total of 0 is a total."""
    progress = in_pass()
    progress.expect("company", 0)
    progress.expect("company", 5)

    assert progress.roots["company"].expected == 0


def test_a_shard_expects_its_part() -> None:
    """Each shard is expected to have an equal part of a root."""
    progress = in_pass(shards=8)
    progress.expect("company", 1000)

    assert progress.roots["company"].expected == 125


def test_each_pass_counts_for_itself() -> None:
    """Done and expected records are counted anew for each pass; the number of done records spans all of them."""
    progress = Progress(["company"], started_at=0.0)
    progress.begin_pass(0.0, ["company"], "first of two passes", is_last=False)
    progress.expect("company", 100)
    progress.finish("company", 60)
    assert progress.seconds_left(10.0) is None

    progress.begin_pass(20.0, ["company"], "second of two passes")
    company = progress.roots["company"]
    assert (progress.pass_name, company.done, company.expected) == ("second of two passes", 0, None)
    progress.expect("company", 200)
    progress.finish("company", 50)

    assert (progress.roots["company"].done, progress.done["company"]) == (50, 110)
    assert progress.seconds_left(30.0) == 30.0


def test_the_slowest_root_says_how_long_it_takes() -> None:
    """A root that is through takes no more time; while one is of unknown length, so is the rest."""
    progress = in_pass()
    progress.expect("company", 100)
    progress.finish("company", 50)
    assert progress.seconds_left(10.0) is None

    progress.expect("order", 40)
    progress.finish("order", 10)
    progress.finish("company", 0)
    assert progress.seconds_left(20.0) == 60.0

    progress.finish("order", 30, is_complete=True)
    progress.finish("order", 0)
    assert progress.seconds_left(30.0) == 30.0
    progress.finish("company", 50, is_complete=True)
    assert progress.seconds_left(40.0) is None


def test_before_the_first_pass() -> None:
    """Before the first pass, the time left is unknown."""
    assert Progress(["company"], started_at=0.0).seconds_left(1.0) is None


def test_rows_that_have_been_handed_out_stay_as_they_are() -> None:
    """The writer's thread may count rows of another table while the event loop iterates over them for a log line."""
    writing = Writing()
    writing.write(parents("2026-01-01"))
    shown = iter(writing.progress.rows.items())
    first = next(shown)

    writing.write(children("c1", "2026-01-01"))

    assert [first, *shown] == [("company", 1)]
    assert writing.progress.rows == {"company": 1, "department": 1}


def test_the_writer_counts_its_own_warnings() -> None:
    """The writer's thread does not touch the warnings that the event loop counts, and the log shows both."""
    saved = {"department_cursor": {f"c{number}": "2026-01-01" for number in range(100)}}
    writing = Writing({"state_budget_kb": "1"}, saved)
    counted = iter(writing.progress.warnings.items())

    writing.write(parents("2026-01-01"))
    writing.writer.finish()

    assert list(counted) == []
    dropped = writing.progress.cursors_dropped
    assert f"Warnings of this sync: cursors dropped from the state ({dropped} times)" in list(
        summary_lines(writing.progress, 1.0, cursors={})
    )
