"""The gate that every request passes: it decides when each may start."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from math import inf

from async_sync.errors.source import SourceError, WaitError
from async_sync.pacing.line import Line
from async_sync.pacing.pace import Attempt, Outcome, Pace, PaceReason
from async_sync.pacing.rate import Rate
from async_sync.pacing.recovery import Recovery
from async_sync.pacing.requested_waits import Wait


@dataclass(slots=True, eq=False)
class Admission:
    """A request that has been let in: when it started beside how many others, and its outcome, once that is known.

    `number` is explained at `Attempt`, `kind` at `Gate.enter`.
    """

    started: float
    number: int = 0
    beside: int = 0
    kind: str = ""
    is_partition: bool = False
    is_probe: bool = False
    outcome: Outcome | None = None


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
        self._partitions, self._others, self._nested = Line(of_partitions=True), Line(), Line(is_nested=True)
        self._paused_at: float | None = None  # None once a request has started after the pause
        self._paused_until = 0.0
        self._pause_asked_by: str | None = None
        self._recovery = Recovery()
        self._probe_is_out = False
        self._closed_by: SourceError | None = None
        self._on_room: Callable[[], None] | None = None
        self._count = 0  # of the requests for partitions that have been let in
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
        """`enter` for the length of a block, and then `leave`."""
        admission = await self.enter(partition=partition, nested=nested)
        try:
            yield admission
        finally:
            self.leave(admission)

    async def enter(self, *, partition: bool, kind: str = "", nested: bool = False) -> Admission:
        """Wait until the request may start; `leave` must follow. A canceled wait takes no place.

        `kind` says which list it belongs to, since one list may take longer than another.
        `nested` says that another request, which has been let in, waits for this one. Raises WaitError when the API has
        asked for a longer wait than is allowed, and any other error that the gate was closed with.
        """
        line = self._nested if nested else self._partitions if partition else self._others
        try:
            if line or self._seconds_left(line):
                await line.wait(partial(self._seconds_left, line))
            return self._start(line, kind)
        finally:
            self._wake(line)

    def leave(self, admission: Admission) -> None:
        """The answer to a request that was let in has been read, or will not be."""
        self.in_flight -= admission.is_partition
        if admission.is_probe:
            self._probe_is_out = False
        if admission.outcome is not None:
            self._record(admission, admission.outcome)
        self._wake_all()

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
        self._wake_all()

    def ramp_up_over(self, seconds: float) -> None:
        """After the pause, raise the rate from a few requests a second to the full pace in this time, at most 30 s."""
        self._recovery.ramp_up_over(seconds)

    def _pause(self, seconds: float, *, asked_by: str | None) -> float:
        now = self._clock()
        longer = now + seconds - max(now, self._paused_until)
        if longer > 0 or now >= self._paused_until:
            self._paused_at = now if self._paused_at is None else self._paused_at
            self._paused_until, self._pause_asked_by = now + seconds, asked_by
            self._recovery.begin()
        self._wake_all()
        return max(0.0, longer)

    def _seconds_left(self, line: Line) -> float:
        """How long the first of a line has to wait: infinitely without a place, for which it is woken.

        Raises the error that the gate was closed with.
        """
        if self._closed_by is not None:
            raise self._closed_by
        if not self._has_place(line):
            return inf
        return max(0.0, max(self._paused_until, self._rate.next_start) - self._clock())

    def _has_place(self, line: Line) -> bool:
        """A probe may start although earlier requests hang: otherwise the pause would only end when they do."""
        if line.is_nested:
            return True
        if self._recovery.is_probing:
            return not self._probe_is_out
        return not line.of_partitions or self.in_flight < self.limit

    def _wake_all(self) -> None:
        """Something has changed that the first of each line waits for."""
        for line in (self._nested, self._others, self._partitions):
            self._wake(line)

    def _wake(self, line: Line) -> None:
        """Have the first of a line look whether it may start, unless there is no place for it."""
        if line and (self._closed_by is not None or self._has_place(line)):
            line.wake()

    def _start(self, line: Line, kind: str) -> Admission:
        now = self._clock()
        if self._paused_at is not None:
            self._pace.resumed(now - self._paused_at, now, self._count + 1)
            self._paused_at = None
        self._rate.started(now, min_gap_seconds=max(self._pace.gap_seconds, self._recovery.gap_seconds))
        is_probe = self._recovery.is_probing and not line.is_nested
        self._probe_is_out = self._probe_is_out or is_probe
        beside = self.in_flight
        self.in_flight += line.of_partitions
        self._count += line.of_partitions
        return Admission(now, self._count, beside, kind, line.of_partitions, is_probe)

    def _record(self, admission: Admission, outcome: Outcome) -> None:
        now = self._clock()
        if admission.is_partition or outcome is Outcome.LIMITED:  # how long a page of parents takes says nothing
            self._pace.ended(
                Attempt(
                    started=admission.started,
                    ended=now,
                    outcome=outcome,
                    number=admission.number,
                    beside=admission.beside,
                    beside_at_end=self.in_flight,
                    latest=self._count,
                    pause_seconds=max(0.0, self._paused_until - now),
                    kind=admission.kind,
                )
            )
        if outcome is Outcome.OK and not self._recovery.is_complete and admission.started >= self._paused_until:
            self._recovery.advance(self._pace.limit)
        self._announce_room()

    def _announce_room(self) -> None:
        if self._on_room is not None:
            self._on_room()
