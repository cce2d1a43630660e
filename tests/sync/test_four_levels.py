"""Four levels, two of them in the middle; and a record in the middle that appears again while it is read."""

from dataclasses import replace

import anyio
import httpx
import pytest

from async_sync import FatalError, OffsetPages, run_sync
from tests.helpers.destination import MemoryDestination
from tests.helpers.nested_api import (
    COMPANY,
    DEPARTMENT,
    EMPLOYEE,
    KEYS,
    KEYS_OF_FOUR,
    TASK,
    C,
    D,
    E,
    NestedApi,
    T,
    at,
    company,
    department,
    employee,
    four_levels,
    task,
)
from tests.helpers.syncing import CONFIGURATION, run

FOUR = (COMPANY, DEPARTMENT, EMPLOYEE, TASK)


def sync(destination: MemoryDestination, api: NestedApi, **configuration: str) -> None:
    api.asked.clear()
    destination.restart()
    run(destination, api, *FOUR, configuration=configuration)


@pytest.fixture
def api() -> NestedApi:
    return four_levels()


@pytest.fixture
def destination() -> MemoryDestination:
    return MemoryDestination(keys=KEYS_OF_FOUR)


def counts(destination: MemoryDestination) -> list[int]:
    return [len(destination.rows(table)) for table in KEYS_OF_FOUR]


def test_a_first_sync_reads_four_levels(api: NestedApi, destination: MemoryDestination) -> None:
    """Each list is read once, and has its own cursor by the whole key of its parent."""
    sync(destination, api)

    assert len(api.paths) == len(set(api.paths)) == 1 + 2 + 4 + 8
    assert counts(destination) == [2, 4, 8, 8]
    assert destination.state["task_cursor"] == {
        f"e{e}/d{d}/c{c}": at(4 * c + e) for c in (1, 2) for d in (1, 2) for e in (1, 2)
    }
    assert destination.rows("task")["t1", "e2", "d1", "c2"]["department_id"] == "d1"


def test_a_change_at_the_bottom_is_followed_down(api: NestedApi, destination: MemoryDestination) -> None:
    """Along the way to it each list is asked from its cursor; only what is at a cursor is asked for besides."""
    sync(destination, api)
    api.lists[C][0], api.lists[D.format(1)][0] = company(1, 60), department(1, 60)
    api.lists[E.format(1, 1)][0] = employee(1, 60)
    api.lists[T.format(1, 1, 1)].append(task(2, 60))
    sync(destination, api)

    assert {(D.format(1), at(7)), (E.format(1, 1), at(6)), (T.format(1, 1, 1), at(5))} < set(api.asked)
    assert [path for path in api.paths if path.startswith(D.format(2))] == [
        D.format(2),
        E.format(2, 2),
        T.format(2, 2, 2),
    ]
    assert ("t2", "e1", "d1", "c1") in destination.rows("task")


@pytest.mark.parametrize("path", [D.format(1), E.format(1, 1), T.format(1, 1, 1)])
def test_what_was_skipped_is_read_first(api: NestedApi, destination: MemoryDestination, path: str) -> None:
    """At whatever level a list fails, the next sync asks for it before anything below what has changed."""
    api.statuses[path] = 403
    sync(destination, api, on_parent_error="skip")
    assert destination.state["company_cursor"] == at(20)
    assert len(destination.warnings) == 1

    api.statuses.clear()
    sync(destination, api, on_parent_error="skip")
    assert next(asked for asked in api.paths if asked != C) == path
    assert counts(destination) == [2, 4, 8, 8]
    assert "skipped" not in destination.state


@pytest.mark.parametrize("path", [D.format(1), E.format(1, 1), T.format(1, 1, 1)])
def test_with_fail_no_cursor_above_moves_past_it(api: NestedApi, destination: MemoryDestination, path: str) -> None:
    """At whatever level a list fails, what was done is kept, and the next sync completes everything."""
    api.statuses[path] = 403
    with pytest.raises(FatalError, match="403"):
        sync(destination, api)
    assert "company_cursor" not in destination.state

    api.statuses.clear()
    sync(destination, api)
    assert counts(destination) == [2, 4, 8, 8]
    assert destination.state["company_cursor"] == at(20)


class Again:
    """A company whose department d1 changes, and comes to the end of its list, while its employees are read."""

    def __init__(self) -> None:
        self.api = NestedApi({C: [company(1, 9)], D.format(1): [department(d, d) for d in (1, 2, 3)]})
        self.api.lists[E.format(1, 1)] = [employee(1, 1)]
        self.in_flight = self.most = 0
        self._has_appeared: anyio.Event | None = None

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self._has_appeared = self._has_appeared or anyio.Event()
        path = request.url.path
        if path == E.format(1, 1):
            return await self._employees(request, self._has_appeared)
        answer = self.api(request)
        if {"department_id": "d1", "updated_at": at(50)} in answer.json():
            self._has_appeared.set()
        return answer

    async def _employees(self, request: httpx.Request, has_appeared: anyio.Event) -> httpx.Response:
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        answer = self.api(request)
        self.api.lists[D.format(1)][0] = department(1, 50)
        await has_appeared.wait()
        await anyio.lowlevel.checkpoint()
        if len(self.api.lists[E.format(1, 1)]) == 1:
            self.api.lists[E.format(1, 1)].append(employee(2, 50))
        self.in_flight -= 1
        return answer


def test_a_middle_record_that_appears_again_is_read_again_afterwards() -> None:
    """Not twice at the same time: the second reading begins when the first has ended, and finds what came meanwhile."""
    paged = replace(DEPARTMENT, pagination=OffsetPages())
    again, destination = Again(), MemoryDestination(keys=KEYS)
    run_sync(
        {**CONFIGURATION, "max_concurrency": "4", "page_size": "2"},
        {},
        streams=[COMPANY, paged, replace(EMPLOYEE, parent=paged)],
        destination=destination,
        transport=httpx.MockTransport(again),
    )
    assert again.api.paths.count(E.format(1, 1)) == 2
    assert again.most == 1
    assert ("e2", "d1", "c1") in destination.rows("employee")
    assert destination.state["department_cursor"] == {"c1": at(50)}
