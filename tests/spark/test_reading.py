"""One task without Spark: whatever happens to an attempt, all attempts bring the same rows."""

import threading
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from async_sync import ConfigurationKey, Stream
from async_sync.configuration.shard import UNSHARDED, Shard
from async_sync.streams.tree import StreamTree
from async_sync.writing.state import SyncState
from load_test.server import mock_api
from tests.helpers.streams import COMPANY, DEPARTMENT

pytestmark = [pytest.mark.spark, pytest.mark.timeout(120)]
pytest.importorskip("pyarrow")

if TYPE_CHECKING:
    import pyarrow as pa

from spark_source import destination  # noqa: E402 - skipped where pyarrow is missing
from spark_source.chunks import SCHEMA, Chunk  # noqa: E402 - likewise
from spark_source.errors import SourceError  # noqa: E402 - likewise
from spark_source.inheriting import joined  # noqa: E402 - likewise
from spark_source.loads import claim, loaded  # noqa: E402 - likewise
from spark_source.plan import NOTHING, Version  # noqa: E402 - likewise
from spark_source.reading import Declared, ShardReading, Task  # noqa: E402 - likewise
from spark_source.store import Store  # noqa: E402 - likewise
from tests.spark.object_store import bucket  # noqa: E402 - likewise

STREAMS = [COMPANY, DEPARTMENT]
COMPANIES, DEPARTMENTS = 20, 2


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with mock_api(companies=COMPANIES, departments=DEPARTMENTS, latency_ms=1) as url:
        yield url


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A bucket of moto's S3 server."""
    with bucket() as url:
        yield url


@pytest.fixture(params=["folder", "s3"])
def location(request: pytest.FixtureRequest, tmp_path: Path, s3: str) -> str:
    """Where chunks are kept."""
    return str(tmp_path / "state") if request.param == "folder" else f"{s3}/{tmp_path.name}"


def task(url: str, location: str, shard: str = "1/1", number: int = 1, before: int | None = None) -> Task:
    part = Shard.parse(shard)
    few = {
        "page_size": "5",
        "max_concurrency": "2",
        "checkpoint_rows": "10",
        "max_attempts": "1",
        "outage_seconds": "1",
    }
    previous = Version("run", number - 1, before or part.count)
    return Task(previous.next(part.count), previous, part, {"base_url": url, **few}, location, "limits")


def attempt(task: Task, declared: Declared = Declared(STREAMS)) -> "Generator[pa.RecordBatch]":  # noqa: B008 - frozen
    return ShardReading(declared, task).batches()


def rows(batches: "Iterator[pa.RecordBatch]") -> list[dict[str, Any]]:
    return [row for batch in batches for row in batch.to_pylist()]


def keys(read: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(row["table"], row["key"]) for row in read}


def test_a_complete_version_is_only_replayed(url: str, location: str) -> None:
    """A second attempt, or a second action, makes no request: there need not be an API any more."""
    first = rows(attempt(task(url, location)))
    assert len(keys(first)) == COMPANIES * (1 + DEPARTMENTS)
    assert rows(attempt(task("http://localhost:1", location))) == first


def test_an_attempt_that_died_goes_on_from_its_last_chunk(url: str, location: str) -> None:
    """What it wrote comes first, and nothing is missing after it."""
    with closing(attempt(task(url, location))) as died:
        before = [row for batch in islice(died, 2) for row in batch.to_pylist()]
    after = rows(attempt(task(url, location)))
    assert after[: len(before)] == before
    assert COMPANIES * (1 + DEPARTMENTS) == len(keys(after)) > len(after) * 3 / 4, "everything was read again"
    assert [row["seq"] for row in after] == sorted({row["seq"] for row in after})


def test_two_attempts_at_a_time_bring_the_same(location: str) -> None:
    """Both begin with nothing: whoever is slower with a chunk goes on from that of the other."""
    found, start = list[list[dict[str, Any]]](), threading.Barrier(2)

    def read(url: str) -> None:
        reading = attempt(task(url, location))
        start.wait()
        found.append(rows(reading))

    with mock_api(companies=COMPANIES, departments=DEPARTMENTS, latency_ms=20) as url:
        threads = [threading.Thread(target=read, args=(url,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found[0] == found[1]
    assert len(keys(found[0])) == COMPANIES * (1 + DEPARTMENTS)


def test_the_next_version_has_only_what_has_changed(url: str, location: str) -> None:
    """It begins with the state at the end of the one before; its rows are newer by their `seq`."""
    first = rows(attempt(task(url, location)))
    second = rows(attempt(task(url, location, number=2)))
    assert len(second) < len(first) / 2
    assert min(row["seq"] for row in second) > max(row["seq"] for row in first)


def test_after_a_change_of_shards_nothing_is_missing(url: str, location: str) -> None:
    """Two shards become three, which together bring every record that one of the two alone had."""
    before = [rows(attempt(task(url, location, shard))) for shard in ("1/2", "2/2")]
    after = [rows(attempt(task(url, location, f"{number}/3", 2, before=2))) for number in (1, 2, 3)]
    whole = keys([row for part in before for row in part])
    lacking = whole - keys([row for part in after for row in part])
    assert len(whole) == COMPANIES * (1 + DEPARTMENTS)
    assert lacking <= keys(before[0])  # the state that all three inherit knows these already


def test_a_shard_that_was_cut_short_has_all_ask_for_its_deletes() -> None:
    """Whichever comes first: one without a cursor says in another place since when deletes have to be asked for."""
    states = [
        {"company_cursor": "2026-03-02T00:00:00Z", "department_cursor": {"c1": "2026-03-01T00:00:00Z"}, "shard": "1/2"},
        {
            "company_cursor": "2026-03-05T00:00:00Z",
            "deletes_cursor": {"company": "2026-02-01T00:00:00Z"},
            "shard": "2/2",
        },
    ]
    tree = StreamTree(STREAMS)
    kept = {"version": 1, "department_cursor": {"c1": "2026-03-01T00:00:00Z"}}
    for first, second in (states, states[::-1]):
        state = SyncState.load(joined([first, second], tree), tree)
        state.move_to(UNSHARDED)
        of_first = kept if first is states[0] else {**kept, "department_cursor": {}}
        assert state.dump() == {**of_first, "deletes_cursor": {"company": "2026-02-01T00:00:00Z"}}


def test_keys_of_the_connector_s_own_are_known_when_shards_change(url: str, location: str) -> None:
    """A path may name one of them."""
    company = Stream(table="company", path="/{area}", primary_key=["company_id"], columns={}, cursor_field="updated_at")
    declared = Declared([company], [ConfigurationKey("area")])

    def read(shard: str, number: int, before: int) -> list[dict[str, Any]]:
        given = task(url, location, shard, number, before=before)
        return rows(attempt(replace(given, configuration={**given.configuration, "area": "companies"}), declared))

    assert len(keys(read("1/2", 1, 2)) | keys(read("2/2", 1, 2))) == COMPANIES
    assert keys(read("1/1", 2, 2))


def test_chunks_of_two_readings_are_not_mixed(url: str, location: str) -> None:
    """Where some were removed under an attempt that goes on, no other attempt takes what is left for the rest."""
    first, second = (
        replace(one, configuration={**one.configuration, "checkpoint_rows": rows_, "max_concurrency": "1"})
        for one, rows_ in ((task(url, location), "2"), (task(url, location), "1"))
    )
    with closing(attempt(first)) as removed:
        next(removed)
        Store(location).remove("run/00000001")
        assert rows(removed)
    with pytest.raises(SourceError, match="has chunks of two readings"):
        rows(attempt(second))


def test_too_many_bytes_for_one_chunk_make_several(url: str, location: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many rows lie between two checkpoints; and whoever continues from such a chunk misses nothing."""
    monkeypatch.setattr(destination, "_MAX_CHARACTERS", 100)
    few = task(url, location)
    few = replace(few, configuration={**few.configuration, "checkpoint_rows": "1000"})
    with closing(attempt(few)) as died:
        first = [batch.num_rows for batch in islice(died, 3)]
    assert max(first) < 10
    read = rows(attempt(few))
    assert len(keys(read)) == COMPANIES * (1 + DEPARTMENTS)
    assert [row["seq"] for row in read] == sorted({row["seq"] for row in read})


def test_a_load_has_one_number_of_shards(url: str, location: str) -> None:
    """It is fixed before anything is read; and it is continued when all of it is there, as often as one likes."""
    store, version = Store(location), NOTHING.next(2, "first")
    with pytest.raises(SourceError, match=r"There is no run first at stateLocation: read it with spark.read first"):
        loaded(store, "first")
    assert [claim(store, version), claim(store, version)] == [False, True]
    with pytest.raises(SourceError, match="run first was read with 2 shards: set shards to 2"):
        claim(store, NOTHING.next(3, "first"))
    for shard in ("1/2", "2/2"):
        with pytest.raises(SourceError, match=f"{shard[0]}-of-0002 at stateLocation is not complete"):
            loaded(store, "first")
        part = Shard.parse(shard)
        rows(attempt(replace(task(url, location, shard), version=version, previous=NOTHING, shard=part)))
    assert loaded(store, "first") == version


@pytest.mark.parametrize("wrong", ["file", "nowhere://here", "folder below a file"])
def test_a_store_that_fails_is_told_in_one_sentence(wrong: str, tmp_path: Path) -> None:
    """With the stateLocation, and what it said."""
    (tmp_path / "file").touch()
    place = {"file": str(tmp_path / "file"), "folder below a file": str(tmp_path / "file" / "x")}.get(wrong, wrong)
    with pytest.raises(SourceError, match=rf"^stateLocation {place}: \w+: [^\n]*$"):
        Store(place).create("run/file", b"")


def test_without_the_version_before_nothing_is_read(url: str, location: str) -> None:
    """A stateLocation that is not the query's is an error, not a reason to read everything again."""
    with pytest.raises(SourceError, match="run/00000001/0001-of-0001 at stateLocation is not complete"):
        rows(attempt(task(url, location, number=2)))


def test_an_api_that_fails_is_told_in_one_sentence(location: str) -> None:
    """With the shard before it, and no cause behind it."""
    with pytest.raises(SourceError, match=r"^shard 1/1: .*localhost:1") as raised:
        rows(attempt(task("http://localhost:1", location)))
    assert "\n" not in str(raised.value)
    assert raised.value.__suppress_context__


def test_of_many_who_create_a_file_one_does(location: str) -> None:
    """And its bytes are there."""
    store, created = Store(location), list[int]()
    start = threading.Barrier(8)

    def create(number: int) -> None:
        start.wait()
        if store.create("run/file", f"{number}".encode()):
            created.append(number)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.read("run/file")] == [f"{number}".encode() for number in created]
    assert store.names("run") == ["file"]


def test_a_store_that_lets_a_chunk_be_replaced_is_looked_at_again(url: str) -> None:
    """Where files are not created exclusively, an attempt whose chunk is not there any more fails."""
    location = "memory://state"
    with closing(attempt(task(url, location))) as replaced:
        next(replaced)
        store, name = Store(location), "run/00000001/0001-of-0001/000000000"
        assert not store.is_exclusive
        other = Chunk.decode(store.read(name))
        store.remove(name)
        assert store.create(name, Chunk(other.batch, other.state, other.rows, other.is_last, "other").encode())
        with pytest.raises(SourceError, match="another attempt has replaced"):
            rows(replaced)
    store.remove("run")


def test_a_chunk_is_what_was_encoded(url: str) -> None:
    """Rows, state and the rest."""
    import pyarrow as pa  # noqa: PLC0415 - skipped where it is missing

    batch = pa.record_batch([["t"], [False], ['{"id":1}'], [[("id", "1")]], [5]], schema=SCHEMA)
    chunk = Chunk(batch, {"company_cursor": "2026-03-01T00:00:00Z"}, 1, is_last=True, attempt="a", follows="b")
    assert Chunk.decode(chunk.encode()) == chunk
