"""Whether retrying still makes sense: the retry budget of the whole sync, beside each request's attempts. Sans-I/O.

A budget in requests would be spent in the first second of an outage; this one is in time.
"""

from collections import Counter, deque
from dataclasses import dataclass, field

from async_sync.errors.source import UnhealthyError

_BUCKETS = 30
MIN_FAILURES = 100
"""With fewer, more than half may be chance, or a few requests that are sick."""


@dataclass(slots=True)
class _Bucket:
    """The attempts of a short stretch of time."""

    until: float
    succeeded: int = 0
    failures: Counter[str] = field(default_factory=Counter)


class RetryBudget:
    """The attempts of the last `seconds`. All times are in seconds, and readings of one clock.

    `max_wait_seconds` limits how much of the pauses that the API asked for counts as no part of an outage.
    """

    def __init__(self, seconds: float, *, max_wait_seconds: float) -> None:
        self._seconds = seconds
        self._max_wait_seconds = max_wait_seconds
        self._buckets = deque([_Bucket(-1.0)], maxlen=_BUCKETS)
        self._stuck: Counter[str] = Counter()  # why attempts have failed since one last succeeded
        self._stuck_since = self._paused_before = 0.0

    def is_spent(self, since: float, now: float, *, paused_seconds: float) -> bool:
        """Whether that is longer than the budget, not counting the pauses that the API asked for meanwhile."""
        return now - since - min(paused_seconds, self._max_wait_seconds) > self._seconds

    def succeeded(self, now: float) -> None:
        """Record an attempt that was answered, whatever the answer says."""
        self._bucket(now).succeeded += 1
        if self._stuck:
            self._stuck.clear()

    def blocked(self, reason: str, *, url: str, now: float, paused_seconds: float) -> None:
        """Record an attempt that failed as those of other requests do; `paused_seconds` is the total so far.

        Raises UnhealthyError when nothing has succeeded for longer than the budget.
        """
        if not self._stuck:
            self._stuck_since, self._paused_before = now, paused_seconds
        self._stuck[reason] += 1
        if self.is_spent(self._stuck_since, now, paused_seconds=paused_seconds - self._paused_before):
            failures = dict(self._stuck.most_common())
            raise UnhealthyError(url=url, failures=failures, of=self._stuck.total(), seconds=now - self._stuck_since)

    def failed(self, reason: str, *, url: str, now: float) -> None:
        """Record an attempt that failed by itself.

        Raises UnhealthyError when more than half of the attempts in the time of the budget have failed so, and many.
        """
        self._bucket(now).failures[reason] += 1
        recent = [bucket for bucket in self._buckets if bucket.until > now - self._seconds]
        failures = sum((bucket.failures for bucket in recent), Counter[str]())
        failed = failures.total()
        of = failed + sum(bucket.succeeded for bucket in recent)
        if failed >= MIN_FAILURES and failed > of / 2:
            raise UnhealthyError(url=url, failures=dict(failures.most_common()), of=of, seconds=self._seconds)

    def _bucket(self, now: float) -> _Bucket:
        bucket = self._buckets[-1]
        if now >= bucket.until:
            bucket = _Bucket(now + self._seconds / _BUCKETS)
            self._buckets.append(bucket)
        return bucket
