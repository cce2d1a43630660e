"""A date or a time that a user sets."""

from datetime import UTC, datetime

import pytest

from async_sync.configuration.moment import MOMENT_RULE, Moment
from async_sync.errors.base import ConfigurationError
from tests.helpers.parts import parse

NEW_YEAR = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 10**9


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("2026-01-01", NEW_YEAR),
        ("2026-01-01T00:00:00Z", NEW_YEAR),
        ("2026-01-01T01:00:00+01:00", NEW_YEAR),
        ("2026-01-01T00:00:00.000001", NEW_YEAR + 1000),
        ("1969-12-31", -86_400 * 10**9),
    ],
)
def test_a_moment(text: str, nanoseconds: int) -> None:
    """Without an offset it is UTC, and without a time the beginning of the day."""
    assert Moment.parse(text) == parse({"start_date": text}).start_date == Moment(nanoseconds)


def test_what_is_no_moment() -> None:
    """The error says what it must be."""
    with pytest.raises(ValueError, match="must be a date or a time in ISO 8601"):
        Moment.parse("yesterday")
    with pytest.raises(ConfigurationError, match=f"start_date: must be {MOMENT_RULE}, not 'yesterday'"):
        parse({"start_date": "yesterday"})
