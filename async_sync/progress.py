"""Counters of one sync, and how long the rest of it takes. The time is passed in."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
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
class RootProgress:
    """How many records of a root are done in the present pass, and how many it is likely to have (None: unknown)."""

    done: int = 0
    expected: float | None = None
    is_complete: bool = False
    time_left: TimeLeft | None = None  # None if another pass follows, of unknown length

    def seconds_left(self, now: float) -> float | None:
        """How long the rest will take, or None if that is unknown; call it about every 10 s."""
        if self.is_complete:
            return 0.0
        return None if self.time_left is None else self.time_left.estimate(now, done=self.done, expected=self.expected)


@dataclass(slots=True)
class Progress:
    """What has happened so far. Times are in seconds; `started_at` is a reading of the clock that `now` is read from.

    `roots` are those of the present pass by name, in the order in which they are declared, and `done` counts their
    records in all passes. `read` counts the rows that were read of each stream, `rows` those that were handed over, and
    `deleted` those of them that were deleted. `warnings` counts each kind of warning, and `verdicts` each use of a
    rule in `responses`; `shards` is the number of connections that share the
    roots.

    Two threads count here, and each field belongs to one of them. The writer's thread owns `rows`, `deleted`,
    `checkpoints`, `checkpoint_seconds`, `cursors_dropped` and `lists_dropped` while a pass runs; everything else is the
    event loop's. The writer only ever replaces a field, by an immutable value (`rows` and `deleted` by another
    mapping), so the loop may read it at any time without a lock.
    """

    names: Sequence[str]
    started_at: float
    shards: int = 1
    roots: dict[str, RootProgress] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    rows: Mapping[str, int] = field(default_factory=dict)
    deleted: Mapping[str, int] = field(default_factory=dict)
    read: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    retries: int = 0
    checkpoints: int = 0
    partition_request_seconds: float = 0.0
    gate_seconds: float = 0.0  # the sum of the waits of attempts before they started
    paused_seconds: float = 0.0
    checkpoint_seconds: float = 0.0
    cursors_dropped: int = 0  # because the state exceeded its budget
    lists_dropped: int = 0  # of which the keys are not known any more, for the same reason
    ending: str = "interrupted"
    pass_name: str = ""
    is_extra: bool = False

    def begin_pass(
        self, now: float, roots: Iterable[str], name: str = "", *, is_last: bool = True, is_extra: bool = False
    ) -> None:
        """Count the records of these roots from 0, and forget the totals that the API reported for the pass before.

        What is done in an extra pass has been done before.
        """
        self.pass_name, self.is_extra = name, is_extra
        self.roots = {root: RootProgress(time_left=TimeLeft(now) if is_last else None) for root in roots}

    def expect(self, root: str, total: int | None) -> None:
        """Take the number of records to read from the first page that reports it, shared among the shards."""
        progress = self.roots[root]
        if progress.expected is None and total is not None:
            progress.expected = total / self.shards

    def finish(self, root: str, count: int, is_complete: bool = False) -> None:  # noqa: FBT001, FBT002 - a callback
        """Count records of a root below which everything has been read; `is_complete` says that they were the last."""
        progress = self.roots.setdefault(root, RootProgress())
        progress.done += count
        progress.is_complete = progress.is_complete or is_complete
        if not self.is_extra:
            self.done[root] += count

    def wrote(self, name: str, count: int) -> None:
        """Count rows of a stream. The mapping before stays unchanged: the log may be iterating over it."""
        self.rows = {**self.rows, name: self.rows.get(name, 0) + count}

    def removed(self, name: str, count: int) -> None:
        """Count rows of a stream that were deleted: they were handed over as well."""
        self.deleted = {**self.deleted, name: self.deleted.get(name, 0) + count}
        self.wrote(name, count)

    def seconds_left(self, now: float) -> float | None:
        """How long the rest will take, or None if that is unknown for a root; call it about every 10 s."""
        left = [root.seconds_left(now) for root in self.roots.values()]
        return None if None in left else max(filter(None, left), default=None)

    def request_started(self, waited_seconds: float, *, is_retry: bool) -> None:
        """Count an attempt."""
        self.requests += 1
        self.gate_seconds += waited_seconds
        self.retries += is_retry

    def request_ended(self, elapsed_seconds: float, *, partition: bool) -> None:
        """Add the time of an attempt, from which the mean concurrency is computed."""
        if partition:
            self.partition_request_seconds += elapsed_seconds
