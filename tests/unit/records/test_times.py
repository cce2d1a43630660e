"""Times in columns declared as UTC_DATETIME: what APIs give, and what the SDK takes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync import EPOCH_MILLISECONDS, EPOCH_SECONDS, SEQUENCE, Stream, Timestamp
from async_sync.configuration.settings import Settings
from async_sync.errors.lists import RecordError
from async_sync.records.cursors import TIMESTAMP, CursorType
from async_sync.records.times import sdk_time, time_at
from async_sync.streams.bound import BoundStream
from async_sync.streams.reading import RowReader

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def taken(text: str) -> datetime:
    """As the SDK reads it; ValueError where it does not."""
    text = text.replace(" ", "T", 1)
    if "." in text:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05T09:00:00Z",
        "2026-01-05 09:00:00Z",
        "2026-01-05T09:00:00+00:00",
        "2026-01-05T09:00:00-0330",
        "2026-01-05T09:00:00.1Z",
        "2026-01-05T09:00:00.123456+02:00",
    ],
)
def test_what_the_sdk_takes_stays_as_it_is(text: str) -> None:
    """No time that can be written is written otherwise than the API gave it."""
    assert sdk_time(text) == text
    assert taken(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-01-05 09:00:00", "2026-01-05T09:00:00Z"),
        ("2026-01-05T09:00:00", "2026-01-05T09:00:00Z"),
        ("2026-01-05T09:00:00+02", "2026-01-05T09:00:00+02:00"),
        ("2026-01-05T09:00:00.1234567Z", "2026-01-05T09:00:00.123456Z"),
        ("2026-01-05T09:00:00.123456789-05:00", "2026-01-05T09:00:00.123456-05:00"),
        ("2026-01-05T09:00:00,5Z", "2026-01-05T09:00:00.500000Z"),
        ("2026-01-05", "2026-01-05T00:00:00Z"),
        ("2026-01-05T09:00Z", "2026-01-05T09:00:00Z"),
        ("20260105T090000Z", "2026-01-05T09:00:00Z"),
    ],
)
def test_other_forms_are_written_so_that_the_sdk_takes_them(text: str, written: str) -> None:
    """The moment is the same; no offset is UTC; what is finer than a microsecond is cut off."""
    assert sdk_time(text) == written
    assert taken(written)


@pytest.mark.parametrize("value", [None, datetime(2026, 1, 5, tzinfo=UTC)])
def test_null_and_datetimes_stay_as_they_are(value: object) -> None:
    """The SDK takes both."""
    assert sdk_time(value) is value


@pytest.mark.parametrize("value", ["", "yesterday", "2026-13-01", "1767225600", 1_767_225_600, 1.5, True])
def test_what_is_no_time_is_refused(value: object) -> None:
    """The error says what was expected, and not what was found."""
    with pytest.raises(ValueError, match="expected a time as ISO 8601 text") as caught:
        sdk_time(value)
    assert not value or str(value) not in str(caught.value)


@given(at=st.datetimes(timezones=st.just(UTC)), digits=st.integers(0, 9))
def test_every_timestamp_that_can_be_a_cursor_can_be_written(at: datetime, digits: int) -> None:
    """Whatever precision the API has, the SDK takes what is written, and it is the same time to the microsecond."""
    text = at.replace(tzinfo=None, microsecond=0).isoformat()
    text += f".{f'{at.microsecond:06}000'[:digits]}" if digits else ""
    for offset in ("", "Z", "+00:00"):
        written = str(sdk_time(text + offset))
        assert TIMESTAMP.parse(written).at // 1000 == TIMESTAMP.parse(text).at // 1000
        assert taken(written)


@given(seconds=st.integers(-62_135_596_800, 253_402_300_799))
def test_every_second_of_the_calendar_can_be_written(seconds: int) -> None:
    """A number of seconds since 1970 is written as that time."""
    written = time_at(EPOCH_SECONDS.parse(seconds).at)
    assert taken(written) == _EPOCH + timedelta(seconds=seconds)


def stream(kind: CursorType = TIMESTAMP, **columns: str) -> RowReader:
    declared = Stream(
        table="charge", path="/charges", primary_key=["id"], columns=columns, cursor_field="at", cursor_type=kind
    )
    return BoundStream.bind(declared, Settings(base_url="https://api.test")).rows


def row(reader: RowReader, **record: Any) -> dict[str, Any]:
    url = "https://api.test/charges"
    read = reader.read([{"id": 1, **record}], url=url, parent={})
    assert [cursor.raw for cursor in read.cursors] == [read.rows[0]["at"]] == [record["at"]]
    reader.convert(read, url=url)
    return read.rows[0]


def test_the_cursor_is_sent_back_as_it_came() -> None:
    """Only the row is written in the SDK's form, and only where the column is declared as a time."""
    assert row(stream(at="UTC_DATETIME"), at="2026-01-05 09:00:00")["at"] == "2026-01-05T09:00:00Z"
    assert row(stream(at="STRING"), at="2026-01-05 09:00:00")["at"] == "2026-01-05 09:00:00"
    assert row(stream(), at="2026-01-05 09:00:00")["at"] == "2026-01-05 09:00:00"


@pytest.mark.parametrize(
    ("kind", "at"),
    [(EPOCH_SECONDS, 1_767_603_600), (EPOCH_SECONDS, "1767603600"), (EPOCH_MILLISECONDS, 1_767_603_600_000)],
)
def test_a_cursor_in_numbers_may_be_declared_as_a_time(kind: CursorType, at: object) -> None:
    """Its unit is declared, so that it can be written as a time; declared as a number, it stays one."""
    assert row(stream(kind, at="UTC_DATETIME"), at=at)["at"] == "2026-01-05T09:00:00Z"
    assert row(stream(kind, at="LONG"), at=at)["at"] == at


def test_all_columns_for_times_are_written_so() -> None:
    """A column that the record lacks stays missing, and one that is null stays null."""
    declared = stream(at="UTC_DATETIME", born="UTC_DATETIME", died="UTC_DATETIME", met="UTC_DATETIME")
    written = row(declared, at="2026-01-05T09:00:00Z", born="2026-01-05", died=None)
    assert written == {"id": 1, "at": "2026-01-05T09:00:00Z", "born": "2026-01-05T00:00:00Z", "died": None}


@pytest.mark.parametrize(
    ("kind", "record", "problem"),
    [
        (
            TIMESTAMP,
            {"at": "2026-01-05T09:00:00Z", "born": 5},
            "has a field born that is not a valid UTC_DATETIME: expected a time",
        ),
        (
            EPOCH_SECONDS,
            {"at": 1_767_603_600_000},
            "has a field at that is not a valid UTC_DATETIME: expected a time before the year",
        ),
    ],
)
def test_a_value_that_is_no_time_is_refused_with_its_place(
    kind: CursorType, record: dict[str, Any], problem: str
) -> None:
    """The error names the record and the column."""
    with pytest.raises(RecordError, match=f"Record 0 of https://api.test/charges {problem}"):
        row(stream(kind, at="UTC_DATETIME", born="UTC_DATETIME"), **record)


def test_a_sequence_is_no_time() -> None:
    """The declaration is refused, and says what to declare instead."""
    with pytest.raises(ValueError, match="cursor_type is SEQUENCE, which is not a time; declare the column at as LONG"):
        stream(SEQUENCE, at="UTC_DATETIME")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-01-05 09:00:00", "2026-01-05T14:00:00Z"),
        ("2026-07-05T09:00:00.1234567", "2026-07-05T13:00:00.123456Z"),
        ("2026-01-05", "2026-01-05T05:00:00Z"),
        ("2026-01-05T09:00:00+02:00", "2026-01-05T09:00:00+02:00"),
        ("2026-11-01T01:30:00", "2026-11-01T05:30:00Z"),  # the first of two
        ("2026-03-08T02:30:00", "2026-03-08T07:00:00Z"),  # skipped
        ("0001-01-01T00:00:00", "0001-01-01T04:56:02Z"),  # by the sun, as before 1883
        ("9999-12-31T23:59:59", "9999-12-31T23:59:59Z"),  # later than the calendar in UTC
        (None, None),
    ],
)
def test_local_times_are_written_in_utc(text: str | None, written: str | None) -> None:
    """The zone of the stream's cursor is that of all its columns for times, since it is the same clock."""
    declared = stream(Timestamp(zone="America/New_York"), at="UTC_DATETIME", born="UTC_DATETIME")
    assert row(declared, at="2026-01-05 09:00:00", born=text) == {
        "id": 1,
        "at": "2026-01-05T14:00:00Z",
        "born": written,
    }
    assert row(declared, at=text or "2026-01-05", born=None)["at"] == (written or "2026-01-05T05:00:00Z")


@pytest.mark.parametrize("value", ["0000-00-00 00:00:00", "0000-00-00", "", "never"])
def test_a_time_that_stands_for_none_is_refused_with_what_to_do(value: str) -> None:
    """It is not guessed that it means none; the error names the column and the way."""
    with pytest.raises(RecordError) as caught:
        row(stream(at="UTC_DATETIME", born="UTC_DATETIME"), at="2026-01-05T09:00:00Z", born=value)
    assert "has a field born that is not a valid UTC_DATETIME" in str(caught.value)
    assert "have the stream's map make it one, or None if it stands for no time" in str(caught.value)
