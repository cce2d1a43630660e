"""A client that makes requests as fast as a pace allows, in simulated time, and APIs that answer it."""

import heapq
import math
from collections.abc import Callable, Iterable
from itertools import chain, repeat

from async_sync.pacing.pace import Attempt, Outcome, Pace, PaceReason

OK, LIMITED, FAILED = Outcome.OK, Outcome.LIMITED, Outcome.FAILED
Api = Callable[["Client"], Outcome]


class Client:
    """Always has another request to make. `api` says how each ends: in `seconds` if it is accepted.

    With `pause_seconds`, each refusal asks for a pause of that length.
    """

    def __init__(
        self, pace: Pace, api: Api = lambda _: OK, *, seconds: float = 0.1, pause_seconds: float = 0.0
    ) -> None:
        self.pace, self.api, self.seconds, self.pause_seconds = pace, api, seconds, pause_seconds
        self.refused_after = 0.005
        self.most = math.inf  # requests that there are to make at a time
        self.now = 1000.0
        self.accepted = 0  # requests that are being processed
        self.refused = 0  # requests so far
        self.started: list[float] = []
        self.done: list[tuple[float, Outcome]] = []
        self._flying: list[tuple[float, int, float, int, Outcome]] = []
        self._paused_at: float | None = None
        self._paused_until = -math.inf

    def ask(self, count: int) -> None:
        """Go on until so many more requests have ended."""
        goal = len(self.done) + count
        self.until(lambda: len(self.done) >= goal)

    def go_on(self, seconds: float) -> None:
        """Go on for so long."""
        end = self.now + seconds
        self.until(lambda: self.now >= end)

    def until(self, condition: Callable[[], bool]) -> None:
        """Go on until a condition holds, at most for 100,000 steps."""
        for _ in range(100_000):
            if condition():
                return
            self._step()
        raise AssertionError(self.pace.reason)

    def until_reason(self, reason: PaceReason) -> None:
        """Go on until the pace has been set for this reason."""
        self.until(lambda: self.pace.reason is reason)

    def _step(self) -> None:
        """Start the next request, or end one, whichever is due."""
        start = math.inf
        if len(self._flying) < min(self.pace.limit, self.most):
            last = self.started[-1] if self.started else -math.inf
            start = max(self.now, last + self.pace.gap_seconds, self._paused_until)
        if self._flying and self._flying[0][0] <= start:
            self._end_one()
        else:
            self._start_one(start)

    def _start_one(self, now: float) -> None:
        self.now = now
        self.started.append(now)
        if self._paused_at is not None:
            self.pace.resumed(now - self._paused_at, now, len(self.started))
            self._paused_at = None
        outcome = self.api(self)
        self.accepted += outcome is OK
        seconds = self.refused_after if outcome is LIMITED else self.seconds
        heapq.heappush(self._flying, (now + seconds, len(self.started), now, len(self._flying), outcome))

    def _end_one(self) -> None:
        self.now, number, started, beside, outcome = heapq.heappop(self._flying)
        self.done.append((self.now, outcome))
        self.accepted -= outcome is OK
        self.refused += outcome is LIMITED
        if outcome is LIMITED and self.pause_seconds:
            self._paused_at = self.now if self._paused_at is None else self._paused_at
            self._paused_until = self.now + self.pause_seconds
        pause = max(0.0, self._paused_until - self.now)
        latest = len(self.started)
        self.pace.ended(Attempt(started, self.now, outcome, number, beside, len(self._flying), latest, pause, ""))


def at_most(in_flight: int) -> Api:
    """Refuses what comes beside so many others."""
    return lambda client: LIMITED if client.accepted >= in_flight else OK


def per_second(rate: float, burst: float = 1.0) -> Api:
    """A token bucket."""
    left, filled_at = burst, -math.inf

    def api(client: Client) -> Outcome:
        nonlocal left, filled_at
        left = min(burst, left + (client.now - filled_at) * rate)
        filled_at = client.now
        if left < 1 - 1e-9:
            return LIMITED
        left -= 1
        return OK

    return api


def in_turn(*outcomes: Outcome, then: Iterable[Outcome] = (OK,)) -> Api:
    """These outcomes, and from then on the others again and again."""
    order = chain(outcomes, chain.from_iterable(repeat(tuple(then))))
    return lambda _: next(order)
