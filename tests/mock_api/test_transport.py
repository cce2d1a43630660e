"""The mock API as an httpx transport, and the demo behind `mock://`."""

from datetime import UTC, datetime

import anyio
import pytest

from mock_api import Api, Behavior, Call, MockApiTransport, Source, demo_transport
from tests.mock_api.serving import Sleeps, client

NOW = datetime(2026, 5, 1, tzinfo=UTC).timestamp()


@pytest.mark.asyncio
async def test_answers_like_the_api() -> None:
    """A response has the API's status, headers, and body, with links to the host of the request."""
    api = Api(Source.generate(companies=3, departments=2), pagination="next_url", clock=lambda: 0.0)

    async with client(MockApiTransport(api)) as http:
        response = await http.get("/companies", params={"limit": 2})
        rest = await http.get(response.json()["next_page_url"])
        missing = await http.get("/companies/x%2Fy/departments")

    assert response.headers["Date"] == "Thu, 01 Jan 1970 00:00:00 GMT"
    assert response.json()["next_page_url"].startswith("http://api.test:1234/companies?limit=2&cursor=")
    assert [record["company_id"] for record in rest.json()["data"]] == ["c000003"]
    assert (missing.status_code, missing.json()) == (404, {"error": "no such company: x/y"})


@pytest.mark.asyncio
async def test_waits_before_each_answer() -> None:
    """Every answer waits for the latency without delaying the others."""
    sleeps = Sleeps()
    api = Api(Source.generate(companies=3, departments=2))
    transport = MockApiTransport(api, Behavior(latency_seconds=0.2), sleep=sleeps)

    async with client(transport) as http, anyio.create_task_group() as tasks:
        for path in ("/companies", "/companies/c000001/departments", "/companies/c000002/departments", "/x"):
            tasks.start_soon(http.get, path)

    assert sleeps.seconds == [0.2] * 4
    assert transport.meter.requests == {"companies": 1, "departments": 2, "other": 1, "total": 4}
    assert transport.meter.peak_in_flight["total"] == 4
    assert transport.meter.in_flight["total"] == 0
    assert {call.company_id for call in transport.meter.calls} == {None, "c000001", "c000002"}


@pytest.mark.asyncio
async def test_a_canceled_request_is_no_longer_in_flight() -> None:
    """A canceled request no longer counts as in flight."""
    transport = MockApiTransport(Api(Source()), sleep=lambda _: anyio.sleep_forever())

    async with client(transport) as http, anyio.create_task_group() as tasks:
        tasks.start_soon(http.get, "/companies")
        while not transport.meter.in_flight["total"]:
            await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()

    assert transport.meter.in_flight["total"] == 0


@pytest.mark.asyncio
async def test_demo_defaults() -> None:
    """The demo has 25 companies with 8 departments each, five of them changing, and answers after 50 ms."""
    sleeps = Sleeps()

    async with client(demo_transport("", clock=lambda: NOW, sleep=sleeps)) as http:
        companies = (await http.get("/companies")).json()
        departments = (await http.get("/companies/c000025/departments")).json()
        busy = (await http.get("/companies", params={"updated_since": "2026-04-01T00:00:00Z"})).json()

    assert (companies["total_items"], departments["total_items"], busy["total_items"]) == (25, 8, 5)
    assert sleeps.seconds == [0.05] * 3


@pytest.mark.asyncio
async def test_demo_options() -> None:
    """Every option of the demo can be set."""
    sleeps = Sleeps()
    query = "companies=2&departments=1&latency_ms=0&pagination=link_header&seed=7"

    async with client(demo_transport(query, clock=lambda: 0.0, sleep=sleeps)) as http:
        companies = (await http.get("/companies")).json()

    assert companies == list(Source.generate(companies=2, departments=1, seed=7).companies())
    assert sleeps.seconds == [0]


@pytest.mark.asyncio
async def test_demo_employees_and_currencies() -> None:
    """Neither is in the demo unless it is asked for, and the employees change too."""
    path = "/companies/c000001/departments/d01/employees"

    async with client(demo_transport("", clock=lambda: NOW, sleep=Sleeps())) as http:
        without = [(await http.get(url)).json()["total_items"] for url in (path, "/currencies")]
    async with client(demo_transport("employees=3&currencies=5", clock=lambda: NOW, sleep=Sleeps())) as http:
        given = [(await http.get(url)).json()["total_items"] for url in (path, "/currencies")]
        changed = (await http.get(path, params={"updated_since": "2026-04-01T00:00:00Z"})).json()["total_items"]

    assert (without, given, changed) == ([0, 0], [3, 5], 3)


@pytest.mark.asyncio
async def test_every_list_is_counted_by_its_kind() -> None:
    """The meter tells the lists apart, and which company and department a request was about."""
    transport = MockApiTransport(Api(Source.generate(companies=1, departments=1, employees=1, currencies=1)))

    async with client(transport) as http:
        for path in ("/currencies", "/companies/c000001/departments", "/companies/c000001/departments/d%2F1/employees"):
            await http.get(path)

    assert transport.meter.requests == {"currencies": 1, "departments": 1, "employees": 1, "total": 3}
    assert list(transport.meter.calls) == [
        Call("currencies", None, ""),
        Call("departments", "c000001", ""),
        Call("employees", "c000001", "", "d/1"),
    ]


def test_demo_names_every_mistake() -> None:
    """All invalid options are reported at once, with what is allowed."""
    with pytest.raises(ValueError, match=r"^mock://demo") as caught:
        demo_transport(
            "companies=many&latency_ms=60001&departments=&employees=1001&currencies=all&pagination=scroll&speed=9"
            "&faults=rest=1"
        )

    for part in (
        "companies='many' must be a whole number from 0 to 1000000",
        "latency_ms='60001' must be a whole number from 0 to 60000",
        "departments='' must be",
        "employees='1001' must be a whole number from 0 to 1000",
        "currencies='all' must be a whole number from 0 to 1000",
        "pagination='scroll' must be one of none, next_url, link_header, token, offset, page",
        "'speed' is unknown",
        "'rest' is not a kind of fault",
        "(allowed options: companies, departments, employees, currencies, latency_ms, seed, fault_seed, hang_seconds, ",
        "slow_seconds, retry_after, oversize_mb, pagination, faults)",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize("query", ["companies=1000000&departments=6", "companies=1000&departments=10&employees=500"])
def test_demo_refuses_to_fill_the_memory(query: str) -> None:
    """The product of allowed numbers can be too large."""
    with pytest.raises(ValueError, match=r"companies x departments x \(1 \+ employees\) must be at most 5000000"):
        demo_transport(query)
