"""From the rows of all tables to typed DataFrames."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from async_sync import Stream
from spark_source import tables
from spark_source.typed import METADATA

pytestmark = [pytest.mark.spark, pytest.mark.timeout(120)]
pytest.importorskip("pyspark")

import pyarrow as pa  # noqa: E402 - skipped where it is missing
from pyspark.errors import PySparkException  # noqa: E402 - likewise
from pyspark.sql.types import BooleanType, LongType, MapType, StringType, StructField, StructType  # noqa: E402 - likewise

from spark_source.chunks import SCHEMA  # noqa: E402 - likewise
from spark_source.demo import session  # noqa: E402 - likewise
from spark_source.destination import ChunkDestination  # noqa: E402 - likewise

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

THING = Stream(
    table="thing",
    path="/things",
    primary_key=["id"],
    columns={
        "id": "LONG",
        "price": {"type": "DECIMAL", "precision": 30, "scale": 12},
        "is_new": "BOOLEAN",
        "day": "NAIVE_DATE",
        "at": "UTC_DATETIME",
        "raw": "BINARY",
        "share": "FLOAT",
        "more": "JSON",
    },
)

NOON, NOON_TOO = "2026-03-01T12:00:00Z", "2026-03-01T13:00:00.000+01:00"


@pytest.fixture(scope="module")
def spark() -> Iterator["SparkSession"]:
    session_ = session("local[1]")
    yield session_
    session_.stop()


def batch(spark: "SparkSession", *rows: tuple[bool, dict[str, Any], int], thing: Stream = THING) -> "DataFrame":
    """The rows as the source brings them; each value is text."""
    saved = list["pa.RecordBatch"]()
    for deleted, row, seq in rows:
        made = ChunkDestination([thing], seq, {}, lambda rows, _: saved.append(rows), Event())
        (made.delete if deleted else made.upsert)("thing", row)
        made.checkpoint({})
    declared = json.dumps({"thing": thing.schema()})
    fields = [
        StructField("table", StringType()),
        StructField("deleted", BooleanType()),
        StructField("key", StringType()),
        StructField("row", MapType(StringType(), StringType()), metadata={METADATA: declared}),
        StructField("seq", LongType()),
    ]
    columns = [pa.Table.from_batches(saved).column(name).to_pylist() for name in SCHEMA.names]
    return spark.createDataFrame(
        [(*found[:3], dict(found[3]), found[4]) for found in zip(*columns, strict=True)], StructType(fields)
    )


def test_each_column_has_its_declared_type(spark: "SparkSession") -> None:
    """Digits of a DECIMAL are kept, and what is nested in JSON stays JSON."""
    row = {
        "id": 2**62,
        "price": "123456789012345678.000000000001",
        "is_new": True,
        "day": "2026-03-01",
        "at": "2026-03-01T01:00:00+01:00",
        "raw": "AAE=",
        "share": 0.5,
        "more": {"a": [1, 2.5]},
    }
    (found,) = tables(batch(spark, (False, row, 1)))["thing"].collect()
    assert found.asDict() == {
        **row,
        "price": Decimal("123456789012345678.000000000001"),
        "day": date(2026, 3, 1),
        "at": datetime(2026, 3, 1, tzinfo=UTC).astimezone().replace(tzinfo=None),
        "raw": b"\x00\x01",
        "more": '{"a":[1,2.5]}',
        "_deleted": False,
    }


def test_the_newest_row_of_a_key_counts(spark: "SparkSession") -> None:
    """A deleted row is one too: only its key is there."""
    rows = [(False, {"id": 1, "is_new": True}, 5), (True, {"id": 1}, 7), (True, {"id": 2}, 6)]
    again = (False, {"id": 2, "is_new": False}, 8)
    found = tables(batch(spark, *rows, again))["thing"].select("id", "is_new", "_deleted").orderBy("id").collect()
    assert [tuple(row) for row in found] == [(1, None, True), (2, False, False)]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"day": "soon"}, "CAST_INVALID_INPUT"),
        ({"raw": "hello world!"}, "CONVERSION_INVALID_INPUT"),
        ({"share": 1e39}, "share is too large for FLOAT: 1e39"),
        ({"price": "1e18"}, "NUMERIC_VALUE_OUT_OF_RANGE"),
    ],
)
def test_a_value_of_another_type_is_an_error(spark: "SparkSession", wrong: dict[str, Any], sentence: str) -> None:
    """It does not become null, or another value."""
    with pytest.raises(PySparkException, match=sentence):
        tables(batch(spark, (False, {"id": 1, **wrong}, 1)))["thing"].collect()


@pytest.mark.parametrize("foreign", [{"x": 10**1200 - 1}, {"k" * 60_000: 1}, {"IS_NEW": "?"}, {"x": [[[]]]}])
def test_a_field_that_is_not_declared_breaks_nothing(spark: "SparkSession", foreign: dict[str, Any]) -> None:
    """However long its name or its value; it is in `row` as text."""
    made = batch(spark, (False, {"id": 1, "is_new": True, **foreign}, 1))
    (found,) = tables(made)["thing"].select("id", "is_new").collect()
    assert tuple(found) == (1, True)
    ((name, value),) = foreign.items()
    (row,) = made.collect()
    assert row["row"][name] == (value if isinstance(value, str) else json.dumps(value))


def test_a_key_in_two_spellings_is_one_row(spark: "SparkSession") -> None:
    """Rows are told apart by the typed columns of their key."""
    rows = [(False, {"id": id_, "at": at}, seq) for seq, (id_, at) in enumerate([(1, NOON), ("1", NOON_TOO)])]
    twice = batch(spark, *rows, thing=replace(THING, primary_key=["id", "at"]))
    assert tables(twice)["thing"].count() == 1
    assert twice.count() == 2


def test_a_dataframe_from_elsewhere_is_refused(spark: "SparkSession") -> None:
    """It has no declarations."""
    with pytest.raises(ValueError, match="the DataFrame that load"):
        tables(spark.range(1))
