"""`python -m load_test.spark`: measure the source for Spark against a plain run of the engine, for docs/scaling.md."""

import argparse
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import Any

from load_test.arguments import POSITIVE, add_size
from load_test.fresh_process import output_of, sync
from load_test.server import mock_api
from load_test.streams import declared

_ROWS = 100_000


def seconds_and_bytes(url: str, shards: int, in_flight: int) -> tuple[float, int, int]:
    """The time of a first `spark.read` in a cluster of one executor a shard, the bytes of its chunks, and their number.

    What Spark and Python take to start is in a read of nothing before it.
    """
    from spark_source import register  # noqa: PLC0415 - `--help` needs no Spark
    from spark_source.demo import session  # noqa: PLC0415 - likewise

    spark = session(f"local-cluster[{shards},1,1024]")
    register(spark, declared())
    with tempfile.TemporaryDirectory() as folder:
        given = {"base_url": url, "max_concurrency": str(in_flight), "stateLocation": folder, "shards": str(shards)}
        nothing = spark.read.format("companies").options(**given, start_date="2100-01-01", run="nothing").load()
        nothing.write.format("noop").mode("overwrite").save()
        started = time.perf_counter()
        everything = spark.read.format("companies").options(**given, run="everything").load()
        everything.write.format("noop").mode("overwrite").save()
        seconds = time.perf_counter() - started
        sizes = [
            path.stat().st_size
            for path in Path(folder, "everything").rglob("*")
            if path.name.isdigit() and path.is_file()
        ]
    spark.stop()
    return seconds, sum(sizes), len(sizes)


def cpu_of_a_row() -> float:
    """Microseconds of CPU to collect a row, write it in a chunk of 10,000, and read it again."""
    from spark_source.chunks import Chunk  # noqa: PLC0415 - `--help` needs no Spark
    from spark_source.destination import ChunkDestination  # noqa: PLC0415 - likewise

    def save(batch: Any, state: Any) -> None:
        Chunk.decode(Chunk(batch, state, batch.num_rows, is_last=False, attempt="a").encode())

    destination = ChunkDestination(declared(), 0, {}, save, Event())
    rows = [
        {"department_id": f"d{n:02}", "company_id": f"c{n:06}", "department_name": "Sales", "updated_at": "2026-03-01"}
        for n in range(_ROWS)
    ]
    started = time.process_time()
    for number, row in enumerate(rows, start=1):
        destination.upsert("department", row)
        if number % 10_000 == 0:
            destination.checkpoint({})
    return (time.process_time() - started) / _ROWS * 1e6


def read_a_shard(url: str) -> None:
    """Read everything as the task of a worker does, and print the most memory that took."""
    from async_sync.configuration.shard import UNSHARDED  # noqa: PLC0415 - what is measured
    from spark_source.plan import Version  # noqa: PLC0415 - likewise
    from spark_source.reading import Declared, ShardReading, Task  # noqa: PLC0415 - likewise

    start = Version("run", 0, 1)
    with tempfile.TemporaryDirectory() as folder:
        task = Task(start.next(1), start, UNSHARDED, {"base_url": url, "max_concurrency": "50"}, folder, "")
        rows = sum(batch.num_rows for batch in ShardReading(Declared(declared()), task).batches())
    print(f"{rows} rows, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m load_test.spark", description=__doc__)
    add_size(parser, companies=20_000, departments=5, latency_ms=20)
    parser.add_argument("--in-flight", type=POSITIVE, default=48, help="for all shards (default: %(default)s)")
    parser.add_argument("--parents", type=POSITIVE, default=100_000, help="of one shard (default: %(default)s)")
    given = parser.parse_args(arguments)
    print(f"CPU of a row of the hand-over: {cpu_of_a_row():.1f} microseconds", flush=True)
    with mock_api(companies=given.companies, departments=given.departments, latency_ms=given.latency_ms) as url:
        plain = sync({"base_url": url, "max_concurrency": str(given.in_flight)})
        print(f"one plain run: {plain.wall:.1f} s", flush=True)
        for shards in (1, 2, 4):
            seconds, size, files = seconds_and_bytes(url, shards, given.in_flight)
            print(f"{shards} shards: {seconds:.1f} s, {files} chunks of {size / files / 1000:.0f} KB", flush=True)
    with mock_api(companies=given.parents, departments=1, latency_ms=0) as url:
        program = f"from load_test.spark import read_a_shard; read_a_shard({url!r})"
        print(f"a worker with {given.parents} parents: {output_of(['-c', program]).strip()}", flush=True)


if __name__ == "__main__":
    main()
