"""Local times: what a time without an offset means in a time zone, also when clocks change. Sans-I/O.

When clocks go forward, an hour of local times does not exist; when they go back, an hour of them repeats.
"""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import tzdata  # type: ignore[import-untyped]  # noqa: F401 - zoneinfo uses it if the system has no zones

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_FIRST, _LAST = (  # farther from the ends of the calendar than any zone is from UTC
    (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _SECOND + 2 * 86_400,
    (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _SECOND - 2 * 86_400,
)


def zone_named(name: object) -> tzinfo:
    """The zone of that name. Raises ValueError, which says what to write, if there is none."""
    if isinstance(name, str):
        try:
            return ZoneInfo(name)
        except (OSError, ValueError, KeyError):  # a folder of zones, a path, a name that is not known
            pass
    raise ValueError(
        f"zone is {name!r}, which is not a time zone; write a name from the IANA database, such as America/New_York, "
        "Europe/Berlin or UTC, or for a fixed offset Etc/GMT+5, which is 5 hours behind UTC"
    )


def moment_of(local: datetime, zone: tzinfo) -> datetime:
    """The first moment at which a clock there shows the naive time `local`, or a later one if it skips that time.

    So later texts never mean earlier moments.
    """
    first, second = _both(local, zone)
    return first if _offset(first) >= _offset(second) else _EPOCH + _change(first, second) * _SECOND


def before_repeated(local: datetime, zone: tzinfo) -> int | None:
    """The last second (since 1970) before the repeated hour that contains the naive time `local`, or None outside one.

    It is the last time that means a single moment.
    """
    first, second = _both(local, zone)
    if _offset(first) <= _offset(second):
        return None
    return _change(first, second) - (_offset(first) - _offset(second)) // _SECOND - 1


def offset_at(seconds: int, zone: tzinfo) -> timedelta:
    """How far a clock there is ahead of UTC, that many seconds after 1970."""
    return _offset((_EPOCH + min(max(seconds, _FIRST), _LAST) * _SECOND).astimezone(zone))


def _both(local: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The two moments that the time may mean: they differ only around a change of clocks."""
    return local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)


def _offset(moment: datetime) -> timedelta:
    return moment.utcoffset() or timedelta()


def _change(first: datetime, second: datetime) -> int:
    """The second since 1970, between the two moments, at which the clocks change."""
    zone = first.tzinfo or UTC
    low, high = sorted((moment - _EPOCH) // _SECOND for moment in (first, second))
    before = offset_at(low, zone)
    return low + bisect_left(range(low, high), True, key=lambda at: offset_at(at, zone) != before)  # noqa: FBT003
