"""Where an answer has its records, its total and its errors."""

from typing import Any

import httpx
import pytest

from async_sync.errors.lists import PageError, ReportedError
from async_sync.records.answers import Answer, Header
from async_sync.records.usual import USUAL, Usual

URL = "https://api.test/companies?page=2&key=secret"


def answer(body: Any) -> Answer:
    return Answer(URL, {}, body)


@pytest.mark.parametrize(
    ("body", "records"),
    [
        ([1, 2], [1, 2]),
        ([], []),
        ({"data": [1]}, [1]),
        ({"results": [1], "total": 9}, [1]),
        ({"next": None, "items": []}, []),
        ({"value": [1]}, [1]),
        ({"value": [4], "items": [3], "results": [2], "data": [1]}, [1]),
        ({"value": [4], "items": [3], "results": [2]}, [2]),
        ({"value": [4], "items": [3]}, [3]),
        ({"data": None}, []),
        ({"data": None, "items": None}, []),
        ({"data": None, "items": [3]}, [3]),
    ],
)
def test_records_are_found_in_the_usual_places(body: Any, records: list[int]) -> None:
    """The records are the answer itself, or under data, results, items or value, in that order; null is empty."""
    assert answer(body).records() == records


@pytest.mark.parametrize(
    ("body", "field", "records"),
    [
        ({"data": [1], "rows": [2]}, "rows", [2]),
        ({"result": {"rows": [3]}}, "result.rows", [3]),
        ({"result.rows": [4], "result": {"rows": [3]}}, "result.rows", [4]),
        ([5], ".", [5]),
        ([], "rows", []),
        (None, ".", []),
        ({"rows": None}, "rows", []),
        ({"result": {"rows": None}}, "result.rows", []),
        ({"result": None}, "result.rows", []),
        ({"a": {"b": None}}, "a.b.c.d", []),
        ({"result.rows": None}, "result.rows", []),
    ],
)
def test_records_are_where_they_are_declared(body: Any, field: str, records: list[int]) -> None:
    """A declared place is a dotted path or the answer itself; null there or on the way is an empty list."""
    assert answer(body).records(field) == answer(body).records(field, optional=True) == records


@pytest.mark.parametrize(
    ("body", "field", "found"),
    [
        ({}, "rows", "an object with the fields none"),
        ({"kind": "x", "more": [1]}, "rows", "an object with the fields kind, more"),
        ({"data": {}}, "data.rows", "an object with the fields data"),
        ({"kind": "x"}, "data.rows", "an object with the fields kind"),
        ({"data": {"page": 1}}, "data.rows.inner", "an object with the fields data"),
    ],
)
def test_a_list_that_may_be_missing(body: Any, field: str, found: str) -> None:
    """If the list or an object on the way to it is missing, it is empty if that is declared, and else refused."""
    assert answer(body).records(field, optional=True) == []
    with pytest.raises(
        PageError, match=f"{found} where .* If the API leaves out an empty list, declare records_optional"
    ):
        answer(body).records(field)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"rows": {}}, "rows"),
        ({"rows": ""}, "rows"),
        ({"rows": 0}, "rows"),
        ({"rows": False}, "rows"),
        ({"rows": [{"inner": [1]}]}, "rows.inner"),
        ({"rows": "text"}, "rows.inner"),
        ([1], "rows"),
        ("text", "rows"),
        (None, "rows"),
        (None, "rows.inner"),
    ],
)
def test_only_a_missing_list_is_optional(body: Any, field: str) -> None:
    """Anything else in its place or on the way is refused, even if it is optional: it might hold records."""
    with pytest.raises(PageError):
        answer(body).records(field, optional=True)


@pytest.mark.parametrize(
    ("body", "field", "found"),
    [
        ({"data": [1]}, "rows", "an object with the fields data"),
        (None, "rows", "null"),
        ({"rows": {"x": 1}}, "rows", "an object with the fields x"),
        ({"rows": [1]}, "rows.inner", "an object with the fields rows"),
        ({"data": [1]}, ".", "an object with the fields data"),
        ([1], "rows", "a list"),
    ],
)
def test_records_that_are_not_where_they_are_declared(body: Any, field: str, found: str) -> None:
    """The error says what was found instead."""
    with pytest.raises(PageError, match=f"answered {found} where a page of records was expected"):
        answer(body).records(field)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"error": "denied", "data": []}, USUAL),
        ({"error": "denied", "data": None}, USUAL),
        ({"error": "denied"}, USUAL),
        ({"error": "denied"}, "rows"),
        ({"result": {"rows": [], "error": "denied"}}, "result.rows"),
        ({"result": {"error": "denied"}}, "result.rows"),
        ({"ok": False, "error": "denied", "data": [1]}, USUAL),
    ],
)
def test_an_error_in_place_of_records(body: Any, field: str | Usual) -> None:
    """An empty list next to an error is refused, and so is any list of an answer that says it failed."""
    with pytest.raises(ReportedError, match='was answered with an error instead of records: "denied"'):
        answer(body).records(field)


@pytest.mark.parametrize(
    ("body", "records", "said"),
    [
        ({"error": "partial", "data": [1]}, [1], "partial"),
        ({"error": None, "data": []}, [], ""),
        ({"errors": [], "ok": True, "data": [1]}, [1], ""),
        ([{"error": "a record's own"}], [{"error": "a record's own"}], ""),
        ([], [], ""),
    ],
)
def test_records_next_to_an_error_are_used(body: Any, records: list[Any], said: str) -> None:
    """The records are used, and the error next to them can be asked for; an empty field for errors is none."""
    assert (answer(body).records(), answer(body).partial_error()) == (records, said)


def test_a_message_in_place_of_records_is_quoted() -> None:
    """An object without a list may say why there is none."""
    with pytest.raises(PageError, match=r'an object with the fields message \("Try later"\) where a page'):
        answer({"message": "Try later"}).records()


@pytest.mark.parametrize(
    ("body", "field", "total"),
    [
        ({"meta": {"total": 7}, "total": 8}, "meta.total", 7),
        ({"@odata.count": 3}, "@odata.count", 3),
        ({"total": 8}, "meta.total", None),
        ({"meta": {"total": "7"}}, "meta.total", 7),
        ({"meta": {"total": "seven"}}, "meta.total", None),
        ({"meta": {"total": "\u00b2"}}, "meta.total", None),
        ({"meta": {"total": 7.0}}, "meta.total", None),
        ([1], "meta.total", None),
    ],
)
def test_the_total_is_where_it_is_declared(body: Any, field: str, total: int | None) -> None:
    """If a place is declared, no other one is looked at."""
    assert answer(body).total(field) == total


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (None, "null"),
        ("text", "a str"),
        (3, "a int"),
        ({}, "an object with the fields none"),
        ({"rows": [], "count": 0}, "an object with the fields rows, count"),
        ({"data": {"rows": []}}, "an object with the fields rows"),
    ],
)
def test_an_answer_without_records_is_refused(body: Any, found: str) -> None:
    """An answer without a list of records raises PageError, which says what was found and where."""
    with pytest.raises(PageError) as caught:
        answer(body).records()
    assert f"https://api.test/companies?page=2&key=... answered {found} where" in str(caught.value)


@pytest.mark.parametrize(
    ("body", "total"),
    [
        ([1, 2], None),
        ({"data": []}, None),
        ({"total_items": 0}, 0),
        ({"total": 7}, 7),
        ({"total_count": 8}, 8),
        ({"total_count": 3, "total": 2, "total_items": 1}, 1),
        ({"total_count": 3, "total": 2}, 2),
        ({"total": "7"}, None),
        ({"total": True}, None),
        ({"total": None, "total_count": 3}, 3),
    ],
)
def test_the_total_is_a_whole_number(body: Any, total: int | None) -> None:
    """The total is under total_items, total or total_count; anything but a whole number is passed over."""
    assert answer(body).total() == total


def test_an_answer_that_is_null_may_be_a_list() -> None:
    """Some servers write an empty list as null; unless the answer is declared to be the list, that may be a hiccup."""
    with pytest.raises(PageError, match=r'If that is its empty list, declare records="\."\.'):
        answer(None).records()
    assert answer(None).records(".") == []


def test_an_answer_took_no_time_unless_it_says_so() -> None:
    """The time of an answer is optional."""
    assert answer([]).elapsed_seconds == 0


@pytest.mark.parametrize(
    ("value", "total"),
    [
        ("12", 12),
        ("0", 0),
        ("", None),
        ("1,200", None),
        ("-1", None),
        ("items 0-24/319", 319),  # Content-Range
        ("*/0", 0),
        ("0-24/*", None),
    ],
)
def test_a_total_in_a_header(value: str, total: int | None) -> None:
    """A header that is declared for the total counts if it is a whole number, in any case of its name."""
    given = Answer(URL, httpx.Headers({"X-Total-Count": value}), {"total": 7})
    assert given.total(Header("x-total-count")) == total
    assert given.total(Header("x-other")) is None


@pytest.mark.parametrize("name", ["", "X Total", "X-Total:", "Größe", None, 5])
def test_a_header_has_a_name(name: Any) -> None:
    """What cannot be the name of a header is refused when it is declared."""
    with pytest.raises(ValueError, match="it must be the name of a header, such as X-Total-Count"):
        Header(name)
