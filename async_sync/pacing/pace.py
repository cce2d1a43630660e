"""How many requests may be in flight, and how far apart they start. Pure: the time is passed in."""

from enum import Enum, auto
from typing import Protocol


class Outcome(Enum):
    """How a request ended, as far as the pace is concerned."""

    OK = auto()  # an answer, whatever it says: also a 404
    LIMITED = auto()  # 429, 503, or no answer within the time limit
    FAILED = auto()  # anything else: says nothing about the pace


class Pace(Protocol):
    """How many requests may be in flight, and how far apart they start."""

    @property
    def limit(self) -> int:
        """How many requests may be in flight, at least 1."""

    @property
    def gap_seconds(self) -> float:
        """At least so long between two starts; 0.0: none."""

    @property
    def reason(self) -> str:
        """Why the pace last moved, in short; empty at the start."""

    def ended(self, started: float, now: float, outcome: Outcome) -> None:
        """One request ended. Both times are readings of one clock."""

    def resumed(self, paused_seconds: float) -> None:
        """A pause that the API asked for is over."""


class FixedPace:
    """A limit that was given."""

    gap_seconds = 0.0
    reason = ""

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def ended(self, started: float, now: float, outcome: Outcome) -> None:
        """Nothing follows from it."""

    def resumed(self, paused_seconds: float) -> None:
        """Nothing follows from it."""
