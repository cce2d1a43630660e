"""What the setup tests say, in success and in failure, without a network."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import anyio
import httpx
import pytest

from async_sync.setup import tests as setup_tests
from async_sync.setup.tests import _impatient
from mock_api import Api, Source
from tests.helpers.parts import company, department, parse
from tests.helpers.setting_up import OLD, Setup, answering, demo
from tests.helpers.streams import COMPANY
from tests.helpers.syncing import HookedTransport


def test_valid_settings_need_no_api() -> None:
    """The first test asks nobody."""
    transport, asked = answering([])
    assert Setup(transport)("settings_are_valid") is None
    assert asked == []


@pytest.mark.parametrize(
    ("configuration", "says"),
    [
        ({"base_url": ""}, "base_url: is missing"),
        ({"page_size": "0", "max_concurency": "3"}, "2 problems: max_concurency: there is no such key"),
        ({"base_url": "mock://demo?compannies=3"}, "'compannies' is unknown"),
    ],
)
@pytest.mark.parametrize(
    "name", ["settings_are_valid", "api_can_be_reached", "roots_can_be_read", "children_can_be_read"]
)
def test_wrong_settings_fail_each_test(name: str, configuration: dict[str, str], says: str) -> None:
    """Each names every problem, as Fivetran may run one of them alone."""
    failure = Setup()(name, **configuration)
    assert failure is not None
    assert says in failure


@pytest.mark.parametrize("status", [302, 401, 403, 407, 429, 500, 501, 503])
def test_an_answer_that_keeps_us_out_is_not_reaching_the_api(status: int) -> None:
    """It came from something on the way, or refuses the credentials; the failure says what to do."""
    failure = Setup(answering(lambda: httpx.Response(status))[0])("api_can_be_reached", outage_seconds="0.05")
    assert failure is not None
    assert f"the API answered {status}" in failure


@pytest.mark.parametrize(
    "answer",
    [
        lambda: httpx.Response(404),
        lambda: httpx.Response(400),
        lambda: httpx.Response(200, text="<html>"),
        {"no": "records"},
        [{}],
    ],
)
def test_an_answer_that_cannot_be_used_is_for_the_next_test(answer: object) -> None:
    """The API was reached; that it was asked for the wrong thing is another failure."""
    setup = Setup(answering(answer)[0])
    assert setup("api_can_be_reached") is None
    assert setup("roots_can_be_read") is not None


def test_an_error_that_the_api_reports_with_success_is_not_reaching_it() -> None:
    """Most likely the credentials give no access; the failure has the API's text."""
    failure = Setup(answering({"error": "account suspended"})[0])("api_can_be_reached")
    assert failure is not None
    assert 'was answered with an error instead of records: "account suspended"' in failure


def test_an_api_that_fails_is_tried_twice() -> None:
    """Somebody is waiting."""
    asked = []

    def reset(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        raise httpx.ReadError("connection reset")

    failure = Setup(httpx.MockTransport(reset))("api_can_be_reached", max_attempts="50")
    assert failure is not None
    assert "failed after 2 attempts: the connection failed (connection reset)" in failure
    assert len(asked) == 2
    Setup(httpx.MockTransport(reset))("api_can_be_reached", max_attempts="1")
    assert len(asked) == 3


def test_an_api_that_cannot_be_reached_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """An outage that a sync would survive ends a test after a few seconds, with what the connection met."""
    monkeypatch.setattr(setup_tests, "_MAX_OUTAGE_SECONDS", 0.0)

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route to host")

    failure = Setup(httpx.MockTransport(refuse))("api_can_be_reached", outage_seconds="86400")
    assert failure is not None
    assert failure.startswith("Nothing has succeeded for 0 s, in 2 attempts, ")
    assert "the connection failed (no route to host)" in failure


def test_an_api_that_takes_too_long_is_given_up() -> None:
    """The failure says how long was waited, and what for."""

    async def hang(_: httpx.Request) -> httpx.Response | None:
        await anyio.sleep_forever()
        return None

    setup = Setup(HookedTransport(Api(Source.generate(companies=1, departments=1, seed=1)), hang), max_seconds=0)
    failure = setup("api_can_be_reached", base_url="http://localhost/v1")
    assert failure is not None
    assert failure.startswith("http://localhost/v1: the test was given up after 0 s (0 of 10 requests in flight).")
    assert "See whether the API is up" in failure


def test_a_pause_that_is_too_long_is_told() -> None:
    """A setup test does not wait for longer than a sync would."""
    limited = partial(httpx.Response, 429, headers={"retry-after": "7200"})
    failure = Setup(answering(limited)[0])("api_can_be_reached")
    assert failure is not None
    assert "asks for a wait of 7200 s" in failure


@pytest.mark.parametrize(("rate", "used"), [("0.001", 1.0), ("5", 5.0), ("", math.inf)])
def test_a_slow_rate_does_not_hold_up_the_test(rate: str, used: float) -> None:
    """At 0.001 requests a second the third one would be due in 17 minutes; a rate that is faster is kept."""
    assert _impatient(parse({"requests_per_second": rate})).requests_per_second == used


def test_what_was_found_is_told() -> None:
    """How many records of how many, and which columns they would make; no values."""
    setup = Setup(demo())
    assert setup("roots_can_be_read", page_size="2") is None
    assert setup("children_can_be_read") is None
    assert setup.lines[0] == (
        "company: 2 of 3 records on the first page, with the columns company_id, company_name, employees, industry, "
        "updated_at."
    )
    assert setup.lines[1].startswith("department of company c00000")
    assert "2 of 2 records on the first page" in setup.lines[1]


def test_two_pages_are_read_and_no_more() -> None:
    """However many there are: the second shows whether the way to it is right."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path.decode().partition("?")[0])
        number = int(request.url.params.get("page", 1))
        record = company(number, OLD) if request.url.path == "/companies" else department(1, number, OLD)
        following = str(request.url.copy_set_param("page", number + 1))
        return httpx.Response(200, json={"data": [record], "next": following})

    setup = Setup(httpx.MockTransport(answer))
    assert setup("roots_can_be_read") is None
    assert asked == ["/companies"] * 2
    assert setup("children_can_be_read") is None
    assert asked[2:] == ["/companies", "/companies/c1/departments", "/companies/c1/departments"]


def test_a_next_page_elsewhere_fails_the_test() -> None:
    """So does any other way on that a sync could not go."""
    pages = {"data": [company(1, OLD)], "next": "https://elsewhere.test/companies?page=2"}
    failure = Setup(answering(pages)[0])("roots_can_be_read")
    assert failure is not None
    assert "its next page is at another origin, https://elsewhere.test/companies" in failure


Filtered = Callable[[list[dict[str, Any]], str], list[dict[str, Any]]]


@pytest.mark.parametrize(
    ("filtered", "warning"),
    [
        (lambda rows, since: [row for row in rows if row["updated_at"] >= since], None),
        (
            lambda rows, _: rows,
            "since 2026-01-02T00:00:00Z, the API listed the same records as without: it seems to ignore updated_since.",
        ),
        (
            lambda _, __: [],
            "the API listed nothing, although it lists 2 records of that time without the filter. It may leave out",
        ),
        (
            lambda rows, since: [row for row in rows if row["updated_at"] > since],
            "left out what changed at exactly that time. Set lookback_seconds to 1 in configuration.json",
        ),
    ],
    ids=["obeyed", "ignored", "taken for a field", "exclusive"],
)
def test_whether_the_filter_filters(filtered: Filtered, warning: str | None) -> None:
    """One more page is read, and told apart from the first; what a parameter is taken for is a warning."""
    rows = [company(number, f"2026-01-0{number}T00:00:00Z") for number in (1, 2, 3)]

    def answer(request: httpx.Request) -> httpx.Response:
        since = request.url.params.get("updated_since")
        return httpx.Response(200, json={"data": rows if since is None else filtered(rows, since), "total": 3})

    setup = Setup(httpx.MockTransport(answer))
    assert setup("roots_can_be_read") is None
    assert len(setup.warnings) == (warning is not None)
    assert warning is None or warning in setup.warnings[0]


@pytest.mark.parametrize("lookback_seconds", [0, 1, 86_400])
def test_an_exclusive_filter_is_warned_of_only_where_it_leaves_out_a_record(lookback_seconds: int) -> None:
    """With `lookback_seconds`, which is what the warning advises, no record lies at exactly the time that is sent."""
    rows = [company(number, f"2026-01-0{number}T00:00:30Z") for number in (1, 2, 3)]

    def answer(request: httpx.Request) -> httpx.Response:
        since = request.url.params.get("updated_since", "")
        return httpx.Response(200, json=[row for row in rows if row["updated_at"] > since])

    setup = Setup(httpx.MockTransport(answer))
    assert setup("roots_can_be_read", lookback_seconds=str(lookback_seconds)) is None
    left_out = ["at exactly that time" in warning for warning in setup.warnings]
    assert left_out == {0: [True], 1: [], 86_400: [True]}[lookback_seconds]


def test_a_record_that_changes_in_between_was_not_left_out() -> None:
    """The filtered page has it with its new time."""
    rows = [company(number, f"2026-01-0{number}T00:00:30Z") for number in (1, 2, 3)]

    def answer(request: httpx.Request) -> httpx.Response:
        since = request.url.params.get("updated_since", "")
        if since:
            rows[1] |= {"updated_at": "2026-01-04T00:00:30Z"}
        listed = sorted((row for row in rows if row["updated_at"] >= since), key=lambda row: row["updated_at"])
        return httpx.Response(200, json=listed)

    setup = Setup(httpx.MockTransport(answer))
    assert setup("roots_can_be_read") is None
    assert setup.warnings == []


def test_records_of_one_time_tell_nothing_about_the_filter() -> None:
    """There is no time to ask from that some of them would be older than: one request is enough."""
    transport, asked = answering([company(1, OLD), company(2, OLD)])
    assert Setup(transport)("roots_can_be_read") is None
    assert asked == ["/companies"]


def test_of_ranges_the_latest_is_looked_at() -> None:
    """The first one would lie in 1970, with nothing in it."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params["updated_since"][:2])
        return httpx.Response(200, json=[company(1, OLD)])

    stream = replace(COMPANY, until_param="until", window=timedelta(days=30))
    assert Setup(httpx.MockTransport(answer), stream)("roots_can_be_read") is None
    assert set(asked) == {"20"}


def test_what_the_page_tells_of_the_api_is_told() -> None:
    """Such as that it does not sort: a sync would warn of it."""
    setup = Setup(answering([company(1, "2026-02-01T00:00:00Z"), company(2, OLD)])[0])
    assert setup("roots_can_be_read") is None
    assert "Records of company are not in order of updated_at" in setup.warnings[0]


@pytest.mark.parametrize(
    ("record", "configuration", "says"),
    [
        (
            {"company_id": 1, "updatedAt": OLD},
            {},
            "has no cursor field updated_at. Its fields are: company_id, updatedAt",
        ),
        ({"company_id": 1, "updated_at": OLD}, {"cursor_field": "changed"}, "has no cursor field changed"),
        ({"company_id": 1, "updated_at": "soon"}, {}, "has a cursor field updated_at that cannot be read"),
        ({"id": 1, "updated_at": OLD}, {}, "has no usable key: company_id is missing"),
    ],
)
def test_a_record_without_key_or_cursor(record: dict[str, Any], configuration: dict[str, str], says: str) -> None:
    """The failure names the field and what there is instead."""
    failure = Setup(answering([record])[0])("roots_can_be_read", **configuration)
    assert failure is not None
    assert says in failure


def test_no_companies_at_all() -> None:
    """It may be a new account: success, with words."""
    setup = Setup(demo(companies=0))
    assert setup("roots_can_be_read") is None
    assert setup("children_can_be_read") is None
    assert setup.lines == [
        "company: the API has none, so its key and cursor fields could not be checked.",
        "department: there is no company to ask for them, so its key and cursor fields could not be checked.",
    ]


def test_no_failure_shows_a_secret() -> None:
    """Not even one that the API repeats."""
    echo = partial(httpx.Response, 401, extensions={"reason_phrase": b"no s3cr3t-token"})
    failure = Setup(answering(echo)[0])("api_can_be_reached", api_token="s3cr3t-token")
    assert failure is not None
    assert "the API answered 401 no [secret]" in failure
    assert "s3cr3t" not in failure


def test_no_finding_shows_a_secret() -> None:
    """Not even one that stands where a field's name should."""
    setup = Setup(answering([company(1, OLD, s3cr3t=1)])[0])
    assert setup("roots_can_be_read", api_token="s3cr3t") is None
    assert "s3cr3t" not in json.dumps(setup.lines)
    assert "[secret]" in setup.lines[0]


def test_an_error_of_our_own_is_not_a_finding_about_the_api() -> None:
    """A defect comes out as what it is."""

    def broken(_: httpx.Request) -> httpx.Response:
        raise KeyError("a defect")

    with pytest.raises(KeyError, match="a defect"):
        Setup(httpx.MockTransport(broken))("api_can_be_reached")
