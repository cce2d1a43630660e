"""The retry budget of a whole sync: whether it still makes sense to retry at all. Sans-I/O.

A budget in requests would be spent in the first second of an outage, so this one is in time. Each request has a limit
of attempts as well.
"""

from collections import Counter, deque
from dataclasses import dataclass, field

from async_sync.errors.source import UnhealthyError

_BUCKETS = 30
MIN_FAILURES = 100
"""With fewer failures, more than half may be chance, or a few requests that always fail."""


@dataclass(slots=True)
class _Bucket:
    """The attempts of a short stretch of time."""

    until: float
    succeeded: int = 0
    failures: Counter[str] = field(default_factory=Counter)


class RetryBudget:
    """The attempts of the last `seconds`. All times are in seconds, and readings of one clock.

    A pause that the API asked for is not part of an outage, up to `max_wait_seconds` of pauses.
    """

    def __init__(self, seconds: float, *, max_wait_seconds: float) -> None:
        self._seconds = seconds
        self._max_wait_seconds = max_wait_seconds
        self._buckets = deque([_Bucket(-1.0)], maxlen=_BUCKETS)
        self._since_success: Counter[str] = Counter()  # the reasons of failures that requests shared
        self._first_failure_at = self._paused_before = 0.0

    def is_spent(self, since: float, now: float, *, paused_seconds: float) -> bool:
        """Whether more time than the budget has passed, without the pauses that the API asked for meanwhile."""
        return now - since - min(paused_seconds, self._max_wait_seconds) > self._seconds

    def record_success(self, now: float) -> None:
        """Record an attempt that was answered, with any status."""
        self._bucket(now).succeeded += 1
        if self._since_success:
            self._since_success.clear()

    def record_shared_failure(self, reason: str, *, url: str, now: float, paused_seconds: float) -> None:
        """Record an attempt that failed like those of other requests; `paused_seconds` is the total so far.

        Raises UnhealthyError when nothing has succeeded for longer than the budget.
        """
        if not self._since_success:
            self._first_failure_at, self._paused_before = now, paused_seconds
        self._since_success[reason] += 1
        if self.is_spent(self._first_failure_at, now, paused_seconds=paused_seconds - self._paused_before):
            raise UnhealthyError(
                url=url,
                failures=dict(self._since_success.most_common()),
                attempts=self._since_success.total(),
                seconds=now - self._first_failure_at,
            )

    def record_own_failure(self, reason: str, *, url: str, now: float) -> None:
        """Record an attempt that failed while others did not.

        Raises UnhealthyError when more than half of the attempts within the budget have failed in this way, and many.
        """
        self._bucket(now).failures[reason] += 1
        recent = [bucket for bucket in self._buckets if bucket.until > now - self._seconds]
        failures = sum((bucket.failures for bucket in recent), Counter[str]())
        failed = failures.total()
        attempts = failed + sum(bucket.succeeded for bucket in recent)
        if failed >= MIN_FAILURES and failed > attempts / 2:
            raise UnhealthyError(
                url=url, failures=dict(failures.most_common()), attempts=attempts, seconds=self._seconds
            )

    def _bucket(self, now: float) -> _Bucket:
        bucket = self._buckets[-1]
        if now >= bucket.until:
            bucket = _Bucket(now + self._seconds / _BUCKETS)
            self._buckets.append(bucket)
        return bucket
