"""The answers of the API to single requests, and the meter that counts them."""

from typing import Any

import msgspec
import pytest

import mock_api
from mock_api import Answer, Api, Call, Meter, Source

BASE = "http://api.test"


def api(**options: Any) -> Api:
    return Api(Source.generate(companies=3, departments=2), clock=lambda: 0.0, **options)


def ask(path: str, query: dict[str, str] | str = "", *, method: str = "GET", of: Api | None = None) -> Answer:
    return (of or api()).answer(method, path, query, BASE)


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [record["company_id"] for record in msgspec.json.decode(answer.body)["data"]]


def error(answer: Answer) -> str:
    return str(msgspec.json.decode(answer.body)["error"])


def test_exported_names() -> None:
    """The package offers these names and no others."""
    assert set(mock_api.__all__) == {
        *(
            "STYLES",
            "Answer",
            "Api",
            "Behavior",
            "Call",
            "Drift",
            "Faults",
            "Limits",
            "Meter",
            "MockApiTransport",
            "OAuth",
        ),
        *("Source", "demo_transport"),
    }


def test_companies() -> None:
    """All companies are returned, oldest first."""
    assert ids(ask("/companies")) == ["c000001", "c000002", "c000003"]


def test_departments() -> None:
    """One company's departments are returned, each with the company's id."""
    answer = ask("/companies/c000002/departments")

    assert ids(answer) == ["c000002", "c000002"]
    assert msgspec.json.decode(answer.body)["total_items"] == 2


def test_updated_since_is_inclusive() -> None:
    """A record changed exactly at the given time is returned, for companies and for departments."""
    source = Source.generate(companies=3, departments=2)
    for path, listing in (
        ("/companies", source.companies()),
        ("/companies/c000001/departments", source.departments("c000001")),
    ):
        answer = Api(source).answer("GET", path, {"updated_since": listing[1]["updated_at"]}, BASE)
        assert msgspec.json.decode(answer.body)["data"] == listing[1:]


def test_order_type() -> None:
    """`desc` returns the newest first, across pages."""
    query = {"order_by": "updated_at", "order_type": "desc"}
    first = ask("/companies", {**query, "limit": "2"})

    cursor = msgspec.json.decode(first.body)["next_cursor"]

    assert ids(first) == ["c000003", "c000002"]
    assert ids(ask("/companies", {**query, "cursor": cursor})) == ["c000001"]


def test_a_company_id_is_one_decoded_segment() -> None:
    """A slash, a space or a letter with an accent in an id is percent-encoded in the path."""
    source = Source([{"company_id": "é/ 1", "updated_at": "2026-01-01"}])

    assert Api(source).answer("GET", "/companies/%C3%A9%2F%201/departments", "", BASE).status == 200


def test_headers() -> None:
    """Every answer is JSON and carries the server's time, errors too."""
    expected = {"Content-Type": "application/json", "Date": "Thu, 01 Jan 1970 00:00:00 GMT"}

    for path, query in (("/companies", ""), ("/nothing", ""), ("/companies", "limit=x")):
        assert ask(path, query).headers == expected


def test_the_date_follows_the_clock() -> None:
    """The server's time is that of each answer, in whole seconds that have passed."""
    now = 0.9
    clocked = Api(Source(), clock=lambda: now)
    first = ask("/companies", of=clocked)
    now = 61.0
    second = ask("/companies", of=clocked)

    assert [answer.headers["Date"][-12:] for answer in (first, second)] == ["00:00:00 GMT", "00:01:01 GMT"]


def test_links_lead_to_the_same_host_and_path() -> None:
    """A next link is absolute, with the base URL of the request."""
    answer = ask("/companies/c000001/departments", "limit=1", of=api(pagination="link_header"))

    assert answer.headers["Link"].startswith(f"<{BASE}/companies/c000001/departments?limit=1&cursor=")


@pytest.mark.parametrize(
    "path",
    [
        *("/", "", "/companies/", "/companies/c000001", "/v1/companies", "/companies/a/b/departments"),
        *("/companies/c000001/departments/d01", "/companies/c000001/employees", "/employees", "/currencies/EUR"),
    ],
)
def test_unknown_paths(path: str) -> None:
    """Any other path is answered with 404, which quotes the path."""
    answer = ask(path)

    assert (answer.status, error(answer)) == (404, f"no such path: {path}")


def test_unknown_company() -> None:
    """An unknown company is answered with 404, which names its decoded id."""
    answer = ask("/companies/c%209/departments")

    assert (answer.status, error(answer)) == (404, "no such company: c 9")


@pytest.mark.parametrize("method", ["POST", "HEAD", "DELETE"])
def test_other_methods(method: str) -> None:
    """Only GET is allowed, and the answer says so."""
    answer = ask("/companies", method=method)

    assert (answer.status, answer.headers["Allow"]) == (405, "GET")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("updated_since=yesterday", "updated_since='yesterday'"),
        ("updated_since=", "updated_since=''"),
        ("updated_since=2026-01-01T00:00:00+01:00", "updated_since='2026-01-01T00:00:00 01:00'"),
        ("order_by=name", "order_by='name'"),
        ("order_type=up", "order_type='up'"),
        ("limit=0", "limit='0'"),
        ("cursor=x", "cursor='x'"),
        ("offset=1", "offset='1'"),
        ("Limit=1", "Limit='1'"),
        ("limit=1&limit=2", "limit='2'"),
    ],
)
def test_bad_parameters_are_named(query: str, name: str) -> None:
    """A parameter that is unknown, invalid or given twice is answered with 400 and its name and value."""
    answer = ask("/companies", query)

    assert answer.status == 400
    assert error(answer).startswith(f"{name}: ")


def test_ignore_updated_since() -> None:
    """An API that ignores the filter returns every record, but still refuses an invalid time."""
    deaf = api(ignore_updated_since=True)

    assert len(ids(ask("/companies", {"updated_since": "2030-01-01"}, of=deaf))) == 3
    assert ask("/companies", {"updated_since": "x"}, of=deaf).status == 400


def test_ignore_order() -> None:
    """An API that ignores the order returns the newest first."""
    assert ids(ask("/companies", {"order_type": "asc"}, of=api(ignore_order=True))) == ["c000003", "c000002", "c000001"]


@pytest.mark.parametrize("options", [{"pagination": "scroll"}, {"max_page_size": 0}])
def test_bad_options_are_refused(options: dict[str, Any]) -> None:
    """Invalid paging options are refused, and the error names the option."""
    with pytest.raises(ValueError, match=next(iter(options))):
        api(**options)


class TestMeter:
    COMPANIES = Call("companies", None, "limit=1&updated_since=2026-01-01T00%3A00%3A00Z")
    DEPARTMENTS = Call("departments", "c1", "")

    def test_counts_what_is_in_flight(self) -> None:
        """A request is in flight until its block ends, and the peak is the highest number at once."""
        meter = Meter()

        with meter.answering(self.COMPANIES), meter.answering(self.DEPARTMENTS):
            assert meter.in_flight == {"companies": 1, "departments": 1, "total": 2}

        with meter.answering(self.DEPARTMENTS):
            assert meter.in_flight == {"companies": 0, "departments": 1, "total": 1}
        assert meter.requests == {"companies": 1, "departments": 2, "total": 3}
        assert meter.peak_in_flight == {"companies": 1, "departments": 1, "total": 2}

    def test_a_failed_request_is_no_longer_in_flight(self) -> None:
        """A block that raises an exception ends the request as well."""
        meter = Meter()

        with pytest.raises(ValueError, match="broken"), meter.answering(self.COMPANIES):
            raise ValueError("broken")

        assert meter.in_flight["total"] == 0

    def test_keeps_the_last_calls(self) -> None:
        """Only the last `max_calls` requests are kept, with their decoded parameters."""
        meter = Meter(max_calls=1)

        for call in (self.DEPARTMENTS, self.COMPANIES):
            with meter.answering(call):
                pass

        assert list(meter.calls) == [self.COMPANIES]
        assert self.COMPANIES.parameters == {"limit": "1", "updated_since": "2026-01-01T00:00:00Z"}

    def test_reset_keeps_what_is_in_flight(self) -> None:
        """A reset sets all counts to zero, except that the requests in flight are the first peak."""
        meter = Meter()

        with meter.answering(self.COMPANIES):
            meter.faults["reset"] += 1
            meter.refused["rps"] += 1
            meter.reset()
            assert meter.snapshot() == {
                "requests": {},
                "in_flight": {"companies": 1, "total": 1},
                "peak_in_flight": {"companies": 1, "total": 1},
                "faults": {},
                "refused": {},
                "calls": [],
            }

        assert meter.in_flight["total"] == 0
