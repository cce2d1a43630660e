"""The gate that every request passes: it decides when each may start."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import anyio

from async_sync.errors.source import SourceError, WaitError
from async_sync.pacing.pace import Outcome, Pace, PaceReason
from async_sync.pacing.rate import Rate
from async_sync.pacing.recovery import Recovery
from async_sync.pacing.requested_waits import Wait


class Admission:
    """A request that has been let in: when it started, and its outcome, once that is known."""

    __slots__ = ("outcome", "started")

    def __init__(self, started: float) -> None:
        self.started = started
        self.outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class GateStatistics:
    """The state of a gate at one moment."""

    in_flight: int
    """Requests for partitions that have been let in and have not ended."""
    limit: int
    """How many of them there may be."""
    pause_seconds_left: float
    """0.0 if there is no pause."""
    pause_asked_by: str | None
    """The header by which the API asked for the pause. None in a pause: requests wait because none gets through."""
    is_recovering: bool
    """Whether the limit is still below that of the pace, after a pause."""
    pace_reason: PaceReason | None


class Gate:
    """Lets requests start in the order in which they come: as many at a time as the pace allows, and no faster.

    The parent stream is read one page at a time, and everything else waits for its records. So its requests, and those
    for a token, are exempt from the limit: a long queue of partitions never keeps the next page of parents waiting. The
    rate and the pauses hold for all requests. After a pause one request probes, whatever it is for; only the token that
    it needs may be fetched meanwhile. Once it has been answered, the others start again step by step.

    `clock` is the event loop's: in seconds, and it never goes back.
    """

    def __init__(
        self, pace: Pace, *, requests_per_second: float, max_wait_seconds: float, clock: Callable[[], float]
    ) -> None:
        self._pace = pace
        self._rate = Rate(requests_per_second)
        self._max_wait_seconds = max_wait_seconds
        self._clock = clock
        self._partitions_line, self._others_line = anyio.Lock(fast_acquire=True), anyio.Lock(fast_acquire=True)
        self._changed = anyio.Event()
        self._paused_at: float | None = None  # None once a request has started after the pause
        self._paused_until = 0.0
        self._pause_asked_by: str | None = None
        self._recovery = Recovery()
        self._probe_is_out = False
        self._closed_by: SourceError | None = None
        self._on_room: Callable[[], None] | None = None
        self.in_flight = 0  # requests for partitions
        self.waiting_to_retry = 0

    @property
    def limit(self) -> int:
        """How many requests for partitions may be in flight now."""
        return int(min(self._pace.limit, self._recovery.limit))

    def statistics(self) -> GateStatistics:
        """The state of the gate now."""
        pause_seconds_left = max(0.0, self._paused_until - self._clock())
        return GateStatistics(
            in_flight=self.in_flight,
            limit=self.limit,
            pause_seconds_left=pause_seconds_left,
            pause_asked_by=self._pause_asked_by if pause_seconds_left else None,
            is_recovering=not self._recovery.is_complete,
            pace_reason=self._pace.reason,
        )

    @contextmanager
    def on_room(self, call: Callable[[], None]) -> Iterator[None]:
        """While the block runs, call this whenever there may be room for more requests. Not to be nested."""
        self._on_room = call
        try:
            yield
        finally:
            self._on_room = None

    @contextmanager
    def between_attempts(self) -> Iterator[None]:
        """Count a request that waits for its next attempt: it is not in flight, and leaves its place to others."""
        self.waiting_to_retry += 1
        self._announce_room()
        try:
            yield
        finally:
            self.waiting_to_retry -= 1

    @asynccontextmanager
    async def admit(self, *, partition: bool, nested: bool = False) -> AsyncIterator[Admission]:
        """Wait until the request may start; leave once its answer has been read. A canceled wait takes no place.

        `nested` says that another request, which has been let in, waits for this one. Raises WaitError when the API has
        asked for a longer wait than is allowed, and any other error that the gate was closed with.
        """
        if nested:
            is_probe = await self._wait_for_turn(partition=False, nested=True)
        else:
            async with self._partitions_line if partition else self._others_line:
                is_probe = await self._wait_for_turn(partition=partition)
        admission = Admission(self._clock())
        self.in_flight += partition
        try:
            yield admission
        finally:
            self.in_flight -= partition
            if is_probe:
                self._probe_is_out = False
            if admission.outcome is not None:
                self._record_outcome(admission.started, admission.outcome, partition=partition)
            self._changed.set()

    def pause_as_asked(self, wait: Wait, *, url: str) -> float:
        """Let no request start for as long as the API asks, and then not all at once; those in flight go on.

        Returns how many seconds that adds to the pauses so far.
        """
        limit = self._max_wait_seconds
        if wait.seconds > limit:
            self.close(WaitError(url=url, seconds=wait.seconds, asked_by=wait.asked_by, max_wait_seconds=limit))
            return 0.0
        return self._pause(wait.seconds, asked_by=wait.asked_by)

    def back_off(self, seconds: float) -> None:
        """Let no request start for this long, since none gets through; then let one probe."""
        self._pause(seconds, asked_by=None)

    def close(self, error: SourceError) -> None:
        """Let no request start any more: those that wait, and those that come later, get this error at once."""
        self._closed_by = error
        self._changed.set()

    def ramp_up_over(self, seconds: float) -> None:
        """After the pause, raise the rate from a few requests a second to the full pace in this time, at most 30 s."""
        self._recovery.ramp_up_over(seconds)

    def _pause(self, seconds: float, *, asked_by: str | None) -> float:
        self._changed.set()
        now = self._clock()
        longer = now + seconds - max(now, self._paused_until)
        if longer > 0 or now >= self._paused_until:
            self._paused_at = now if self._paused_at is None else self._paused_at
            self._paused_until, self._pause_asked_by = now + seconds, asked_by
            self._recovery.begin()
        return max(0.0, longer)

    async def _wait_for_turn(self, *, partition: bool, nested: bool = False) -> bool:
        """Wait, as the first in line, until the request may start. Returns whether it is the one that probes."""
        while True:
            if self._closed_by is not None:
                raise self._closed_by
            wait = max(self._paused_until, self._rate.next_start) - self._clock()
            if wait > 0:
                with anyio.move_on_after(wait):
                    await self._wait_for_change()
            elif self._has_place(partition=partition) or nested:
                return self._start(nested=nested)
            else:
                await self._wait_for_change()

    def _has_place(self, *, partition: bool) -> bool:
        """A probe may start although earlier requests hang: otherwise the pause would only end when they do."""
        if self._recovery.is_probing:
            return not self._probe_is_out
        return not partition or self.in_flight < self.limit

    async def _wait_for_change(self) -> None:
        if self._changed.is_set():
            self._changed = anyio.Event()
        await self._changed.wait()

    def _start(self, *, nested: bool) -> bool:
        now = self._clock()
        if self._paused_at is not None:
            self._pace.resumed(now - self._paused_at)
            self._paused_at = None
        self._rate.started(now, min_gap_seconds=max(self._pace.gap_seconds, self._recovery.gap_seconds))
        if not self._recovery.is_probing or nested:
            return False
        self._probe_is_out = True
        return True

    def _record_outcome(self, started: float, outcome: Outcome, *, partition: bool) -> None:
        if partition or outcome is Outcome.LIMITED:  # how long a page of parents takes says nothing about partitions
            self._pace.ended(started, self._clock(), outcome)
        if outcome is Outcome.OK and not self._recovery.is_complete and started >= self._paused_until:
            self._recovery.advance(self._pace.limit)
        self._announce_room()

    def _announce_room(self) -> None:
        if self._on_room is not None:
            self._on_room()
