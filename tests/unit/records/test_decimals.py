"""Numbers whose digits matter: what is written into columns declared as DECIMAL, and into keys."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync import Stream
from async_sync.configuration.settings import Settings
from async_sync.http.decoding import decode
from async_sync.records.decimals import ExactFloat, decimal_columns, decimal_text, exact_key
from async_sync.streams.bound import BoundStream
from async_sync.streams.reading import RowReader
from tests.helpers.destination import MemoryDestination
from tests.helpers.parts import BASE_URL
from tests.helpers.syncing import run

DECIMAL = {"type": "DECIMAL", "precision": 30, "scale": 10}
NOW = "2026-01-01T00:00:00Z"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_an_exact_float_is_a_float(number: float) -> None:
    """Whoever reckons with it, compares it or writes it as JSON has a float; only its text is what it was made of."""
    digits = f"{number!r}0" if "e" not in repr(number) else repr(number)
    exact = ExactFloat(digits)
    assert (str(exact), f"{exact}") == (digits, digits)
    assert (exact, exact / 2, hash(exact), json.dumps(exact)) == (number, number / 2, hash(number), json.dumps(number))


@pytest.mark.parametrize("digits", ["1e999", "-1e999", "inf"])
def test_no_float_is_as_large(digits: str) -> None:
    """A number beyond all floats is refused."""
    with pytest.raises(ValueError, match="Number out of range"):
        ExactFloat(digits)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (ExactFloat("1234567890123456.78"), "1234567890123456.78"),
        (ExactFloat("1.50"), "1.50"),
        (ExactFloat("-0.0"), "-0.0"),
        (ExactFloat("1E-7"), "0.0000001"),
        (ExactFloat("-1.5e+3"), "-1500"),
        (ExactFloat("1e-999999999"), "0"),
        (0.1, "0.1"),
        (1e22, "10000000000000000000000"),
        (Decimal("19.990"), "19.990"),
        (Decimal("1E+2"), "100"),
        (Decimal("1E-999999"), "0"),
        *[(value, None) for value in (float("nan"), float("inf"), Decimal("NaN"), Decimal("-Infinity"))],
        *[(value, value) for value in (5, 10**30, "1E-7", "12.30", "", None, True)],
    ],
)
def test_a_decimal_is_written_as_its_digits(value: object, text: object) -> None:
    """A float or a Decimal becomes plain digits; what the SDK takes, or has to refuse, stays as it is."""
    written = decimal_text(value)
    assert written == text
    assert type(written) is type(text)


def test_the_columns_that_are_declared_so() -> None:
    """With precision and scale, as the SDK wants them, or by the name alone, in any case."""
    columns = {"a": DECIMAL, "b": "DECIMAL", "c": "decimal", "d": {"type": "decimal"}, "e": "DOUBLE", "f": {}, "g": 5}
    assert decimal_columns(columns) == ("a", "b", "c", "d")


@pytest.mark.parametrize(
    ("key", "written"),
    [
        (2**63 - 1, 2**63 - 1),
        (2**63, "9223372036854775808"),
        (-(2**63), "-9223372036854775808"),
        (5, 5),
        ("a", "a"),
    ],
)
def test_a_large_number_in_a_key(key: object, written: object) -> None:
    """Beyond 64 bits it is written as text: the SDK would make it a float, and two keys could become one."""
    assert exact_key(key) == written


def stream(columns: dict[str, Any], **more: Any) -> RowReader:
    declared = Stream(table="t", path="/t", primary_key=["id"], columns=columns, **more)
    return BoundStream.bind(declared, Settings(base_url=BASE_URL)).rows


def converted(reader: RowReader, **fields: str) -> dict[str, Any]:
    """The row of a record with these fields, each in JSON."""
    texts = ", ".join(f'"{name}": {text}' for name, text in fields.items())
    content = f'[{{"id": 1, "updated_at": "{NOW}", {texts}}}]'.encode()
    read = reader.read(decode(content, exact=reader.is_exact).body, url="", parent={})
    reader.convert(read, url="")
    return read.rows[0]


def test_only_columns_declared_as_decimal_are_written_so() -> None:
    """Elsewhere in the row, also nested, a number is what it is in other streams."""
    row = converted(stream({"price": DECIMAL}), price="19.90", rate="0.10", more='{"price": 0.10}', none="null")
    assert (row["price"], row["rate"], row["more"], row["none"]) == ("19.90", 0.1, {"price": 0.1}, None)
    assert json.dumps(row["more"]) == '{"price": 0.1}'
    assert "missing" not in converted(stream({"missing": DECIMAL}), price="1.5")
    assert converted(stream({"price": DECIMAL}), price="null")["price"] is None


def test_a_stream_without_such_a_column_pays_nothing() -> None:
    """Its numbers are plain floats, as msgspec decodes them."""
    assert not stream({"price": "DOUBLE"}).is_exact
    assert type(converted(stream({"price": "DOUBLE"}), price="1.50")["price"]) is float


@pytest.mark.parametrize(
    ("function", "price"),
    [
        (lambda record: {**record, "price": record["price"]}, "19.90"),
        (lambda record: {**record, "price": str(record["price"])}, "19.90"),
        (lambda record: {**record, "price": Decimal(str(record["price"])) * 2}, "39.80"),
        (lambda record: {**record, "price": record["price"] * 2}, "39.8"),
    ],
)
def test_what_a_map_sees(function: Callable[[dict[str, Any]], dict[str, Any]], price: str) -> None:
    """A float that it may reckon with, and whose text has all digits; what it gives may be a Decimal."""
    assert converted(stream({"price": DECIMAL}, map=function), price="19.90")["price"] == price


def test_large_keys_that_are_not_declared() -> None:
    """A key without a declared type is protected; one with a type is written as it is, for the SDK to judge."""
    big = {"id": 2**70, "updated_at": NOW}
    for columns, key in (({}, str(2**70)), ({"id": "STRING"}, 2**70)):
        read = stream(columns).read([big], url="", parent={})
        stream(columns).convert(read, url="")
        assert read.rows[0]["id"] == key


def test_decimals_from_the_answer_to_the_destination() -> None:
    """A sync writes the digits of parents and children as the API sent them."""
    parent = Stream(table="account", path="/accounts", primary_key=["id"], columns={"sum": DECIMAL})
    child = Stream(
        parent=parent,
        table="item",
        path="/accounts/{id}/items",
        primary_key=["number", "id"],
        columns={"price": DECIMAL},
    )

    def answer(request: httpx.Request) -> httpx.Response:
        text = f'{{"updated_at": "{NOW}", "id": 1, "sum": 1234567890123456789.10, "rate": 0.10}}'
        if request.url.path != "/accounts":
            text = f'{{"updated_at": "{NOW}", "number": 2, "price": 1E-7}}'
        return httpx.Response(200, text=f"[{text}]")

    written = MemoryDestination(keys={"account": ("id",), "item": ("number", "id")})
    run(written, answer, parent, child)
    assert written.rows("account")["1",]["sum"] == "1234567890123456789.10"
    assert written.rows("account")["1",]["rate"] == 0.1
    assert written.rows("item")["2", "1"]["price"] == "0.0000001"
