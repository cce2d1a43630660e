"""Makes the source known to a session of Spark."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from async_sync import ConfigurationKey
from async_sync.http.own_auth import DeclaredAuth
from async_sync.session import declared_tree
from async_sync.streams.table import Table

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def register(
    spark: "SparkSession",
    streams: Sequence[Table],
    name: str = "companies",
    *,
    keys: Sequence[ConfigurationKey] = (),
    auth: DeclaredAuth | None = None,
) -> None:
    """Make the streams readable as `spark.readStream.format(name)` and `spark.read.format(name)`.

    `keys` and `auth` are those of `run_sync`. Raises ValueError if the streams cannot be synced together.
    """
    from spark_source.reading import Declared  # noqa: PLC0415 - the package can be imported without Spark
    from spark_source.source import EngineSource  # noqa: PLC0415 - likewise

    declared_tree(streams, keys)

    class RegisteredSource(EngineSource):
        """Defined in a function, so that it travels to the executors with what it declares."""

        short_name = name
        declared = Declared(tuple(streams), tuple(keys), auth)
        slots = slots_of(spark)

    spark.dataSource.register(RegisteredSource)


def slots_of(spark: "SparkSession") -> int | None:
    """How many tasks run at a time; None if that may change, or cannot be known before all executors are there."""
    try:
        context = spark.sparkContext
    except Exception:  # Spark Connect has none, and says so by errors of its own
        return None
    settings = context.getConf()
    if context.master.startswith("local[") or context.master == "local":
        return None if settings.contains("spark.default.parallelism") else int(context.defaultParallelism)
    executors, cores = (int(settings.get(f"spark.executor.{name}", "0")) for name in ("instances", "cores"))
    if settings.get("spark.dynamicAllocation.enabled", "false") == "true" or not executors * cores:
        return None
    return max(1, executors * (cores // int(settings.get("spark.task.cpus", "1"))))
