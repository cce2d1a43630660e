"""Times as the SDK takes them for a column declared as UTC_DATETIME. Pure.

It takes text with a date, a time to the second, up to six digits of a fraction, and an offset of hours and minutes
(seen with fivetran-connector-sdk 3.0.0). APIs also give times without an offset, which are local in some zone, without
a time, or with seven or more digits.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo

from async_sync.records.zones import moment_of

_PLAIN = len("2026-01-01T00:00:00Z")
_TAKEN = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:?\d\d)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTEAD = "have the stream's map make it one, or None where it stands for no time"


def is_plain(value: object) -> bool:
    """Whether it is text like 2026-01-01T00:00:00Z, as nearly all are: then it stays, and that is cheap to see."""
    return type(value) is str and len(value) == _PLAIN and value[10] == "T" and value[19] == "Z"


def sdk_time(value: object, zone: tzinfo = UTC) -> object:
    """The time as text that the SDK takes; what is no text and no number (null, a datetime) stays as it is.

    Without an offset it is local time in that zone, and is written in UTC. Raises ValueError, whose text says what was
    expected.
    """
    if isinstance(value, int | float):
        raise ValueError(f"a time in ISO 8601 text is expected, not a number; {_INSTEAD}")
    if not isinstance(value, str) or _TAKEN.fullmatch(value):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"a time in ISO 8601 text is expected, such as 2026-01-01T00:00:00Z; {_INSTEAD}") from None
    return _written(moment if moment.tzinfo else _utc(moment, zone))


def time_at(nanoseconds: float) -> str:
    """That time after 1970 as such text, cut off to microseconds. Raises ValueError where no calendar has it."""
    try:
        return _written(_EPOCH + timedelta(microseconds=nanoseconds // 1000))
    except OverflowError:
        raise ValueError("a time before the year 10000 is expected: are these milliseconds, or a sequence?") from None


def _utc(local: datetime, zone: tzinfo) -> datetime:
    """The local time in UTC; as it is where that would lead beyond the calendar, as for 9999-12-31T23:59:59."""
    try:
        return moment_of(local, zone).astimezone(UTC)
    except OverflowError:
        return local.replace(tzinfo=UTC)


def _written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
