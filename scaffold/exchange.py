"""What is asked of the API and what it says, without the network between."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from async_sync.records.answers import Answer

T = TypeVar("T")


@dataclass(frozen=True)
class Ask:
    """A GET of this URL with these parameters in its query."""

    url: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """The answer: `url` is the whole one that was asked for, `body` is None where the answer is no JSON."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: Any = None

    @property
    def is_success(self) -> bool:
        """Whether it is an answer to go by."""
        return 200 <= self.status < 300 and self.body is not None  # noqa: PLR2004 - HTTP's successes

    @property
    def answer(self) -> Answer:
        """The same as the engine reads it."""
        return Answer(self.url, self.headers, self.body)


Study = Generator[Ask, Said, T]
"""Asks, is sent what the API said, and returns what it found."""


class UnusableError(Exception):
    """No connector can be written: what was found instead, and what to do."""


@dataclass
class Budget:
    """How many more requests may be sent."""

    left: int

    def take(self, count: int = 1) -> bool:
        """Whether that many may still be sent; if so, they are counted."""
        if self.left < count:
            return False
        self.left -= count
        return True
