"""What goes wrong for the tools that are compared, and what this connector and threads have afterwards."""

import json
from pathlib import Path

import anyio
import pytest

from load_test.destinations import rows_of
from load_test.peers import scenarios
from load_test.peers.changing_api import ChangingApi
from load_test.peers.outcomes import outcome
from load_test.peers.program import Asked
from load_test.peers.received import Received
from load_test.peers.runs import OURS, THREADS, Peer, sync
from load_test.peers.scenarios import (
    COMPANIES,
    DEPARTMENTS,
    SCENARIOS,
    Stage,
    add_one_with_old_children,
    change_three,
    change_while_read,
    date_one_in_the_future,
    fail_a_page,
    kill_in_the_middle,
)
from mock_api import Source

NEXT = "cursor=WyIyMDI2LTAyLTE0VDA0OjQ4OjAwWiIsImMwMDAxMDAiXQ"
SLOW = "/companies/c000010/departments"


def source() -> Source:
    return Source.generate(companies=COMPANIES, departments=DEPARTMENTS)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(scenarios, "_PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(scenarios, "_MOMENT_SECONDS", 0.0)
    return Stage(ChangingApi(source()))


def answered(stage: Stage, path: str, query: str = "") -> tuple[int, list[dict[str, object]]]:
    answer = anyio.run(stage.api.answer, path, query)
    return answer.status, json.loads(answer.body).get("data", [])


def test_a_page_fails(stage: Stage) -> None:
    """The first page of companies and all departments are answered; calm ends it."""
    fail_a_page(stage)
    assert answered(stage, "/companies")[0] == answered(stage, SLOW)[0] == 200
    assert answered(stage, "/companies", NEXT)[0] == 500

    stage.api.calm()
    assert answered(stage, "/companies", NEXT)[0] == 200


def test_a_date_in_the_future(stage: Stage) -> None:
    """That company is the last of all, and what changes later is before it."""
    date_one_in_the_future(stage.api.source)
    change_three(stage.api.source)
    last = stage.api.source.companies()[-4:]
    assert [one["company_id"] for one in last] == ["c000010", "c000120", "c000250", "c000050"]
    assert last[-1]["updated_at"] == "2030-01-01T00:00:00Z"


def test_a_new_company_with_old_departments(stage: Stage) -> None:
    """It is newer than everything, and they are older."""
    oldest = min(str(row["updated_at"]) for row in rows_of(stage.api.source).values())
    add_one_with_old_children(stage.api.source)
    new = stage.api.source.companies()[-1]
    departments = stage.api.source.departments(new["company_id"])
    assert len(departments) == DEPARTMENTS
    assert all(department["updated_at"] < oldest for department in departments)


def test_kill_in_the_middle(monkeypatch: pytest.MonkeyPatch, stage: Stage) -> None:
    """The process ends once the departments of half the companies have been requested, and not before."""
    killed = []
    monkeypatch.setattr(stage, "kill", lambda: killed.append(True))
    kill_in_the_middle(stage)
    for number in range(1, COMPANIES // 2 + 1):
        assert not killed
        answered(stage, f"/companies/c{number:06d}/departments")
    assert killed


def test_a_change_while_it_is_read(stage: Stage) -> None:
    """The slow answer has the old department; whoever asks again gets the new one, and its company is listed again."""
    before = answered(stage, SLOW)
    change_while_read(stage)
    assert answered(stage, SLOW) == before
    assert answered(stage, SLOW) != before
    assert [one["company_id"] for one in stage.api.source.companies()[-2:]] == ["c000010", "c000200"]


LAST_PAGE = ("/companies", f"{NEXT}&limit=1000")
DEPARTMENTS_READ_SLOWLY = (SLOW, "")


@pytest.mark.parametrize(
    ("asked", "arrived"),
    [
        ([LAST_PAGE], []),
        ([LAST_PAGE, DEPARTMENTS_READ_SLOWLY], ["/companies"]),
        ([DEPARTMENTS_READ_SLOWLY], []),
        ([DEPARTMENTS_READ_SLOWLY, LAST_PAGE], ["/companies"]),
        ([DEPARTMENTS_READ_SLOWLY, DEPARTMENTS_READ_SLOWLY], [SLOW]),
        ([DEPARTMENTS_READ_SLOWLY, LAST_PAGE, DEPARTMENTS_READ_SLOWLY], ["/companies", SLOW, SLOW]),
    ],
)
def test_what_waits_for_what(monkeypatch: pytest.MonkeyPatch, asked: list[tuple[str, str]], arrived: list[str]) -> None:
    """Pages after the first wait for the change; the slow answer waits for the last page and for a second request."""
    monkeypatch.setattr(scenarios, "_MOMENT_SECONDS", 0.0)
    stage, sent = Stage(ChangingApi(source())), list[str]()
    change_while_read(stage)

    async def ask(path: str, query: str) -> None:
        await stage.api.answer(path, query)
        sent.append(path)

    async def all_of_them() -> None:
        async with anyio.create_task_group() as tasks:
            for one in asked:
                tasks.start_soon(ask, *one)
                await anyio.wait_all_tasks_blocked()
            assert sent == arrived
            tasks.cancel_scope.cancel()

    anyio.run(all_of_them)


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.shipped
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_this_connector_has_everything(scenario: scenarios.Scenario) -> None:
    """After each scenario and a healthy sync, nothing is missing and nothing is old."""
    seen = outcome(scenario, OURS)
    assert (seen.second.error, seen.lost, seen.stale) == ("", 0, 0)


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize(("number", "stale"), [(1, 6), (4, 1)])
def test_threads_do_not(number: int, stale: int) -> None:
    """The scenarios can fail: threads miss what changes after a date in the future, or while it is read."""
    seen = outcome(SCENARIOS[number], THREADS)
    assert (seen.second.error, seen.stale) == ("", stale)


@pytest.mark.process
@pytest.mark.parametrize("module", ["by_hand", "no_such_program"])
def test_a_program_that_fails(module: str, tmp_path: Path) -> None:
    """Its last line of errors is its error, and nothing is received."""
    received = Received()
    assert sync(Peer("", module), Asked("http://127.0.0.1:9", 1, str(tmp_path)), received).error
    assert received.rows == {}
