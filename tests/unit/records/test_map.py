"""A record made into a row by the stream's `map`."""

from typing import Any

import pytest

from async_sync.configuration.settings import Settings
from async_sync.errors.lists import RecordError
from async_sync.records.cursors import EPOCH_SECONDS, NO_CURSOR, TIMESTAMP
from async_sync.records.decimals import ExactFloat
from async_sync.records.pages import Row, Written
from async_sync.streams.bound import BoundStream
from async_sync.streams.reading import RowReader
from async_sync.streams.stream import Stream

URL = "https://api.test/companies"
NOW = "2026-01-01T00:00:00Z"


def refused(record: object, reader: RowReader) -> str:
    with pytest.raises(RecordError) as caught:
        reader.read([record], url=URL, parent={})
    assert caught.value.__cause__ is None
    return str(caught.value)


def flattened(**declared: Any) -> RowReader:
    """A stream of JSON:API's records."""

    def flat(record: dict[str, Any]) -> dict[str, Any]:
        return {"id": record["id"], **record["attributes"]}

    given = {"table": "t", "path": "/t", "primary_key": ["id"], "columns": {}, "map": flat}
    stream = Stream(**{**given, **declared})
    return BoundStream.bind(stream, Settings(base_url="https://api.test", cursor_field="updatedAt")).rows


def test_a_record_is_mapped() -> None:
    """Key and cursor are looked for in what `map` gives, the cursor under the column's name."""
    read = flattened().read([{"id": 1, "attributes": {"updated_at": NOW}}], url=URL, parent={"id": 2, "x": 3})
    assert read.rows == [{"id": 1, "x": 3, "updated_at": NOW}]
    assert read.cursors == [TIMESTAMP.parse(NOW)]
    assert read.written == [Written(read.rows)]


def test_a_mapped_row_is_checked() -> None:
    """What is wrong with the row that `map` gave is told with that row's fields."""
    message = refused({"id": 1, "attributes": {"name": "secret"}}, flattened())
    assert "has no cursor field updated_at. Its fields are: id, name." in message


def test_a_map_that_fails() -> None:
    """The error names the exception's type, file and line, and the record's fields, but no value."""
    line = flattened.__code__.co_firstlineno + 4
    message = refused({"id": "secret", "other": 1}, flattened())
    assert f"cannot be mapped: KeyError in test_map.py:{line}. Its fields are: id, other." in message
    assert "secret" not in message


def test_a_record_that_is_no_object_is_mapped() -> None:
    """A `map` gets whatever a record is, and makes it an object; the error of one that cannot names no field."""
    made = flattened(map=lambda record: {"id": record, "updated_at": NOW}).read([7], url=URL, parent={})
    assert made.rows == [{"id": 7, "updated_at": NOW}]
    assert "cannot be mapped: TypeError in test_map.py" in refused([1], flattened())


@pytest.mark.parametrize(("given", "kind"), [([None], "null"), ([{}, []], "a list"), ("row", "a str")])
def test_a_map_gives_objects(given: object, kind: str) -> None:
    """What `map` returns must be an object, a list of them, or None."""
    assert f"cannot be mapped: map returned {kind}, not an object, a list or None." in refused(
        {"id": 1}, flattened(map=lambda _: given)
    )


def test_a_map_without_a_line() -> None:
    """A built-in function has no line to name."""
    assert "cannot be mapped: TypeError in the call itself." in refused({"id": 1}, flattened(map=int))


def test_a_record_that_is_dropped_stands_for_itself() -> None:
    """What it is known by is its key, or else its content, also where records have no cursor."""
    records = [{"id": 1, "updated_at": NOW}, {"name": "a"}, {"name": "b"}, {"name": "a"}]
    read = flattened(map=lambda _: None, cursor_field=None).read(records, url=URL, parent={})
    keys = [row["id"] for row in read.rows]
    assert keys[0] == 1
    assert keys[1] == keys[3] != keys[2]
    assert read.cursors == [NO_CURSOR] * 4
    assert read.written == [Written(())] * 4


def test_dropped_records_differ_by_every_digit() -> None:
    """Where numbers are read with all their digits, records without a key are told apart by these."""
    reader = flattened(map=lambda _: None, cursor_field=None, columns={"price": "DECIMAL"})
    prices = ["1234567890123456.78", "1234567890123456.79", "1234567890123456.78"]
    one, other, again = reader.read([{"price": ExactFloat(price)} for price in prices], url=URL, parent={}).rows
    assert one["id"] == again["id"] != other["id"]


@pytest.mark.parametrize(
    ("record", "cursor"),
    [
        ({"updatedAt": NOW, "updated_at": "never"}, NOW),
        ({"updated_at": NOW}, NOW),
    ],
)
def test_the_cursor_of_a_record_that_is_dropped(record: dict[str, Any], cursor: str) -> None:
    """It is found under the API's name, or under the column's where the API's is missing."""
    assert flattened(map=lambda _: None).read([record], url=URL, parent={}).cursors == [TIMESTAMP.parse(cursor)]


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ({"id": 1}, "was dropped by map, and no record of its page has a cursor field updated_at"),
        ({"updatedAt": "soon"}, "has a cursor field updatedAt that cannot be read: expected a timestamp as ISO 8601"),
    ],
)
def test_a_record_that_is_dropped_has_a_cursor(record: dict[str, Any], problem: str) -> None:
    """Without one, the list's cursor could pass records that have not been seen: that is an error."""
    assert problem in refused(record, flattened(map=lambda _: None))


def test_the_first_of_the_dropped_records_is_named() -> None:
    """A null before it is passed over, and a record that is no object has no fields to name."""
    reader = flattened(map=lambda _: None)
    for record, fields in [({"id": 1}, "id"), (["id"], "none")]:
        with pytest.raises(RecordError, match=f"^Record 1 of .* Its fields are: {fields}. "):
            reader.read([None, record], url=URL, parent={})


def test_a_record_that_becomes_several_rows() -> None:
    """Each is checked and written; the first stands for the record, and the latest of their cursors is the record's."""
    later = "2026-01-03T00:00:00Z"
    rows: list[Row] = [{"id": 1, "updated_at": NOW}, {"id": 2, "updated_at": later}, {"updated_at": "2026-01-02"}]
    read = flattened(map=lambda _: rows).read([{"other": 1}], url=URL, parent={"id": 9})
    assert (read.rows, read.cursors) == ([rows[0]], [TIMESTAMP.parse(later)])
    assert read.written == [Written([*rows[:2], {"id": 9, "updated_at": "2026-01-02"}])]


def test_every_row_of_a_record_is_checked() -> None:
    """What is wrong with a later one is an error in that record."""
    message = refused({"id": 1}, flattened(map=lambda record: [{**record, "updated_at": NOW}, record]))
    assert f"Record 0 of {URL} has no cursor field updated_at." in message


def test_each_row_of_a_record_has_a_time_of_its_own() -> None:
    """A cursor that is a number is written as the time of its row, not as that of the record."""
    rows = [{"id": 1, "updated_at": 60}, {"id": 2, "updated_at": 120}]
    reader = flattened(map=lambda _: rows, columns={"updated_at": "UTC_DATETIME"}, cursor_type=EPOCH_SECONDS)
    read = reader.read([{}], url=URL, parent={})
    reader.convert(read, url=URL)
    assert read.cursors == [EPOCH_SECONDS.parse(120)]
    assert read.written is not None
    times = [row["updated_at"] for row in read.written[0].rows]
    assert times == ["1970-01-01T00:01:00Z", "1970-01-01T00:02:00Z"]


def test_a_time_that_cannot_be_converted_is_told_of_its_record() -> None:
    """Records are counted as the API sent them, whatever became of those before."""
    made = {
        1: [{"id": 1, "at": NOW}, {"id": 2, "at": NOW}],
        2: None,
        3: [{"id": 3, "at": NOW}, {"id": 4, "at": "soon"}],
    }
    reader = flattened(map=lambda record: made[record["id"]], cursor_field=None, columns={"at": "UTC_DATETIME"})
    read = reader.read([{"id": 1}, {"id": 2}, {"id": 3}], url=URL, parent={})
    with pytest.raises(RecordError, match=r"Record 2 of .* has a field at that is not a valid UTC_DATETIME"):
        reader.convert(read, url=URL)
