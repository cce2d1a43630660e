"""Counters of one sync, and how long the rest of it takes. The time is passed in."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

_LOOKS = 6
_FEWEST_DONE = 5
_SHORTEST_SECONDS, _MINUTE, _HOUR = 10, 60, 3600


class Eta:
    """Reckons with the pace since the sixth look back: of the last minute, with a look every 10 s.

    The pace since the beginning would be wrong for long after a slow start or a pause.
    """

    def __init__(self, now: float) -> None:
        self._seen = deque([(now, 0)], maxlen=_LOOKS)

    def look(self, now: float, *, done: int, expected: float | None) -> float | None:
        """The seconds left, or None where nobody can know: no total, too few done of late, or more done than expected.

        `now` is in seconds and never goes back; `done` only grows.
        """
        since, done_then = self._seen[0]
        self._seen.append((now, done))
        if expected is None or done >= expected or done - done_then < _FEWEST_DONE or now <= since:
            return None
        return (expected - done) * (now - since) / (done - done_then)


def approximate(seconds: float) -> str:
    """The duration in words, such as "about 20 s": nobody knows it to the second."""
    if seconds < _SHORTEST_SECONDS:
        return f"less than {_SHORTEST_SECONDS} s"
    if seconds < _MINUTE:
        return f"about {10 * round(seconds / 10)} s"
    if seconds < _HOUR:
        return f"about {round(seconds / _MINUTE)} min"
    hours, minutes = divmod(10 * round(seconds / _MINUTE / 10), 60)
    return f"about {hours} h {minutes} min" if minutes else f"about {hours} h"


@dataclass(slots=True)
class Progress:
    """What has happened so far. Times are in seconds; `started_at` is a reading of the clock that the lines are given.

    `warnings` counts each kind of warning, `shards` are the connections that share the parents.

    Two threads count here, and each field belongs to one of them. The writer's thread owns `parents_done`,
    `parents_total`, `rows`, `checkpoints`, `checkpoint_seconds` and `cursors_dropped` while a pass runs; everything
    else is the event loop's. A field of the writer's is only ever replaced, by an immutable value (`rows` by another
    mapping), so that the loop may read it at any time without a lock.
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
    gate_seconds: float = 0.0  # that attempts waited until they might start, added up
    paused_seconds: float = 0.0
    checkpoint_seconds: float = 0.0
    cursors_dropped: int = 0  # from a state that has outgrown its budget
    ending: str = "interrupted"
    pass_name: str = ""
    _eta: Eta | None = None  # None: another pass follows, of unknown length
    _done_before: int = 0  # in earlier passes

    def begin_pass(self, now: float, name: str = "", *, is_last: bool = True) -> None:
        """Count the parents of this pass from 0, and forget what the API said of their number."""
        self.pass_name, self.parents_total, self._done_before = name, None, self.parents_done
        self._eta = Eta(now) if is_last else None

    def expect(self, total: int | None) -> None:
        """Take the number of parents to read from the first page that tells it."""
        self.parents_total = total if self.parents_total is None else self.parents_total

    def wrote(self, table: str, count: int) -> None:
        """Count rows of a table. What `rows` was before stays as it is: the log may be showing it just now."""
        self.rows = {**self.rows, table: self.rows.get(table, 0) + count}

    @property
    def done_in_pass(self) -> int:
        """How many parents are done in this pass."""
        return self.parents_done - self._done_before

    @property
    def expected(self) -> float | None:
        """How many parents this pass is likely to have; of several shards each has about as many."""
        return None if self.parents_total is None else self.parents_total / self.shards

    def seconds_left(self, now: float) -> float | None:
        """How long the rest will take, where it can be known; ask about every 10 s."""
        if self._eta is None:
            return None
        return self._eta.look(now, done=self.done_in_pass, expected=self.expected)

    def request_started(self, waited_seconds: float, *, is_retry: bool) -> None:
        """Count an attempt."""
        self.requests += 1
        self.gate_seconds += waited_seconds
        self.retries += is_retry

    def request_ended(self, elapsed_seconds: float, *, partition: bool) -> None:
        """Add an attempt's time to the concurrency that is worked out from it."""
        if partition:
            self.partition_request_seconds += elapsed_seconds
