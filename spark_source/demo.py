"""`python -m spark_source.demo`: the demo source in a small cluster on this machine, twice, into Iceberg tables."""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from load_test.server import mock_api
from load_test.streams import declared
from spark_source.registering import register

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROOT = Path(__file__).parents[1]
MASTER = "local-cluster[2,1,1024]"


def main(arguments: Sequence[str] | None = None) -> None:
    """Read everything, then what has changed, and print what is in the tables."""
    parser = argparse.ArgumentParser(prog="python -m spark_source.demo", description=__doc__)
    parser.add_argument("--companies", type=int, default=1000, help="default: %(default)s")
    parser.add_argument("--departments", type=int, default=5, help="of each company (default: %(default)s)")
    parser.add_argument("--master", default=MASTER, help="default: %(default)s")
    given = parser.parse_args(arguments)
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        sys.exit("Spark needs Java 17 or later, and there is no java: on Debian, apt-get install default-jre-headless.")
    size = {"companies": given.companies, "departments": given.departments}
    with tempfile.TemporaryDirectory() as folder, mock_api(**size, latency_ms=20, options=("--drift",)) as url:
        spark = session(given.master)
        try:
            _twice(spark, Path(folder), url)
        finally:
            spark.stop()


def session(master: str) -> "SparkSession":
    """A session whose executors find this project, and which says little."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - `--help` needs no Spark

    os.environ |= {"PYTHONPATH": str(ROOT), "PYSPARK_PYTHON": sys.executable}
    settings = {
        "spark.executorEnv.PYTHONPATH": str(ROOT),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    spark = SparkSession.builder.master(master).config(map=settings).getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def _twice(spark: "SparkSession", folder: Path, url: str) -> None:
    from spark_source.iceberg import NAMESPACE, iceberg_sink, local_catalog  # noqa: PLC0415 - likewise

    catalog, streams = local_catalog(folder / "lake"), declared()
    register(spark, streams)
    for sync in ("everything", "what has changed"):
        rows = spark.readStream.format("companies").option("base_url", url).option("shards", 2)
        query = (
            rows.option("stateLocation", str(folder / "state"))
            .load()
            .writeStream.foreachBatch(iceberg_sink(catalog, streams))
            .option("checkpointLocation", str(folder / "checkpoint"))
            .trigger(availableNow=True)
            .start()
        )
        query.awaitTermination()
        counts = {stream.table: catalog.load_table(f"{NAMESPACE}.{stream.table}").scan().count() for stream in streams}
        tables = ", ".join(f"{name} {count}" for name, count in counts.items())
        print(f"{sync}: {query.lastProgress['numInputRows']} rows read; in the tables: {tables}", flush=True)


if __name__ == "__main__":
    main()
