"""The source in a small cluster: executors and their workers are processes, and processes die."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from load_test.server import mock_api
from tests.spark.running import (
    changing_api,
    driver,
    executors,
    kill,
    lake,
    run,
    source,
    times,
    wait_for,
    workers,
)

pytestmark = [pytest.mark.spark, pytest.mark.timeout(400)]
pytest.importorskip("pyspark")

from tests.spark.object_store import bucket  # noqa: E402 - skipped where moto is missing


@pytest.fixture
def stop(tmp_path: Path) -> Path:
    return tmp_path / "stop"


@pytest.fixture
def url(stop: Path) -> Iterator[str]:
    with changing_api(stop) as url:
        yield url


def options(url: str, location: str, **more: str) -> dict[str, str]:
    few = {"page_size": "10", "max_concurrency": "2", "checkpoint_rows": "20"}
    return {"base_url": url, "stateLocation": location, "shards": "2", **few, **more}


def chunks(folder: Path, version: int) -> int:
    """How many chunks a version has so far."""
    return len([path for path in folder.glob(f"*/{version:08}/*/*") if path.name.isdigit()])


def test_killed_worker_executor_and_driver_lose_nothing(tmp_path: Path, url: str, stop: Path) -> None:
    """`kill -9` of each in the middle of a batch, while the source changes; in the end the tables equal the source."""
    state = tmp_path / "state"
    given = options(url, str(state))
    with driver(tmp_path, given) as process:
        wait_for(lambda: chunks(state, 1) >= 4, process)
        os.kill(workers(process.pid)[0], signal.SIGKILL)
        before = chunks(state, 1)
        wait_for(lambda: chunks(state, 1) >= before + 4, process)
        os.kill(executors(process.pid)[0], signal.SIGKILL)
        before = chunks(state, 1)
        wait_for(lambda: chunks(state, 1) >= before + 4, process)
        kill(process.pid)
    assert not (tmp_path / "lake" / "companies").exists(), "the batch ended before the driver was killed"

    lines = run(tmp_path, given, master="local[2]")
    assert lines[-1] == "done"
    stop.touch()
    more = run(tmp_path, {**given, "shards": "3"}, master="local[2]")
    assert more[-1] == "done"
    assert all(line.endswith("same") for line in (*lines[:-1], *more[:-1]))
    assert times(lake(tmp_path)) == times(source(url))
    assert sorted(path.name for path in state.glob("*/*")) == ["00000002", "00000003"], "the first one was committed"


def test_a_load_is_continued_by_the_query_of_the_same_run(tmp_path: Path, url: str, stop: Path) -> None:
    """`spark.read` brings everything, `spark.readStream` what has changed since; the chunks are in S3."""
    with bucket() as location:
        lines = run(tmp_path, options(url, location, run="first"), master="local[2]", loads_first=True)
        stop.touch()
        more = run(tmp_path, options(url, location, run="first"), master="local[2]")
    assert (lines[-1], more[-1]) == ("done", "done")
    first_batch = (tmp_path / "checkpoint" / "offsets" / "0").read_text().splitlines()[-1]
    assert json.loads(first_batch)["since"] == {"run": "first", "version": 1, "shards": 2}
    assert all(line.endswith("same") for line in (*lines[:-1], *more[:-1]))
    assert times(lake(tmp_path)) == times(source(url))


def test_an_api_that_refuses_fails_the_query_with_one_sentence(tmp_path: Path) -> None:
    """Which shard, which request, what the API said, and what to do."""
    with mock_api(companies=1, departments=1, latency_ms=1, options=("--oauth", "id:secret")) as url:
        (line,) = run(tmp_path, options(url, str(tmp_path / "state")), master="local[2]")
    assert line.startswith("failed: shard ")
    assert "401" in line
    assert "org.apache" not in line
