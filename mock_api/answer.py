"""What the mock API answers, and how the bytes of it go out."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivery:
    """A body goes out in so many `pieces`, with a pause between two.

    With `sent`, only so many of them do, and then the connection is reset; with 0, before any byte of the head.
    """

    pieces: int = 1
    pause_seconds: float = 0.0
    sent: int | None = None

    def of(self, body: bytes) -> Iterator[bytes]:
        """The pieces of the body that are sent."""
        size = -(-len(body) // self.pieces) or 1
        end = len(body) if self.sent is None else self.sent * size
        return (body[start : start + size] for start in range(0, min(end, len(body)), size))


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response: status, headers, body; it goes out at once and whole, unless `delivery` has it otherwise."""

    status: int
    headers: dict[str, str]
    body: bytes
    delivery: Delivery | None = None
