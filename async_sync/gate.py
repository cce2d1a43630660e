"""The one place that says when a request may start."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from math import inf

import anyio

from async_sync.errors import WaitError
from async_sync.pace import Outcome, Pace
from async_sync.waits import Wait


class Admission:
    """A request that has been let in: when, and how it ended, once that is known."""

    __slots__ = ("outcome", "started")

    def __init__(self, started: float) -> None:
        self.started = started
        self.outcome: Outcome | None = None


class Gate:
    """Lets requests start in the order in which they come: no more at a time than the pace allows, nor faster.

    The parent stream is read one page at a time, and everything else waits for its records: its requests, and those for
    a token, pass beside the limit, so that a long queue of partitions never keeps the next page of parents waiting.
    The rate and the pauses hold for all of them.

    `clock` is the event loop's: in seconds, and it never goes back.
    """

    def __init__(
        self, pace: Pace, *, requests_per_second: float, max_wait_seconds: float, clock: Callable[[], float]
    ) -> None:
        self._pace = pace
        self._gap_seconds = 1 / requests_per_second
        self._max_wait_seconds = max_wait_seconds
        self._clock = clock
        self._partitions_line, self._others_line = anyio.Lock(fast_acquire=True), anyio.Lock(fast_acquire=True)
        self._changed = anyio.Event()
        self._next_start = 0.0
        self._paused_at = self._paused_until = 0.0
        self._wait: Wait | None = None  # why there is a pause
        self._comeback = inf  # after a pause, how many may be in flight until the pace is as it was
        self._refusal: WaitError | None = None
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
    async def admit(self, *, partition: bool) -> AsyncIterator[Admission]:
        """Wait until the request may start; leave once its answer has been read. A cancelled wait takes no place.

        Raises WaitError when the API has asked for a longer wait than is allowed.
        """
        async with self._partitions_line if partition else self._others_line:
            await self._turn(partition=partition)
        admission = Admission(self._clock())
        self.in_flight += partition
        try:
            yield admission
        finally:
            self.in_flight -= partition
            if admission.outcome is not None:
                self._learn(admission.started, admission.outcome, partition=partition)
            self._changed.set()

    def pause(self, wait: Wait, *, url: str) -> float:
        """Let no request start for so long, and then not all at once; those in flight go on.

        Gives by how many seconds that is longer than what was asked for before.
        """
        self._changed.set()
        limit, now = self._max_wait_seconds, self._clock()
        if wait.seconds > limit:
            self._refusal = WaitError(url=url, seconds=wait.seconds, asked_by=wait.asked_by, max_wait_seconds=limit)
            return 0.0
        longer = now + wait.seconds - max(now, self._paused_until)
        if longer > 0:
            self._paused_at = now if self._wait is None else self._paused_at
            self._paused_until = now + wait.seconds
            self._wait, self._comeback = wait, 1
        return max(0.0, longer)

    def describe(self) -> str:
        """How many requests are in flight of how many, and why not more."""
        left = self._paused_until - self._clock()
        if self._wait is not None and left > 0:
            asked_by = self._wait.asked_by
            return f"{self.in_flight} requests in flight, paused for {left:.0f} s more as the API asked ({asked_by})"
        reason = self._pace.reason if self._comeback == inf else "coming back after a pause"
        limit = f"{self.in_flight} of {self.limit} requests in flight"
        return f"{limit} ({reason})" if reason else limit

    async def _turn(self, *, partition: bool) -> None:
        """What the first in line waits for."""
        while True:
            if self._refusal is not None:
                raise self._refusal
            wait = max(self._paused_until, self._next_start) - self._clock()
            if wait > 0:
                with anyio.move_on_after(wait):
                    await self._change()
            elif partition and self.in_flight >= self.limit:
                await self._change()
            else:
                self._start()
                return

    async def _change(self) -> None:
        if self._changed.is_set():
            self._changed = anyio.Event()
        await self._changed.wait()

    def _start(self) -> None:
        now = self._clock()
        if self._wait is not None:
            self._wait = None
            self._pace.resumed(now - self._paused_at)
        gap = max(self._gap_seconds, self._pace.gap_seconds)
        if gap:  # what came late by less than one gap may be made up for, so that the rate is reached
            self._next_start = max(self._next_start, now - gap) + gap

    def _learn(self, started: float, outcome: Outcome, *, partition: bool) -> None:
        if partition or outcome is Outcome.LIMITED:  # how long a page of parents takes says nothing about partitions
            self._pace.ended(started, self._clock(), outcome)
        if outcome is Outcome.OK and self._comeback < inf and started >= self._paused_until:
            self._comeback = inf if self._comeback >= self._pace.limit else self._comeback + 1
        self._has_room()
