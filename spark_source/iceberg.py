"""A sink without a cluster: Iceberg tables through pyiceberg. On a cluster, MERGE does the same: see docs/spark.md."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.catalog import Catalog
from pyiceberg.catalog.sql import SqlCatalog

from async_sync.streams.table import Table
from spark_source.typed import tables

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

NAMESPACE = "companies"


def local_catalog(folder: Path) -> Catalog:
    """A catalog in SQLite, with its tables beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    catalog = SqlCatalog("local", uri=f"sqlite:///{folder / 'catalog.db'}", warehouse=folder.as_uri())
    catalog.create_namespace_if_not_exists(NAMESPACE)
    return catalog


def iceberg_sink(catalog: Catalog, streams: Sequence[Table]) -> Callable[["DataFrame", int], None]:
    """For `foreachBatch`: rows replace those of the same key, and deleted ones go.

    A batch that Spark repeats changes nothing more. Each batch rewrites the tables that it changes, in the driver's
    memory: this is for demos and tests.
    """
    keys = {stream.table: list(stream.primary_key) for stream in streams}

    def write(batch: "DataFrame", _number: int) -> None:
        for name, frame in tables(batch.persist()).items():
            merge(catalog, f"{NAMESPACE}.{name}", frame.toArrow(), keys[name])
        batch.unpersist()

    return write


def merge(catalog: Catalog, name: str, rows: pa.Table, keys: list[str]) -> None:
    """Upsert the rows of one table, and delete those that are marked in `_deleted`, in one snapshot."""
    live = rows.filter(~pc.field("_deleted")).drop_columns("_deleted")
    table = catalog.create_table_if_not_exists(name, schema=live.schema)
    if table.current_snapshot() is None:
        table.append(live)
    elif rows.num_rows:
        before = table.scan().to_arrow().cast(live.schema)
        kept = before.join(rows.select(keys), keys, join_type="left anti").cast(live.schema)
        table.overwrite(pa.concat_tables([kept, live]))
