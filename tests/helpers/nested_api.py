"""A small API of nested lists by path, for whole syncs at any depth: what it shows, refuses and was asked."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx

from async_sync import SinglePage, Stream

Record = dict[str, Any]


def at(second: int) -> str:
    """A time; later for larger numbers."""
    return f"2026-01-01T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"


def company(number: int, second: int = 0, **fields: Any) -> Record:
    return {"company_id": f"c{number}", "updated_at": at(second), **fields}


def department(number: int, second: int = 0, **fields: Any) -> Record:
    return {"department_id": f"d{number}", "updated_at": at(second), **fields}


def employee(number: int, second: int = 0, **fields: Any) -> Record:
    return {"employee_id": f"e{number}", "updated_at": at(second), **fields}


def task(number: int, second: int = 0, **fields: Any) -> Record:
    return {"task_id": f"t{number}", "updated_at": at(second), **fields}


COMPANY = Stream(table="company", path="/companies", primary_key=["company_id"], columns={}, pagination=SinglePage())
DEPARTMENT = Stream(
    table="department",
    parent=COMPANY,
    path="/companies/{company_id}/departments",
    primary_key=["department_id", "company_id"],
    columns={},
    pagination=SinglePage(),
)
EMPLOYEE = Stream(
    table="employee",
    parent=DEPARTMENT,
    path="/companies/{company_id}/departments/{department_id}/employees",
    primary_key=["employee_id", "department_id", "company_id"],
    columns={},
    pagination=SinglePage(),
)
TASK = Stream(
    table="task",
    parent=EMPLOYEE,
    path="/companies/{company_id}/departments/{department_id}/employees/{employee_id}/tasks",
    primary_key=["task_id", "employee_id", "department_id", "company_id"],
    columns={},
    pagination=SinglePage(),
)
KEYS = {stream.table: tuple(stream.primary_key) for stream in (COMPANY, DEPARTMENT, EMPLOYEE)}
KEYS_OF_FOUR = {**KEYS, TASK.table: tuple(TASK.primary_key)}
C, D, E = "/companies", "/companies/c{}/departments", "/companies/c{}/departments/d{}/employees"
T = E + "/e{}/tasks"


class NestedApi:
    """Lists by path, oldest first, filtered by `updated_since`; a path with a status is refused with that.

    `hides` says which records are left out for a request since a time (None: without one), and `before` is called with
    the path before each answer. A path that is not known has an empty list. Pages are cut by `offset` and `limit`.
    """

    def __init__(self, lists: Mapping[str, list[Record]]) -> None:
        self.lists = dict(lists)
        self.statuses: dict[str, int] = {}
        self.hides: Callable[[Record, str | None], bool] = lambda _record, _since: False
        self.before: Callable[[str], None] = lambda _: None
        self.asked: list[tuple[str, str | None]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path, since = request.url.path, request.url.params.get("updated_since")
        self.before(path)
        self.asked.append((path, since))
        if path in self.statuses:
            return httpx.Response(self.statuses[path])
        records = [record for record in self.lists.get(path, []) if record.get("updated_at", "") >= (since or "")]
        records = [record for record in records if not self.hides(record, since)]
        records = sorted(records, key=lambda record: record.get("updated_at", ""))
        first, size = (int(request.url.params.get(name, default)) for name, default in (("offset", 0), ("limit", 1000)))
        return httpx.Response(200, json=records[first : first + size])

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [path for path, _ in self.asked]


def three_levels() -> NestedApi:
    """Two companies with two departments each, and two employees in each of those."""
    lists: dict[str, list[Record]] = {C: [company(1, 10), company(2, 20)]}
    for c in (1, 2):
        lists[D.format(c)] = [department(d, 5 * c + d) for d in (1, 2)]
        for d in (1, 2):
            lists[E.format(c, d)] = [employee(e, 4 * c + e) for e in (1, 2)]
    return NestedApi(lists)


def four_levels() -> NestedApi:
    """The same, with a task of each employee."""
    api = three_levels()
    for c in (1, 2):
        for d in (1, 2):
            for e in (1, 2):
                api.lists[T.format(c, d, e)] = [task(1, 4 * c + e)]
    return api
