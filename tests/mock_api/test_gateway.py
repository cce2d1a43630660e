"""Faults, limits, and OAuth in front of the API, without a network."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import httpx
import pytest

from mock_api import Api, Behavior, Faults, Limits, MockApiTransport, OAuth, Source, demo_transport
from tests.mock_api.serving import Sleeps, client

DEPARTMENTS = "/companies/c000001/departments"


def transport(
    faults: str = "",
    *,
    pagination: str = "token",
    sleep: Callable[[float], Awaitable[None]] | None = None,
    **behavior: Any,
) -> MockApiTransport:
    api = Api(Source.generate(companies=9, departments=2), pagination=pagination, clock=lambda: 0.0)
    dealt = Faults.parse(faults, oversize_mb=1, slow_seconds=1.4, hang_seconds=30)
    given = Behavior(**{"faults": dealt, "latency_seconds": 0.5, **behavior})
    return MockApiTransport(api, given, sleep=sleep or Sleeps())


@pytest.mark.asyncio
async def test_faults_are_dealt_and_counted() -> None:
    """Each request gets its fault after the latency, with the server's time, and the meter counts it."""
    sleeps = Sleeps()
    mock = transport("companies#1=500,companies#2=html,companies#4=truncated", sleep=sleeps)

    async with client(mock) as http:
        answers = [await http.get("/companies") for _ in range(5)]

    assert [answer.status_code for answer in answers] == [500, 200, 200, 200, 200]
    assert {answer.headers["Date"] for answer in answers} == {"Thu, 01 Jan 1970 00:00:00 GMT"}
    assert answers[1].headers["Content-Type"] == "text/html; charset=utf-8"
    assert answers[2].json() == answers[4].json()
    assert answers[4].content.startswith(answers[3].content)
    assert mock.meter.snapshot()["faults"] == {"500": 1, "html": 1, "truncated": 1}
    assert sleeps.seconds == [0.5] * 5


@pytest.mark.asyncio
async def test_a_reset() -> None:
    """A reset connection is a ReadError, before anything or after half of the body."""
    mock = transport("companies#1=reset,companies#2=reset-body")

    async with client(mock) as http:
        with pytest.raises(httpx.ReadError, match="connection reset"):
            await http.get("/companies")
        async with http.stream("GET", "/companies") as response:
            pieces = response.aiter_raw()
            got = await anext(pieces)
            with pytest.raises(httpx.ReadError, match="connection reset"):
                await anext(pieces)
        whole = await http.get("/companies")

    assert response.headers["Content-Length"] == str(len(whole.content))
    assert got == whole.content[: len(got)]
    assert len(got) == -(-len(whole.content) // 2)


@pytest.mark.asyncio
async def test_a_slow_body() -> None:
    """A slow body arrives complete, after the given time."""
    sleeps = Sleeps()

    async with client(transport("companies#1=slow-body", sleep=sleeps)) as http:
        slow, quick = await http.get("/companies"), await http.get("/companies")

    assert slow.json() == quick.json()
    assert sum(sleeps.seconds) == pytest.approx(1.4 + 2 * 0.5)
    assert len(sleeps.seconds) == 2 + 7


@pytest.mark.asyncio
async def test_a_hang_ends_in_a_reset() -> None:
    """A request that hangs is in flight for the given time, and then its connection is reset."""
    seen = []

    async def sleep(seconds: float) -> None:
        seen.append((seconds, mock.meter.in_flight["total"]))

    mock = transport("companies#1=hang", sleep=sleep)
    async with client(mock) as http:
        with pytest.raises(httpx.ReadError):
            await http.get("/companies")

    assert seen == [(0.5, 1), (30, 1)]
    assert mock.meter.in_flight["total"] == 0


@pytest.mark.asyncio
async def test_a_hang_can_be_cancelled() -> None:
    """A request that hangs and is canceled is no longer in flight."""
    mock = transport("companies#1=hang", latency_seconds=0, sleep=anyio.sleep)

    async with client(mock) as http:
        with anyio.move_on_after(0.01) as scope:
            await http.get("/companies")

    assert scope.cancelled_caught
    assert mock.meter.in_flight["total"] == 0
    assert mock.meter.faults == {"hang": 1}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("pagination", "first", "second"),
    [("offset", {"offset": "0"}, {"offset": "4"}), ("page", {"page": "1"}, {"page": "2"}), ("token", {}, None)],
)
async def test_a_page_is_repeated(pagination: str, first: dict[str, str], second: dict[str, str] | None) -> None:
    """A request with the fault `duplicate` gets the page before its own, and its own page the next time."""
    mock = transport("companies#2=duplicate", pagination=pagination)

    async with client(mock) as http:
        one = (await http.get("/companies", params={"limit": 4, **first})).json()
        after = {"limit": "4", **(second or {"cursor": one.get("next_cursor")})}
        again = (await http.get("/companies", params=after)).json()
        two = (await http.get("/companies", params=after)).json()

    assert again == one
    assert [record["company_id"] for record in two["data"]] == ["c000005", "c000006", "c000007", "c000008"]
    assert mock.meter.faults == {"duplicate": 1}


@pytest.mark.asyncio
async def test_a_fault_that_cannot_be_is_not_counted() -> None:
    """A first page cannot be a repeated one, and an error has no order: the answer is right, and no fault counted."""
    mock = transport("companies#1=duplicate,departments#1=disorder")

    async with client(mock) as http:
        first = await http.get("/companies")
        missing = await http.get("/companies/x/departments")

    assert first.json()["total_items"] == 9
    assert missing.status_code == 404
    assert mock.meter.snapshot()["faults"] == {}


@pytest.mark.asyncio
async def test_an_oversize_body() -> None:
    """A huge body is compressed if the caller accepts gzip, and plain if not."""
    mock = transport("companies#1=oversize,companies#2=oversize")

    async with client(mock) as http:
        async with http.stream("GET", "/companies") as packed:
            size = sum([len(piece) async for piece in packed.aiter_bytes()])
        plain = await http.get("/companies", headers={"Accept-Encoding": "identity"})

    assert packed.num_bytes_downloaded < 20_000
    assert size == len(plain.content) > 900_000
    assert (packed.headers["Content-Encoding"], "Content-Encoding" in plain.headers) == ("gzip", False)


@pytest.mark.asyncio
async def test_limits_refuse_at_once() -> None:
    """A request above a limit is answered with 429 at once, is counted by its limit, and gets no fault."""
    sleeps = Sleeps()
    limits = Limits(rps=1.0, headers="retry-after", clock=lambda: 0.0)
    mock = transport("companies#2=html", limits=limits, sleep=sleeps)

    async with client(mock) as http:
        answers = [await http.get("/companies") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 429, 429]
    assert [answer.headers.get("Retry-After") for answer in answers] == [None, "1", "1"]
    assert answers[1].json() == {"error": "too many requests: rps"}
    assert sleeps.seconds == [0.5]
    assert mock.meter.snapshot()["refused"] == {"rps": 2}
    assert mock.meter.snapshot()["faults"] == {}


@pytest.mark.asyncio
async def test_every_answer_reports_the_limit() -> None:
    """Answers, errors, faults and refusals all carry the headers of the limit."""
    limits = Limits(rps=4.0, burst=3, headers="ietf", clock=lambda: 0.0)

    async with client(transport("companies#2=500", limits=limits)) as http:
        answers = [await http.get(path) for path in ("/companies", "/companies", "/x", "/companies")]

    assert [answer.status_code for answer in answers] == [200, 500, 404, 429]
    assert [answer.headers["RateLimit"][12] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"default";q=4;w=1'}


@pytest.mark.asyncio
async def test_a_limit_is_reported_as_it_was_before_the_wait() -> None:
    """The remaining quota is that at the arrival of the request, however long its answer takes."""
    now = [0.0]

    async def sleep(seconds: float) -> None:
        now[0] += seconds

    limits = Limits(rps=1.0, burst=3, headers="x-ratelimit", clock=lambda: now[0])

    async with client(transport(limits=limits, sleep=sleep, latency_seconds=60)) as http:
        answer = await http.get("/companies")

    assert (answer.headers["X-RateLimit-Remaining"], answer.headers["X-RateLimit-Reset"]) == ("2", "1")


@pytest.mark.asyncio
async def test_slots_and_max_in_flight() -> None:
    """With two slots, two requests are processed at once, the third waits, and the fourth is refused."""
    working, proceed = [], anyio.Event()

    async def sleep(seconds: float) -> None:
        working.append(seconds)
        await proceed.wait()

    mock = transport(limits=Limits(slots=2, max_in_flight=3), sleep=sleep)
    statuses = []

    async def get() -> None:
        statuses.append((await http.get("/companies")).status_code)

    async with client(mock) as http, anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(get)
        await anyio.wait_all_tasks_blocked()
        assert (statuses, len(working), mock.meter.in_flight["total"]) == ([429], 2, 3)
        proceed.set()

    assert (statuses, len(working)) == ([429, 200, 200, 200], 3)
    assert mock.meter.refused == {"max_in_flight": 1}


@pytest.mark.asyncio
async def test_oauth() -> None:
    """Without a valid token only the token endpoint answers; it is counted separately and has no limit."""
    guard, sleeps = OAuth("client", "secret", clock=lambda: 0.0), Sleeps()
    mock = transport(sleep=sleeps, oauth=guard, limits=Limits(rps=1.0, burst=3, clock=lambda: 0.0))
    form = {"grant_type": "client_credentials", "client_id": "client", "client_secret": "secret"}

    async with client(mock) as http:
        before = await http.get("/companies")
        [token, *_] = [await http.post("/oauth/token", data=form) for _ in range(5)]
        headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
        after = await http.get(DEPARTMENTS, headers=headers)
        guard.revoke_all()
        revoked = await http.get(DEPARTMENTS, headers=headers)

    assert [answer.status_code for answer in (before, token, after, revoked)] == [401, 200, 200, 401]
    assert before.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert {answer.headers["Date"] for answer in (before, token)} == {"Thu, 01 Jan 1970 00:00:00 GMT"}
    assert mock.meter.requests == {"companies": 1, "token": 5, "departments": 2, "total": 8}
    assert mock.meter.refused == {"token": 2}
    assert sleeps.seconds == [0.5] * 8


@pytest.mark.asyncio
async def test_a_lost_token_answer_has_used_up_its_refresh_token() -> None:
    """A lost answer has used up the refresh token; an answer replaced by a fault has not."""
    mock = transport("token#1=500,token#2=reset-body", oauth=OAuth("client", "secret", refresh_token="first"))
    form = {"grant_type": "refresh_token", "refresh_token": "first", "client_id": "client", "client_secret": "secret"}

    async with client(mock) as http:
        first = await http.post("/oauth/token", data=form)
        with pytest.raises(httpx.ReadError):
            await http.post("/oauth/token", data=form)
        third = await http.post("/oauth/token", data=form)

    assert (first.status_code, third.status_code, third.json()["error"]) == (500, 400, "invalid_grant")


@pytest.mark.asyncio
async def test_without_oauth_there_is_no_token_endpoint() -> None:
    """Without OAuth, the path of the token endpoint is unknown like any other."""
    mock = transport()

    async with client(mock) as http:
        assert (await http.post("/oauth/token")).status_code == 404

    assert mock.meter.requests == {"other": 1, "total": 1}


@pytest.mark.asyncio
async def test_the_demo_has_faults() -> None:
    """The demo accepts faults and their numbers; in its URL `#` is written as %23."""
    sleeps = Sleeps()
    query = "faults=companies%232=429-wait,c000002%231=hang,reset=0&retry_after=9&hang_seconds=5&fault_seed=3"

    async with client(demo_transport(query, sleep=sleeps)) as http:
        first, second = await http.get("/companies"), await http.get("/companies")
        with pytest.raises(httpx.ReadError):
            await http.get("/companies/c000002/departments")

    assert (first.status_code, second.status_code, second.headers["Retry-After"]) == (200, 429, "9")
    assert sleeps.seconds == [0.05, 0.05, 0.05, 5]


@pytest.mark.asyncio
async def test_the_demo_draws_by_its_seed() -> None:
    """Only the demo's fault seed decides which requests fail."""

    async def statuses(seed: int) -> list[int]:
        async with client(demo_transport(f"faults=500=0.5&fault_seed={seed}&seed=7", sleep=Sleeps())) as http:
            return [(await http.get("/companies")).status_code for _ in range(20)]

    assert await statuses(1) == await statuses(1)
    assert await statuses(1) != await statuses(2)
