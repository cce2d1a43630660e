"""From the rows of all tables to typed DataFrames."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from async_sync import Stream
from spark_source import tables
from spark_source.typed import METADATA

pytestmark = [pytest.mark.spark, pytest.mark.timeout(120)]
pytest.importorskip("pyspark")

from pyspark.errors import PySparkException  # noqa: E402 - skipped where it is missing
from pyspark.sql.types import BooleanType, LongType, StringType, StructField, StructType  # noqa: E402 - likewise

from spark_source.demo import session  # noqa: E402 - likewise

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
        "more": "JSON",
    },
)


@pytest.fixture(scope="module")
def spark() -> Iterator["SparkSession"]:
    session_ = session("local[1]")
    yield session_
    session_.stop()


def batch(spark: "SparkSession", *rows: tuple[bool, dict[str, Any], int]) -> "DataFrame":
    declared = json.dumps({"thing": THING.schema()})
    fields = [
        StructField("table", StringType()),
        StructField("deleted", BooleanType()),
        StructField("key", StringType()),
        StructField("row", StringType(), metadata={METADATA: declared}),
        StructField("seq", LongType()),
    ]
    made = [("thing", deleted, json.dumps({"id": row["id"]}), json.dumps(row), seq) for deleted, row, seq in rows]
    return spark.createDataFrame(made, StructType(fields))


def test_each_column_has_its_declared_type(spark: "SparkSession") -> None:
    """Digits of a DECIMAL are kept, and what is nested in JSON stays JSON."""
    row = {
        "id": 2**62,
        "price": "123456789012345678.000000000001",
        "is_new": True,
        "day": "2026-03-01",
        "at": "2026-03-01T01:00:00+01:00",
        "raw": "AAE=",
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


def test_a_value_of_another_type_is_an_error(spark: "SparkSession") -> None:
    """It does not become null."""
    with pytest.raises(PySparkException, match="CAST_INVALID_INPUT"):
        tables(batch(spark, (False, {"id": 1, "day": "soon"}, 1)))["thing"].collect()


def test_a_dataframe_from_elsewhere_is_refused(spark: "SparkSession") -> None:
    """It has no declarations."""
    with pytest.raises(ValueError, match="the DataFrame that load"):
        tables(spark.range(1))
