"""Which companies' departments a setup test reads, and what it makes of them."""

from dataclasses import replace

import httpx

from async_sync import EmbeddedStream, Stream
from tests.helpers.nested_api import COMPANY as NESTED
from tests.helpers.nested_api import DEPARTMENT as DEPARTMENTS
from tests.helpers.nested_api import EMPLOYEE, three_levels
from tests.helpers.parts import company, department
from tests.helpers.setting_up import OLD, Setup, answering

SITE = Stream(
    table="site",
    parents=[{"region": "eu"}, {"region": "us"}],
    path="/{region}/sites",
    primary_key=["site_id", "region"],
    columns={},
)


def test_companies_without_departments_are_passed_over() -> None:
    """The first of a few companies that has departments is the one that is checked."""
    departments = {"c1": [], "c3": [department(3, 1, OLD)]}
    transport, asked = answering([company(number, OLD) for number in (1, 2, 3, 4)], departments)
    setup = Setup(transport)
    assert setup("children_can_be_read") is None
    assert [path.split("/")[2] for path in asked[1:]] == ["c1", "c2", "c3"]
    assert setup.lines[0].startswith("department of company c3: 1 records on the first page")


def test_no_company_has_departments() -> None:
    """A few are asked, and the words say which."""
    companies = [company(number, OLD) for number in range(9)]
    transport, asked = answering(companies, lambda name: httpx.Response(404 if name == "c2" else 200, json=[]))
    setup = Setup(transport)
    assert setup("children_can_be_read") is None
    assert len(asked) == 1 + 5
    assert setup.lines == [
        (
            "department: there are none in company c0, company c1, company c3, company c4, so its key and cursor "
            "fields could not be checked."
        )
    ]


def test_a_path_under_which_no_company_has_departments() -> None:
    """If each that is asked answers 404, the path is wrong."""
    transport, asked = answering([company(number, OLD) for number in range(9)])
    failure = Setup(transport)("children_can_be_read")
    assert failure is not None
    assert "(company c0) failed after 1 attempt: the API answered 404" in failure
    assert "Check base_url and departments_path" in failure
    assert len(asked) == 1 + 5


def test_departments_that_may_not_be_read() -> None:
    """Any other refusal fails the test at once."""
    transport, asked = answering([company(1, OLD), company(2, OLD)], lambda _: httpx.Response(403))
    failure = Setup(transport)("children_can_be_read")
    assert failure is not None
    assert "(company c1) failed after 1 attempt: the API answered 403" in failure
    assert len(asked) == 2


def test_a_deleted_company_is_not_asked_for_departments() -> None:
    """As in a sync."""
    companies = [company(1, OLD, gone=True), company(2, OLD, gone=False)]
    transport, asked = answering(companies, {"c2": [department(2, 1, OLD)]})
    assert Setup(transport)("children_can_be_read", deleted_field="gone") is None
    assert asked[1:] == ["/companies/c2/departments"]


def test_every_level_is_looked_at() -> None:
    """Below the first record that has any, level by level, also below roots whose parents are known beforehand."""
    api = three_levels()
    api.lists["/eu/sites"] = [{"site_id": 1, "updated_at": OLD}]
    setup = Setup(httpx.MockTransport(api), NESTED, DEPARTMENTS, EMPLOYEE, SITE)
    assert setup("roots_can_be_read") is None
    assert setup("children_can_be_read") is None
    assert [line.partition(":")[0] for line in setup.lines] == [
        "company",
        "site",
        "department of company c1",
        "employee of department d1/c1",
    ]
    assert "/eu/sites" in api.paths
    assert "/us/sites" not in api.paths


def test_a_level_below_nothing_cannot_be_looked_at() -> None:
    """Where there is no department, the words say that employees could not be checked either."""
    api = three_levels()
    api.lists = {"/companies": api.lists["/companies"]}
    setup = Setup(httpx.MockTransport(api), NESTED, DEPARTMENTS, EMPLOYEE)
    assert setup("children_can_be_read") is None
    assert setup.lines[-1] == (
        "employee: there is no department to ask for them, so its key and cursor fields could not be checked."
    )


def test_what_a_map_drops_has_nothing_below_it() -> None:
    """As in a sync: only the rows that a map makes are asked for what is below them, and their columns are told."""
    parent = replace(NESTED, map=lambda record: None if record["company_id"] == "c1" else {**record, "mapped": 1})
    api = three_levels()
    api.lists["/companies"][0]["dropped"] = 1
    setup = Setup(httpx.MockTransport(api), parent, replace(DEPARTMENTS, parent=parent))
    assert setup("roots_can_be_read") is None
    assert setup("children_can_be_read") is None
    assert "/companies/c1/departments" not in api.paths
    assert "/companies/c2/departments" in api.paths
    assert setup.lines[0].startswith("company: 2 records on the first page, with the columns")
    assert "mapped" in setup.lines[0]
    assert "dropped" not in setup.lines[0]


def test_a_page_of_which_everything_is_dropped() -> None:
    """It has been read, and there is no record to ask for what is below it."""
    parent = replace(NESTED, map=lambda _: None)
    setup = Setup(httpx.MockTransport(three_levels()), parent, replace(DEPARTMENTS, parent=parent))
    assert setup("children_can_be_read") is None
    assert setup.lines == [
        "department: there is no company to ask for them, so its key and cursor fields could not be checked."
    ]


def test_each_root_is_looked_at() -> None:
    """Whatever is wrong with one of several fails the test with its path, also if the others are right."""
    currency = Stream(table="currency", path="/currencies", primary_key=["code"], columns={}, cursor_field=None)
    api = three_levels()
    api.lists["/currencies"] = [{"code": "eur"}]
    setup = Setup(httpx.MockTransport(api), NESTED, currency)
    assert setup("roots_can_be_read") is None
    assert setup.lines[1] == "currency: 1 records on the first page, with the columns code."
    api.statuses["/currencies"] = 404
    failure = setup("roots_can_be_read")
    assert failure is not None
    assert "/currencies" in failure


def test_parents_that_are_known_beforehand_stand_for_all() -> None:
    """The first of them is asked, and a failure names it."""
    api = three_levels()
    setup = Setup(httpx.MockTransport(api), SITE)
    assert setup("api_can_be_reached") is None
    assert setup("roots_can_be_read") is None
    assert setup.lines == ["site: the API has none, so its key and cursor fields could not be checked."]
    assert setup("children_can_be_read") is None
    assert api.paths == ["/eu/sites"] * 2
    api.statuses["/eu/sites"] = 404
    failure = setup("roots_can_be_read")
    assert failure is not None
    assert "(region eu) failed after 1 attempt: the API answered 404" in failure


def test_a_path_that_is_wrong_below_a_level() -> None:
    """If each record of the level above answers 404, the failure names the first of them with its whole key."""
    api = three_levels()
    api.statuses = {f"/companies/c1/departments/d{number}/employees": 404 for number in (1, 2)}
    failure = Setup(httpx.MockTransport(api), NESTED, DEPARTMENTS, EMPLOYEE)("children_can_be_read")
    assert failure is not None
    assert "(department d1/c1) failed after 1 attempt: the API answered 404" in failure


def test_two_streams_below_one_record() -> None:
    """Each is looked at, below the same page of their parent, which is requested once."""
    team = replace(DEPARTMENTS, table="team", name="team", path="/companies/{company_id}/teams")
    api = three_levels()
    setup = Setup(httpx.MockTransport(api), NESTED, DEPARTMENTS, team)
    assert setup("children_can_be_read") is None
    assert [line.partition(":")[0] for line in setup.lines] == ["department of company c1", "team"]
    assert list(dict.fromkeys(api.paths)) == [
        "/companies", "/companies/c1/departments", "/companies/c1/teams", "/companies/c2/teams",
    ]  # fmt: skip
    assert api.paths.count("/companies") == 1


def test_rows_inside_records_are_looked_at_with_them() -> None:
    """They need no request of their own, and one that is wrong fails the test of its record."""
    lines = EmbeddedStream(table="line", parent=NESTED, records="lines", primary_key=["sku"], columns={})
    api = three_levels()
    api.lists["/companies"][0]["lines"] = [{}]
    failure = Setup(httpx.MockTransport(api), NESTED, lines)("roots_can_be_read")
    assert failure is not None
    assert "has a row 0 in lines that has no usable key: sku is missing" in failure
