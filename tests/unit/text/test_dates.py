"""Dates in HTTP's headers, and what is not one."""

import pytest

from async_sync.text.dates import any_date, http_date

SECONDS = 1_767_225_630.0


@pytest.mark.parametrize(
    "text",
    [
        "Thu, 01 Jan 2026 00:00:30 GMT",
        "Thu, 01 Jan 2026 00:00:30",
        "Thu, 01 Jan 2026 01:00:30 +0100",
        "Thursday, 01-Jan-26 00:00:30 GMT",
        "Thu Jan  1 00:00:30 2026",
    ],
)
def test_forms_of_http(text: str) -> None:
    """Each form that HTTP allows is read, and a date without a time zone is GMT."""
    assert http_date(text) == any_date(text) == SECONDS


@pytest.mark.parametrize("text", ["2026-01-01T00:00:30Z", "2026-01-01T00:00:30", "2026-01-01T02:00:30+02:00"])
def test_iso_8601(text: str) -> None:
    """A date of ISO 8601 is not one of HTTP, and is read where either is allowed."""
    assert http_date(text) is None
    assert any_date(text) == SECONDS


@pytest.mark.parametrize("text", ["", "soon", "30", "-99999999999 jan +0000 25:61:61 0", "Thu, 99 Jan 2026 00:00:30"])
def test_not_a_date(text: str) -> None:
    """Any other text is None, and never an error."""
    assert http_date(text) is None
    assert any_date(text) is None
