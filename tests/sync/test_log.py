"""What a whole sync writes into the log."""

import json
from pathlib import Path

import anyio
import httpx
import pytest

from async_sync import FatalError, run_sync
from async_sync.session import ConfiguredSource
from async_sync.sync import Sync
from mock_api import Api, Source
from tests.helpers.destination import MemoryDestination
from tests.helpers.parts import company, department
from tests.helpers.processes import fivetran_debug, offline_environment, user_copy
from tests.helpers.streams import COMPANY, DEPARTMENT
from tests.helpers.syncing import CONFIGURATION, HookedTransport, sync

_DAYS = [f"2026-01-{day:02}T00:00:00Z" for day in range(1, 31)]


def _ending(destination: MemoryDestination) -> str:
    return destination.lines[-1].partition("(")[2].partition(")")[0]


def test_the_first_and_the_last_line() -> None:
    """The log begins with what is read from where, and ends with what that came to."""
    destination = MemoryDestination()
    source = Source([company(1, _DAYS[1]), company(2, _DAYS[2])], [department(1, 1, _DAYS[0])])

    sync(destination, Api(source))
    sync(destination, Api(source))

    first, companies, departments, last, again, *_ = destination.lines
    assert first.startswith("Sync begins: company, department from http://localhost, ")
    assert ", cursor at the beginning, 0 cursors of department, " in first
    assert (companies, departments) == ("Table company: 2 done, 2 rows", "Table department: 1 row")
    assert " s (complete): 3 rows, 3 requests, " in last
    assert last.endswith(f"; cursor at {_DAYS[2]}")
    assert f", cursor at {_DAYS[2]}, 1 cursor of department, " in again


def test_a_failed_sync_says_so() -> None:
    """The closing line comes before the error, and does not pretend that all is well."""
    destination = MemoryDestination()

    with pytest.raises(FatalError):
        sync(destination, httpx.MockTransport(lambda _: httpx.Response(403)))

    assert _ending(destination) == "failed"


def test_a_sync_out_of_time_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sync that leaves companies to the next one is not called complete; the one that ends just in time is."""
    now = 0.0
    monkeypatch.setattr("async_sync.sync.time.monotonic", lambda: now)

    async def hook(request: httpx.Request) -> httpx.Response | None:
        nonlocal now
        now += 30
        return None

    destination = MemoryDestination()
    source = Source.generate(companies=8, departments=0)
    limited = {"max_sync_minutes": "2", "max_concurrency": "1", "timeout_seconds": "3600"}
    sync(destination, HookedTransport(Api(source), hook), limited)
    assert _ending(destination) == "max_sync_minutes reached, the next sync continues"

    destination.restart()
    sync(destination, HookedTransport(Api(Source.generate(companies=2, departments=0)), hook), limited)
    assert _ending(destination) == "complete"

    destination.state = {"pass_cursor": source.companies()[-1]["updated_at"]}  # the first pass has one company to read
    sync(destination, HookedTransport(Api(source), hook), {**limited, "sync_scope": "all_parents"})
    assert _ending(destination) == "max_sync_minutes reached, the next sync continues"


@pytest.mark.asyncio
async def test_an_interrupted_sync_says_so() -> None:
    """Who cancels a sync finds in the log that it did not come to its end."""
    destination = MemoryDestination()

    async def hook(request: httpx.Request) -> httpx.Response | None:
        scope.cancel()
        await anyio.sleep_forever()
        raise AssertionError

    source = ConfiguredSource.of(CONFIGURATION, [COMPANY, DEPARTMENT])
    with anyio.CancelScope() as scope:
        await Sync(source, destination, destination).run({}, HookedTransport(Api(Source()), hook))

    assert _ending(destination) == "interrupted"


def test_each_kind_of_warning_is_told_once_and_counted() -> None:
    """Twelve companies whose departments are out of order make one warning, and a count at the end."""
    companies = [company(number, _DAYS[number]) for number in range(1, 13)]
    departments = [department(number, day, _DAYS[day]) for number in range(1, 13) for day in (1, 2)]
    destination = MemoryDestination()

    sync(destination, Api(Source(companies, departments), ignore_order=True))

    assert len([text for text in destination.warnings if "of department are not in order" in text]) == 1
    warnings = destination.lines[-2]
    assert warnings.startswith("Warnings of this sync: records of department out of order (12 times)")


def test_warnings_of_two_passes_are_counted_together() -> None:
    """The second of two passes does not tell again what the first has told."""
    source = Source([company(number, _DAYS[1]) for number in (1, 2)], [department(1, 1, "2999-01-01T00:00:00Z")])
    destination = MemoryDestination()
    destination.state = {"company_cursor": _DAYS[1], "pass_cursor": _DAYS[1]}

    sync(destination, Api(source), {"sync_scope": "all_parents"})

    assert len(destination.warnings) == 1
    assert destination.lines[-2] == "Warnings of this sync: records of department dated in the future (2 times)"


@pytest.mark.process
@pytest.mark.shipped
def test_in_a_terminal(tmp_path: Path) -> None:
    """`fivetran debug` shows each of our lines as one, with what was asked for in log_requests."""
    project, environment = user_copy(tmp_path), offline_environment(tmp_path)
    configuration = {"base_url": "mock://demo?companies=3&departments=2&latency_ms=0", "log_requests": "true"}
    (project / "configuration.json").write_text(json.dumps(configuration))

    shown = fivetran_debug(project, environment).stdout.splitlines()

    (begins,) = [number for number, line in enumerate(shown) if "Sync begins: company, department from " in line]
    (ended,) = [number for number, line in enumerate(shown) if "Table company: 3 done, 3 rows" in line]
    requests = [number for number, line in enumerate(shown) if "GET http://mock.invalid/companies" in line]
    assert len(requests) == 4
    assert all(begins < number < ended for number in requests)


class RowsOnly:
    """A destination that is not a log."""

    def __init__(self) -> None:
        self.tables: list[str] = []

    def upsert(self, table: str, row: dict[str, object]) -> None:
        self.tables.append(table)

    def delete(self, table: str, key: dict[str, object]) -> None:
        pass

    def checkpoint(self, state: dict[str, object]) -> None:
        pass


@pytest.mark.parametrize("is_given", [True, False])
def test_a_destination_without_a_log(caplog: pytest.LogCaptureFixture, *, is_given: bool) -> None:
    """Lines go to the log that is given, else to Python's logger."""
    caplog.set_level("INFO", "async_sync")
    destination, log = RowsOnly(), MemoryDestination()
    run_sync(
        {"base_url": "mock://demo?companies=2&departments=1&latency_ms=0"},
        {},
        streams=[COMPANY, DEPARTMENT],
        destination=destination,
        log=log if is_given else None,
    )

    assert sorted(destination.tables) == ["company"] * 2 + ["department"] * 2
    lines = log.lines if is_given else caplog.messages
    assert "Sync begins" in lines[0]
    assert "Sync ended" in lines[-1]
    assert bool(caplog.messages) is not is_given
