"""Lists without a time of change, lists that cannot be asked for changes, newest first, and a first sync's start."""

from dataclasses import replace

import httpx
import pytest

from async_sync import EPOCH_MILLISECONDS, EPOCH_SECONDS, SEQUENCE, NumberedPages, SinglePage, Stream, Timestamp
from async_sync.records.cursors import CursorType
from tests.helpers.destination import MemoryDestination
from tests.helpers.nested_api import (
    COMPANY,
    DEPARTMENT,
    EMPLOYEE,
    KEYS,
    C,
    D,
    E,
    NestedApi,
    Record,
    at,
    company,
    department,
    employee,
)
from tests.helpers.syncing import run

CURRENCY = Stream(
    table="currency",
    path="/currencies",
    primary_key=["code"],
    cursor_field=None,
    columns={},
    pagination=NumberedPages(param="page"),
)


def written(destination: MemoryDestination, table: str) -> int:
    """How many rows of a table were written in the last sync."""
    return destination.operations.count(("upsert", table))


def test_a_root_without_a_time_of_change() -> None:
    """It is read whole in every sync, by itself, and every row is written; nothing of it is kept in the state."""
    codes = [f"C{number:02}" for number in range(5)]
    asked: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(dict(request.url.params))
        first = 2 * (int(request.url.params["page"]) - 1)
        return httpx.Response(200, json=[{"code": code, "rate": len(asked)} for code in codes[first : first + 2]])

    destination = MemoryDestination(keys={"currency": ("code",)})
    for _ in range(2):
        destination.restart()
        run(destination, answer, CURRENCY, configuration={"page_size": "2", "start_date": "2026-01-01"})
        assert written(destination, "currency") == 5
    assert destination.state == {"version": 1}
    assert asked[0] == {"page": "1", "limit": "2"}
    assert not destination.warnings


def test_lists_without_a_time_of_change_below_records() -> None:
    """They are read whole whenever their list is read: below what has changed."""
    teams = replace(DEPARTMENT, cursor_field=None)
    api = NestedApi({C: [company(1, 1), company(2, 2)], D.format(1): [{"department_id": "d1"}]})
    api.lists[D.format(2)] = [{"department_id": "d1", "size": 1}]
    destination = MemoryDestination(keys=KEYS)
    run(destination, api, COMPANY, teams)
    assert destination.state == {"version": 1, "company_cursor": at(2)}

    api.lists[D.format(2)] = [{"department_id": "d1", "size": 2}]
    destination.restart()
    run(destination, api, COMPANY, teams)
    assert destination.rows("department")["d1", "c2"]["size"] == 2
    assert written(destination, "department") == 1


def test_what_is_below_a_list_without_a_time_of_change_has_cursors() -> None:
    """Each of its records is read below whenever it is listed, from the cursors of the lists below."""
    companies = replace(COMPANY, cursor_field=None)
    departments = replace(DEPARTMENT, parent=companies)
    api = NestedApi({C: [{"company_id": "c1"}], D.format(1): [department(1, 5)]})
    destination = MemoryDestination(keys=KEYS)
    run(destination, api, companies, departments)
    assert destination.state == {"version": 1, "department_cursor": {"c1": at(5)}}
    api.asked.clear()
    run(destination, api, companies, departments)
    assert api.asked == [(C, None), (D.format(1), at(5))]


def test_a_list_that_cannot_be_asked_for_changes_writes_only_those() -> None:
    """What is older than the cursor is not written again, and what is below it not read: each row costs money."""
    companies = replace(COMPANY, since_param=None)
    departments = replace(DEPARTMENT, parent=companies, since_param=None)
    api = NestedApi({C: [company(n, n) for n in (1, 2, 3)], D.format(3): [department(n, n) for n in (1, 2, 3)]})
    destination = MemoryDestination(keys=KEYS)
    run(destination, api, companies, departments)

    api.lists[C][0], api.lists[D.format(1)] = company(1, 9), [department(1, 9)]
    destination.restart()
    api.asked.clear()
    run(destination, api, companies, departments)
    assert set(api.paths) == {C, D.format(1), D.format(3)}
    assert [written(destination, table) for table in ("company", "department")] == [2, 2]
    assert destination.rows("department")["d1", "c1"]["updated_at"] == at(9)


def test_lookback_holds_where_the_api_cannot_be_asked() -> None:
    """With lookback_seconds, what is shortly before the cursor is written as well, as where the API filters."""
    companies = replace(COMPANY, since_param=None)
    api, destination = NestedApi({C: [company(n, 10 * n) for n in (1, 2, 3)]}), MemoryDestination(keys=KEYS)
    run(destination, api, companies)
    destination.restart()
    run(destination, api, companies, configuration={"lookback_seconds": "10"})
    assert written(destination, "company") == 2


class NewestFirst:
    """Companies of a second each in pages of two, newest first."""

    def __init__(self, seconds: list[int]) -> None:
        self.seconds = seconds
        self.pages: list[int] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        self.pages.append(page)
        shown: list[Record] = [company(second, second) for second in self.seconds[2 * page - 2 : 2 * page]]
        return httpx.Response(200, json=shown)


NEWEST_FIRST = replace(
    COMPANY,
    since_param=None,
    is_sorted="newest_first",
    sort_params={"order": "desc"},
    pagination=NumberedPages(param="page"),
)
PAGES_OF_TWO = {"page_size": "2"}


def test_a_list_that_comes_newest_first_stops_behind_its_cursor() -> None:
    """The first page that lies wholly behind the cursor is the last that is read; then the cursor moves."""
    api, destination = NewestFirst(list(range(20, 0, -1))), MemoryDestination(keys=KEYS)
    run(destination, api, NEWEST_FIRST, configuration=PAGES_OF_TWO)
    assert destination.state["company_cursor"] == at(20)
    assert len(destination.rows("company")) == 20

    api.seconds, api.pages = [23, 22, 21, *api.seconds], []
    destination.restart()
    run(destination, api, NEWEST_FIRST, configuration=PAGES_OF_TWO)
    assert max(api.pages) == 3
    assert written(destination, "company") == 4
    assert destination.state["company_cursor"] == at(23)
    assert not destination.warnings


def test_a_list_that_comes_newest_first_may_grow_while_it_is_read() -> None:
    """What comes to its front meanwhile is seen where a page is read again; that does not put it out of order."""
    api, destination = NewestFirst(list(range(20, 0, -1))), MemoryDestination(keys=KEYS)
    run(destination, api, NEWEST_FIRST, configuration=PAGES_OF_TWO)
    api.seconds, api.pages = [25, 24, 23, 22, 21, *api.seconds], []

    def growing(request: httpx.Request) -> httpx.Response:
        if len(api.pages) == 1:
            api.seconds.insert(0, 40)
        return httpx.Response(200, json=api(request).json(), headers={"Date": "Thu, 01 Jan 2026 00:00:30 GMT"})

    run(destination, growing, NEWEST_FIRST, configuration=PAGES_OF_TWO)
    assert {name for (name,) in destination.rows("company")} == {f"c{second}" for second in (*range(1, 26), 40)}
    assert max(api.pages) == 5
    assert not any("not in order" in text for text in destination.warnings)
    assert at(25) < destination.state["company_cursor"] <= at(30)


def test_a_list_that_does_not_come_newest_first_is_read_to_its_end() -> None:
    """Once a record is out of order, a page behind the cursor says nothing about the pages after it."""
    api, destination = NewestFirst(list(range(10, 0, -1))), MemoryDestination(keys=KEYS)
    run(destination, api, NEWEST_FIRST, configuration=PAGES_OF_TWO)
    api.seconds, api.pages = [12, 3, 9, 2, 1, 7, 6, 11], []
    run(destination, api, NEWEST_FIRST, configuration=PAGES_OF_TWO)
    assert at(11) == destination.rows("company")["c11",]["updated_at"]
    assert max(api.pages) >= 4
    (warning,) = destination.warnings
    assert warning.startswith("Records of company are not in order of updated_at, newest first (seen at /companies)")


def test_the_cursor_of_a_list_that_comes_newest_first_moves_only_at_its_end() -> None:
    """Cut off in the middle, the next sync reads down to the old cursor again."""
    api, destination = NewestFirst(list(range(20, 0, -1))), MemoryDestination(keys=KEYS)
    run(destination, api, NEWEST_FIRST, configuration=PAGES_OF_TWO)
    api.seconds = list(range(40, 0, -1))

    def failing(request: httpx.Request) -> httpx.Response:
        return httpx.Response(500) if request.url.params["page"] == "4" else api(request)

    with pytest.raises(Exception, match="500"):
        run(destination, failing, NEWEST_FIRST, configuration=PAGES_OF_TWO)
    assert destination.state["company_cursor"] == at(20)
    run(destination, api, NEWEST_FIRST, configuration=PAGES_OF_TWO)
    assert len(destination.rows("company")) == 40


START = {"start_date": "2026-01-01T00:00:10Z"}


@pytest.mark.parametrize(
    ("kind", "start"),
    [
        (Timestamp(), "2026-01-01T00:00:10Z"),
        (Timestamp(zone="America/New_York"), "2025-12-31T19:00:10"),
        (EPOCH_SECONDS, "1767225610"),
        (EPOCH_MILLISECONDS, "1767225610000"),
        (SEQUENCE, None),
    ],
)
def test_a_first_sync_begins_at_the_start_date(kind: CursorType, start: str | None) -> None:
    """It is sent in the form of the cursor; a number that is not a time knows no date, and is read from its start."""
    asked: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params.get("updated_since"))
        return httpx.Response(200, json=[])

    stream = replace(COMPANY, cursor_type=kind)
    run(MemoryDestination(keys=KEYS), answer, stream, configuration=START)
    assert asked == [start]


def test_the_start_date_holds_for_every_list_without_a_cursor() -> None:
    """What is older is neither read nor written, also where the API cannot be asked; a list with a cursor has one."""
    departments = replace(DEPARTMENT, since_param=None)
    api = NestedApi({C: [company(1, 5), company(2, 20)], D.format(2): [department(1, 9), department(2, 11)]})
    destination = MemoryDestination(keys=KEYS)
    run(destination, api, COMPANY, departments, configuration=START)
    assert api.asked == [(C, at(10)), (D.format(2), None)]
    assert set(destination.rows("department")) == {("d2", "c2")}

    api.asked.clear()
    run(destination, api, COMPANY, departments, configuration={"start_date": "2030-01-01"})
    assert api.asked[0] == (C, at(20))


def test_the_start_date_holds_for_what_comes_back() -> None:
    """A list that was gone begins like a new one, and so does what is below it: not before the start date."""
    streams = (COMPANY, DEPARTMENT, EMPLOYEE)
    api = NestedApi({C: [company(1, 20), company(2, 20)], D.format(1): [department(1, 9), department(2, 11)]})
    api.lists[E.format(1, 2)] = [employee(1, 8), employee(2, 12)]
    destination = MemoryDestination(keys=KEYS)
    api.statuses[D.format(1)] = 404
    run(destination, api, *streams, configuration=START)
    assert destination.state["reset"] == {"department": ["c1"]}

    api.statuses.clear()
    run(destination, api, *streams, configuration=START)
    assert {(D.format(1), at(10)), (E.format(1, 2), at(10))} < set(api.asked)
    assert set(destination.rows("department")) == {("d2", "c1")}
    assert set(destination.rows("employee")) == {("e2", "d2", "c1")}


def test_a_list_that_is_read_for_what_is_below_has_no_start() -> None:
    """With all_parents, old companies are listed and written too: their departments may be new."""
    api = NestedApi({C: [company(1, 5)], D.format(1): [department(1, 9), department(2, 11)]})
    destination = MemoryDestination(keys=KEYS)
    run(destination, api, COMPANY, DEPARTMENT, configuration={**START, "sync_scope": "all_parents"})
    assert set(destination.rows("company")) == {("c1",)}
    assert set(destination.rows("department")) == {("d2", "c1")}


def test_pages_without_a_size() -> None:
    """A list in one answer may lack a time of change as well."""
    destination = MemoryDestination(keys={"currency": ("code",)})
    run(destination, lambda _: httpx.Response(200, json=[{"code": "EUR"}]), replace(CURRENCY, pagination=SinglePage()))
    assert set(destination.rows("currency")) == {("EUR",)}
