"""Employees as the API answers with them."""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from mock_api import STYLES, Api, Source
from mock_api.pages import PARAMETERS
from mock_api.table import Listing
from tests.mock_api.staffed import generated

PATH = "/companies/c000001/departments/d01/employees"
BASE = "http://api.test"


@dataclass(frozen=True)
class TwoLevels:
    source: Source

    def companies(self, since: str | None = None) -> Listing:
        return self.source.companies(since)

    def departments(self, company_id: str, since: str | None = None) -> Listing:
        return self.source.departments(company_id, since)


def ask(query: dict[str, str] | str = "", *, path: str = PATH, of: Api | None = None) -> tuple[int, Any]:
    answer = (of or Api(generated())).answer("GET", path, query, BASE)
    return answer.status, msgspec.json.decode(answer.body)


def test_answers_with_the_employees_of_one_department() -> None:
    """One department's employees are returned, oldest first."""
    status, body = ask()

    assert status == 200
    assert body["data"] == list(generated().employees("c000001", "d01"))
    assert body["total_items"] == 3


def test_ids_are_decoded_segments() -> None:
    """A slash or a space in an id is percent-encoded in the path."""
    company = {"company_id": "c/1", "updated_at": "2026-01-01"}
    source = Source(
        [company], [{**company, "department_id": "d 1"}], [{**company, "department_id": "d 1", "employee_id": "e"}]
    )

    assert ask(path="/companies/c%2F1/departments/d%201/employees", of=Api(source))[1]["total_items"] == 1


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/companies/x/departments/d01/employees", "no such company: x"),
        ("/companies/c000001/departments/x%20y/employees", "no such department: x y"),
    ],
)
def test_unknown_parents(path: str, error: str) -> None:
    """An unknown company or department is answered with 404, which names its decoded id."""
    assert ask(path=path) == (404, {"error": error})


def test_updated_since_and_order() -> None:
    """A list of employees can be filtered, inclusively, and reversed like any other."""
    listing = generated().employees("c000001", "d01")

    _, body = ask({"updated_since": listing[1]["updated_at"], "order_by": "updated_at", "order_type": "desc"})

    assert body["data"] == [listing[2], listing[1]]


def test_hostile_options_apply() -> None:
    """An API that ignores the filter and the order does so for employees as well."""
    deaf = Api(generated(), ignore_updated_since=True, ignore_order=True)

    _, body = ask({"updated_since": "2030-01-01", "order_type": "asc"}, of=deaf)

    assert body["data"] == list(generated().employees("c000001", "d01"))[::-1]


@pytest.mark.parametrize("style", STYLES)
def test_every_page_style(style: str) -> None:
    """Employees come in pages of the API's style, with its parameters and no others."""
    api, limited = Api(generated(), pagination=style), {"limit": "2"}
    whole = list(generated().employees("c000001", "d01"))

    status, body = ask(limited, of=api)

    if "limit" in PARAMETERS[style]:
        assert (body if style == "link_header" else body["data"]) == whole[:2]
    else:
        assert status == 400
        assert ask(of=api)[1]["data"] == whole


def test_a_cursor_leads_to_the_rest() -> None:
    """The cursor of a page of employees continues after its last employee."""
    _, first = ask({"limit": "2"})
    _, rest = ask({"limit": "2", "cursor": first["next_cursor"]})

    assert [*first["data"], *rest["data"]] == list(generated().employees("c000001", "d01"))


def test_a_source_of_two_levels() -> None:
    """Over a source that has no employees or currencies, their paths are unknown."""
    api = Api(TwoLevels(generated()))

    assert ask(path="/companies/c000001/departments", of=api)[0] == 200
    for path in (PATH, "/currencies"):
        assert ask(path=path, of=api) == (404, {"error": f"no such path: {path}"})
