"""`python -m tests.spark.driver JSON`: one query of Spark's, until there is no more to read; it prints what happens."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spark_source import register, why
from spark_source.demo import session
from spark_source.iceberg import iceberg_sink, local_catalog
from tests.helpers.streams import THREE_LEVELS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Sink = Callable[["DataFrame", int], None]


def twice_the_same(write: Sink) -> Sink:
    """A sink that has Spark read the batch twice before it writes it, and prints whether both saw the same rows."""

    def checked(batch: "DataFrame", number: int) -> None:
        first, second = (sorted(batch.collect(), key=lambda row: (row["seq"], row["key"])) for _ in range(2))
        print(f"batch {number}: {len(first)} rows, {'same' if first == second else 'other rows the second time'}")
        write(batch, number)

    return checked


def main(given: dict[str, Any]) -> None:
    spark = session(given["master"])
    register(spark, THREE_LEVELS)
    folder = Path(given["folder"])
    sink = twice_the_same(iceberg_sink(local_catalog(folder / "lake"), THREE_LEVELS))
    if given["loads_first"]:
        sink(spark.read.format("companies").options(**given["options"]).load(), -1)
    rows = spark.readStream.format("companies").options(**given["options"]).load()
    query = rows.writeStream.foreachBatch(sink).option("checkpointLocation", str(folder / "checkpoint"))
    try:
        query.trigger(availableNow=True).start().awaitTermination()
        print("done", flush=True)
    except Exception as error:
        print(f"failed: {why(error)}", flush=True)
    spark.stop()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
