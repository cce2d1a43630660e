"""An HTTP response of the mock API, and how its body is sent."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivery:
    """A body is sent in this many `pieces`, with a pause between two of them.

    With `sent`, only the first `sent` of them are sent before the connection is reset; 0 means before the head, too.
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
    """An HTTP response: status, headers, body. It is sent at once and whole unless `delivery` says otherwise."""

    status: int
    headers: dict[str, str]
    body: bytes
    delivery: Delivery | None = None
