"""The same engine as a source of Spark: declare streams, call `register`. See docs/spark.md."""

from spark_source.errors import why
from spark_source.registering import register
from spark_source.typed import tables

__all__ = ["register", "tables", "why"]
