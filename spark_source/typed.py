"""From the rows of all tables to a DataFrame a table."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

METADATA = "spark_source.tables"
"""The key in the metadata of the column `row` that holds the declarations."""

_TYPES = {
    "BOOLEAN": "boolean",
    "SHORT": "smallint",
    "INT": "int",
    "LONG": "bigint",
    "FLOAT": "float",
    "DOUBLE": "double",
    "NAIVE_DATE": "date",
    "NAIVE_DATETIME": "timestamp_ntz",
    "UTC_DATETIME": "timestamp",
    "BINARY": "binary",
}


def tables(batch: "DataFrame") -> dict[str, "DataFrame"]:
    """One DataFrame for each table: its declared columns, and `_deleted`; the newest row of each key.

    Of a deleted row, only the key is there. `batch` is what `load()` returned, or the batch of a `foreachBatch`; each
    of the DataFrames reads it, so persist it if there are several. Raises ValueError if it comes from elsewhere.
    """
    found = [field.metadata[METADATA] for field in batch.schema if METADATA in field.metadata]
    if not found:
        raise ValueError("tables() takes the DataFrame that load() returned, or the batch of a foreachBatch")
    return {name: _table(batch, name, declared) for name, declared in json.loads(found[0]).items()}


def _table(batch: "DataFrame", name: str, declared: Mapping[str, Any]) -> "DataFrame":
    from pyspark.sql import functions as f  # noqa: PLC0415 - the package can be imported without Spark

    columns = {**dict.fromkeys(declared["primary_key"], "STRING"), **declared["columns"]}
    keys = [_typed(f.col("row"), name, columns[name]) for name in declared["primary_key"]]
    newest = (
        batch.where(f.col("table") == name)
        .groupBy(*keys)
        .agg(f.max_by(f.struct("deleted", "row"), "seq").alias("_newest"))
        .select("_newest.deleted", "_newest.row")
    )
    typed = [_typed(f.col("row"), column, kind) for column, kind in columns.items()]
    return newest.select(*typed, f.col("deleted").alias("_deleted"))


def _typed(row: "Column", column: str, kind: str | Mapping[str, Any]) -> "Column":
    """A field of the row, whose values are text: what does not fit its type is an error."""
    from pyspark.sql import functions as f  # noqa: PLC0415 - likewise

    value = f.element_at(row, f.lit(column))
    kind_name = (kind["type"] if isinstance(kind, Mapping) else kind).upper()
    if kind_name == "BINARY":
        return f.to_binary(value, f.lit("base64")).alias(column)
    if kind_name == "DECIMAL":
        sizes = kind if isinstance(kind, Mapping) else {}
        return value.cast(f"decimal({sizes.get('precision', 38)},{sizes.get('scale', 18)})").alias(column)
    typed = value.cast(_TYPES.get(kind_name, "string"))
    if kind_name in {"FLOAT", "DOUBLE"}:
        too_large = f.concat(f.lit(f"{column} is too large for {kind_name}: "), value)
        typed = f.when(f.abs(typed) == float("inf"), f.raise_error(too_large)).otherwise(typed)
    return typed.alias(column)
