"""The promises of docs/guarantees.md that no other test file shows, in their order."""

from collections import Counter

import anyio
import httpx
import pytest

from async_sync import ConnectorError, FatalError
from mock_api import Api, MockApiTransport, Source
from tests.helpers.destination import MemoryDestination
from tests.helpers.parts import company, department
from tests.helpers.syncing import HookedTransport, assert_equals_source, sync

_DAYS = [f"2026-01-{day:02}T00:00:00Z" for day in range(1, 32)]


def _source(companies: int, departments: int = 2) -> Source:
    """Companies c1, c2, ..., each a day later than the one before, with departments that are a day older."""
    return Source(
        [company(number, _DAYS[number]) for number in range(1, companies + 1)],
        [
            department(number, index, _DAYS[number - 1])
            for number in range(1, companies + 1)
            for index in range(departments)
        ],
    )


def _fails_for(name: str, status: int = 500) -> "HookedTransport":
    """Five companies in pages of two, one of which has departments that cannot be read."""

    async def hook(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(status) if f"/{name}/" in request.url.path else None

    return HookedTransport(Api(_source(5)), hook)


_ONE_BY_ONE = {"max_attempts": "1", "page_size": "2", "max_concurrency": "1"}


def test_3_the_company_cursor_stays_before_the_first_company_that_is_not_complete() -> None:
    """The cursor moves over complete companies only: the next sync reads the one that failed, and all after it."""
    destination = MemoryDestination()
    with pytest.raises(FatalError):
        sync(destination, _fails_for("c3"), _ONE_BY_ONE)
    assert destination.state["company_cursor"] == _DAYS[2]
    assert set(destination.state["department_cursor"]) in ({"c1", "c2"}, {"c1", "c2", "c4"})
    assert ("c3",) in destination.rows("company")

    destination.restart()
    sync(destination, Api(_source(5)))
    assert_equals_source(destination, _source(5))


def test_3_a_page_of_companies_that_fails_leaves_what_came_before_written_and_the_cursors_true() -> None:
    """The companies of earlier pages are complete, departments included, and the next sync goes on after them."""
    source = _source(6)

    async def hook(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(502) if "cursor" in request.url.params else None

    destination = MemoryDestination()
    with pytest.raises(FatalError, match="/companies"):
        sync(destination, HookedTransport(Api(source), hook), _ONE_BY_ONE)
    assert destination.rows("company").keys() == {("c1",), ("c2",)}
    assert len(destination.rows("department")) == 4
    assert set(destination.state["department_cursor"]) == {"c1", "c2"}
    assert destination.state.get("company_cursor", "") <= _DAYS[2]

    destination.restart()
    sync(destination, Api(source))
    assert_equals_source(destination, source)


def test_4_a_new_company_starts_at_the_beginning_however_old_its_departments_are() -> None:
    """A new company is never read from the cursor of another."""
    source = _source(3)
    destination = MemoryDestination()
    sync(destination, Api(source))
    source.put_company(company(9, _DAYS[20]))
    source.put_department(department(9, 1, "1999-01-01T00:00:00Z"))
    sync(destination, Api(source))
    assert_equals_source(destination, source)


@pytest.mark.parametrize("future", ["2030-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_5_a_date_from_the_future_does_not_stop_the_sync(future: str) -> None:
    """No cursor passes the start of the sync, a warning names the record, and later changes still arrive."""
    source = _source(3)
    source.put_company(company(2, future))
    source.put_department(department(2, 1, future))
    now = 1_780_000_000.0
    api = Api(source, clock=lambda: now)
    destination = MemoryDestination()
    sync(destination, api)
    assert destination.state["company_cursor"] < "2026-06-01"
    assert destination.state["department_cursor"]["c2"] < "2026-06-01"
    warnings = [text for text in destination.warnings if "in the future" in text]
    assert len(warnings) == 2
    assert "company_id=c2" in warnings[0]
    assert future in warnings[0]

    now += 1000
    source.put_company(company(1, "2026-05-28T20:40:00Z"))
    source.put_department(department(1, 7, "2026-05-28T20:40:00Z"))
    sync(destination, api)
    assert_equals_source(destination, source)


@pytest.mark.parametrize("page_size", ["1", "2", "100"])
def test_6_an_api_that_answers_newest_first_moves_no_cursor_before_the_end(page_size: str) -> None:
    """After newest-first pages a failure leaves the company cursor where it was; one warning says why."""
    source = _source(6)
    destination = MemoryDestination()

    async def hook(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(500) if "/c2/" in request.url.path else None

    configuration = {**_ONE_BY_ONE, "page_size": page_size}
    with pytest.raises(FatalError):
        sync(destination, HookedTransport(Api(source, ignore_order=True), hook), configuration)
    assert "company_cursor" not in destination.state
    assert sum("are not in order" in text and "company" in text for text in destination.warnings) == 1

    destination.restart()
    sync(destination, Api(source, ignore_order=True), configuration)
    assert_equals_source(destination, source)
    assert destination.state["company_cursor"] == _DAYS[6]


def test_6_an_api_that_ignores_updated_since_is_synced_correctly_with_one_warning_a_table() -> None:
    """Every sync of such an API reads everything, and one warning says so."""
    source = _source(4)
    destination = MemoryDestination()
    sync(destination, Api(source, ignore_updated_since=True))
    assert not destination.warnings
    source.put_company(company(1, _DAYS[20]))
    destination.restart()
    sync(destination, Api(source, ignore_updated_since=True))
    assert not destination.warnings  # the records are too new: a coarse filter would return them too
    destination.restart()
    sync(destination, Api(source, ignore_updated_since=True))
    assert_equals_source(destination, source)
    assert sum("every sync will be a full one" in text for text in destination.warnings) == 1
    assert sum(operation[:2] == ("upsert", "company") for operation in destination.operations) == 4


@pytest.mark.parametrize("style", ["next_url", "link_header", "token", "offset", "page"])
def test_8_a_source_that_changes_between_every_two_pages_loses_nothing(style: str) -> None:
    """Before each page the first company changes, and so moves behind all others and shifts them."""
    source = _source(12, departments=1)
    changed = iter(range(1, 7))

    async def hook(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == "/companies" and request.url.params.get("page", "2") != "1":
            number = next(changed, None)
            if number is not None:
                source.put_company(company(number, _DAYS[12 + number]))
        return None

    destination = MemoryDestination()
    transport = HookedTransport(Api(source, pagination=style), hook)
    sync(destination, transport, {"pagination": style, "page_size": "3"})
    destination.restart()
    sync(destination, Api(source, pagination=style), {"pagination": style})
    assert_equals_source(destination, source)


def test_9_a_company_that_appears_again_while_in_flight_is_fetched_again_afterwards_and_never_twice_at_once() -> None:
    """A company changes while its departments are read: the second fetch waits for the first, and sees the change."""
    source = _source(3)
    under_way: Counter[str] = Counter()
    fetches: Counter[str] = Counter()

    async def hook(request: httpx.Request) -> httpx.Response | None:
        path = request.url.path
        if path == "/companies/c1/departments" and "cursor" not in request.url.params:
            assert not under_way[path]
            under_way[path] += 1
            fetches[path] += 1
            answer = await MockApiTransport(Api(source)).handle_async_request(request)
            if fetches[path] == 1:  # both change after the answer was made and before it arrives
                source.put_department(department(1, 0, _DAYS[20]))
                source.put_company(company(1, _DAYS[20]))
                await anyio.wait_all_tasks_blocked()
            under_way[path] -= 1
            return answer
        return None

    destination = MemoryDestination()
    sync(destination, HookedTransport(Api(source), hook), {"page_size": "1"})
    assert fetches["/companies/c1/departments"] == 2
    assert_equals_source(destination, source)


def test_10_a_sick_company_ends_the_sync_after_the_others_in_flight_are_written() -> None:
    """With on_parent_error = fail, what is in flight is finished and checkpointed before the error is raised."""
    source = _source(3)
    waiting = anyio.Event()

    async def hook(request: httpx.Request) -> httpx.Response | None:
        if "/c1/" in request.url.path:
            await waiting.wait()
            return httpx.Response(500)
        if "/c2/" in request.url.path:
            waiting.set()
            await anyio.wait_all_tasks_blocked()
        return None

    destination = MemoryDestination()
    with pytest.raises(FatalError, match=r"\(company c1\)"):
        sync(destination, HookedTransport(Api(source), hook), {"max_attempts": "1"})
    assert "c2" in destination.state["department_cursor"]
    assert not destination.pending


def test_10_a_skipped_company_is_warned_about_and_read_first_in_the_next_sync() -> None:
    """With on_parent_error = skip the sync goes on, and the company stays in the state until it has been read."""
    destination = MemoryDestination()
    sync(destination, _fails_for("c3"), {**_ONE_BY_ONE, "on_parent_error": "skip"})
    assert destination.state["company_cursor"] == _DAYS[5]
    assert destination.state["skipped"] == {"company": [{"company_id": "c3"}]}
    (warning,) = [text for text in destination.warnings if "could not be read" in text]
    assert "1 of company" in warning
    assert "c3" in warning

    paths: list[str] = []

    async def hook(request: httpx.Request) -> httpx.Response | None:
        paths.append(request.url.path)
        return None

    destination.restart()
    sync(destination, HookedTransport(Api(_source(5)), hook), {"max_concurrency": "1"})
    departments = [path for path in paths if path.endswith("/departments")]
    assert departments[0] == "/companies/c3/departments"
    assert "skipped" not in destination.state
    assert_equals_source(destination, _source(5))


def test_11_a_sync_fails_with_one_plain_exception_that_says_all() -> None:
    """However many tasks fail, the first error is raised itself, with the URL, the status and the attempts."""
    everything_fails = httpx.MockTransport(lambda _: httpx.Response(500))
    with pytest.raises(FatalError) as caught:
        sync(MemoryDestination(), everything_fails, {"max_attempts": "3"})
    assert type(caught.value).__name__ == "RequestError"
    assert str(caught.value).startswith("GET http://localhost/companies?")
    assert "after 3 attempts: the API answered 500" in str(caught.value)


def test_11_an_error_of_the_destination_is_raised_as_it_is_and_nothing_more_is_checkpointed() -> None:
    """No checkpoint counts a row that could not be written."""

    class FullDestination(MemoryDestination):
        def upsert(self, table: str, row: dict[str, object]) -> None:
            if table == "department":
                raise OSError("no space left")
            super().upsert(table, row)

    destination = FullDestination()
    with pytest.raises(OSError, match="no space left"):
        sync(destination, Api(_source(3)))
    assert destination.states == []


def test_12_the_reader_does_not_run_ahead_of_partitions_that_do_not_get_done() -> None:
    """While departments hang, no more pages of companies are read than fit into the queue: memory stays bounded."""
    source = Source.generate(companies=2000, departments=0)
    pages = 0

    async def hook(request: httpx.Request) -> httpx.Response | None:
        nonlocal pages
        if request.url.path == "/companies":
            pages += 1
            return None
        await anyio.wait_all_tasks_blocked()
        return httpx.Response(401)

    with pytest.raises(ConnectorError):
        sync(MemoryDestination(), HookedTransport(Api(source), hook), {"max_concurrency": "2", "page_size": "10"})
    assert pages <= 13
