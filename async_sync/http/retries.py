"""When a request is tried again and when it is given up, and how everyone waits while nothing gets through."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import anyio
import httpx

from async_sync.configuration.settings import Settings
from async_sync.errors.base import ConnectorError
from async_sync.errors.source import UnhealthyError
from async_sync.http.backoff import refused_seconds, retry_seconds
from async_sync.http.retriable import RetriableError
from async_sync.http.retry_budget import RetryBudget
from async_sync.http.standstill import ALWAYS_SHARED, ApiFailure, FailureKind, FailureStreak, Standstill
from async_sync.pacing.gate import Admission, Gate
from async_sync.pacing.pace import Outcome
from async_sync.progress import Progress

T = TypeVar("T")

_LOGGED_AT_PAUSE = 2  # a hiccup is over after the first one


@dataclass(slots=True)
class _FailedAttempts:
    """The failed attempts of one request: those that it shared with others, and its own."""

    since: float
    paused_before: float
    shared: int = 0
    own: int = 0

    def delay_seconds(self, failure: ApiFailure | None) -> float:
        """How long to wait before the next attempt."""
        if failure is None or failure.kind not in ALWAYS_SHARED:
            return retry_seconds(self.own + 1, random.random())  # noqa: S311 - no secret
        return refused_seconds(self.shared + 1, random.random())  # noqa: S311 - no secret


class Retries:
    """Tries requests again. `info` logs a line."""

    def __init__(
        self,
        settings: Settings,
        *,
        gate: Gate,
        progress: Progress,
        info: Callable[[str], None],
        clock: Callable[[], float],
    ) -> None:
        self._max_attempts = settings.max_attempts
        self._outage_seconds = settings.outage_seconds
        self._gate = gate
        self._progress = progress
        self._info = info
        self._clock = clock
        self._budget = RetryBudget(settings.outage_seconds, max_wait_seconds=settings.max_wait_seconds)
        self._standstill = Standstill()

    async def run(self, attempt: Callable[[], Awaitable[T]], *, url: str) -> T:
        """Repeat an attempt until it succeeds, as the first nearly always does, and return its result.

        A request has `max_attempts`. Failures that it shares with others do not count for `outage_seconds`. Raises the
        last attempt's RetriableError, or UnhealthyError, which ends the sync.
        """
        result = await self._try_once(attempt)
        if not isinstance(result, RetriableError):
            return result
        try:
            return await self._retry(attempt, result, url)
        finally:
            self._standstill.release(url)

    def record_api_failure(
        self,
        kind: FailureKind,
        reason: str,
        *,
        request: httpx.Request,
        admission: Admission,
        outcome: Outcome = Outcome.FAILED,
    ) -> ApiFailure:
        """Record a failed attempt for which the API may be to blame; in a standstill, make everyone wait.

        The pace learns of `outcome`, unless there is a standstill already: that says nothing about the pace.
        """
        streak, now = self._standstill.streak, self._clock()
        admission.outcome = Outcome.FAILED if streak is not None and streak.is_standstill else outcome
        failure = self._standstill.record_failure(
            kind, str(request.url), started=admission.started, now=now, in_flight=self._gate.in_flight
        )
        if failure.streak is not None and failure.pause_seconds is not None:
            self._gate.back_off(failure.pause_seconds)
            if failure.streak.pauses == _LOGGED_AT_PAUSE:
                self._info(_standstill_line(failure.streak, reason, request.url, self._outage_seconds))
        return failure

    def record_answer(self, admission: Admission) -> None:
        """Record an attempt that was answered."""
        admission.outcome = Outcome.OK
        if self._standstill.streak is None:  # as nearly always
            return
        ended = self._standstill.record_answer(admission.started)
        if ended is None:
            return
        seconds = self._clock() - ended.began_at
        if ended.is_refusal:  # the requests came too fast
            self._gate.ramp_up_over(seconds)
        if ended.pauses >= _LOGGED_AT_PAUSE:
            self._info(f"The API answers again after {seconds:.0f} s. Nothing was lost, and the sync continues.")

    async def _try_once(self, attempt: Callable[[], Awaitable[T]]) -> T | RetriableError:
        """Make one attempt. Its failure is returned, not raised, since there may be another attempt."""
        try:
            result = await attempt()
        except RetriableError as error:
            return error
        except ConnectorError:
            self._budget.record_success(self._clock())  # it was answered
            raise
        self._budget.record_success(self._clock())
        return result

    async def _retry(self, attempt: Callable[[], Awaitable[T]], failed: RetriableError, url: str) -> T:
        """Make further attempts after a failed one."""
        attempts = _FailedAttempts(self._clock(), self._progress.paused_seconds)
        while True:
            await self._wait(failed, attempts)
            self._count(failed, attempts, url)
            if attempts.own >= self._max_attempts:
                raise failed
            result = await self._try_once(attempt)
            if not isinstance(result, RetriableError):
                return result
            failed = result

    async def _wait(self, failed: RetriableError, attempts: _FailedAttempts) -> None:
        """Wait for the next attempt, unless there is none, or the gate makes everyone wait."""
        failure = failed.api_failure
        is_last = failure is None and attempts.own + 1 >= self._max_attempts
        is_gate_paused = failure is not None and (failure.streak is None or failure.streak.is_standstill)
        if not is_last and not is_gate_paused:
            with self._gate.between_attempts():
                await anyio.sleep(attempts.delay_seconds(failure))

    def _count(self, failed: RetriableError, attempts: _FailedAttempts, url: str) -> None:
        """Count a failed attempt, after the wait: only by then is it known whether other requests fail too.

        Raises UnhealthyError.
        """
        failure, now, paused = failed.api_failure, self._clock(), self._progress.paused_seconds
        try:
            if failure is not None and failure.is_shared:
                self._budget.record_shared_failure(failed.reason, url=url, now=now, paused_seconds=paused)
                attempts.shared += 1
                if not self._budget.is_spent(attempts.since, now, paused_seconds=paused - attempts.paused_before):
                    return
            else:
                self._budget.record_own_failure(failed.reason, url=url, now=now)
        except UnhealthyError as error:
            self._gate.close(error)  # the others would find out one by one, with a pause before each
            raise
        attempts.own += 1
        self._standstill.quarantine(url)


def _standstill_line(streak: FailureStreak, reason: str, url: httpx.URL, outage_seconds: float) -> str:
    host = f"{url.scheme}://{url.netloc.decode()}"
    waits = (
        f"All requests wait, and one at a time tries again with backoff, for at most {outage_seconds:g} s "
        "(outage_seconds)."
    )
    if streak.is_refusal:
        return (
            f"{host} refuses every request and does not say for how long ({reason}). {waits} To stay below its limit, "
            "set requests_per_second to what its documentation allows, or max_concurrency to auto."
        )
    return f"{host} does not answer ({reason}). {waits}"
