"""Records that do not come as a plain list of objects in JSON, in whole syncs."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from async_sync import CSV, JSONL, SinglePage, Stream
from async_sync.errors.lists import PageError, RecordError, ReportedError, RequestError
from tests.helpers.destination import MemoryDestination
from tests.helpers.nested_api import at
from tests.helpers.syncing import run

ITEM = Stream(table="item", path="/items", primary_key=["id"], columns={}, pagination=SinglePage())
UNDATED = replace(ITEM, cursor_field=None)


def synced(stream: Stream, body: object, *, content: bytes | None = None) -> MemoryDestination:
    """The destination after a sync of this answer."""
    destination = MemoryDestination(keys={stream.table: tuple(stream.primary_key)})
    answered = {"content": content} if content is not None else {"json": body}
    run(destination, lambda _: httpx.Response(200, **answered), stream)
    return destination


def rows(stream: Stream, body: object, *, content: bytes | None = None) -> list[dict[str, Any]]:
    return list(synced(stream, body, content=content).rows(stream.table).values())


ONE, TWO = {"id": 1, "updated_at": at(1)}, {"id": 2, "updated_at": at(2)}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("data.*", {"data": {"x": ONE, "y": TWO}}),
        ("*", {"x": ONE, "y": TWO}),
        ("pages.*.items", {"pages": [{"items": [ONE]}, {"items": [TWO]}]}),
        ("pages.*.items", {"pages": {"x": {"items": [ONE, TWO]}, "y": {"items": None}}}),
        ("entries.*.entry", {"entries": [{"entry": ONE}, {"entry": TWO}]}),
        ("groups.*.*", {"groups": [{"x": ONE}, {"y": TWO}]}),
    ],
)
def test_a_star_stands_for_every_value(path: str, body: object) -> None:
    """A `*` in `records` is every value of an object or a list, also in the middle of the path."""
    assert rows(replace(ITEM, records=path), body) == [ONE, TWO]


@pytest.mark.parametrize("body", [{"data": {}}, {"data": []}, {"data": None}])
def test_an_object_without_values_is_an_empty_list(body: object) -> None:
    """So are an empty list and null in its place, as some languages write an empty object."""
    assert rows(replace(ITEM, records="data.*"), body) == []


def test_one_missing_list_among_several_is_an_error() -> None:
    """Where a list may be missing, the others count; where it may not, none is lost without a word."""
    stream, body = replace(ITEM, records="pages.*.items"), {"pages": [{"items": [ONE]}, {"total": 0}]}
    with pytest.raises(PageError, match=r"list at pages.\*.items"):
        rows(stream, body)
    assert rows(replace(stream, records_optional=True), body) == [ONE]
    with pytest.raises(PageError):
        rows(replace(stream, records_optional=True), {"pages": [{"items": [ONE]}, 3]})


def test_the_name_of_a_record_may_be_its_key() -> None:
    """`records_key` is the field for the name that a record has in its object; what is no object gets a `value`."""
    named = replace(UNDATED, records="rates.*", records_key="id")
    assert rows(named, {"rates": {"EUR": 1.1, "JPY": None}}) == [{"id": "EUR", "value": 1.1}]
    assert rows(named, {"rates": {"EUR": {"id": "x", "rate": 1}}}) == [{"id": "EUR", "rate": 1}]


@pytest.mark.parametrize("records", ["rates", "rates.*.items", "."])
def test_only_values_of_an_object_have_names(records: str) -> None:
    """`records_key` without such a path is refused when it is declared."""
    with pytest.raises(ValueError, match="only the values of an object have a name there"):
        replace(UNDATED, records=records, records_key="id")


@pytest.mark.parametrize(
    ("options", "body"),
    [
        ({}, ONE),
        ({"records": "."}, ONE),
        ({"records": "metric"}, {"metric": ONE}),
        ({}, {"data": ONE}),
        ({"records": "rows.row"}, {"rows": {"row": ONE}}),
        ({"records": "rows.row"}, {"rows": {"row": [ONE]}}),
    ],
)
def test_one_object_may_be_one_record(options: dict[str, Any], body: object) -> None:
    """With `single`, an object in place of the list is its only record; a list stays a list."""
    assert rows(replace(ITEM, single=True, **options), body) == [ONE]


def test_one_object_is_no_list_unless_declared() -> None:
    """Without `single` it is an error, and with it a report of an error still is one."""
    with pytest.raises(PageError):
        rows(replace(ITEM, records="metric"), {"metric": ONE})
    with pytest.raises(ReportedError, match="no access"):
        rows(replace(ITEM, single=True), {"error": "no access"})


def test_what_is_no_object_goes_through_map() -> None:
    """Ids, texts and lists become rows by the stream's map; without one, the error says so."""
    stream = replace(UNDATED, map=lambda record: {"id": record})
    assert rows(stream, ["a", 7]) == [{"id": "a"}, {"id": 7}]
    assert rows(replace(UNDATED, map=lambda record: {"id": record[0]}), [[1, "x"]]) == [{"id": 1}]
    assert rows(replace(UNDATED, map=lambda record: {"id": record} if record > 1 else None), [1, 2]) == [{"id": 2}]
    with pytest.raises(RecordError, match="is a str, not an object; have the stream's map make it one"):
        rows(UNDATED, ["a"])


@pytest.mark.parametrize("records", [[None, ONE, TWO], [ONE, None, TWO], [ONE, TWO, None, None]])
def test_null_is_left_out_with_a_warning(records: list[object]) -> None:
    """Null in place of a record is nothing to write; the warning counts it, and the cursor is that of the records."""
    destination = synced(ITEM, {"data": records})
    assert list(destination.rows("item").values()) == [ONE, TWO]
    assert "in place of" in destination.warnings[-1]
    assert destination.state == {**destination.state, "item_cursor": at(2)}


def test_nothing_but_nulls_is_an_empty_list() -> None:
    """No record has a cursor then; of a stream without one, too, nothing is written."""
    for stream in (ITEM, UNDATED):
        assert synced(stream, {"data": [None, None]}).rows("item") == {}


@pytest.mark.parametrize("records", [[{"data": None}, {"data": ONE}], [{"data": ONE}, {"data": None}]])
def test_a_dropped_record_needs_no_cursor(records: list[object]) -> None:
    """An envelope without content that map drops stands where it is, between its neighbors."""
    stream = replace(ITEM, map=lambda record: record["data"])
    destination = synced(stream, {"data": records})
    assert list(destination.rows("item").values()) == [ONE]
    assert destination.state == {**destination.state, "item_cursor": at(1)}


def test_a_page_of_nothing_but_dropped_records_without_a_cursor_is_an_error() -> None:
    """Nobody knows how far such a page has come."""
    with pytest.raises(RecordError, match="dropped by map, and no record of its page has a cursor field updated_at"):
        rows(replace(ITEM, map=lambda record: record["data"]), {"data": [{"data": None}]})


def test_csv_and_lines_of_json_are_synced() -> None:
    """With `decode` an answer may be in another form; its records have keys and cursors as any."""
    assert rows(replace(ITEM, decode=CSV()), None, content=b"id,updated_at\na,2026-01-01\n") == [
        {"id": "a", "updated_at": "2026-01-01"}
    ]
    assert rows(replace(UNDATED, decode=JSONL()), None, content=b'{"id": 1}\n{"id": 2}\n') == [{"id": 1}, {"id": 2}]
    assert rows(replace(UNDATED, decode=lambda content: {"data": [{"id": content.decode()}]}), None, content=b"x") == [
        {"id": "x"}
    ]


def test_an_answer_that_is_cut_off_ends_the_sync() -> None:
    """Half an answer is tried again, and then an error that names the form and the line."""
    with pytest.raises(RequestError, match=r"the answer cannot be decoded by JSONL \(line 1: "):
        rows(replace(UNDATED, decode=JSONL()), None, content=b'{"id"')
