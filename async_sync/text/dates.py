"""Dates in HTTP's headers."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def http_date(text: str) -> float | None:
    """Seconds since 1970 of a date as HTTP writes it (RFC 9110, section 5.6.7), or None if the text is none.

    A date without a time zone is GMT, wherever the connector runs.
    """
    try:
        return _seconds(parsedate_to_datetime(text))
    except (ValueError, OverflowError):
        return None


def any_date(text: str) -> float | None:
    """Seconds since 1970 of a date as HTTP or ISO 8601 writes it, or None if the text is neither."""
    seconds = http_date(text)
    if seconds is not None:
        return seconds
    try:
        return _seconds(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def _seconds(date: datetime) -> float:
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
