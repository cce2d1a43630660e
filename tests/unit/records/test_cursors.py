"""Timestamps as cursors: what they are worth, and how they are written back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync.records.cursors import NANOSECONDS, SEQUENCE, TIMESTAMP, Cursor, earlier, later

SECOND = NANOSECONDS
NEW_YEAR = 1_767_225_600 * NANOSECONDS  # 2026-01-01T00:00:00Z
YEAR_1 = -62_135_596_800 * NANOSECONDS
YEAR_10000 = 253_402_300_800 * NANOSECONDS


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-01-01T00:00:00Z", NEW_YEAR),
        ("2026-01-01T00:00:00+00:00", NEW_YEAR),
        ("2026-01-01T00:00:00", NEW_YEAR),
        ("2026-01-01 00:00:00", NEW_YEAR),
        ("2026-01-01T00:00", NEW_YEAR),
        ("2026-01-01T00Z", NEW_YEAR),
        ("2026-01-01", NEW_YEAR),
        ("20260101", NEW_YEAR),
        ("20260101T000000Z", NEW_YEAR),
        ("2026-W01-4", NEW_YEAR),
        ("2026-01-01T02:00:00+02:00", NEW_YEAR),
        ("2025-12-31T18:30:00-0530", NEW_YEAR),
        ("2026-01-01T02:00:00+02", NEW_YEAR),
        ("2026-01-01T00:00:00.5Z", NEW_YEAR + SECOND // 2),
        ("2026-01-01T00:00:00,5Z", NEW_YEAR + SECOND // 2),
        ("2026-01-01T00:00:00.123456Z", NEW_YEAR + 123_456_000),
        ("2026-01-01T00:00:00.1234567Z", NEW_YEAR + 123_456_700),
        ("2026-01-01T00:00:00.12345678+00:00", NEW_YEAR + 123_456_780),
        ("2026-01-01T00:00:00.123456789Z", NEW_YEAR + 123_456_789),
        ("2026-01-01T00:00:00.123456789", NEW_YEAR + 123_456_789),
        ("2026-01-01T00:00:00.123456789987Z", NEW_YEAR + 123_456_789),
        ("20260101T000000.1234567", NEW_YEAR + 123_456_700),
        ("20260101T000000.123456789Z", NEW_YEAR + 123_456_789),
        ("1969-12-31T23:59:59.999999999Z", -1),
        ("0001-01-01T00:00:00Z", YEAR_1),
        ("0001-01-01T00:00:00+02:00", YEAR_1 - 7200 * SECOND),
        ("9999-12-31T23:59:59.999999999Z", YEAR_10000 - 1),
        ("9999-12-31T23:59:59-02:00", YEAR_10000 - SECOND + 7200 * SECOND),
    ],
)
def test_text_is_worth_its_nanoseconds(text: str, at: int) -> None:
    """ISO 8601 of any precision, form and offset is nanoseconds since 1970, and is kept as it came."""
    assert TIMESTAMP.parse(text) == Cursor(at, text)


@pytest.mark.parametrize("raw", [None, True, 1, 1.5, [], {}])
def test_only_text_is_a_timestamp(raw: object) -> None:
    """What is no text is refused, with the type that was found."""
    with pytest.raises(ValueError, match=rf"^expected a timestamp as ISO 8601 text, not {type(raw).__name__}$"):
        TIMESTAMP.parse(raw)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-02-30", "2026-01-01T25:00:00Z", "1767225600", "nan", "26-01-01"]
)
def test_other_text_is_refused(text: str) -> None:
    """Text that is no date is refused, with an example; its own words are not repeated."""
    with pytest.raises(ValueError, match=r"^expected a timestamp as ISO 8601 text, such as 2026-01-01T00:00:00Z$"):
        TIMESTAMP.parse(text)


@pytest.mark.parametrize(
    ("text", "seconds", "expected"),
    [
        ("2026-01-01T00:00:00Z", 0, "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00.123456789987Z", 0, "2026-01-01T00:00:00.123456789987Z"),
        ("2026-W01-4", 0, "2026-W01-4"),
        ("2026-01-01T00:00:00Z", 1, "2025-12-31T23:59:59Z"),
        ("2026-01-01T00:00:00Z", 0.1, "2025-12-31T23:59:59Z"),
        ("2026-01-01T00:00:00.000Z", 0.5, "2025-12-31T23:59:59.500Z"),
        ("2026-01-01T00:00:00.000000000Z", 1e-9, "2025-12-31T23:59:59.999999999Z"),
        ("2026-01-01T00:00:00.000000000Z", 1.4e-9, "2025-12-31T23:59:59.999999998Z"),
        ("2026-01-01T00:00:00.123456789987Z", 1, "2025-12-31T23:59:59.123456789000Z"),
        ("2026-01-01T00:00:00,5Z", 1, "2025-12-31T23:59:59,5Z"),
        ("2026-01-01 00:00:00", 1, "2025-12-31 23:59:59"),
        ("2026-01-01T00:00", 1, "2025-12-31T23:59"),
        ("2026-01-01T00", 1, "2025-12-31T23"),
        ("2026-01-01", 1, "2025-12-31"),
        ("20260101", 1, "20251231"),
        ("20260101T000000Z", 1, "20251231T235959Z"),
        ("2026-01-01T02:00:00+02:00", 3600, "2026-01-01T01:00:00+02:00"),
        ("2026-01-01T02:00:00-0530", 1, "2026-01-01T01:59:59-0530"),
        ("2026-01-01T02:00+05:45", 1, "2026-01-01T01:59+05:45"),
        ("2026-W01-4", 1, "2025-12-31T23:59:59Z"),
        ("0001-01-01T00:00:05Z", 10, "0001-01-01T00:00:00Z"),
        ("0001-01-01T00:00:05+02:00", 10, "0001-01-01T00:00:00+02:00"),
        ("0001-01-01T00:00:05+02:00", 1, "0001-01-01T00:00:04+02:00"),
        ("0001-01-01T00:00:05-02:00", 10, "0001-01-01T00:00:00-02:00"),
        ("9999-12-31T23:59:59-02:00", 1, "9999-12-31T23:59:58-02:00"),
        ("9999-12-31T23:59:59+02:00", 1, "9999-12-31T23:59:58+02:00"),
    ],
)
def test_back_keeps_the_form(text: str, seconds: float, expected: str) -> None:
    """A cursor taken back has the very same form, rounded down to its precision; the calendar begins in year 1."""
    cursor = TIMESTAMP.back(TIMESTAMP.parse(text), seconds)
    assert cursor == TIMESTAMP.parse(expected)


@pytest.mark.parametrize(
    ("text", "nanoseconds", "expected"),
    [
        ("2026-01-01T00:00:00Z", NEW_YEAR, "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00.000Z", NEW_YEAR + 1, "2026-01-01T00:00:00.000Z"),
        ("2026-01-01T00:00:01Z", NEW_YEAR + SECOND // 2, "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00.000000001Z", NEW_YEAR, "2026-01-01T00:00:00.000000000Z"),
        ("9999-12-31T23:59:59.9Z", NEW_YEAR + 123_456_789, "2026-01-01T00:00:00.1Z"),
        ("9999-12-31T23:59:59.999999999Z", NEW_YEAR + 123_456_789, "2026-01-01T00:00:00.123456789Z"),
        ("9999-12-31T23:59:59-02:00", NEW_YEAR, "2025-12-31T22:00:00-02:00"),
        ("2999-01-01", NEW_YEAR + 3600 * SECOND, "2026-01-01"),
        ("2999-W01-1", NEW_YEAR, "2026-01-01T00:00:00Z"),
        ("1970-01-01T00:00:00Z", -1, "1969-12-31T23:59:59Z"),
        ("9999-12-31T23:59:59-02:00", YEAR_10000, "9999-12-31T22:00:00-02:00"),
        ("9999-12-31T23:59:59-02:00", YEAR_10000 + SECOND, "9999-12-31T22:00:01-02:00"),
    ],
)
def test_cap_keeps_the_form(text: str, nanoseconds: int, expected: str) -> None:
    """A cursor beyond the cap becomes the cap in the very same form; one that is not stays as it is."""
    assert TIMESTAMP.cap(TIMESTAMP.parse(text), nanoseconds) == TIMESTAMP.parse(expected)


@pytest.mark.parametrize(
    ("nanoseconds", "expected"),
    [(NEW_YEAR, "2026-01-01T00:00:00Z"), (NEW_YEAR + SECOND - 1, "2026-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z")],
)
def test_a_moment_as_a_cursor(nanoseconds: int, expected: str) -> None:
    """It is written in UTC, to the second, and never later than asked."""
    assert TIMESTAMP.at(nanoseconds) == TIMESTAMP.parse(expected)


def test_beyond_the_calendar_the_last_moment_stands() -> None:
    """A time that a clock at the text's offset cannot show is written as the nearest one that it can."""
    beyond = Cursor(YEAR_10000 + 9 * 3600 * SECOND, "9999-12-31T23:59:59Z")
    assert TIMESTAMP.cap(beyond, YEAR_10000 + 3600 * SECOND).raw == "9999-12-31T23:59:59Z"


offsets = st.sampled_from(["", "Z", "+02:00", "-0530", "+14", "-12:00"])
forms = st.sampled_from(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y%m%dT%H%M%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H"])


@st.composite
def texts(draw: st.DrawFn) -> str:
    """ISO 8601 text of many forms, within the years that no offset leads out of."""
    form = draw(forms)
    moment = draw(st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30)))  # noqa: DTZ001 - the text names the zone
    fraction = draw(st.text("0123456789", max_size=10)) if form.endswith("S") else ""
    return moment.strftime(form) + (f".{fraction}" if fraction else "") + draw(offsets)


def shape(text: str) -> tuple[str, timedelta | None]:
    """The separators and the precision of a text, and its offset."""
    written = "".join("0" if character.isdigit() else character for character in text)
    return written, datetime.fromisoformat(text).utcoffset()


@given(texts(), st.floats(0, 10**7) | st.integers(0, 10**7))
def test_back_is_never_later_than_asked(text: str, seconds: float) -> None:
    """In any form, a cursor taken back keeps its shape, and lies at least that far back."""
    cursor = TIMESTAMP.parse(text)
    back = TIMESTAMP.back(cursor, seconds)
    assert back == TIMESTAMP.parse(back.raw)
    asked = cursor.at - int(seconds * NANOSECONDS)
    assert asked - 3600 * SECOND - 2 < back.at <= asked
    assert shape(str(back.raw)) == shape(text)


@given(texts(), texts())
def test_cap_is_never_later_than_asked(text: str, limit: str) -> None:
    """In any form, a capped cursor keeps its shape, and lies at most at the cap and its precision below."""
    cursor, cap = TIMESTAMP.parse(text), int(TIMESTAMP.parse(limit).at)
    capped = TIMESTAMP.cap(cursor, cap)
    assert min(cursor.at, cap) - 3600 * SECOND < capped.at <= min(cursor.at, cap)
    assert shape(str(capped.raw)) == shape(text)
    assert (capped == cursor) == (cursor.at <= cap or capped.raw == text)


@given(st.datetimes(timezones=st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))))
def test_text_is_worth_what_datetime_says(moment: datetime) -> None:
    """Microseconds since 1970 are those of Python's own arithmetic, whatever the offset."""
    expected = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000
    assert TIMESTAMP.parse(moment.isoformat()).at == expected


ONE, TWO = SEQUENCE.parse(1), SEQUENCE.parse(2)


def test_the_later_cursor() -> None:
    """The later of two cursors wins, anything is later than the beginning, and of equal ones the first is kept."""
    assert later(ONE, TWO) is TWO
    assert later(TWO, ONE) is TWO
    assert later(None, ONE) is ONE
    assert later(ONE, None) is ONE
    assert later(None, None) is None
    assert later(ONE, Cursor(1, "1")) is ONE


def test_the_earlier_cursor() -> None:
    """The earlier of two cursors wins, nothing is earlier than the beginning, and of equal ones the first is kept."""
    assert earlier(ONE, TWO) is ONE
    assert earlier(TWO, ONE) is ONE
    assert earlier(None, ONE) is None
    assert earlier(ONE, None) is None
    assert earlier(ONE, Cursor(1, "1")) is ONE
