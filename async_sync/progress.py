"""Counters of one sync, the progress line and the closing summary."""

from collections import Counter
from dataclasses import dataclass, field

from async_sync.cursors import Cursor


@dataclass(slots=True)
class Progress:
    """What has happened so far. Times are in seconds; `started_at` is a reading of the clock that `line` is given."""

    parent_table: str
    started_at: float
    parents_done: int = 0
    parents_total: int | None = None
    rows: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    retries: int = 0
    checkpoints: int = 0
    partition_request_seconds: float = 0.0
    gate_seconds: float = 0.0  # that attempts waited until they might start, added up
    paused_seconds: float = 0.0
    checkpoint_seconds: float = 0.0
    cursors_dropped: int = 0

    def expect(self, total: int | None) -> None:
        """Take the number of parents to read from the first page that tells it."""
        self.parents_total = total if self.parents_total is None else self.parents_total

    def request_started(self, waited_seconds: float, *, is_retry: bool) -> None:
        """Count an attempt."""
        self.requests += 1
        self.gate_seconds += waited_seconds
        self.retries += is_retry

    def request_ended(self, elapsed_seconds: float, *, partition: bool) -> None:
        """Add an attempt's time to the concurrency that is worked out from it."""
        if partition:
            self.partition_request_seconds += elapsed_seconds

    def line(self, now: float, *, pace: str, cursor: Cursor | None) -> str:
        """The progress line: how far, how fast, and from where a crash now would resume."""
        of_total = "" if self.parents_total is None else f"/{self.parents_total}"
        return (
            f"Progress: {self.parents_done}{of_total} of {self.parent_table} done, {self._counts(now)}, "
            f"{pace}, {_at(cursor)}"
        )

    def summary(self, now: float, *, cursor: Cursor | None) -> str:
        """The closing line."""
        elapsed = now - self.started_at
        concurrency = self.partition_request_seconds / elapsed if elapsed else 0.0
        return (
            f"Sync ended after {elapsed:.1f} s: {self._counts(now)}, {concurrency:.1f} requests in flight on average, "
            f"{self._pauses()}{self.checkpoints} checkpoints in {self.checkpoint_seconds:.1f} s, {_at(cursor)}"
        )

    def _pauses(self) -> str:
        return f"paused for {self.paused_seconds:.1f} s as the API asked, " if self.paused_seconds else ""

    def _counts(self, now: float) -> str:
        elapsed = now - self.started_at
        rows = ", ".join(f"{count} rows of {table}" for table, count in self.rows.items()) or "no rows"
        speed = self.rows.total() / elapsed if elapsed else 0.0
        return f"{rows}, {self.requests} requests, {self.retries} retries, {speed:.0f} rows/s"


def _at(cursor: Cursor | None) -> str:
    return f"cursor at {cursor.raw}" if cursor else "cursor at the beginning"
