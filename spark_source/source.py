"""The source as PySpark's Python Data Source API sees it. Spark hands these objects from process to process."""

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pyarrow as pa
from pyspark.sql.datasource import DataSource, DataSourceReader, DataSourceStreamReader, InputPartition
from pyspark.sql.streaming.datasource import ReadLimit, SupportsTriggerAvailableNow
from pyspark.sql.types import BooleanType, LongType, StringType, StructField, StructType

from spark_source.chunks import Chunk
from spark_source.options import Options
from spark_source.plan import Version
from spark_source.reading import Declared, ShardReading, Task
from spark_source.store import Store
from spark_source.typed import METADATA

Partitions = list[InputPartition]


class EngineSource(DataSource):
    """Rows of all tables. `register` makes a class of this one for each name."""

    short_name: ClassVar[str]
    declared: ClassVar[Declared]
    slots: ClassVar[int | None]

    def __init__(self, options: Mapping[str, str]) -> None:
        super().__init__(dict(options))
        self._options = Options.of(options, self.declared, self.slots)

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
                StructField("row", StringType(), metadata={METADATA: json.dumps(tables)}),
                StructField("seq", LongType()),
            ]
        )

    def reader(self, schema: StructType) -> DataSourceReader:  # noqa: ARG002 - Spark passes what `schema` returned
        """For `spark.read`."""
        return BatchReader(self._options, self.declared)

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
        logging.getLogger("spark_source").info("%s: %d shards, %s", version.folder, version.shards, given.limits)
        return [
            InputPartition(Task(version, previous, shard, given.configuration, given.location, given.limits))
            for shard in version.tasks()
        ]


class BatchReader(_Reader, DataSourceReader):
    """Reads everything, as version 1 of its run. All actions on one DataFrame see the same rows."""

    def partitions(self) -> Partitions:
        """One for each shard."""
        start = Version(self._options.run, 0, self._options.shards)
        return self._tasks(start, start.next(self._options.shards))


class StreamReader(_Reader, SupportsTriggerAvailableNow, DataSourceStreamReader):
    """Reads what has changed since the previous batch, as the next version."""

    _only_one = False
    _planned = False

    def initialOffset(self) -> dict[str, Any]:  # noqa: N802 - Spark's name
        """Where a new query begins: before everything, or behind what `spark.read` has read under the same `run`."""
        return last_complete(Store(self._options.location), self._options.run, self._options.shards).offset

    def latestOffset(self, start: dict[str, Any], limit: ReadLimit) -> dict[str, Any]:  # noqa: ARG002, N802
        """The next version; with `availableNow`, there is one."""
        if self._only_one and self._planned:
            return start
        self._planned = True
        return Version.at(start).next(self._options.shards).offset

    def prepareForTriggerAvailableNow(self) -> None:  # noqa: N802 - Spark's name
        """Make one batch, and end."""
        self._only_one = True

    def partitions(self, start: dict[str, Any], end: dict[str, Any]) -> Partitions:
        """One for each shard."""
        return [] if start == end else self._tasks(Version.at(start), Version.at(end))

    def commit(self, end: dict[str, Any]) -> None:
        """Remove the versions before this one: Spark asks for them no more. The next one begins with its state."""
        store, version = Store(self._options.location), Version.at(end)
        for name in store.names(version.run):
            if name.isdigit() and int(name) < version.number:
                store.remove(f"{version.run}/{name}")


def last_complete(store: Store, run: str, shards: int) -> Version:
    """The last version of a run of which every shard is complete; before the first, if there is none."""
    for name in reversed([name for name in store.names(run) if name.isdigit()]):
        for folder in store.names(f"{run}/{name}")[:1]:
            version = Version(run, int(name), int(folder.rpartition("-")[2]))
            if all(_is_complete(store, version.folder_of(shard)) for shard in version.tasks()):
                return version
    return Version(run, 0, shards)


def _is_complete(store: Store, folder: str) -> bool:
    names = [name for name in store.names(folder) if name.isdigit()]
    return bool(names) and Chunk.decode(store.read(f"{folder}/{names[-1]}")).is_last
