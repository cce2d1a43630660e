"""How often a request is tried, and what everyone does while nothing gets through."""

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
from async_sync.http.standstill import ALWAYS_SHARED, Blocked, Standstill, Streak, Trouble
from async_sync.pacing.gate import Admission, Gate
from async_sync.pacing.pace import Outcome
from async_sync.progress import Progress

T = TypeVar("T")

_TOLD_AT_PAUSE = 2  # a hiccup is over after the first one


@dataclass(slots=True)
class _Tries:
    """The failed attempts of one request: those that others shared, and its own."""

    since: float
    paused_before: float
    shared: int = 0
    own: int = 0

    def seconds_of_rest(self, blocked: Blocked | None) -> float:
        """How long to wait for the next attempt, where the gate would let it start at once."""
        if blocked is None or blocked.trouble not in ALWAYS_SHARED:
            return retry_seconds(self.own + 1, random.random())  # noqa: S311 - no secret
        return refused_seconds(self.shared + 1, random.random())  # noqa: S311 - no secret


class Retries:
    """Tries requests again. `info` takes a line for the log."""

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
        """Return what an attempt returns, and nearly every first one does. Raises the last one's RetriableError.

        A request has `max_attempts`. What others fail by too is not counted, for `outage_seconds`; after that,
        UnhealthyError ends the sync.
        """
        result = await self._counted(attempt)
        if not isinstance(result, RetriableError):
            return result
        try:
            return await self._again(attempt, result, url)
        finally:
            self._standstill.set_sick(url, sick=False)

    def blocked(
        self,
        trouble: Trouble,
        reason: str,
        *,
        request: httpx.Request,
        admission: Admission,
        outcome: Outcome = Outcome.FAILED,
    ) -> Blocked:
        """Record an attempt that failed as those of others may; where nothing gets through, everyone waits.

        `outcome` is what the pace is told, unless there is a standstill already: that says nothing about the pace.
        """
        streak, now = self._standstill.streak, self._clock()
        admission.outcome = Outcome.FAILED if streak is not None and streak.is_shared else outcome
        blocked = self._standstill.failed(
            trouble, str(request.url), started=admission.started, now=now, in_flight=self._gate.in_flight
        )
        if blocked.streak is not None and blocked.pause_seconds is not None:
            self._gate.hold(blocked.pause_seconds)
            if blocked.streak.pauses == _TOLD_AT_PAUSE:
                self._info(_standstill_line(blocked.streak, reason, request.url, self._outage_seconds))
        return blocked

    def answered(self, admission: Admission) -> None:
        """Record an attempt that was answered."""
        admission.outcome = Outcome.OK
        if self._standstill.streak is None:  # as nearly always
            return
        over = self._standstill.answered(admission.started)
        if over is None:
            return
        seconds = self._clock() - over.began
        if over.is_refusal:  # the requests came too fast
            self._gate.spread(seconds)
        if over.pauses >= _TOLD_AT_PAUSE:
            self._info(f"The API answers again after {seconds:.0f} s. Nothing was lost, and the sync goes on.")

    async def _counted(self, attempt: Callable[[], Awaitable[T]]) -> T | RetriableError:
        """One attempt. Its failure is returned, not raised, since there may be another attempt."""
        try:
            result = await attempt()
        except RetriableError as error:
            return error
        except ConnectorError:
            self._budget.succeeded(self._clock())  # it was answered
            raise
        self._budget.succeeded(self._clock())
        return result

    async def _again(self, attempt: Callable[[], Awaitable[T]], failed: RetriableError, url: str) -> T:
        tries = _Tries(self._clock(), self._progress.paused_seconds)
        while True:
            is_last = failed.blocked is None and tries.own + 1 >= self._max_attempts
            if not is_last and not _is_held(failed.blocked):
                with self._gate.rest():
                    await anyio.sleep(tries.seconds_of_rest(failed.blocked))
            try:
                self._judge(failed, tries, url)
            except UnhealthyError as error:
                self._gate.close(error)  # the others would find out one by one, with a pause before each
                raise
            if tries.own >= self._max_attempts:
                raise failed
            result = await self._counted(attempt)
            if not isinstance(result, RetriableError):
                return result
            failed = result

    def _judge(self, failed: RetriableError, tries: _Tries, url: str) -> None:
        """Count a failed attempt, after a rest: by then it is known whether others have failed too.

        Raises UnhealthyError.
        """
        now, paused = self._clock(), self._progress.paused_seconds
        if failed.blocked is not None and failed.blocked.is_shared:
            self._budget.blocked(failed.reason, url=url, now=now, paused_seconds=paused)
            tries.shared += 1
            if not self._budget.is_spent(tries.since, now, paused_seconds=paused - tries.paused_before):
                return
        else:
            self._budget.failed(failed.reason, url=url, now=now)
        tries.own += 1
        self._standstill.set_sick(url, sick=True)


def _is_held(blocked: Blocked | None) -> bool:
    """Whether everyone waits at the gate, so that the request may go there at once."""
    return blocked is not None and (blocked.streak is None or blocked.streak.is_shared)


def _standstill_line(streak: Streak, reason: str, url: httpx.URL, outage_seconds: float) -> str:
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
