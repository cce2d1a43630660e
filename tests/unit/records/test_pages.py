"""Finding the records and the total in an answer, and telling records apart."""

from typing import Any

import pytest

from async_sync.errors.lists import PageError, ReportedError
from async_sync.records.cursors import TIMESTAMP
from async_sync.records.pages import Answer, Page, Request
from tests.helpers.listing import page_of, records_of

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
def test_records_are_found_where_they_stand(body: Any, records: list[int]) -> None:
    """The records are the body, or the list under data, results, items or value, in that order; null is empty."""
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
    """A dotted path, or the answer itself; an answer without content has none, nor has null there or on the way."""
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
    """Where the list, or an object on the way to it, is missing, it is empty if that is declared, else refused."""
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
    """Something else in its place or on the way is refused, declared as optional or not: it might hold records."""
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
    """What is found instead is told."""
    with pytest.raises(PageError, match=f"answered {found} where a page of records was expected"):
        answer(body).records(field)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"error": "denied", "data": []}, ""),
        ({"error": "denied", "data": None}, ""),
        ({"error": "denied"}, ""),
        ({"error": "denied"}, "rows"),
        ({"result": {"rows": [], "error": "denied"}}, "result.rows"),
        ({"result": {"error": "denied"}}, "result.rows"),
        ({"ok": False, "error": "denied", "data": [1]}, ""),
    ],
)
def test_an_error_in_place_of_records(body: Any, field: str) -> None:
    """An empty list beside an error is no empty list, and one that says it failed is no list at all."""
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
def test_records_beside_an_error_are_records(body: Any, records: list[Any], said: str) -> None:
    """What the API gave is used; the error beside it can be asked for, and a field that holds nothing is none."""
    assert (answer(body).records(), answer(body).error_beside()) == (records, said)


def test_a_message_in_place_of_records_is_told() -> None:
    """An object without a list may say why."""
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
    """Where a place is declared, no other one is looked at."""
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
    """An answer without a list of records raises PageError, which tells what was found and where."""
    with pytest.raises(PageError) as caught:
        answer(body).records()
    assert f"GET https://api.test/companies?page=2&key=... answered {found} where" in str(caught.value)


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
    """The total stands under total_items, total or total_count; what is no whole number is not one."""
    assert answer(body).total() == total


def test_a_request_has_no_parameters_of_its_own() -> None:
    """Each request starts with parameters of its own, and an answer took no time unless it says so."""
    assert Request("a").params == {}
    assert Request("a").params is not Request("b").params
    assert answer([]).elapsed_seconds == 0


def test_a_record_is_its_key_and_its_version() -> None:
    """Records are told apart by every field of the key and by the cursor as the API gave it."""
    rows = [{"a": 1, "b": "x", "c": 0}, {"a": 1, "b": "y", "c": 0}]
    cursors = [TIMESTAMP.parse("2026-01-01T00:00:00Z"), TIMESTAMP.parse("2026-01-01T00:00:00.0Z")]
    assert Page(answer([]), rows, cursors, ("a", "b")).identities() == [
        ((1, "x"), "2026-01-01T00:00:00Z"),
        ((1, "y"), "2026-01-01T00:00:00.0Z"),
    ]


def test_known_records_are_left_out() -> None:
    """What is known is left out with its cursor; a record with a new version is not known."""
    page = page_of([(1, 10), (2, 20), (3, 30)], total=9)
    new = page.without({((1,), 10), ((2,), 21)})
    assert records_of(new) == [(2, 20), (3, 30)]
    assert [cursor.raw for cursor in new.cursors] == [20, 30]
    assert (new.answer, new.key) == (page.answer, page.key)


def test_a_page_of_new_records_stays_as_it_is() -> None:
    """Where nothing is known, the very same page is given."""
    page = page_of([(1, 10)])
    assert page.without(set()) is page


def test_an_emptied_page_keeps_its_answer() -> None:
    """An emptied page has no records, and still tells the total."""
    page = page_of([(1, 10)], total=5)
    empty = page.emptied()
    assert (empty.rows, empty.cursors, empty.key, empty.total) == ([], [], ("id",), 5)


def test_an_answer_that_is_null_may_be_a_list() -> None:
    """Some servers write an empty list as null; where the answer is not declared to be the list, it may be a hiccup."""
    with pytest.raises(PageError, match=r'If that is its empty list, declare records="\."\.'):
        answer(None).records()
    assert answer(None).records(".") == []


@pytest.mark.parametrize(
    ("params", "query"),
    [
        ({"$filter": "a ge 2026-01-01T00:00:00+02:00"}, "%24filter=a%20ge%202026-01-01T00%3A00%3A00%2B02%3A00"),
        ({"q": "a+b c/d&e=f"}, "q=a%2Bb%20c%2Fd%26e%3Df"),
        ({"a b": "\u00fc", "c": "%20"}, "a%20b=%C3%BC&c=%2520"),
    ],
)
def test_a_query(params: dict[str, str], query: str) -> None:
    """A space is %20, which every server understands, and a plus sign %2B; some take + for a plus sign."""
    assert Request(URL, params).full_url == f"{URL}?{query}"
