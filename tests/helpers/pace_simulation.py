"""Simulated APIs, and a client that always has another request to make: a heap of events, without a clock or I/O."""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from async_sync.pacing.pace import Outcome, Pace, PaceReason

LIMITED_SECONDS = 0.005


class Answer(NamedTuple):
    ends: float
    outcome: Outcome


class Server(Protocol):
    def ask(self, now: float) -> Answer: ...


Latency = Callable[[], float]


def latency(seconds: float, *, jitter: float, seed: int) -> Latency:
    """A latency that varies uniformly, by the share `jitter` up and down."""
    generator = random.Random(seed)
    return lambda: seconds * (1 + jitter * generator.uniform(-1, 1))


@dataclass
class Unlimited:
    latency: Latency

    def ask(self, now: float) -> Answer:
        return Answer(now + self.latency(), Outcome.OK)


@dataclass
class Changing:
    """One server until `at`, another one from then on."""

    first: Server
    second: Server
    at: float

    def ask(self, now: float) -> Answer:
        return (self.first if now < self.at else self.second).ask(now)


@dataclass
class TokenBucket:
    """Allows this many requests per second, and up to `burst` at once; 429 beyond that."""

    latency: Latency
    rate: float
    burst: float
    _tokens: float = field(init=False)
    _last: float = 0.0

    def __post_init__(self) -> None:
        self._tokens = self.burst

    def ask(self, now: float) -> Answer:
        self._tokens = min(self.burst, self._tokens + (now - self._last) * self.rate)
        self._last = now
        if self._tokens < 1 - 1e-9:
            return Answer(now + LIMITED_SECONDS, Outcome.LIMITED)
        self._tokens -= 1
        return Answer(now + self.latency(), Outcome.OK)


@dataclass
class FixedWindow:
    """Allows this many requests in each second of the clock; 429 beyond that."""

    latency: Latency
    rate: int
    _second: int = -1
    _count: int = 0

    def ask(self, now: float) -> Answer:
        if int(now) != self._second:
            self._second, self._count = int(now), 0
        self._count += 1
        if self._count > self.rate:
            return Answer(now + LIMITED_SECONDS, Outcome.LIMITED)
        return Answer(now + self.latency(), Outcome.OK)


@dataclass
class Queueing:
    """Serves this many requests at a time; the others wait, first come, first served."""

    latency: Latency
    slots: int
    _free: list[float] = field(default_factory=list)

    def ask(self, now: float) -> Answer:
        start = max(now, heapq.heappop(self._free)) if len(self._free) == self.slots else now
        end = start + self.latency()
        heapq.heappush(self._free, end)
        return Answer(end, Outcome.OK)


@dataclass
class Slots:
    """Serves this many requests at a time, and `later` from `until` on; 429 at once beyond that."""

    latency: Latency
    slots: int
    until: float = float("inf")
    later: int = 0
    _ends: list[float] = field(default_factory=list)

    def ask(self, now: float) -> Answer:
        while self._ends and self._ends[0] <= now:
            heapq.heappop(self._ends)
        if len(self._ends) >= (self.slots if now < self.until else self.later):
            return Answer(now + LIMITED_SECONDS, Outcome.LIMITED)
        end = now + self.latency()
        heapq.heappush(self._ends, end)
        return Answer(end, Outcome.OK)


@dataclass
class Storm:
    """Limits or fails a share of the requests by chance, at any pace."""

    latency: Latency
    limited: float
    failed: float
    generator: random.Random

    def ask(self, now: float) -> Answer:
        chance = self.generator.random()
        if chance < self.limited:
            outcome = Outcome.LIMITED
        else:
            outcome = Outcome.FAILED if chance < self.limited + self.failed else Outcome.OK
        return Answer(now + self.latency(), outcome)


@dataclass
class Down:
    """Refuses everything from `since` to `until`."""

    up: Server
    since: float
    until: float

    def ask(self, now: float) -> Answer:
        return Answer(now + LIMITED_SECONDS, Outcome.LIMITED) if self.since <= now < self.until else self.up.ask(now)


@dataclass
class Rate:
    """A pace that never moves, to compare others with."""

    limit: int
    gap_seconds: float = 0.0
    reason: PaceReason | None = None

    def ended(self, started: float, now: float, outcome: Outcome) -> None:
        pass

    def resumed(self, paused_seconds: float) -> None:
        pass


@dataclass
class Run:
    """When answers came, and when and why the pace moved."""

    ok: list[float] = field(default_factory=list)
    limited: list[float] = field(default_factory=list)
    moves: list[tuple[float, int, float, PaceReason | None]] = field(default_factory=list)

    def throughput(self, since: float, until: float) -> float:
        return sum(since <= at < until for at in self.ok) / (until - since)

    @property
    def limited_share(self) -> float:
        return len(self.limited) / (len(self.ok) + len(self.limited))


def simulate(server: Server, pace: Pace, *, seconds: float, offered: int = 10**9) -> Run:
    """Start a request whenever the pace allows one, with at most `offered` in flight."""
    run, now, last = Run(), 0.0, -float("inf")
    flying: list[tuple[float, int, float, Outcome]] = []
    count = 0
    while True:
        room = len(flying) < min(pace.limit, offered)
        start = max(now, last + pace.gap_seconds) if room else float("inf")
        if flying and flying[0][0] <= start:
            now, _, started, outcome = heapq.heappop(flying)
            if now >= seconds:
                return run
            pace.ended(started, now, outcome)
            if outcome is Outcome.OK:
                run.ok.append(now)
            elif outcome is Outcome.LIMITED:
                run.limited.append(now)
            state = (pace.limit, round(pace.gap_seconds, 6), pace.reason)
            if not run.moves or run.moves[-1][1:] != state:
                run.moves.append((round(now, 3), *state))
        else:
            now = start
            answer = server.ask(now)
            count += 1
            last = now
            heapq.heappush(flying, (answer.ends, count, now, answer.outcome))
