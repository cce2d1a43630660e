"""How the requests of an auth's flow pass the gate."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import anyio.lowlevel
import httpx
import pytest
import respx

from async_sync.errors.base import FatalError
from async_sync.errors.lists import RequestError
from async_sync.http.access_token import AccessToken
from async_sync.http.declared_session import SessionAuth
from async_sync.http.session_auth import SessionLogin
from async_sync.http.transport import LANE
from async_sync.text.redaction import Secret
from load_test.pace.virtual_time import run
from tests.helpers.fetching import Fetching, fetching
from tests.helpers.parts import LoopClock

CHALLENGE = httpx.Response(401, headers={"WWW-Authenticate": 'Digest realm="api", qop="auth", nonce="n"'})


def digest() -> httpx.Auth:
    return httpx.DigestAuth("Ann", "hunter2")


@pytest.mark.asyncio
async def test_each_request_of_a_flow_is_counted_and_takes_no_place(router: respx.Router) -> None:
    """A challenge and its answer are two requests, which together take one place and need no second one."""
    in_flight = []

    async def answer(request: httpx.Request) -> httpx.Response:
        in_flight.append(fetch.gate.in_flight)
        await anyio.lowlevel.checkpoint()
        return httpx.Response(200, json=[]) if "authorization" in request.headers else CHALLENGE

    router.get(path="/companies").mock(side_effect=answer)
    async with fetching(router, {"max_concurrency": "1"}, auth=digest()) as fetch:
        await fetch.fetch(partition="company 1")

    assert in_flight == [1, 1]
    assert (fetch.progress.requests, fetch.progress.retries, fetch.gate.in_flight) == (2, 0, 0)


def test_each_request_of_a_flow_keeps_to_the_rate(router: respx.Router) -> None:
    """The answer to a challenge waits for its turn, as `requests_per_second` holds for every request."""
    router.get(path="/companies").mock(side_effect=[CHALLENGE, httpx.Response(200, json=[])])

    async def fetch_once() -> Fetching:
        configuration = {"requests_per_second": "0.5"}
        async with fetching(router, configuration, LoopClock(), auth=digest()) as fetch:
            await fetch.fetch()
            return fetch

    fetch, seconds = run(fetch_once)
    assert fetch.progress.requests == 2
    assert seconds == pytest.approx(2, abs=0.1)


class Exchange(httpx.Auth):
    """Gets a token with each request, from a server that may be another one, or after a refusal."""

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        answer = yield request
        if answer.status_code != 200:
            yield httpx.Request("GET", "http://tokens.test/token")
            yield request


def test_a_pause_holds_within_a_flow(router: respx.Router, real_backoff: None) -> None:
    """If the answer to a request of the flow asks for a pause, everyone waits, and the flow begins anew after it."""
    router.get(path="/companies").mock(
        side_effect=[httpx.Response(401), httpx.Response(401), httpx.Response(200, json=[])]
    )
    router.get("http://tokens.test/token").mock(
        side_effect=[httpx.Response(429, headers={"Retry-After": "30"}), httpx.Response(200)]
    )

    async def fetch_once() -> Fetching:
        async with fetching(router, {}, LoopClock(), auth=Exchange()) as fetch:
            await fetch.fetch()
            return fetch

    fetch, seconds = run(fetch_once)
    assert (fetch.progress.requests, fetch.progress.retries) == (5, 1)
    assert seconds >= 30
    assert fetch.progress.paused_seconds == 30


def test_a_flow_that_goes_on_after_a_rate_limit(router: respx.Router, real_backoff: None) -> None:
    """A flow that would answer a 429 with a further request does not get to: the attempt has failed."""
    router.get(path="/companies").respond(429)
    token = router.get("http://tokens.test/token").respond(200)

    async def fetch_once() -> None:
        async with fetching(
            router, {"outage_seconds": "1", "max_attempts": "1"}, LoopClock(), auth=Exchange()
        ) as fetch:
            with pytest.raises(FatalError, match="429 Too Many Requests"):
                await fetch.fetch()

    run(fetch_once)
    assert not token.called


@pytest.mark.asyncio
async def test_the_requests_of_a_flow_share_a_lane(router: respx.Router) -> None:
    """Every request of one flow has the same lane, and flows at the same time have different ones."""
    lanes: dict[str, set[object]] = {"1": set(), "2": set()}

    async def answer(request: httpx.Request) -> httpx.Response:
        await anyio.lowlevel.checkpoint()
        lanes[request.url.path.rpartition("/")[2]].add(request.extensions[LANE])
        return httpx.Response(200, json=[])

    class Twice(httpx.Auth):
        async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
            yield request
            yield httpx.Request("GET", request.url)

    router.get(path__regex="/.").mock(side_effect=answer)
    async with fetching(router, auth=Twice()) as fetch, anyio.create_task_group() as tasks:
        tasks.start_soon(fetch.fetch, "/1")
        tasks.start_soon(fetch.fetch, "/2")
    assert sorted(lanes.values(), key=str) == [{1}, {2}]


class OwnClient(httpx.Auth):
    """Has a client of its own, whose first request finds nobody there."""

    def __init__(self) -> None:
        self.errors: list[Exception] = [httpx.ConnectError("nobody there")]

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        if self.errors:
            raise self.errors.pop()
        yield request


@pytest.mark.asyncio
async def test_an_auth_whose_own_client_fails(router: respx.Router) -> None:
    """If an auth's own client cannot connect, the attempt has failed and is repeated."""
    router.get(path="/companies").respond(json=[])
    async with fetching(router, auth=OwnClient()) as fetch:
        await fetch.fetch()
    assert fetch.progress.retries == 1


@pytest.mark.asyncio
async def test_the_last_answer_is_that_of_the_request(router: respx.Router) -> None:
    """A second refusal is final, and is told as any other."""
    router.get(path="/companies").respond(401, headers=CHALLENGE.headers)
    async with fetching(router, auth=digest()) as fetch:
        with pytest.raises(
            RequestError, match=r"failed after 1 attempt: the API answered 401 Unauthorized\. Check auth"
        ):
            await fetch.fetch()
    assert fetch.progress.requests == 2


@pytest.mark.asyncio
async def test_a_session_is_renewed_before_it_ends(router: respx.Router) -> None:
    """With a lifetime, the next login comes a minute before the session ends."""
    logins = router.post("https://login.test/session").respond(json={"token": "t"})
    declared = SessionAuth(
        login=httpx.Request("POST", "https://login.test/session"), token="token", lifetime=timedelta(hours=1)
    )
    async with fetching(router) as fetch:
        login = SessionLogin(
            declared, fetch.sender, base_url="http://localhost", secrets=fetch.secrets, clock=fetch.clock
        )
        assert await login.fetch() == AccessToken(Secret("t"), 3540.0)
    assert logins.call_count == 1
