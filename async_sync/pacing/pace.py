"""How many requests may be in flight, and how far apart they start. Sans-I/O: the time is passed in."""

import math
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple, Protocol


class Outcome(Enum):
    """How a request ended, as far as the pace is concerned."""

    OK = auto()  # an answer, whatever its status: a 404 counts too
    LIMITED = auto()  # 429, 503, or no answer within the time limit
    FAILED = auto()  # anything else, which says nothing about the pace


class Attempt(NamedTuple):
    """One request that has ended. Both times are readings of one clock."""

    started: float
    ended: float
    outcome: Outcome
    number: int
    """Requests are numbered in the order in which they start."""
    beside: int
    """How many other requests were in flight when it started."""
    beside_at_end: int
    """How many other requests were in flight when it ended."""
    latest: int
    """The number of the latest request that had started when it ended."""
    pause_seconds: float
    """How long no request may start from now on, because the API asked for that, or because none gets through."""
    kind: str
    """The list that it belongs to: requests of different lists may take differently long."""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.started


class PaceReason(Enum):
    """Why the pace was last set to what it is."""

    THROUGHPUT_FOLLOWED = auto()  # raised
    LIMITED_AT_ANY_PACE = auto()  # raised: slowing down did not make 429 and 503 rarer
    LATENCY_ROSE = auto()  # held: more requests in flight only took longer
    API_BECAME_SLOWER = auto()  # held: fewer requests in flight did not help
    THROUGHPUT_NOT_LOST = auto()  # lowered: fewer requests in flight were as fast
    LIMITED = auto()  # lowered: 429 or 503
    REMEMBERED = auto()  # as an earlier sync has found


@dataclass(frozen=True, slots=True)
class Level:
    """How many requests are in flight, and how many start in a second (infinitely many: as soon as there is room)."""

    in_flight: float
    per_second: float = math.inf

    @property
    def limit(self) -> int:
        """How many requests may be in flight."""
        return max(1, round(self.in_flight))

    @property
    def is_rate(self) -> bool:
        """Whether it is the rate that makes the pace, rather than the number in flight."""
        return self.per_second < math.inf

    def times(self, factor: float) -> "Level":
        """A level that is this many times as fast."""
        if self.is_rate:
            return Level(self.in_flight, self.per_second * factor)
        more = self.in_flight * factor
        return Level(max(self.in_flight + 1, more) if factor > 1 else max(1.0, more))


class Pace(Protocol):
    """How many requests may be in flight, and how far apart they start."""

    @property
    def limit(self) -> int:
        """How many requests may be in flight, at least 1."""

    @property
    def gap_seconds(self) -> float:
        """The shortest time between two starts; 0.0 if there is none."""

    @property
    def reason(self) -> PaceReason | None:
        """Why the pace was last set; None at the start."""

    @property
    def found(self) -> Level | None:
        """What the next sync may begin with, if anything was found; any thread may ask."""

    def ended(self, attempt: Attempt) -> None:
        """One request ended."""

    def resumed(self, paused_seconds: float, now: float, number: int) -> None:
        """A pause is over that let no request start for this long: the one with this number is the first again."""


class FixedPace:
    """A limit that never changes."""

    gap_seconds = 0.0
    reason = None
    found = None

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def ended(self, attempt: Attempt) -> None:
        """Change nothing."""

    def resumed(self, paused_seconds: float, now: float, number: int) -> None:
        """Change nothing."""
