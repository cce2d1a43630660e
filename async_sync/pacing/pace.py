"""How many requests may be in flight, and how far apart they start. Sans-I/O: the time is passed in."""

from enum import Enum, auto
from typing import Protocol


class Outcome(Enum):
    """How a request ended, as far as the pace is concerned."""

    OK = auto()  # an answer, whatever its status: a 404 counts too
    LIMITED = auto()  # 429, 503, or no answer within the time limit
    FAILED = auto()  # anything else, which says nothing about the pace


class PaceReason(Enum):
    """Why the pace was last set to what it is."""

    THROUGHPUT_FOLLOWED = auto()  # raised
    LIMITED_AT_ANY_PACE = auto()  # raised: slowing down did not make 429 and 503 rarer
    LATENCY_ROSE = auto()  # held: more requests in flight only took longer
    API_BECAME_SLOWER = auto()  # held: fewer requests in flight did not help
    THROUGHPUT_NOT_LOST = auto()  # lowered: fewer requests in flight were as fast
    LIMITED = auto()  # lowered: 429 or 503


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

    def ended(self, started: float, now: float, outcome: Outcome) -> None:
        """One request ended. Both times are readings of one clock."""

    def resumed(self, paused_seconds: float) -> None:
        """A pause is over that let no request start for this long."""


class FixedPace:
    """A limit that never changes."""

    gap_seconds = 0.0
    reason = None

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def ended(self, started: float, now: float, outcome: Outcome) -> None:
        """Change nothing."""

    def resumed(self, paused_seconds: float) -> None:
        """Change nothing."""
