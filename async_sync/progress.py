"""Counters of one sync, and how long the rest of it takes. The time is passed in."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

_MAX_SAMPLES = 6
_MIN_DONE = 5


class TimeLeft:
    """Estimates how long the rest takes, from the pace since the sixth-last estimate.

    With an estimate every 10 s, that is the pace of the last minute. The pace since the beginning would be wrong for
    a long time after a slow start or a pause.
    """

    def __init__(self, now: float) -> None:
        self._samples = deque([(now, 0)], maxlen=_MAX_SAMPLES)

    def estimate(self, now: float, *, done: int, expected: float | None) -> float | None:
        """The seconds left, or None if they are unknown: no total, too few done lately, or more done than expected.

        `now` is in seconds and never goes back; `done` only grows.
        """
        since, done_then = self._samples[0]
        self._samples.append((now, done))
        if expected is None or done >= expected or done - done_then < _MIN_DONE or now <= since:
            return None
        return (expected - done) * (now - since) / (done - done_then)


@dataclass(slots=True)
class Progress:
    """What has happened so far. Times are in seconds; `started_at` is a reading of the clock that `now` is read from.

    `warnings` counts each kind of warning; `shards` is the number of connections that share the parents.

    Two threads count here, and each field belongs to one of them. The writer's thread owns `parents_done`,
    `parents_total`, `rows`, `checkpoints`, `checkpoint_seconds` and `cursors_dropped` while a pass runs; everything
    else is the event loop's. The writer only ever replaces a field, by an immutable value (`rows` by another mapping),
    so the loop may read it at any time without a lock.
    """

    parent_name: str
    started_at: float
    shards: int = 1
    parents_done: int = 0
    parents_total: int | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    warnings: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    retries: int = 0
    checkpoints: int = 0
    partition_request_seconds: float = 0.0
    gate_seconds: float = 0.0  # the sum of the waits of attempts before they started
    paused_seconds: float = 0.0
    checkpoint_seconds: float = 0.0
    cursors_dropped: int = 0  # because the state exceeded its budget
    ending: str = "interrupted"
    pass_name: str = ""
    _time_left: TimeLeft | None = None  # None if another pass follows, of unknown length
    _done_before: int = 0  # in earlier passes

    def begin_pass(self, now: float, name: str = "", *, is_last: bool = True) -> None:
        """Count the parents of this pass from 0, and forget the total that the API reported for the pass before."""
        self.pass_name, self.parents_total, self._done_before = name, None, self.parents_done
        self._time_left = TimeLeft(now) if is_last else None

    def expect(self, total: int | None) -> None:
        """Take the number of parents to read from the first page that reports it."""
        self.parents_total = total if self.parents_total is None else self.parents_total

    def wrote(self, table: str, count: int) -> None:
        """Count rows of a table. The mapping before stays unchanged: the log may be iterating over it."""
        self.rows = {**self.rows, table: self.rows.get(table, 0) + count}

    @property
    def done_in_pass(self) -> int:
        """How many parents are done in this pass."""
        return self.parents_done - self._done_before

    @property
    def parents_expected(self) -> float | None:
        """How many parents this pass is likely to have, if each shard has about the same number."""
        return None if self.parents_total is None else self.parents_total / self.shards

    def seconds_left(self, now: float) -> float | None:
        """How long the rest will take, or None if that is unknown; call it about every 10 s."""
        if self._time_left is None:
            return None
        return self._time_left.estimate(now, done=self.done_in_pass, expected=self.parents_expected)

    def request_started(self, waited_seconds: float, *, is_retry: bool) -> None:
        """Count an attempt."""
        self.requests += 1
        self.gate_seconds += waited_seconds
        self.retries += is_retry

    def request_ended(self, elapsed_seconds: float, *, partition: bool) -> None:
        """Add the time of an attempt, from which the mean concurrency is computed."""
        if partition:
            self.partition_request_seconds += elapsed_seconds
