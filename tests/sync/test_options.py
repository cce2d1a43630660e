"""What the options of configuration.json change about a whole sync."""

import anyio
import anyio.lowlevel
import httpx
import pytest

from async_sync import FatalError
from async_sync.session import ConfiguredSource
from async_sync.sync import Sync
from mock_api import Api, Source
from tests.helpers.destination import MemoryDestination
from tests.helpers.parts import company, department
from tests.helpers.streams import COMPANY, DEPARTMENT
from tests.helpers.syncing import CONFIGURATION, HookedTransport, assert_equals_source, sync

_OLD, _NEW, _NEWER = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"


def _source() -> Source:
    companies = [company(1, _OLD), company(2, _NEW)]
    return Source(companies, [department(number, 1, _OLD) for number in (1, 2)])


def _upserts(destination: MemoryDestination, table: str) -> int:
    return sum(operation[:2] == ("upsert", table) for operation in destination.operations)


def test_all_parents_asks_every_company_but_does_not_write_the_unchanged_ones_again() -> None:
    """A department that changes without its company is found; of the companies, only changed ones are upserted."""
    source = _source()
    destination = MemoryDestination()
    sync(destination, Api(source), {"sync_scope": "all_parents"})
    source.put_department(department(1, 1, _NEWER))
    destination.restart()
    sync(destination, Api(source), {"sync_scope": "all_parents"})
    assert_equals_source(destination, source)
    assert _upserts(destination, "company") == 1  # the one at the cursor, which is inclusive
    assert destination.state["company_cursor"] == _NEW
    assert "pass_cursor" not in destination.state


def test_an_unfinished_pass_over_all_parents_goes_on_where_it_stopped() -> None:
    """The companies it has not come to are asked first, lest they are never reached; then all, as in every sync."""
    source = Source.generate(companies=20, departments=1)
    destination = MemoryDestination()
    asked: list[str] = []
    fails = True

    async def hook(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/departments"):
            asked.append(request.url.path)
            if fails and "c000015" in request.url.path:
                return httpx.Response(500)
        return None

    configuration = {"sync_scope": "all_parents", "page_size": "2", "max_attempts": "1", "max_concurrency": "1"}
    with pytest.raises(FatalError):
        sync(destination, HookedTransport(Api(source), hook), configuration)
    assert "pass_cursor" in destination.state
    fails = False
    asked.clear()
    sync(destination, HookedTransport(Api(source), hook), configuration)
    assert 6 <= asked.index("/companies/c000001/departments") <= 10
    assert len(set(asked)) == 20
    assert_equals_source(destination, source)
    assert "pass_cursor" not in destination.state


def test_the_field_of_deletion_deletes_instead_of_upserting() -> None:
    """A deleted department is deleted; a deleted company too, and its departments are not asked for."""
    source = _source()
    destination = MemoryDestination()
    sync(destination, Api(source), {"deleted_field": "deleted_at"})
    source.put_department(department(1, 1, _NEWER, deleted_at=_NEWER))
    source.put_company(company(1, _NEWER, deleted_at=None))
    source.put_company(company(2, _NEWER, deleted_at=_NEWER))
    destination.restart()
    paths: list[str] = []

    async def hook(request: httpx.Request) -> httpx.Response | None:
        paths.append(request.url.path)
        return None

    sync(destination, HookedTransport(Api(source), hook), {"deleted_field": "deleted_at"})
    assert ("d1", "c1") not in destination.rows("department")
    assert destination.rows("company").keys() == {("c1",)}
    assert "/companies/c2/departments" not in paths
    assert "c2" not in destination.state["department_cursor"]


def test_when_the_time_is_up_no_company_is_started_and_the_sync_succeeds(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in flight is finished and checkpointed; the next sync continues from there."""
    source = Source.generate(companies=30, departments=1)
    now = 0.0
    monkeypatch.setattr("async_sync.sync.time.monotonic", lambda: now)

    async def hook(request: httpx.Request) -> httpx.Response | None:
        nonlocal now
        now += 30
        return None

    destination = MemoryDestination()
    limited = {"max_sync_minutes": "5", "page_size": "5", "max_concurrency": "2", "timeout_seconds": "3600"}
    sync(destination, HookedTransport(Api(source), hook), limited)
    done = len(destination.rows("department"))
    assert 3 <= done <= 12
    assert not destination.pending
    for _ in range(10):
        destination.restart()
        sync(destination, HookedTransport(Api(source), hook), limited)
    assert_equals_source(destination, source)


def test_a_company_that_answers_404_counts_as_done_and_one_warning_names_it() -> None:
    """Listed but gone: the cursor moves past it, and its own is dropped."""
    source = _source()
    destination = MemoryDestination()
    sync(destination, Api(source))
    source.put_company(company(1, _NEWER))
    source.put_company(company(2, _NEWER))

    async def hook(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(410) if "/c2/" in request.url.path else None

    sync(destination, HookedTransport(Api(source), hook))
    assert destination.state["company_cursor"] == _NEWER
    assert set(destination.state["department_cursor"]) == {"c1"}
    assert any("1 of company answered 404 or 410" in text and "c2" in text for text in destination.warnings)


def test_a_404_for_every_company_is_an_error_about_the_path_and_no_cursor_moves() -> None:
    """A wrong departments_path must not pass for companies that are gone."""
    destination = MemoryDestination()
    source = Source.generate(companies=60, departments=1)
    with pytest.raises(FatalError, match=r"404.*departments_path"):
        sync(destination, Api(source), {"departments_path": "/company/{company_id}/departments"})
    assert "company_cursor" not in destination.state
    sync(destination, Api(source))
    assert_equals_source(destination, source)


def test_after_an_unfinished_pass_a_sync_finds_what_changed_in_its_first_part() -> None:
    """A department that changed behind the back of the unfinished pass is there after one sync, not two."""
    source = Source.generate(companies=6, departments=1)

    async def hook(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(500) if "c000005" in request.url.path else None

    configuration = {"sync_scope": "all_parents", "page_size": "1", "max_attempts": "1", "max_concurrency": "1"}
    destination = MemoryDestination()
    with pytest.raises(FatalError):
        sync(destination, HookedTransport(Api(source), hook), configuration)
    assert destination.state["pass_cursor"]["company"] > source.companies()[0]["updated_at"]
    source.put_department({"company_id": "c000001", "department_id": "new", "updated_at": _NEWER})
    sync(destination, Api(source), configuration)
    assert_equals_source(destination, source)


@pytest.mark.asyncio
async def test_a_cancelled_sync_starts_no_fetch_any_more_and_checkpoints_what_it_received() -> None:
    """A cancelled task group saves what came in, also what the writer had not yet been given."""
    source = Source.generate(companies=5, departments=1)
    destination = MemoryDestination()
    paths: list[str] = []

    async def hook(request: httpx.Request) -> httpx.Response | None:
        paths.append(request.url.path)
        if len(paths) == 4:
            for _ in range(10):  # what came before is on its way to the writer
                await anyio.lowlevel.checkpoint()
            scope.cancel()
            await anyio.sleep_forever()
        return None

    configured = ConfiguredSource.of({**CONFIGURATION, "max_concurrency": "1"}, [COMPANY, DEPARTMENT])
    with anyio.CancelScope() as scope:
        await Sync(configured, destination, destination).run({}, HookedTransport(Api(source), hook))
    assert scope.cancelled_caught
    assert len(paths) == 4
    assert len(destination.rows("company")) == 5
    assert len(destination.rows("department")) == 2
    assert set(destination.state["department_cursor"]) == {"c000001", "c000002"}
    assert not destination.pending
