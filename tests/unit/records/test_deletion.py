"""Nothing is deleted on a doubtful value of `deleted_field`."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync.errors.lists import RecordError
from async_sync.records.deletion import is_deleted
from async_sync.streams.bound import BoundStream
from async_sync.streams.reading import RowReader
from async_sync.streams.stream import Stream
from tests.helpers.destination import MemoryDestination
from tests.helpers.parts import company, department, parse
from tests.helpers.streams import COMPANY
from tests.helpers.syncing import sync

DELETED: list[object] = [
    *(True, 1, -1, 0.5, 1_767_225_600, 1_767_225_600_000, Decimal(1)),
    *("true", "True", " TRUE ", "1", "1.0", "-1", "1767225600"),
    *("2026-01-05", "20260105", "2026-01-05T09:00:00Z", "2026-01-05 09:00:00.123456789", "2026-01-05T09:00:00+0200"),
    *(date(2026, 1, 5), datetime(2026, 1, 5, tzinfo=UTC)),
    "2999-01-01",  # that it is to come does not make it less of a date
]
KEPT: list[object] = [
    *(None, False, 0, 0.0, -0.0, Decimal("0.00")),
    *("", " ", "0", "0.0", "-0", "00", "false", "False", "F", "f", "N", "n", "no", "No", "off", "none", "None", "null"),
    *("0000-00-00 00:00:00", "0000-00-00", "0000-00-00T00:00:00Z", "0000-00-00T00:00:00.000+00:00", "00000000"),
    *(
        "00/00/0000",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00",
        "0001-01-01 00:00:00",
        "00010101",
        "0001-01-01T04:56:02Z",
    ),
    *("1970-01-01T00:00:00Z", "1970-01-01", "1969-12-31T19:00:00-05:00", "1899-12-30T00:00:00", "1900-01-01"),
    *("9999-12-31", "9999-12-31T23:59:59Z", "99991231"),
    *(date(1, 1, 1), -62_135_596_800, -62_135_596_800_000),
]
DOUBTFUL: list[object] = [
    *("T", "t", "Y", "y", "yes", "Yes", "on", "archived", "deleted", "active", "x", "-", "Z", "nan", "inf", "infinity"),
    *("01/05/2026", "Tue, 05 Jan 2026 09:00:00 GMT", "2026-13-01", "2026-00-00", "yesterday", "12345678", "0x1", "1e3"),
    *(float("nan"), float("inf"), [], {}, [True], {"at": "2026-01-05"}, b"1"),
]


@pytest.mark.parametrize("value", DELETED)
def test_what_marks_a_record_as_deleted(value: object) -> None:
    """True, a number other than 0, and the date of the deletion, also as text."""
    assert is_deleted({"id": 1, "gone": value}, "gone")
    assert not is_deleted({"id": 1, "gone": value}, "other")


@pytest.mark.parametrize("value", KEPT)
def test_what_keeps_a_record(value: object) -> None:
    """Nothing, false, 0, a word for no, and dates that stand for none: the zero of some calendar, or its end."""
    assert not is_deleted({"id": 1, "gone": value}, "gone")


@pytest.mark.parametrize("value", DOUBTFUL)
def test_anything_else_is_an_error(value: object) -> None:
    """What says neither is not guessed; the error says how to declare it."""
    with pytest.raises(ValueError, match=r"^has a field gone that says neither deleted nor kept: it is ") as caught:
        is_deleted({"id": 1, "gone": value}, "gone")
    assert str(caught.value).endswith("have the stream's map in connector.py make it true or false")


@given(st.text())
def test_no_text_is_true_by_accident(text: str) -> None:
    """Only text that spells true, a number or a date deletes."""
    try:
        deleted = is_deleted({"gone": text}, "gone")
    except ValueError:
        return
    assert not deleted or text.strip().lower() == "true" or any(character.isdigit() for character in text)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("archived", "it is 'archived'. "),
        ("a@b.example", "it is a str of 11 characters. "),
        ("hunter2 hunter2", "it is a str of 15 characters. "),
        ("yes\n", "it is a str of 4 characters. "),
        (["hunter2"], "it is a list. "),
    ],
)
def test_the_error_shows_a_flag_and_nothing_more(value: object, shown: str) -> None:
    """A short word is shown; what may be more than a flag is not."""
    with pytest.raises(ValueError, match="neither deleted nor kept") as caught:
        is_deleted({"gone": value}, "gone")
    assert shown in str(caught.value)
    assert "hunter2" not in str(caught.value)


def reader(deleted_field: str, stream: Stream = COMPANY) -> RowReader:
    return BoundStream.bind(stream, parse({"deleted_field": deleted_field})).rows


def test_a_doubtful_flag_is_an_error_of_its_record() -> None:
    """It is raised when the page is checked, with the record's place, and only where deleted_field is set."""
    records = [company(1, gone="no"), company(2, gone="yes")]
    reader("").read(records, url="https://api.test/companies", parent={})
    with pytest.raises(RecordError, match=r"^Record 1 of https://api.test/companies has a field gone that says ne"):
        reader("gone").read(records, url="https://api.test/companies", parent={})


def test_a_map_decides() -> None:
    """What the map makes of the flag is what counts."""
    stream = replace(COMPANY, map=lambda record: {**record, "gone": record["gone"] == "Y"})
    rows = reader("gone", stream).read([company(1, gone="Y")], url="https://api.test", parent={}).rows
    assert is_deleted(rows[0], "gone")


@pytest.mark.parametrize("of", ["companies", "departments"])
def test_nothing_of_a_doubtful_page_is_written(of: str) -> None:
    """The sync fails, no row of that page has been written or deleted, and its cursor has not moved past."""

    def answer(request: httpx.Request) -> httpx.Response:
        records: list[Any] = [company(1), company(2)]
        is_companies = request.url.path == "/companies"
        if not is_companies:
            records = [department(1, 1), department(1, 2)]
        if is_companies == (of == "companies"):
            records[1]["gone"] = "T"
        return httpx.Response(200, json=records)

    destination = MemoryDestination()
    with pytest.raises(RecordError, match="gone that says neither"):
        sync(destination, httpx.MockTransport(answer), {"deleted_field": "gone", "max_attempts": "1"})
    assert destination.rows("company" if of == "companies" else "department") == {}
    assert not destination.state.get("company_cursor")
    assert not destination.state.get("department_cursor")
