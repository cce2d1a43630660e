"""Times in the form that the SDK takes for a column declared as UTC_DATETIME. Sans-I/O.

That is text with a date, a time to the second, up to six digits of a fraction, and an offset in hours and minutes (seen
with fivetran-connector-sdk 3.0.0). APIs also send times without an offset, which are local in some zone, dates without
a time, and fractions of seven or more digits.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from async_sync.records.zones import moment_of

_PLAIN = len("2026-01-01T00:00:00Z")
_TAKEN = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:?\d\d)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTEAD = "have the stream's map make it one, or None if it stands for no time"


def time_columns(columns: Mapping[str, object]) -> tuple[str, ...]:
    """The names of the columns that are declared as UTC_DATETIME."""
    return tuple(name for name, kind in columns.items() if kind == "UTC_DATETIME")


def is_plain(value: object) -> bool:
    """Whether it is text like 2026-01-01T00:00:00Z, as nearly all times are: a cheap test, and it stays as it is."""
    return type(value) is str and len(value) == _PLAIN and value[10] == "T" and value[19] == "Z"


def sdk_time(value: object, zone: tzinfo = UTC) -> object:
    """The time as text that the SDK takes. Values other than text and numbers (null, a datetime) stay as they are.

    A time without an offset is local time in that zone, and is written in UTC. Raises ValueError, whose text says what
    was expected.
    """
    if isinstance(value, int | float):
        raise ValueError(f"expected a time as ISO 8601 text, not a number; {_INSTEAD}")
    if not isinstance(value, str) or _TAKEN.fullmatch(value):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"expected a time as ISO 8601 text, such as 2026-01-01T00:00:00Z; {_INSTEAD}") from None
    return _written(moment if moment.tzinfo else _utc(moment, zone))


def time_at(nanoseconds: float) -> str:
    """The time that long after 1970 as such text, cut to microseconds. Raises ValueError beyond the calendar's end."""
    try:
        return _written(_EPOCH + timedelta(microseconds=nanoseconds // 1000))
    except OverflowError:
        raise ValueError("expected a time before the year 10000: are these milliseconds, or a sequence?") from None


def _utc(local: datetime, zone: tzinfo) -> datetime:
    """The local time in UTC; unchanged if UTC would lie beyond the calendar, as for 9999-12-31T23:59:59."""
    try:
        return moment_of(local, zone).astimezone(UTC)
    except OverflowError:
        return local.replace(tzinfo=UTC)


def _written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
