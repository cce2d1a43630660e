"""What a stream declares, and the check each record passes at the boundary."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync.configuration.settings import Settings
from async_sync.errors.lists import RecordError
from async_sync.records.cursors import NO_CURSOR, SEQUENCE, TIMESTAMP
from async_sync.records.rows import partition_id, partition_key
from async_sync.streams.bound import BoundStream
from async_sync.streams.reading import RowReader
from async_sync.streams.stream import Stream, path_keys

URL = "https://api.test/companies"
NOW = "2026-01-01T00:00:00Z"
CURSOR_FIELD = "has a cursor field updated_at that cannot be read: "

COMPANY = Stream(
    table="company", path="/companies", path_key="companies_path", primary_key=["id"], columns={"id": "STRING"}
)
DEPARTMENT = Stream(
    parent=COMPANY,
    table="department",
    path="/companies/{id}/departments",
    primary_key=["id", "number"],
    columns={"number": "INT"},
)


def settings(**given_settings: Any) -> Settings:
    return Settings(base_url="https://api.test", **given_settings)


READY = BoundStream.bind(COMPANY, settings()).rows
CHILD = BoundStream.bind(DEPARTMENT, settings()).rows


def read(record: object) -> dict[str, Any]:
    rows, cursors, *_ = READY.read([record], url=URL, parent={})
    assert [cursor.raw for cursor in cursors] == [rows[0]["updated_at"]]
    return rows[0]


def refused(record: object, reader: RowReader = READY) -> str:
    with pytest.raises(RecordError) as caught:
        reader.read([record], url=URL, parent={})
    return str(caught.value)


def test_the_table_as_fivetran_wants_it() -> None:
    """The schema holds table, primary key and columns as plain lists and dicts of its own."""
    schema = COMPANY.schema()
    assert schema == {"table": "company", "primary_key": ["id"], "columns": {"id": "STRING"}}
    assert schema["primary_key"] is not COMPANY.primary_key
    assert schema["columns"] is not COMPANY.columns


@pytest.mark.parametrize(
    ("paths", "path"),
    [({}, "/companies"), ({"companies_path": "/v2/firms"}, "/v2/firms"), ({"other_path": "/x"}, "/companies")],
)
def test_the_path_may_be_configured(paths: dict[str, str], path: str) -> None:
    """The configured path goes before the declared one; another stream's does not matter."""
    request = BoundStream.bind(COMPANY, settings(paths=paths)).requests.build("", None, {})
    assert request.url == path


@pytest.mark.parametrize(
    ("configured", "declared", "expected"),
    [
        ("changed", {"api_cursor_field": "updatedAt"}, "changed"),
        (None, {"api_cursor_field": "updatedAt"}, "updatedAt"),
        (None, {}, "updated_at"),
    ],
)
def test_the_cursor_field_may_be_configured(configured: str | None, declared: dict[str, Any], expected: str) -> None:
    """The API's cursor field is the configured one, else the declared one, else the column's name."""
    stream = Stream(table="t", path="/t", primary_key=["id"], columns={}, **declared)
    assert BoundStream.bind(stream, settings(cursor_field=configured)).cursor_field == expected
    assert (stream.cursor_field, stream.cursor_type) == ("updated_at", TIMESTAMP)


def test_a_page_gives_rows_and_cursors() -> None:
    """Each record gives a row and, at the same place, its cursor; the records stay as they are."""
    records = [{"id": "a", "updated_at": NOW, "name": None}, {"id": 2, "updated_at": "2026-01-02"}]
    rows, cursors, *_ = READY.read(records, url=URL, parent={})
    assert rows == records
    assert rows[0] is not records[0]
    assert cursors == [TIMESTAMP.parse(NOW), TIMESTAMP.parse("2026-01-02")]
    assert READY.read([], url=URL, parent={}) == ([], [], None, 0)


def test_the_cursor_is_written_under_the_column_s_name() -> None:
    """Where the API calls the cursor otherwise, the row has it under the column's name only."""
    reader = BoundStream.bind(COMPANY, settings(cursor_field="updatedAt")).rows
    record = {"id": 1, "updatedAt": NOW}
    rows, *_ = reader.read([record], url=URL, parent={})
    assert rows == [{"id": 1, "updated_at": NOW}]
    assert record == {"id": 1, "updatedAt": NOW}


def test_the_cursor_is_of_the_stream_s_type() -> None:
    """A stream with another type of cursor reads its field so."""
    stream = Stream(table="t", path="/t", primary_key=["id"], columns={}, cursor_type=SEQUENCE)
    _, cursors, *_ = BoundStream.bind(stream, settings()).rows.read([{"id": 1, "updated_at": 7}], url=URL, parent={})
    assert cursors == [SEQUENCE.parse(7)]


def test_a_record_takes_the_key_from_its_parent() -> None:
    """A field of the key that a record lacks is the parent's; one that it has is its own."""
    rows, *_ = CHILD.read(
        [{"number": 1, "updated_at": NOW}, {"id": "d", "number": 2, "updated_at": NOW}], url=URL, parent={"id": "c"}
    )
    assert [(row["id"], row["number"]) for row in rows] == [("c", 1), ("d", 2)]


@pytest.mark.parametrize("key", ["a", " ", "0", 0, -1, 10**30])
def test_text_and_whole_numbers_are_keys(key: str | int) -> None:
    """Any text but the empty one, and any whole number, zero too, is a key."""
    assert read({"id": key, "updated_at": NOW})["id"] == key


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ([1], "is a list, not an object; have the stream's map make it one"),
        ({"updated_at": NOW}, "has no usable key: id is missing"),
        ({"id": None, "updated_at": NOW}, "has no usable key: id is null"),
        ({"id": "", "updated_at": NOW}, "has no usable key: id is empty"),
        ({"id": True, "updated_at": NOW}, "has no usable key: id is a bool"),
        ({"id": 1.5, "updated_at": NOW}, "has no usable key: id is a float"),
        ({"id": {}, "updated_at": NOW}, "has no usable key: id is a dict"),
        ({"id": 1}, "has no cursor field updated_at"),
        (
            {"id": 1, "updated_at": None},
            CURSOR_FIELD + "expected a timestamp as ISO 8601 text, not NoneType",
        ),
        (
            {"id": 1, "updated_at": "soon"},
            CURSOR_FIELD + "expected a timestamp as ISO 8601 text, such as 2026-01-01T00:00:00Z",
        ),
    ],
)
def test_an_unusable_record_is_refused(record: object, problem: str) -> None:
    """A record that is no object, or has no usable key or cursor, is refused with its fields' names."""
    fields = ", ".join(record) if isinstance(record, dict) else "none"
    assert f"Record 0 of {URL} {problem}. Its fields are: {fields}. " in refused(record)


def test_the_api_s_name_of_the_cursor_is_told() -> None:
    """A message names the cursor field as the API does."""
    reader = BoundStream.bind(COMPANY, settings(cursor_field="updatedAt")).rows
    assert "has no cursor field updatedAt. Its fields are: id, updated_at." in refused(
        {"id": 1, "updated_at": 1}, reader
    )
    assert "has a cursor field updatedAt that" in refused({"id": 1, "updatedAt": 1}, reader)


def test_the_first_unusable_record_is_named() -> None:
    """The message counts records from 0, and neither values nor the parent's fields are in it."""
    with pytest.raises(RecordError, match="Record 1 of") as caught:
        CHILD.read([{"number": 1, "updated_at": NOW}, {"secret": "value"}, None], url=URL, parent={"id": "c"})
    assert (caught.value.index, caught.value.fields, caught.value.__cause__) == (1, ("secret",), None)
    assert "value" not in str(caught.value)


def test_every_part_of_the_key_is_checked() -> None:
    """A later part of the key is checked as the first is."""
    with pytest.raises(RecordError, match="number is empty"):
        CHILD.read([{"id": 1, "number": "", "updated_at": NOW}], url=URL, parent={})


def test_a_parent_s_key() -> None:
    """A parent's children get the fields of its key, in the order of the declaration, and no others."""
    stream = Stream(table="t", path="/t", primary_key=["b", "a"], columns={})
    assert [*stream.key_of({"a": 1, "c": 2, "b": 3}).items()] == [("b", 3), ("a", 1)]


@pytest.mark.parametrize(
    ("parent", "name"),
    [
        ({"id": "c1"}, "c1"),
        ({"id": 7}, "7"),
        ({"id": "a/b c"}, "a/b c"),
        ({"a": "x", "b": 2}, "x/2"),
        ({"a": "x/y", "b": "z"}, "x%2Fy/z"),
    ],
)
def test_a_partition_is_named_by_its_parent_s_key(parent: dict[str, object], name: str) -> None:
    """A partition's name is the key as text; the parts of a longer key are encoded and joined."""
    assert partition_id(parent) == name


keys = st.tuples(st.text("a/%2F", min_size=1), st.text("a/%2F", min_size=1))


@given(keys, keys)
def test_no_two_keys_have_one_name(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Keys of two parts that differ have names that differ."""
    assert (partition_id(dict(enumerate(one))) == partition_id(dict(enumerate(other)))) == (one == other)  # type: ignore[arg-type]


@given(st.lists(st.text("a/%2F", min_size=1), min_size=1, max_size=3))
def test_a_partition_s_name_is_its_parent_s_key(parts: list[str]) -> None:
    """The key can be told from the name, as text."""
    key = {f"field_{number}": part for number, part in enumerate(parts)}
    assert partition_key(partition_id(key), [*key]) == key
    assert partition_key(partition_id({"a": 7}), ["a"]) == {"a": "7"}


def test_a_stream_without_a_time_of_change_reads_whatever_is_there() -> None:
    """Its records need no cursor, whatever the user calls that of the others, and have none."""
    stream = replace(COMPANY, cursor_field=None)
    bound = BoundStream.bind(stream, settings(cursor_field="updatedAt"))
    read = bound.rows.read([{"id": 1, "updatedAt": "soon"}, {"id": 2}], url=URL, parent={})
    assert (read.rows, read.written) == ([{"id": 1, "updatedAt": "soon"}, {"id": 2}], None)
    assert read.cursors == [NO_CURSOR, NO_CURSOR]
    assert (bound.cursor_field, stream.asks_for_changes) == (None, False)
    assert "has no usable key: id is missing" in refused({}, bound.rows)


def test_changes_are_asked_for_where_the_api_can_tell_them() -> None:
    """That takes a parameter and a cursor."""
    assert COMPANY.asks_for_changes
    assert not replace(COMPANY, since_param=None).asks_for_changes


def test_a_copy_with_another_cursor_field_has_the_same_name_in_the_api() -> None:
    """What is the same as `cursor_field` follows it, also where a declaration is made from another one."""
    copied = replace(COMPANY, cursor_field="changed_at")
    assert copied.cursor_field_of_api == "changed_at"
    assert replace(COMPANY, api_cursor_field="updatedAt", cursor_field="changed_at").cursor_field_of_api == "updatedAt"


def test_streams_that_share_a_path_share_its_key() -> None:
    """Two lists below one path have one key of the configuration, and one field in the setup form."""
    live, archived = (replace(COMPANY, name=name) for name in ("live", "archived"))
    assert [path.key for path in path_keys([live, archived, DEPARTMENT])] == ["companies_path"]
