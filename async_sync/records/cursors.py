"""Cursors: how they are read and compared, and how one is sent back to the API. Sans-I/O.

A cursor keeps the value that the API sent, so that it can be sent back unchanged, and a number by which it is compared.
There are three kinds, chosen by a stream's `cursor_type`:

- `TIMESTAMP`: ISO 8601 text of any precision and offset. Text without an offset is UTC, or local time in the zone of
  `Timestamp(zone="America/New_York")`.
- `EPOCH_SECONDS`, `EPOCH_MILLISECONDS`: the seconds or milliseconds since 1970-01-01T00:00:00Z.
- `SEQUENCE`: a number that only grows and has nothing to do with time.
"""

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple, Protocol

from async_sync.records.zones import before_repeated, moment_of, offset_at, zone_named

NANOSECONDS = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MAX_MICROSECONDS_LENGTH = len("20260101T000000.123456")  # shorter text has no finer fraction
_MAX_DATE_LENGTH = len("2026-01-01")
_SHAPE = re.compile(
    r"(?P<year>\d{4})-?(?P<month>\d\d)-?(?P<day>\d\d)"
    r"(?:[T ](?P<hour>\d\d)(?::?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?)?"
    r"(?P<offset>Z|[+-]\d\d(?::?\d\d)?)?)?"
)

RawCursor = str | int | float


class Cursor(NamedTuple):
    """A position in a list: `at` is compared (nanoseconds since 1970, or the number), `raw` is what the API sent."""

    at: int | float
    raw: RawCursor


NO_CURSOR = Cursor(0, "")
"""What stands for the cursor of a record of a stream without a cursor field."""


class CursorType(Protocol):
    """How one kind of cursor is read, compared with the clock, and written."""

    def parse(self, raw: object) -> Cursor:
        """Read a field's value. Raises ValueError, whose text says what was expected, if it is not a cursor."""

    def back(self, cursor: Cursor, seconds: float) -> Cursor:
        """The cursor `seconds` earlier, in the same form."""

    def cap(self, cursor: Cursor, nanoseconds: int) -> Cursor:
        """The cursor, or that time (nanoseconds since 1970) in the same form if the cursor lies beyond it."""

    def at(self, nanoseconds: int) -> Cursor | None:
        """The cursor of that time (nanoseconds since 1970), cut to whole seconds; None if this kind is not a time."""


@dataclass(frozen=True, slots=True)
class Timestamp:
    """ISO 8601 text. Without an offset it is local time in `zone`, a name from the IANA database.

    With a zone of None it is taken for UTC, and a warning says so. An API that compares local times as text skips what
    changes in the second pass of a repeated hour, unless it is asked from before that hour. So no cursor that is sent
    or computed lies in one. Raises ValueError, which says what to write, for a zone that does not exist.
    """

    zone: str | None = None
    tz: tzinfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tz", UTC if self.zone is None else zone_named(self.zone))

    def parse(self, raw: object) -> Cursor:
        """Read ISO 8601 text of any precision, cut to nanoseconds."""
        if not isinstance(raw, str):
            raise ValueError(f"expected a timestamp as ISO 8601 text, not {type(raw).__name__}")
        try:
            moment = datetime.fromisoformat(raw)
        except ValueError:
            raise ValueError("expected a timestamp as ISO 8601 text, such as 2026-01-01T00:00:00Z") from None
        if moment.tzinfo is None:
            moment = moment_of(moment, self.tz) if self.zone else moment.replace(tzinfo=UTC)
        at = (moment - _EPOCH) // _MICROSECOND * 1000
        return Cursor(at + _below_microsecond(raw) if len(raw) > _MAX_MICROSECONDS_LENGTH else at, raw)

    def back(self, cursor: Cursor, seconds: float) -> Cursor:
        """The cursor at least `seconds` earlier, never before the year 1 and never in a repeated hour, even for 0."""
        if seconds:
            return self._like(cursor, int(cursor.at) - math.ceil(seconds * NANOSECONDS))
        return self._unambiguous(cursor) if self.zone else cursor

    def cap(self, cursor: Cursor, nanoseconds: int) -> Cursor:
        """The cursor, or the cap rounded down to the precision of the cursor's own text."""
        return self._like(cursor, nanoseconds) if cursor.at > nanoseconds else cursor

    def at(self, nanoseconds: int) -> Cursor:
        """That time as text in UTC, or without an offset where the zone is declared."""
        text = "2026-01-01T00:00:00" + ("" if self.zone else "Z")
        return self._like(self.parse(text), nanoseconds)

    def is_assumed(self, cursor: Cursor) -> bool:
        """Whether the time is only assumed to be UTC: neither it nor the declaration says where it is local."""
        text = str(cursor.raw)
        if self.zone or text.endswith("Z") or len(text) <= _MAX_DATE_LENGTH:
            return False
        return datetime.fromisoformat(text).tzinfo is None

    def _like(self, cursor: Cursor, at: int) -> Cursor:
        """The moment `at` in exactly the form of the cursor's text, so that an API of low precision accepts it."""
        like = self.parse(_written_like(str(cursor.raw), at, self.tz))
        return self._unambiguous(like) if self.zone else like

    def _unambiguous(self, cursor: Cursor) -> Cursor:
        """The cursor, or if it lies in a repeated hour, a time before that hour in the same form."""
        text = str(cursor.raw)
        local = datetime.fromisoformat(text)
        second = before_repeated(local, self.tz) if local.tzinfo is None else None
        return cursor if second is None else self.parse(_written_like(text, second * NANOSECONDS, self.tz))


@dataclass(frozen=True, slots=True)
class Number:
    """A number: the units since 1970, `per_second` in a second, or (None) one that has nothing to do with time."""

    per_second: int | None = None

    def parse(self, raw: object) -> Cursor:
        """Read a whole or decimal number. Text that holds one is accepted, and sent back as text."""
        if isinstance(raw, bool) or not isinstance(raw, int | float | str):
            raise ValueError(f"expected a number, not {type(raw).__name__}")
        number = _number(raw) if isinstance(raw, str) else raw
        if isinstance(number, float) and not math.isfinite(number * NANOSECONDS):
            raise ValueError("expected a finite number, such as 1767225600")
        return Cursor(int(number * NANOSECONDS // self.per_second) if self.per_second else number, raw)

    def back(self, cursor: Cursor, seconds: float) -> Cursor:
        """The cursor at least `seconds` earlier; a number that is not a time is taken back by that many steps."""
        step = math.ceil(seconds * (self.per_second or 1))
        return self._like(cursor, self._units(cursor) - step) if seconds else cursor

    def cap(self, cursor: Cursor, nanoseconds: int) -> Cursor:
        """The cursor, or the cap rounded down to a whole unit; a number that is not a time is never capped."""
        if self.per_second is None or cursor.at <= nanoseconds:
            return cursor
        return self._like(cursor, nanoseconds * self.per_second // NANOSECONDS)

    def at(self, nanoseconds: int) -> Cursor | None:
        """That time as a whole number of units."""
        return None if self.per_second is None else self.parse(nanoseconds * self.per_second // NANOSECONDS)

    def _units(self, cursor: Cursor) -> int:
        return math.floor(cursor.at) * self.per_second // NANOSECONDS if self.per_second else math.floor(cursor.at)

    def _like(self, cursor: Cursor, number: int) -> Cursor:
        return self.parse(str(number) if isinstance(cursor.raw, str) else number)


TIMESTAMP: CursorType = Timestamp()
EPOCH_SECONDS: CursorType = Number(per_second=1)
EPOCH_MILLISECONDS: CursorType = Number(per_second=1000)
SEQUENCE: CursorType = Number()


def zone_of(kind: CursorType) -> tzinfo:
    """The zone that times without an offset are local to."""
    return kind.tz if isinstance(kind, Timestamp) else UTC


def later(one: Cursor | None, other: Cursor | None) -> Cursor | None:
    """The later of two cursors; None is the beginning."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda cursor: cursor.at)


def earlier(one: Cursor | None, other: Cursor | None) -> Cursor | None:
    """The earlier of two cursors; None is the beginning."""
    if one is None or other is None:
        return None
    return min(one, other, key=lambda cursor: cursor.at)


def _number(text: str) -> int | float:
    try:
        return int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError:
        raise ValueError("expected a number, such as 1767225600") from None


def _below_microsecond(text: str) -> int:
    """The nanoseconds of a text that datetime cuts off."""
    shape = _SHAPE.fullmatch(text)
    fraction = (shape and shape["fraction"]) or ""
    return int(fraction[6:9].ljust(3, "0"))


def _written_like(text: str, at: int, zone: tzinfo) -> str:
    """`at` (nanoseconds since 1970) with the separators, precision and offset of `text`, rounded down.

    Without an offset, the text is local time in that zone.
    """
    shape = _SHAPE.fullmatch(text)
    if shape is None:  # a rarer form of ISO 8601, such as a week date
        return _written_like("2026-01-01T00:00:00" + ("Z" if zone is UTC else ""), at, zone)
    offset = datetime.fromisoformat(text).utcoffset()
    moment = _local(at, offset_at(at // NANOSECONDS, zone) if offset is None else offset)
    fields = {
        name: f"{getattr(moment, name):0{4 if name == 'year' else 2}}"
        for name in shape.groupdict()
        if hasattr(moment, name)
    }
    fields["fraction"] = f"{at % NANOSECONDS:09}".ljust(len(shape["fraction"] or ""), "0")[
        : len(shape["fraction"] or "")
    ]
    pieces, end = [], 0
    for name, digits in fields.items():
        if shape[name] is not None:
            pieces += [text[end : shape.start(name)], digits]
            end = shape.end(name)
    return "".join(pieces) + text[end:]


def _local(at: int, offset: timedelta) -> datetime:
    """`at` as a clock at that offset shows it, or the nearest time that is within the calendar."""
    since_epoch = timedelta(microseconds=at // 1000) + offset
    earliest, latest = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    return _EPOCH + min(max(since_epoch, earliest - _EPOCH), latest - _EPOCH)
