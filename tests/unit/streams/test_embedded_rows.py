"""The rows inside a record: where they are found, what is written of them, and what cannot be one."""

import json
from dataclasses import replace
from typing import Any

import pytest

from async_sync import EPOCH_SECONDS, EmbeddedStream, Stream, Timestamp
from async_sync.configuration.settings import Settings
from async_sync.errors.lists import RecordError
from async_sync.http.decoding import decode
from async_sync.records.pages import Embedded, Written
from async_sync.streams.bound import BoundStream
from async_sync.streams.reading import RowReader
from async_sync.streams.tree import StreamTree

URL = "https://api.test/orders"
NOW = "2026-01-01T00:00:00Z"
ORDER = Stream(table="order", path="/orders", primary_key=["order_id"], columns={})
LINE = EmbeddedStream(table="line", parent=ORDER, records="lines", primary_key=["sku", "order_id"], columns={})
TAX = EmbeddedStream(table="tax", parent=LINE, records="taxes.all", primary_key=["sku", "kind"], columns={})


def reader(root: Stream, *embedded: EmbeddedStream, **configured: str) -> RowReader:
    settings = Settings(base_url="https://api.test", **configured)  # type: ignore[arg-type]
    return BoundStream.bind(root, settings, StreamTree([root, *embedded])).rows


def embedded(rows: RowReader, lines: object, **fields: Any) -> dict[str, list[dict[str, Any]]]:
    """The rows by their stream that come with one order with these lines."""
    read = rows.read([{"order_id": 1, "updated_at": NOW, "lines": lines, **fields}], url=URL, parent={})
    assert read.written is not None
    found: dict[str, list[dict[str, Any]]] = {}
    for name, of_stream, *_ in read.written[0].embedded:
        found.setdefault(name, []).extend(of_stream)
    return found


def line(**declared: Any) -> EmbeddedStream:
    return replace(LINE, **declared)


def lines_of(declared: EmbeddedStream, *lines: object, parent: Stream = ORDER) -> list[dict[str, Any]]:
    return embedded(reader(parent, replace(declared, parent=parent)), list(lines))["line"]


def refused(rows: RowReader, record: dict[str, Any]) -> str:
    with pytest.raises(RecordError) as caught:
        rows.read([{"order_id": 1, "updated_at": NOW, **record}], url=URL, parent={})
    assert caught.value.__cause__ is None
    return str(caught.value)


def test_they_come_with_their_record() -> None:
    """Each has the key of its record in columns that it does not have itself; the record's row stays as it was."""
    lines = [{"sku": "a", "n": 1}, {"sku": "b", "order_id": 7}]
    record = {"order_id": 1, "updated_at": NOW, "lines": lines}
    read = reader(ORDER, LINE).read([record], url=URL, parent={"shop": 5})
    row = {"shop": 5, **record}
    own = [{"order_id": 1, "sku": "a", "n": 1}, {"order_id": 7, "sku": "b"}]
    assert read.rows == [row]
    assert read.written == [Written([row], [Embedded("line", own)])]
    assert lines == [{"sku": "a", "n": 1}, {"sku": "b", "order_id": 7}]


def test_rows_inside_rows() -> None:
    """At any depth, each has the key of the row that it is in, and no other of its columns."""
    taxes = {"all": [{"kind": "vat"}, {"kind": "duty"}]}
    found = embedded(reader(ORDER, LINE, TAX), [{"sku": "a", "n": 1, "taxes": taxes}, {"sku": "b"}])
    assert [row["sku"] for row in found["line"]] == ["a", "b"]
    assert found["tax"] == [{"sku": "a", "order_id": 1, "kind": kind} for kind in ("vat", "duty")]


@pytest.mark.parametrize("record", [{"lines": None}, {"lines": []}, {}])
def test_null_or_no_list_is_an_empty_one(record: dict[str, Any]) -> None:
    """Then no row comes with the record."""
    read = reader(ORDER, LINE).read([{"order_id": 1, "updated_at": NOW, **record}], url=URL, parent={})
    assert read.written is not None
    assert read.written[0].embedded == [Embedded("line", [])]


@pytest.mark.parametrize("line", [{"taxes": None}, {"taxes": {}}, {"taxes": {"all": None}}, {}])
def test_an_object_on_the_way_may_be_missing(line: dict[str, Any]) -> None:
    """A part of the path that is null or missing is no list either."""
    assert embedded(reader(ORDER, LINE, TAX), [{"sku": "a", **line}])["tax"] == []


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("none", "has a str at lines where a list is expected"),
        ({"sku": "a"}, "has a dict at lines where a list is expected"),
        (0, "has a int at lines where a list is expected"),
        ([5], "has a row 0 in lines that is a int, not an object; have the stream's map make it one"),
        ([{"sku": "a"}, None], "has a row 1 in lines that is null, not an object"),
        ([{"sku": "a"}, {"sku": None}], "has a row 1 in lines that has no usable key: sku is null"),
        ([{}], "has a row 0 in lines that has no usable key: sku is missing"),
        ([{"sku": "a", "taxes": {"all": 5}}], "has a int at taxes.all where a list is expected"),
        ([{"sku": "a", "taxes": []}], "has no object on the way at taxes.all where a list is expected"),
        ([{"sku": "a", "taxes": {"all": [{}]}}], "has a row 0 in taxes.all that has no usable key: kind is missing"),
    ],
)
def test_what_cannot_be_read_is_named(lines: object, problem: str) -> None:
    """The error says which list, which row and what is wrong, with the fields of the record."""
    message = refused(reader(ORDER, LINE, TAX), {"lines": lines})
    assert f"Record 0 of {URL} {problem}" in message
    assert "Its fields are: order_id, updated_at, lines." in message


def test_a_place_in_the_list() -> None:
    """It is that among the rows of its list, whatever the rows themselves say, and may be their key."""
    placed = line(position="place", primary_key=["order_id", "place"])
    assert [row["place"] for row in lines_of(placed, {}, {"place": 9}, {})] == [0, 1, 2]


def test_a_map_makes_rows() -> None:
    """It may make one of anything in the list, several, or none; each row has a place of its own."""
    made = {"a": {"sku": "a"}, "b": [{"sku": "b"}, {"sku": "c"}], "d": None, "e": [{"sku": "e"}]}
    rows = lines_of(line(map=made.__getitem__, position="place"), "a", "b", "d", "e")
    assert [(row["sku"], row["place"], row["order_id"]) for row in rows] == [
        ("a", 0, 1), ("b", 1, 1), ("c", 2, 1), ("e", 3, 1),
    ]  # fmt: skip


def test_a_map_that_fails_is_named() -> None:
    """With the row that it failed at."""
    message = refused(reader(ORDER, line(map=lambda one: one["x"])), {"lines": [{"x": {"sku": "a"}}, {}]})
    assert "has a row 1 in lines that cannot be mapped: KeyError in test_embedded_rows.py" in message
    message = refused(reader(ORDER, line(map=lambda _: 5)), {"lines": [{}]})
    assert "has a row 0 in lines that cannot be mapped: map returned a int, not an object" in message


def test_a_map_changes_its_own_row_only() -> None:
    """Rows below are found although it takes them out, and the record keeps them as the API sent them."""

    def without_taxes(one: dict[str, Any]) -> dict[str, Any]:
        del one["taxes"]
        return one

    lines = [{"sku": "a", "taxes": {"all": [{"kind": "vat"}]}}]
    mapped = line(map=without_taxes)
    read = reader(ORDER, mapped, replace(TAX, parent=mapped)).read(
        [{"order_id": 1, "updated_at": NOW, "lines": lines}], url=URL, parent={}
    )
    assert read.written is not None
    found = {name: rows for name, rows, *_ in read.written[0].embedded}
    assert found == {"line": [{"sku": "a", "order_id": 1}], "tax": [{"sku": "a", "order_id": 1, "kind": "vat"}]}
    assert read.rows[0]["lines"] == [{"sku": "a", "taxes": {"all": [{"kind": "vat"}]}}]


def test_a_record_of_several_rows_has_its_lines_once() -> None:
    """They belong to the first of its rows; a record that is dropped has none."""
    made = {1: [{"order_id": 1, "updated_at": NOW}, {"order_id": 2, "updated_at": NOW}], 3: None}
    root = replace(ORDER, map=lambda record: made[record["order_id"]])
    records = [{"order_id": number, "updated_at": NOW, "lines": [{"sku": "a"}]} for number in made]
    read = reader(root, replace(LINE, parent=root)).read(records, url=URL, parent={})
    assert read.written == [
        Written(made[1] or [], [Embedded("line", [{"sku": "a", "order_id": 1}])]),
        Written(()),
    ]


def test_below_a_deleted_row_there_is_none() -> None:
    """Neither below a deleted record, nor below a deleted row inside it."""
    rows = reader(ORDER, LINE, TAX, deleted_field="gone")
    taxes = {"all": [{"kind": "vat"}]}
    found = embedded(rows, [{"sku": "a", "gone": True, "taxes": taxes}, {"sku": "b", "taxes": taxes}])
    assert [row["sku"] for row in found["line"]] == ["a", "b"]
    assert [row["sku"] for row in found["tax"]] == ["b"]
    assert embedded(rows, [{"sku": "a"}], gone=True) == {}
    assert "has a row 0 in lines that has a field gone that says neither deleted nor kept: it is 'maybe'" in refused(
        rows, {"lines": [{"sku": "a", "gone": "maybe"}]}
    )


@pytest.mark.parametrize(
    ("zone", "written"), [(None, "2026-01-05T09:00:00Z"), ("America/New_York", "2026-01-05T14:00:00Z")]
)
def test_times_are_local_where_those_of_the_record_are(zone: str | None, written: str) -> None:
    """It is the same API, so it is the same clock, at any depth."""
    root = replace(ORDER, cursor_type=Timestamp(zone=zone))
    timed = replace(LINE, parent=root, columns={"sold_at": "UTC_DATETIME"})
    below = replace(TAX, parent=timed, columns={"paid_at": "UTC_DATETIME"})
    tax = {"kind": "vat", "paid_at": "2026-01-05 09:00:00"}
    lines = [{"sku": "a", "sold_at": "2026-01-05 09:00:00", "taxes": {"all": [tax]}}, {"sku": "b"}]
    found = embedded(reader(root, timed, below), lines)
    assert [row.get("sold_at") for row in found["line"]] == [written, None]
    assert {row["paid_at"] for row in found["tax"]} == {written}


def test_a_number_is_no_time_of_a_row() -> None:
    """Only the record's cursor has a unit; the error names the row that it is in, not a record of that number."""
    root = replace(ORDER, cursor_type=EPOCH_SECONDS, cursor_field="at", columns={"at": "UTC_DATETIME"})
    timed = replace(LINE, parent=root, columns={"at": "UTC_DATETIME"})
    message = refused(reader(root, timed), {"at": 60, "lines": [{"sku": "a"}, {"sku": "b", "at": 60}]})
    assert f"Record 0 of {URL} has a row 1 in lines that has a field at that is not a valid UTC_DATETIME" in message


def test_large_numbers_in_keys() -> None:
    """They are written as text, the key of the row above as well, so that no two keys become one."""
    found = embedded(reader(ORDER, LINE, TAX), [{"sku": 2**70, "taxes": {"all": [{"kind": 2**71}]}}])
    assert [row["sku"] for row in found["line"]] == [str(2**70)]
    assert [(row["sku"], row["kind"]) for row in found["tax"]] == [(str(2**70), str(2**71))]


@pytest.mark.parametrize("deepest", [False, True])
def test_decimals_keep_their_digits(deepest: bool) -> None:
    """A DECIMAL column at any depth has the whole answer decoded with all digits; other columns see floats."""
    columns = {"amount": "DECIMAL"}
    tree = (LINE, replace(TAX, columns=columns)) if deepest else (line(columns=columns), TAX)
    below = replace(tree[1], parent=tree[0])
    rows = reader(ORDER, tree[0], below)
    assert rows.is_exact
    content = '[{"sku": "a", "amount": 1234567890123456.70, "taxes": {"all": [{"kind": "vat", "amount": 0.10}]}}]'
    lines = decode(content.encode(), exact=rows.is_exact).body
    found = embedded(rows, lines)
    assert (found["line"][0]["amount"], found["tax"][0]["amount"]) == (
        (1234567890123456.7, "0.10") if deepest else ("1234567890123456.70", 0.1)
    )
    assert json.dumps(lines) == json.dumps(json.loads(content))


def test_without_a_decimal_nothing_is_paid_for_digits() -> None:
    """Neither the record nor what is in it asks for exact numbers."""
    assert not reader(ORDER, LINE, TAX).is_exact
