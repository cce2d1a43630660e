"""The mock API as an ASGI app, as a process, and its command line."""

import signal
import socket

import httpx
import pytest

from mock_api import Api, Behavior, Source
from mock_api.__main__ import main
from mock_api.server import build_app
from mock_api.service import Service
from tests.mock_api.serving import Sleeps, client, running


def asgi_client(sleeps: Sleeps, *, jitter_seconds: float = 0.0, pagination: str = "token") -> httpx.AsyncClient:
    api = Api(Source.generate(companies=3, departments=2), pagination=pagination, clock=lambda: 0.0)
    service = Service(api, Behavior(latency_seconds=0.2, jitter_seconds=jitter_seconds), sleep=sleeps)
    return client(httpx.ASGITransport(build_app(service)))


@pytest.mark.asyncio
async def test_answers_like_the_api() -> None:
    """The server returns the API's status, headers, and body, with links to the host of the request."""
    async with asgi_client(Sleeps(), pagination="link_header") as http:
        response = await http.get("/companies", params={"limit": 2})
        rest = await http.get(response.links["next"]["url"])
        missing = await http.get("/companies/x%2Fy/departments")

    assert response.headers["Date"] == "Thu, 01 Jan 1970 00:00:00 GMT"
    assert response.headers["Content-Length"] == str(len(response.content))
    assert response.links["next"]["url"].startswith("http://api.test:1234/companies?limit=2&cursor=")
    assert [record["company_id"] for record in rest.json()] == ["c000003"]
    assert (missing.status_code, missing.json()) == (404, {"error": "no such company: x/y"})


@pytest.mark.asyncio
async def test_waits_before_each_answer() -> None:
    """Companies, departments and errors all wait for the latency, and up to the jitter longer."""
    sleeps = Sleeps()

    async with asgi_client(sleeps, jitter_seconds=0.1) as http:
        for path in ("/companies", "/companies/c000001/departments", "/x"):
            await http.get(path)

    assert all(0.2 <= seconds <= 0.3 for seconds in sleeps.seconds)
    assert len(set(sleeps.seconds)) == 3


@pytest.mark.asyncio
async def test_stats_and_reset_are_not_counted() -> None:
    """The meter can be read and reset at once, without being counted itself."""
    sleeps = Sleeps()

    async with asgi_client(sleeps) as http:
        await http.get("/companies/c000001/departments", params={"limit": 1})
        stats = (await http.get("/_stats")).json()
        reset = await http.post("/_reset")
        after = (await http.get("/_stats")).json()

    assert stats["requests"] == stats["peak_in_flight"] == {"departments": 1, "total": 1}
    call = {"kind": "departments", "company_id": "c000001", "query": "limit=1", "department_id": None}
    assert stats["calls"] == [call]
    assert (reset.status_code, after["requests"]) == (204, {})
    assert len(sleeps.seconds) == 1


@pytest.mark.parametrize("drift", [[], ["--drift"]])
def test_serves_employees_and_currencies(drift: list[str]) -> None:
    """The numbers of both are options of the server, whether or not the data drift."""
    options = ("--companies", "2", "--departments", "1", "--employees", "3", "--currencies", "4")
    with running(*options, *drift) as (_, url):
        employees = httpx.get(f"{url}/companies/c000002/departments/d01/employees").json()
        currencies = httpx.get(f"{url}/currencies").json()

    assert sorted(record["employee_id"] for record in employees["data"]) == ["e001", "e002", "e003"]
    assert currencies["total_items"] == 4


def test_the_help_names_what_is_generated(capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` says how many there are of each kind unless told otherwise."""
    with pytest.raises(SystemExit):
        main(["--help"])

    shown = " ".join(capsys.readouterr().out.split())
    assert "--employees EMPLOYEES per department (default: 0)" in shown
    assert "--currencies CURRENCIES default: 0" in shown


@pytest.mark.parametrize(("number", "options"), [(signal.SIGTERM, []), (signal.SIGINT, ["--drift"])])
def test_serves_until_it_is_told_to_stop(number: signal.Signals, options: list[str]) -> None:
    """The process prints its address once, answers there, and ends cleanly at a signal."""
    with running("--companies", "3", "--departments", "2", *options) as (process, url):
        companies = httpx.get(f"{url}/companies", params={"limit": 2})
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=20)

    assert companies.json()["total_items"] == 3
    assert companies.headers.get_list("date") == [companies.headers["date"]]
    assert (process.returncode, stdout, stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "65536"], "'65536' is not a whole number from 0 to 65535"),
        (["--companies", "-1"], "'-1' is not a whole number"),
        (["--employees", "1001"], "'1001' is not a whole number from 0 to 1000"),
        (["--currencies", "some"], "'some' is not a whole number from 0 to 1000"),
        (["--latency-ms", "0.5"], "'0.5' is not a whole number from 0 to 60000"),
        (["--max-page-size", "0"], "'0' is not a whole number from 1 to"),
        (["--pagination", "scroll"], "invalid choice: 'scroll'"),
        (["--faults", "rest=0.1"], "'rest' is not a kind of fault"),
        (["--oversize-mb", "0"], "'0' is not a whole number from 1 to 1000"),
        (["--rps", "0"], "'0' is not a number above 0"),
        (["--rps", "fast"], "'fast' is not a number above 0"),
        (["--limit-headers", "ietf"], "headers='ietf': requires rps, which is not given"),
        (["--limit-headers", "all"], "invalid choice: 'all'"),
        (["--burst", "2"], "burst=2: requires rps, which is not given"),
        (["--refresh-token", "x"], "--refresh-token requires --oauth, which is not given"),
        (["--oauth", "client"], "--oauth must be CLIENT_ID:CLIENT_SECRET"),
    ],
)
def test_bad_arguments(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An invalid argument ends the command with exit code 2 and says what is allowed."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)

    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_a_taken_port(capsys: pytest.CaptureFixture[str]) -> None:
    """A port in use is reported like an invalid argument."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SystemExit) as caught:
        main(["--port", str(taken.getsockname()[1])])

    assert caught.value.code == 2
    assert "cannot listen on 127.0.0.1:" in capsys.readouterr().err
