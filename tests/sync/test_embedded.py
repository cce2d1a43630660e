"""Rows that come inside a record, and records that become several rows or none."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from async_sync import EmbeddedStream, FatalError, LastIdPages, NumberedPages, OffsetPages, SinglePage, Stream
from async_sync.pagination.page_style import PageStyle
from tests.helpers.destination import CrashError, MemoryDestination
from tests.helpers.nested_api import COMPANY, DEPARTMENT, C, NestedApi, at, company
from tests.helpers.syncing import run

ORDER = Stream(table="order", path="/orders", primary_key=["order_id"], columns={}, pagination=SinglePage())
LINE = EmbeddedStream(
    table="line", parent=ORDER, records="lines", position="place", primary_key=["order_id", "place"], columns={}
)
TAX = EmbeddedStream(
    table="tax", parent=LINE, records="taxes.all", primary_key=["order_id", "place", "tax_id"], columns={}
)
KEYS = {stream.table: tuple(stream.primary_key) for stream in (ORDER, LINE, TAX)}


def order(number: int, *lines: Any, **fields: Any) -> dict[str, Any]:
    return {"order_id": number, "updated_at": at(number), "lines": list(lines), **fields}


def sync(destination: MemoryDestination, orders: list[dict[str, Any]], *streams: Any, **configuration: str) -> None:
    api = NestedApi({"/orders": orders})
    destination.restart()
    run(destination, api, *(streams or (ORDER, LINE, TAX)), configuration=configuration)


@pytest.fixture
def destination() -> MemoryDestination:
    return MemoryDestination(keys=KEYS)


def test_rows_inside_a_record(destination: MemoryDestination) -> None:
    """They are rows of their own table, with the key of their record and their place, at any depth."""
    taxed = {"sku": "b", "taxes": {"all": [{"tax_id": "vat"}, {"tax_id": "duty"}]}}
    sync(destination, [order(1, {"sku": "a"}, taxed), order(2), order(3, lines=None)])

    assert destination.rows("line")["1", "1"] == {**taxed, "order_id": 1, "place": 1}
    assert len(destination.rows("line")) == 2
    assert set(destination.rows("tax")) == {("1", "1", "vat"), ("1", "1", "duty")}
    assert destination.state == {"version": 1, "order_cursor": at(3)}
    assert destination.lines[-4:-1] == ["Table order: 3 done, 3 rows", "Table line: 2 rows", "Table tax: 2 rows"]


def test_they_are_complete_with_their_record() -> None:
    """Wherever a sync dies, no cursor has passed a record whose lines are not written."""
    orders = [order(n, {"sku": n}, {"sku": -n}) for n in range(1, 5)]
    for crash_at in range(20):
        destination = MemoryDestination(crash_at, keys=KEYS)
        api = NestedApi({"/orders": orders})
        try:
            run(destination, api, ORDER, LINE, configuration={"checkpoint_rows": "1"})
        except CrashError:
            sync(destination, orders, ORDER, LINE)
        assert len(destination.rows("line")) == 8


def test_those_of_what_has_not_changed_are_not_written_again(destination: MemoryDestination) -> None:
    """Where the list is read whole, lines are written with the orders that have changed."""
    whole = replace(ORDER, since_param=None)
    streams = (whole, replace(LINE, parent=whole))
    orders = [order(1, {"sku": 1}), order(2, {"sku": 2})]
    sync(destination, orders, *streams)
    sync(destination, orders, *streams)
    assert destination.operations.count(("upsert", "line")) == 1


def test_a_deleted_record_writes_none(destination: MemoryDestination) -> None:
    """What a deleted record still contains is not written."""
    sync(destination, [order(1, {"sku": 1}, gone=True), order(2, {"sku": 2})], deleted_field="gone")
    assert set(destination.rows("line")) == {("2", "0")}


def test_a_row_inside_a_record_may_be_deleted(destination: MemoryDestination) -> None:
    """`deleted_field` holds for rows inside a record as well; what is inside a deleted row is not written."""
    taxes = {"taxes": {"all": [{"tax_id": "vat"}]}}
    sync(destination, [order(1, taxes, {**taxes, "gone": False})], deleted_field="gone")
    assert len(destination.rows("line")) == 2

    sync(destination, [order(1, {**taxes, "gone": True}, taxes, updated_at=at(9))], deleted_field="gone")
    assert set(destination.rows("line")) == {("1", "1")}
    assert destination.operations[1:-1] == [("upsert", "tax"), ("delete", "line"), ("upsert", "line")]


def test_a_row_inside_a_record_that_may_be_deleted_or_not(destination: MemoryDestination) -> None:
    """That is an error of its record, as it is outside of one; nothing of that page is written."""
    problem = "Record 0 of .* has a row 1 in lines that has a field gone that says neither deleted nor kept"
    with pytest.raises(FatalError, match=problem):
        sync(destination, [order(1, {}, {"gone": "perhaps"})], deleted_field="gone")
    assert destination.operations == []


def test_a_map_may_take_them_out_of_their_record(destination: MemoryDestination) -> None:
    """The lines are found although the map of the orders removes them from its row, even in place."""

    def without_lines(record: dict[str, Any]) -> dict[str, Any]:
        del record["lines"]
        return record

    mapped = replace(ORDER, map=without_lines)
    skus = replace(LINE, parent=mapped, map=lambda sku: {"sku": sku})
    sync(destination, [order(1, "a", "b")], mapped, skus)
    assert "lines" not in destination.rows("order")["1",]
    assert destination.rows("line")["1", "1"]["sku"] == "b"


def test_each_row_has_a_place_of_its_own(destination: MemoryDestination) -> None:
    """Also where a map makes several rows of one object, or none: rows are counted, so that none replaces another."""

    def halves(line: dict[str, Any]) -> list[dict[str, Any]] | None:
        return [{"sku": line["sku"], "half": half} for half in (1, 2)] if line["sku"] != "none" else None

    sync(destination, [order(1, {"sku": "a"}, {"sku": "none"}, {"sku": "b"})], ORDER, replace(LINE, map=halves))
    rows = destination.rows("line")
    assert [(row["place"], row["sku"], row["half"]) for row in rows.values()] == [
        (0, "a", 1),
        (1, "a", 2),
        (2, "b", 1),
        (3, "b", 2),
    ]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("none", "has a str at lines where a list is expected"),
        ([1], "has a row 0 in lines that is a int, not an object; have the stream's map make it one"),
        ([{"taxes": {"all": [{}]}}], "has a row 0 in taxes.all that has no usable key: tax_id is missing"),
        ([{"taxes": []}], "has no object on the way at taxes.all where a list is expected"),
    ],
)
def test_what_cannot_be_a_row(destination: MemoryDestination, lines: object, problem: str) -> None:
    """The error names the record, the list and the row; nothing of that page is written."""
    with pytest.raises(FatalError) as caught:
        sync(destination, [order(1, lines=lines)])
    assert "Record 0 of http://localhost/orders" in str(caught.value)
    assert problem in str(caught.value)
    assert destination.operations == []


def test_lists_below_a_record_with_rows_inside() -> None:
    """A record may have both: rows inside it, and lists of its own below it."""
    sites = EmbeddedStream(table="site", parent=COMPANY, records="sites", primary_key=["site_id"], columns={})
    api = NestedApi({C: [company(1, 1, sites=[{"site_id": 7}])], "/companies/c1/departments": []})
    destination = MemoryDestination(
        keys={"company": ("company_id",), "department": ("department_id",), "site": ("site_id",)}
    )
    run(destination, api, COMPANY, DEPARTMENT, sites)
    assert destination.rows("site") == {("7",): {"site_id": 7, "company_id": "c1"}}
    assert len(api.paths) == 2


def test_they_belong_to_one_shard() -> None:
    """If a record becomes several rows, those inside it go where the first of these goes, whose key they have."""
    split = replace(ORDER, map=lambda record: [{**record, "order_id": f"{record['order_id']}-{n}"} for n in (1, 2)])
    orders = [order(n, {"sku": n}) for n in range(20)]
    seen: list[tuple[Any, ...]] = []
    for shard in ("1/2", "2/2"):
        destination = MemoryDestination(keys=KEYS)
        sync(destination, orders, split, replace(LINE, parent=split), shard=shard)
        lines = destination.rows("line").keys()
        assert {(name,) for name, _ in lines} <= destination.rows("order").keys()
        seen += lines
    assert sorted(seen) == sorted((f"{n}-1", "0") for n in range(20))


def several(record: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Two rows of an order with an even number, and none of one that can be divided by three."""
    number = record["number"]
    if number % 3 == 0:
        return None
    return [{"order_id": f"{number}-{n}", "updated_at": record["updated_at"]} for n in range(1 + (number % 2 == 0))]


EXPECTED = {(row["order_id"],) for n in range(1, 12) for row in several({"number": n, "updated_at": ""}) or []}


class Orders:
    """Orders in pages of two; while it is read, the first of them moves to the end."""

    def __init__(self, *, moves: bool) -> None:
        self.numbers = list(range(1, 12))
        self.moves_at = 3 if moves else None  # the number of the request before which it happens
        self.moved = False
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        params = request.url.params
        self.asked += 1
        if self.asked == self.moves_at:
            self.moved = True
            self.numbers.append(self.numbers.pop(0))
        start = int(params.get("offset", 2 * int(params.get("page", 1)) - 2))
        if "starting_after" in params:
            start = self.numbers.index(int(params["starting_after"])) + 1
        shown = [{"number": n, "updated_at": at(100 if n == 1 and self.moved else n)} for n in self.numbers]
        return httpx.Response(200, json={"data": shown[start : start + 2], "has_more": start + 2 < len(shown)})


@pytest.mark.parametrize("is_inner", [True, False])
@pytest.mark.parametrize(
    ("style", "moves"),
    [
        (OffsetPages(), False),
        (OffsetPages(), True),
        (NumberedPages(), False),
        (NumberedPages(), True),
        (LastIdPages(field="number"), False),
    ],
)
def test_a_record_to_several_rows_or_none(style: PageStyle, *, moves: bool, is_inner: bool) -> None:
    """Each row is written, also with others below it; a dropped record counts for its place and for the cursor."""
    orders = replace(ORDER, map=several, pagination=style, since_param=None, records="data", is_sorted=not moves)
    below = replace(DEPARTMENT, parent=orders, path="/orders/{order_id}/departments")
    api = Orders(moves=moves)
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/orders":
            return api(request)
        asked.append(request.url.path.split("/")[2])
        return httpx.Response(200, json=[])

    destination = MemoryDestination(keys={**KEYS, "department": ("department_id",)})
    run(destination, answer, orders, *([below] if is_inner else []), configuration={"page_size": "2"})
    assert set(destination.rows("order")) == EXPECTED
    assert destination.state["order_cursor"] == at(100 if moves else 11)
    assert {(name,) for name in asked} == (EXPECTED if is_inner else set())


def test_a_dropped_record_needs_its_cursor(destination: MemoryDestination) -> None:
    """Dropped before its cursor can be told, a record would let the list's cursor pass others: that is an error."""
    dropped = replace(ORDER, map=lambda _: None)
    problem = (
        "Record 0 of .* was dropped by map, and no record of its page has a cursor field updated_at. Its fields are:"
    )
    with pytest.raises(FatalError, match=f"{problem} order_id"):
        sync(destination, [{"order_id": 1}], dropped)
    with pytest.raises(FatalError, match="has a cursor field updated_at that cannot be read"):
        sync(destination, [{"order_id": 1, "updated_at": "soon"}], dropped)
    sync(destination, [{"order_id": 1, "updated_at": at(5)}, {"updated_at": at(6)}], dropped)
    assert destination.state == {"version": 1, "order_cursor": at(6)}
