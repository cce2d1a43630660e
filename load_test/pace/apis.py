"""Simulated APIs: how long they take, what they refuse, and how fast somebody who knew all that could be."""

import heapq
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

MAX_IN_FLIGHT = 200
"""What `auto` allows at most; the best pace of all is held to it too."""

OK, LIMITED, BROKEN = 200, 429, 500
_STEP_SECONDS = 0.01


class Answer(NamedTuple):
    """When an answer comes, its status, and the seconds that its Retry-After asks to wait (0: it asks for none)."""

    ends: float
    status: int
    retry_after: int = 0


@dataclass(frozen=True)
class Load:
    """How the latency grows with the requests in flight.

    `queue`: that many are served at a time, and the others wait. `linear`, `quadratic`: the latency is doubled at that
    many. `none`: not at all.
    """

    kind: str = "none"
    at: int = MAX_IN_FLIGHT

    def factor(self, in_flight: int) -> float:
        """How many times as long as by itself a request takes beside others (a queue makes it wait instead)."""
        return 1 + (in_flight / self.at) ** (2 if self.kind == "quadratic" else 1) if self.kind in _GROWING else 1.0

    def speedup(self, in_flight: int) -> float:
        """How many times as fast as one at a time."""
        return min(in_flight, self.at) if self.kind == "queue" else in_flight / self.factor(in_flight)


_GROWING = {"linear", "quadratic"}


@dataclass(frozen=True)
class Limit:
    """What is refused: requests beside `in_flight` others, and those beyond `quota` in `seconds`.

    The quota is that of a window of the clock, or of a token bucket of the size `burst` that fills up evenly. A refusal
    comes after `refused_after` seconds; with `hints` it says when to come again.
    """

    in_flight: int = MAX_IN_FLIGHT
    quota: float = math.inf
    seconds: float = 1.0
    burst: float = 0.0
    hints: bool = False
    refused_after: float = 0.005


@dataclass(frozen=True)
class Phase:
    """What an API is like until `until`: `latency` in seconds, and `jitter`, which draws its factor (on average 1)."""

    latency: float
    jitter: str = "none"
    load: Load = Load()
    limit: Limit = Limit()
    until: float = math.inf


@dataclass(frozen=True)
class Api:
    """An API: its phases, the share of requests that fail or are refused by chance, and the lists that are asked for.

    `lists` has the latency of each list as a factor, and the share of the requests at the beginning and at the end.
    """

    name: str
    phases: Sequence[Phase]
    broken: float = 0.0
    refused: float = 0.0
    lists: Sequence[tuple[float, float, float]] = ((1.0, 1.0, 1.0),)


_JITTERS: dict[str, Callable[[random.Random], float]] = {
    "none": lambda _: 1.0,
    "uniform": lambda generator: generator.uniform(0.7, 1.3),
    "wide": lambda generator: generator.uniform(0.05, 1.95),
    "exponential": lambda generator: generator.expovariate(1.0),
    "heavy": lambda generator: generator.lognormvariate(-0.5, 1.0),
}
JITTERS = tuple(_JITTERS)


class _Tokens:
    """The requests that a limit still allows."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._left = limit.burst or limit.quota
        self._window, self._filled_at = 0, 0.0

    def take(self, now: float) -> bool:
        """Take one, if a whole one is left."""
        self._fill(now)
        is_left = self._left >= 1 - 1e-9
        self._left -= is_left
        return is_left

    def drain(self, now: float, count: float) -> float:
        """Take what is left, up to this many."""
        self._fill(now)
        taken = min(count, self._left)
        self._left -= taken
        return taken

    def wait(self, now: float) -> float:
        """Seconds until the next one is allowed."""
        limit = self._limit
        if limit.burst:
            return (1 - self._left) * limit.seconds / limit.quota
        return (self._window + 1) * limit.seconds - now

    def _fill(self, now: float) -> None:
        limit = self._limit
        if limit.burst:
            self._left = min(limit.burst, self._left + (now - self._filled_at) * limit.quota / limit.seconds)
            self._filled_at = now
        elif now // limit.seconds != self._window:
            self._window, self._left = int(now // limit.seconds), limit.quota


@dataclass
class Server:
    """Answers as an API does, with chance of its own; `now` never goes back."""

    api: Api
    seed: int
    refused: int = 0
    answered: int = 0
    _busy: list[float] = field(default_factory=list)
    _slots: list[float] = field(default_factory=list)
    _tokens: dict[int, _Tokens] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def ask(self, now: float, factor: float) -> Answer:
        """Answer one request of a list whose latency is this many times the API's."""
        self.answered += 1
        number, phase = next((n, phase) for n, phase in enumerate(self.api.phases) if now < phase.until)
        while self._busy and self._busy[0] <= now:
            heapq.heappop(self._busy)
        refusal = self._refusal(now, number, phase)
        if refusal is not None:
            self.refused += 1
            return refusal
        seconds = factor * phase.latency * _JITTERS[phase.jitter](self._random)
        begins, load = now, phase.load
        if load.kind == "queue":
            while len(self._slots) >= load.at:
                begins = max(begins, heapq.heappop(self._slots))
        ends = begins + seconds * load.factor(len(self._busy) + 1)
        if load.kind == "queue":
            heapq.heappush(self._slots, ends)
        heapq.heappush(self._busy, ends)
        chance = self._random.random()
        if chance < self.api.refused:
            return Answer(ends, LIMITED)
        return Answer(ends, BROKEN if chance < self.api.refused + self.api.broken else OK)

    def _refusal(self, now: float, number: int, phase: Phase) -> Answer | None:
        limit = phase.limit
        ends = now + limit.refused_after
        if len(self._busy) >= limit.in_flight:
            return Answer(ends, LIMITED, 1 if limit.hints else 0)
        if limit.quota == math.inf:
            return None
        tokens = self._tokens.setdefault(number, _Tokens(limit))
        if tokens.take(now):
            return None
        return Answer(ends, LIMITED, max(1, math.ceil(tokens.wait(now))) if limit.hints else 0)


def best_counts(api: Api, seconds: float) -> list[float]:
    """How many good answers somebody who knew everything could have had after each hundredth of a second."""
    counts, done = [0.0], 0.0
    tokens: dict[int, _Tokens] = {}
    for step in range(int(seconds / _STEP_SECONDS)):
        now = step * _STEP_SECONDS
        number, phase = next((n, phase) for n, phase in enumerate(api.phases) if now < phase.until)
        reached = min(1.0, step / max(1.0, seconds / _STEP_SECONDS))
        factor = sum(f * (first + (last - first) * reached) for f, first, last in api.lists)
        fastest = max(phase.load.speedup(n) for n in range(1, min(MAX_IN_FLIGHT, phase.limit.in_flight) + 1))
        wanted = fastest / (phase.latency * factor) * _STEP_SECONDS
        allowed = tokens.setdefault(number, _Tokens(phase.limit)).drain(now, wanted)
        done += allowed * (1 - api.broken - api.refused)
        counts.append(done)
    return counts
