from async_sync.progress import Progress
from tests.helpers.parts import cursor


def busy() -> Progress:
    progress = Progress("company", started_at=100.0)
    progress.expect(50)
    progress.parents_done = 12
    progress.rows["company"] += 20
    progress.rows["department"] += 160
    for is_retry in (False, True, False):
        progress.request_started(1.5, is_retry=is_retry)
    progress.request_ended(6.0, partition=True)
    progress.request_ended(9.0, partition=True)
    progress.request_ended(1000.0, partition=False)
    progress.checkpoints = 3
    progress.checkpoint_seconds = 0.25
    return progress


def test_the_line() -> None:
    """The progress line says how far, how much, how fast, and from where a crash now would resume."""
    assert busy().line(110.0, pace="7 of 10 requests in flight", cursor=cursor("2026-01-01T00:00:00Z")) == (
        "Progress: 12/50 of company done, 20 rows of company, 160 rows of department, 3 requests, 1 retries, "
        "18 rows/s, 7 of 10 requests in flight, cursor at 2026-01-01T00:00:00Z"
    )


def test_the_summary() -> None:
    """The closing line adds the time, the mean concurrency of requests for partitions, and the time of checkpoints."""
    assert busy().summary(110.0, cursor=cursor("2026-01-01T00:00:00Z")) == (
        "Sync ended after 10.0 s: 20 rows of company, 160 rows of department, 3 requests, 1 retries, 18 rows/s, "
        "1.5 requests in flight on average, 3 checkpoints in 0.2 s, cursor at 2026-01-01T00:00:00Z"
    )


def test_the_summary_tells_of_pauses() -> None:
    """Where the API has asked for pauses, the closing line says how long they were."""
    progress = busy()
    progress.paused_seconds = 7.25

    assert ", 1.5 requests in flight on average, paused for 7.2 s as the API asked, 3 checkpoints in " in (
        progress.summary(110.0, cursor=None)
    )


def test_nothing_has_happened_yet() -> None:
    """At the very beginning there is no total, no row and no time to divide by."""
    progress = Progress("company", started_at=100.0)

    assert progress.line(100.0, pace="0 of 10 requests in flight", cursor=None) == (
        "Progress: 0 of company done, no rows, 0 requests, 0 retries, 0 rows/s, 0 of 10 requests in flight, "
        "cursor at the beginning"
    )
    assert progress.summary(100.0, cursor=None) == (
        "Sync ended after 0.0 s: no rows, 0 requests, 0 retries, 0 rows/s, 0.0 requests in flight on average, "
        "0 checkpoints in 0.0 s, cursor at the beginning"
    )


def test_the_first_total_counts() -> None:
    """The number of parents is what the first page that tells it says, since later ones may tell what is left."""
    progress = Progress("company", started_at=0.0)
    for total in (None, 50, 40, None):
        progress.expect(total)

    assert progress.parents_total == 50


def test_a_total_of_nothing() -> None:
    """A total of 0 is a total."""
    progress = Progress("company", started_at=0.0)
    progress.expect(0)
    progress.expect(5)

    assert "0/0 of company" in progress.line(0.0, pace="", cursor=None)
