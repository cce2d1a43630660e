"""Which versions a query makes, and what it begins with, as Spark asks for it: without Spark."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytestmark = [pytest.mark.spark, pytest.mark.timeout(120)]
pytest.importorskip("pyspark")

from pyspark.sql.types import StructType  # noqa: E402 - skipped where it is missing

from load_test.server import mock_api  # noqa: E402 - likewise
from spark_source.errors import SourceError  # noqa: E402 - likewise
from spark_source.reading import Declared, Task  # noqa: E402 - likewise
from spark_source.source import EngineSource, StreamReader  # noqa: E402 - likewise
from tests.helpers.streams import COMPANY, DEPARTMENT  # noqa: E402 - likewise

if TYPE_CHECKING:
    from pyspark.sql.datasource import DataSourceReader

COMPANIES = 6
QUICK = {"max_attempts": "1", "outage_seconds": "1"}
ANY: Any = None


class Source(EngineSource):
    short_name = "companies"
    declared = Declared([COMPANY, DEPARTMENT])
    slots = 2


@pytest.fixture
def given(tmp_path: Path) -> dict[str, str]:
    return {"base_url": "http://localhost:1", "stateLocation": str(tmp_path), "shards": "2", **QUICK}


def stream(given: dict[str, str]) -> StreamReader:
    reader = Source(given).streamReader(StructType())
    assert isinstance(reader, StreamReader)
    return reader


def first_batch(reader: StreamReader) -> dict[str, Any]:
    return reader.latestOffset(reader.initialOffset(), ANY)


def tasks(reader: StreamReader, start: dict[str, Any], end: dict[str, Any]) -> list[Task]:
    return [partition.value for partition in reader.partitions(start, end)]


def load(reader: "DataSourceReader") -> int:
    """Read all of it; returns how many rows there are."""
    return sum(batch.num_rows for partition in reader.partitions() for batch in reader.read(partition))


def test_each_checkpoint_is_a_run_of_its_own(given: dict[str, str]) -> None:
    """Whoever begins anew reads everything, also with the same DataFrame and at the same time."""
    source = Source(given)
    begun = [first_batch(source.streamReader(StructType())) for _ in range(2)]
    assert begun[0]["run"] != begun[1]["run"]
    assert [(offset["version"], offset["since"]["version"]) for offset in begun] == [(1, 0), (1, 0)]


def test_a_query_goes_on_with_its_run(given: dict[str, str]) -> None:
    """Each version begins with the one before it, of however many shards that was."""
    end = first_batch(stream(given))
    after = stream({**given, "shards": "3"}).latestOffset(end, ANY)
    assert {**after, "since": {}} == {"run": end["run"], "version": 2, "shards": 3, "since": {}}
    assert [task.previous.offset for task in tasks(stream(given), end, after)] == [
        {name: end[name] for name in ("run", "version", "shards")}
    ] * 3
    assert tasks(stream(given), after, after) == []


def test_a_first_batch_that_is_repeated_is_the_same(given: dict[str, str]) -> None:
    """After a restart, Spark asks anew where the query begins, and has kept only where its batch ends."""
    query = stream(given)
    start = query.initialOffset()
    end = query.latestOffset(start, ANY)
    since_then = {"run": "first", "version": 1, "shards": 3}
    assert tasks(stream(given), since_then, end) == tasks(query, start, end)


def test_a_load_is_continued_by_as_many_queries_as_there_are(given: dict[str, str]) -> None:
    """Each brings what has changed since the load, which stays; an action on it brings the rows of then."""
    with mock_api(companies=COMPANIES, departments=1, latency_ms=1) as url:
        named = {**given, "base_url": url, "run": "first", "max_concurrency": "2"}
        with pytest.raises(SourceError, match="There is no run first"):
            stream(named).initialOffset()
        rows = load(Source(named).reader(StructType()))
        for _ in range(2):
            query = stream(named)
            end = first_batch(query)
            assert (end["version"], end["since"]) == (2, {"run": "first", "version": 1, "shards": 2})
            read = [list(query.read(partition)) for partition in query.partitions(query.initialOffset(), end)]
            assert sum(batch.num_rows for batches in read for batch in batches) < rows
            query.commit(query.latestOffset(end, ANY))
            assert not (Path(given["stateLocation"]) / end["run"] / "00000002").exists()
    assert load(Source({**named, "base_url": "http://localhost:1"}).reader(StructType())) == rows


def test_loads_without_a_name_are_apart(given: dict[str, str]) -> None:
    """Each `load()` reads everything; the actions on it bring the same rows."""
    with mock_api(companies=COMPANIES, departments=1, latency_ms=1) as url:
        first, second = (Source({**given, "base_url": url, "max_concurrency": "2"}) for _ in range(2))
        rows = load(first.reader(StructType()))
    assert load(first.reader(StructType())) == rows
    with pytest.raises(SourceError):
        load(second.reader(StructType()))
