"""What goes wrong during a first sync, or changes after it; a second, healthy sync follows."""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import anyio

from load_test.peers.changing_api import ChangingApi
from mock_api import Source
from mock_api.answer import Answer
from mock_api.routes import Route
from mock_api.table import iso

COMPANIES, DEPARTMENTS = 300, 3
_LONG_AGO = "2025-06-01T00:00:00Z"  # before everything in the source
_CHANGED = ("c000010", "c000120", "c000250")
_READ_SLOWLY = "c000010"
_PATIENCE_SECONDS = 3.0
"""How long an answer waits for what a program may not do at all before that answer has come."""
_MOMENT_SECONDS = 1.0
"""In which a program takes in an answer that has just been sent."""


class Stage:
    """Where a first sync happens: the API, and the process of the sync once it has started."""

    def __init__(self, api: ChangingApi) -> None:
        self.api = api
        self.process: subprocess.Popen[bytes] | None = None

    def started(self, process: subprocess.Popen[bytes]) -> None:
        """Note the process."""
        self.process = process

    def kill(self) -> None:
        """End the process with SIGKILL."""
        assert self.process is not None
        self.process.kill()


@dataclass(frozen=True)
class Scenario:
    """What is in the source from the beginning, what happens during the first sync, and what changes after it."""

    name: str
    before: Callable[[Source], None] = lambda _: None
    during: Callable[[Stage], None] = lambda _: None
    between: Callable[[Source], None] = lambda _: None


def _now(*, later: int = 0) -> str:
    """The time in whole seconds, or this many seconds later: what the API writes on what changes now."""
    return iso(datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=later))


def fail_a_page(stage: Stage) -> None:
    """Answer 500 to each request for any but the first page of companies."""
    stage.api.instead = lambda route, query: 500 if route.kind == "companies" and "cursor=" in query else None


def date_one_in_the_future(source: Source) -> None:
    """Give a company the year 2030."""
    source.touch(["c000050"], "2030-01-01T00:00:00Z", 0)


def change_three(source: Source) -> None:
    """Change a department of three companies, and so these companies."""
    for company_id in _CHANGED:
        source.touch([company_id, "d01"], _now(), 1)


def add_one_with_old_children(source: Source) -> None:
    """Add a company whose departments have not changed for a long time."""
    company = {"company_id": "c900001", "company_name": "Moved", "industry": "Retail", "employees": 1}
    source.put_company({**company, "updated_at": _now()})
    for number in range(1, DEPARTMENTS + 1):
        department = {"department_id": f"d{number:02d}", "company_id": "c900001", "department_name": "Sales"}
        source.put_department({**department, "head_count": 1, "updated_at": _LONG_AGO})


def kill_in_the_middle(stage: Stage) -> None:
    """End the process when the departments of half the companies have been requested."""
    asked: set[str] = set()

    async def after(route: Route, _query: str, _answer: Answer) -> None:
        asked.update(route.ids)
        if len(asked) == COMPANIES // 2:
            stage.kill()

    stage.api.after = after


def change_while_read(stage: Stage) -> None:
    """Change a department, and so its company, while the answer that still has the old one is on its way.

    That answer is slow: it arrives after the last page of companies, which has the changed company once more, and then
    one that changed later, and after the answer to whoever asks for these departments again. Nor is the second page of
    companies sent before the change. None of this is waited for longer than `_PATIENCE_SECONDS`, since a program that
    reads one list at a time cannot get that far before the answer.
    """
    changed, listed, again = anyio.Event(), anyio.Event(), anyio.Event()

    async def after(route: Route, query: str, answer: Answer) -> None:
        if route.ids == (_READ_SLOWLY,) and changed.is_set():
            again.set()
        elif route.ids == (_READ_SLOWLY,):
            stage.api.source.touch([_READ_SLOWLY, "d01"], _now(), 1)
            stage.api.source.touch(["c000200"], _now(later=1), 1)
            changed.set()
            await _patiently(listed)
            await _patiently(again)
            await anyio.sleep(_MOMENT_SECONDS)
        elif route.kind == "companies" and "cursor=" in query:
            await _patiently(changed)
            if b'"next_cursor":null' in answer.body:
                listed.set()

    stage.api.after = after


async def _patiently(event: anyio.Event) -> None:
    with anyio.move_on_after(_PATIENCE_SECONDS):
        await event.wait()


SCENARIOS = (
    Scenario("a page of companies fails", during=fail_a_page),
    Scenario("a company is dated 2030, others change later", before=date_one_in_the_future, between=change_three),
    Scenario("a new company has old departments", between=add_one_with_old_children),
    Scenario("kill -9 in the middle", during=kill_in_the_middle),
    Scenario("a department changes while it is read", during=change_while_read),
)
