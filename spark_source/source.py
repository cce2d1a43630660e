"""The source as PySpark's Python Data Source API sees it. Spark hands these objects from process to process."""

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pyarrow as pa
from pyspark.sql.datasource import DataSource, DataSourceReader, DataSourceStreamReader, InputPartition
from pyspark.sql.streaming.datasource import ReadLimit, SupportsTriggerAvailableNow
from pyspark.sql.types import BooleanType, LongType, MapType, StringType, StructField, StructType

from spark_source.loads import claim, loaded
from spark_source.options import Options
from spark_source.plan import NOTHING, Version, new_run
from spark_source.reading import Declared, ShardReading, Task
from spark_source.store import Store
from spark_source.typed import METADATA

Partitions = list[InputPartition]
_LOG = logging.getLogger("spark_source")


class EngineSource(DataSource):
    """Rows of all tables. `register` makes a class of this one for each name."""

    short_name: ClassVar[str]
    declared: ClassVar[Declared]
    slots: ClassVar[int | None]

    def __init__(self, options: Mapping[str, str]) -> None:
        super().__init__(dict(options))
        self._options = Options.of(options, self.declared, self.slots)
        self._load = self._options.run or new_run()

    @classmethod
    def name(cls) -> str:
        """The format."""
        return cls.short_name

    def schema(self) -> StructType:
        """One for all tables; the declarations come with it."""
        tables = {stream.table: stream.schema() for stream in self.declared.streams}
        return StructType(
            [
                StructField("table", StringType()),
                StructField("deleted", BooleanType()),
                StructField("key", StringType()),
                StructField("row", MapType(StringType(), StringType()), metadata={METADATA: json.dumps(tables)}),
                StructField("seq", LongType()),
            ]
        )

    def reader(self, schema: StructType) -> DataSourceReader:  # noqa: ARG002 - Spark passes what `schema` returned
        """For `spark.read`."""
        return BatchReader(self._options, self.declared, self._load)

    def streamReader(self, schema: StructType) -> DataSourceStreamReader:  # noqa: ARG002, N802 - Spark's name
        """For `spark.readStream`."""
        return StreamReader(self._options, self.declared)


class _Reader:
    """What both readers do."""

    def __init__(self, options: Options, declared: Declared) -> None:
        self._options = options
        self._declared = declared

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """The rows of a task."""
        return ShardReading(self._declared, partition.value).batches()

    def _tasks(self, previous: Version, version: Version) -> Partitions:
        given = self._options
        _LOG.info("%s: %d shards, %s", version.folder, version.shards, given.limits)
        return [
            InputPartition(Task(version, previous, shard, given.configuration, given.location, given.limits))
            for shard in version.tasks()
        ]


class BatchReader(_Reader, DataSourceReader):
    """Reads everything, as the run `load`. All actions on one DataFrame see the same rows."""

    def __init__(self, options: Options, declared: Declared, load: str) -> None:
        super().__init__(options, declared)
        self._version = NOTHING.next(options.shards, load)

    def partitions(self) -> Partitions:
        """One for each shard."""
        if claim(Store(self._options.location), self._version):
            _LOG.info("%s was read before: its rows are brought again, as they were then", self._version.folder)
        return self._tasks(NOTHING, self._version)


class StreamReader(_Reader, SupportsTriggerAvailableNow, DataSourceStreamReader):
    """Reads what has changed since the previous batch, as the next version of a run that belongs to its checkpoint."""

    _only_one = False
    _planned = False

    def initialOffset(self) -> dict[str, Any]:  # noqa: N802 - Spark's name
        """Where a new query begins: before everything, or behind what `spark.read` has read as the same `run`."""
        run = self._options.run
        return (loaded(Store(self._options.location), run) if run else NOTHING).offset

    def latestOffset(self, start: dict[str, Any], limit: ReadLimit) -> dict[str, Any]:  # noqa: ARG002, N802
        """The next version; with `availableNow`, there is one."""
        if self._only_one and self._planned:
            return start
        self._planned = True
        previous = Version.at(start)
        run = previous.run if "since" in start else new_run()
        return previous.next(self._options.shards, run).offset_since(previous)

    def prepareForTriggerAvailableNow(self) -> None:  # noqa: N802 - Spark's name
        """Make one batch, and end."""
        self._only_one = True

    def partitions(self, start: dict[str, Any], end: dict[str, Any]) -> Partitions:
        """One for each shard. `end` alone decides: a first batch that is repeated has a new `start`."""
        return [] if start == end else self._tasks(Version.at(end["since"]), Version.at(end))

    def commit(self, end: dict[str, Any]) -> None:
        """Remove the versions before this one: Spark asks for them no more. The next one begins with its state."""
        store, version = Store(self._options.location), Version.at(end)
        for name in store.names(version.run):
            if int(name) < version.number:
                store.remove(f"{version.run}/{name}")
