"""A moment that a user sets."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

MOMENT_RULE = "a date or a time in ISO 8601, such as 2026-01-01 or 2026-01-01T00:00:00Z"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, in nanoseconds since 1970."""

    nanoseconds: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a date or a time; without an offset it is UTC. Raises ValueError, whose text says what it must be."""
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"must be {MOMENT_RULE}") from None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return cls((aware - _EPOCH) // _MICROSECOND * 1000)
