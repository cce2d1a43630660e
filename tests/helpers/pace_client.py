"""A client that makes requests as fast as a pace allows, in simulated time; the test says how each one ends."""

import heapq
import math
from collections.abc import Callable

from async_sync.pacing.auto import AutoPace
from async_sync.pacing.pace import Outcome, Pace, PaceReason

OK, LIMITED, FAILED = Outcome.OK, Outcome.LIMITED, Outcome.FAILED
RAISED, REFUSED = PaceReason.THROUGHPUT_FOLLOWED, PaceReason.LIMITED
QUEUE, SLOWER = PaceReason.LATENCY_ROSE, PaceReason.API_BECAME_SLOWER
NOT_NEEDED, ANY_PACE = PaceReason.THROUGHPUT_NOT_LOST, PaceReason.LIMITED_AT_ANY_PACE


class Client:
    """Always has another request to make; each takes `seconds`, and the test says how it ends."""

    def __init__(self, pace: Pace, seconds: float = 0.1, now: float = 1000.0) -> None:
        self.pace, self.seconds, self.now = pace, seconds, now
        self._last = -math.inf
        self._flying: list[tuple[float, float]] = []

    def ask(self, *outcomes: Outcome) -> None:
        """Make requests until this many have ended, in these ways."""
        for outcome in outcomes:
            while len(self._flying) < self.pace.limit:
                start = max(self.now, self._last + self.pace.gap_seconds)
                if self._flying and self._flying[0][0] <= start:
                    break
                self.now = self._last = start
                heapq.heappush(self._flying, (start + self.seconds, start))
            self.now, started = heapq.heappop(self._flying)
            self.pace.ended(started, self.now, outcome)

    def until(self, condition: Callable[[], bool], *outcomes: Outcome) -> int:
        """Repeat the outcomes until a condition holds; returns how many requests ended."""
        for count in range(20_000):
            if condition():
                return count
            self.ask(outcomes[count % len(outcomes)])
        raise AssertionError(self.pace.reason)

    def until_moved(self, *outcomes: Outcome) -> int:
        """Repeat the outcomes until the pace moves; returns how many requests ended."""
        before = state(self.pace)
        return self.until(lambda: state(self.pace) != before, *outcomes)


def state(pace: Pace) -> tuple[object, ...]:
    return pace.limit, pace.gap_seconds, pace.reason


def at_level(pace: AutoPace, limit: int, seconds: float = 0.1) -> Client:
    """A client of a pace that has just reached a limit."""
    client = Client(pace, seconds)
    client.until(lambda: pace.limit >= limit, OK)
    return client


def at_knee(pace: AutoPace, seconds: float) -> Client:
    """A client of an API that serves one request at a time: two in flight only take longer."""
    client = Client(pace, seconds)
    for _ in range(3):
        client.seconds = seconds
        client.until(lambda: pace.limit > 1, OK)
        client.seconds = 2 * seconds
        client.until(lambda: pace.limit == 1, OK)
    client.seconds = seconds
    return client
