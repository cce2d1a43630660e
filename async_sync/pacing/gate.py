"""The one place that says when a request may start."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from math import inf

import anyio

from async_sync.errors.source import SourceError, WaitError
from async_sync.pacing.pace import Outcome, Pace
from async_sync.pacing.rate import Rate
from async_sync.pacing.requested_waits import Wait

_MIN_GAP_SECONDS = 0.005
_MAX_SPREAD_SECONDS = 30.0


class Admission:
    """A request that has been let in: when, whether alone after a pause, and how it ended, once that is known."""

    __slots__ = ("is_probe", "outcome", "started")

    def __init__(self, started: float, *, is_probe: bool) -> None:
        self.started = started
        self.is_probe = is_probe
        self.outcome: Outcome | None = None


class Gate:
    """Lets requests start in the order in which they come: no more at a time than the pace allows, nor faster.

    The parent stream is read one page at a time, and everything else waits for its records: its requests, and those for
    a token, pass beside the limit, so that a long queue of partitions never keeps the next page of parents waiting.
    The rate and the pauses hold for all of them. After a pause one request probes, whatever it is for; only the token
    that it needs may be fetched meanwhile. Once it has been answered, the others come back step by step.

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
        self._paused_at = self._paused_until = 0.0
        self._paused_for = ""  # why there is a pause
        self._is_probing = self._probe_is_out = False
        self._spread_seconds = self._spread_factor = 0.0
        self._comeback = inf  # after a pause, how many may be in flight until the pace is as it was
        self._closed_for: SourceError | None = None
        self._has_room: Callable[[], None] = lambda: None
        self.in_flight = 0
        self.resting = 0  # requests that wait for their next attempt

    @property
    def limit(self) -> int:
        """How many requests for partitions may be in flight now."""
        return int(min(self._pace.limit, self._comeback))

    def when_room(self, call: Callable[[], None]) -> None:
        """Call this whenever there may be room for more requests than before."""
        self._has_room = call

    @contextmanager
    def rest(self) -> Iterator[None]:
        """Between two attempts a request is not in flight, and leaves its place to others."""
        self.resting += 1
        self._has_room()
        try:
            yield
        finally:
            self.resting -= 1

    @asynccontextmanager
    async def admit(self, *, partition: bool, nested: bool = False) -> AsyncIterator[Admission]:
        """Wait until the request may start; leave once its answer has been read. A cancelled wait takes no place.

        `nested` says that another request, which has been let in, waits for this one. Raises WaitError when the API has
        asked for a longer wait than is allowed, and any other error that the gate was closed with.
        """
        if nested:
            is_probe = await self._turn(partition=False, nested=True)
        else:
            async with self._partitions_line if partition else self._others_line:
                is_probe = await self._turn(partition=partition)
        admission = Admission(self._clock(), is_probe=is_probe)
        self.in_flight += partition
        try:
            yield admission
        finally:
            self.in_flight -= partition
            if is_probe:
                self._probe_is_out = False
            if admission.outcome is not None:
                self._learn(admission.started, admission.outcome, partition=partition)
            self._changed.set()

    def pause(self, wait: Wait, *, url: str) -> float:
        """Let no request start for as long as the API asks, and then not all at once; those in flight go on.

        Returns by how many seconds that is longer than what was asked for before.
        """
        limit = self._max_wait_seconds
        if wait.seconds > limit:
            self.close(WaitError(url=url, seconds=wait.seconds, asked_by=wait.asked_by, max_wait_seconds=limit))
            return 0.0
        return self._pause(wait.seconds, f"as the API asked ({wait.asked_by})")

    def close(self, error: SourceError) -> None:
        """Let no request start any more: whoever waits, or comes, gets this error at once."""
        self._closed_for = error
        self._changed.set()

    def hold(self, seconds: float) -> None:
        """Let no request start for this long, since none gets through; then let one probe."""
        self._pause(seconds, "since no request gets through")

    def spread(self, seconds: float) -> None:
        """Let requests come back over this many seconds, 30 at most: at first few start, and then more and more."""
        seconds = min(seconds, _MAX_SPREAD_SECONDS)
        self._spread_seconds = min(1.0, seconds / 10)
        self._spread_factor = 1 - self._spread_seconds / seconds if seconds else 0.0

    def describe(self) -> str:
        """How many requests are in flight of how many, and why not more."""
        left = self._paused_until - self._clock()
        if self._paused_for and left > 0:
            return f"{self.in_flight} requests in flight, paused for {left:.0f} s more {self._paused_for}"
        reason = self._pace.reason if self._comeback == inf else "coming back after a pause"
        limit = f"{self.in_flight} of {self.limit} requests in flight"
        return f"{limit} ({reason})" if reason else limit

    def _pause(self, seconds: float, reason: str) -> float:
        self._changed.set()
        now = self._clock()
        longer = now + seconds - max(now, self._paused_until)
        if longer > 0 or now >= self._paused_until:
            self._paused_at = self._paused_at if self._paused_for else now
            self._paused_until = now + seconds
            self._paused_for, self._comeback, self._is_probing = reason, 1, True
        return max(0.0, longer)

    async def _turn(self, *, partition: bool, nested: bool = False) -> bool:
        """What the first in line waits for. Returns whether it is the one that probes."""
        while True:
            if self._closed_for is not None:
                raise self._closed_for
            wait = max(self._paused_until, self._rate.next_start) - self._clock()
            if wait > 0:
                with anyio.move_on_after(wait):
                    await self._change()
            elif self._has_place(partition=partition) or nested:
                return self._start(nested=nested)
            else:
                await self._change()

    def _has_place(self, *, partition: bool) -> bool:
        """Those that hang since before a pause are not counted: it would only end when they do."""
        if self._is_probing:
            return not self._probe_is_out
        return not partition or self.in_flight < self.limit

    async def _change(self) -> None:
        if self._changed.is_set():
            self._changed = anyio.Event()
        await self._changed.wait()

    def _start(self, *, nested: bool) -> bool:
        now = self._clock()
        if self._paused_for:
            self._paused_for = ""
            self._pace.resumed(now - self._paused_at)
        self._rate.started(now, least_gap_seconds=max(self._pace.gap_seconds, self._spread_seconds))
        if not self._is_probing or nested:
            return False
        self._probe_is_out = True
        return True

    def _learn(self, started: float, outcome: Outcome, *, partition: bool) -> None:
        if partition or outcome is Outcome.LIMITED:  # how long a page of parents takes says nothing about partitions
            self._pace.ended(started, self._clock(), outcome)
        if outcome is Outcome.OK and self._comeback < inf and started >= self._paused_until:
            self._come_back()
        self._has_room()

    def _come_back(self) -> None:
        self._is_probing = False
        self._comeback = inf if self._comeback >= self._pace.limit else self._comeback + 1
        self._spread_seconds *= self._spread_factor
        if self._spread_seconds < _MIN_GAP_SECONDS:
            self._spread_seconds = 0.0
        elif self._comeback == inf:
            self._comeback = int(self._pace.limit)
