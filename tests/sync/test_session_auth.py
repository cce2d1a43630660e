"""A session that a login opens, through whole syncs."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import anyio.lowlevel
import httpx
import pytest

from async_sync import Header, SessionAuth
from async_sync.errors.lists import RequestError
from async_sync.errors.source import TokenError
from mock_api import Api, MockApiTransport, Source
from tests.helpers.destination import MemoryDestination
from tests.helpers.syncing import HookedTransport, assert_equals_source, sync
from tests.helpers.wire_server import http, wire_server
from tests.helpers.wire_server import synced as wire_synced

PASSWORD = "hunter2-hunter2"


class Sessions:
    """An API that requires a session; its login is `answer`. Each session is good for `uses` requests."""

    def __init__(self, answer: Callable[[str], httpx.Response], *, uses: int = 1000, header: str = "X-Session") -> None:
        self.source = Source.generate(companies=10, departments=2, seed=1)
        self.answer = answer
        self.uses = uses
        self.header = header
        self.logins: list[httpx.Request] = []
        self.tokens: list[str] = []
        self._left: dict[str, int] = {}

    @property
    def transport(self) -> MockApiTransport:
        return HookedTransport(Api(self.source), self._guard)

    async def _guard(self, request: httpx.Request) -> httpx.Response | None:
        await anyio.lowlevel.checkpoint()
        if request.url.path.endswith("/login"):
            self.logins.append(request)
            token = f"session-{len(self.logins)}"
            self._left = {token: self.uses}  # one session at a time
            return self.answer(token)
        token = request.headers.get(self.header, "")
        self.tokens.append(token)
        self._left[token] = self._left.get(token, 0) - 1
        return httpx.Response(401) if self._left[token] < 0 else None


def granted(token: str) -> httpx.Response:
    return httpx.Response(200, json={"data": {"token": token}})


def session(configuration: Mapping[str, str], **changed: Any) -> SessionAuth:
    login = httpx.Request("POST", "/login", json={"user": "Ann", "password": configuration["password"]})
    return SessionAuth(login=login, **{"token": "data.token", "header": "X-Session", **changed})


def synced(sessions: Sessions, configuration: Mapping[str, str] = {}, **changed: Any) -> MemoryDestination:
    destination = MemoryDestination()
    sync(
        destination,
        sessions.transport,
        {"password": PASSWORD, **configuration},
        auth=lambda given: session(given, **changed),
    )
    assert_equals_source(destination, sessions.source)
    return destination


def test_one_login_for_all() -> None:
    """All requests share the session of one login, which counts and is sent as declared."""
    sessions = Sessions(granted)
    destination = synced(sessions, {"base_url": "http://localhost/", "max_concurrency": "20"})

    (login,) = sessions.logins
    assert (login.method, str(login.url)) == ("POST", "http://localhost/login")
    assert json.loads(login.content) == {"user": "Ann", "password": PASSWORD}
    assert login.headers["content-type"] == "application/json"
    assert set(sessions.tokens) == {"session-1"}
    assert " 12 requests, 0 retries" in destination.lines[-1]


def test_a_session_that_ends() -> None:
    """After a 401, one of the requests logs in again, and all of them go on with the new session."""
    sessions = Sessions(granted, uses=6)
    synced(sessions, {"max_concurrency": "3"})
    assert len(sessions.logins) == len(set(sessions.tokens)) == 2


@pytest.mark.asyncio
async def test_a_login_at_another_host() -> None:
    """The request that logs in may go to another server than the API, each time."""
    answers = [http("{}", "401 Unauthorized"), http()]
    async with (
        wire_server(lambda seen: answers.pop(0)) as server,
        wire_server(lambda seen: http('{"token": "t"}')) as logins,
    ):
        login = httpx.Request("PUT", f"{logins.url}/session")
        ended = await wire_synced({"base_url": server.url}, auth=SessionAuth(login=login, token="token"))

    assert ended.error is None
    assert [(seen.method, seen.target) for seen in logins.seen] == [("PUT", "/session")] * 2
    assert [seen.headers["authorization"] for seen in server.seen] == ["Bearer t"] * 2


def test_a_new_session_that_is_refused() -> None:
    """If the session of a new login is refused too, the sync ends: there is no third login."""
    sessions = Sessions(granted, uses=0)
    with pytest.raises(RequestError, match="401 Unauthorized"):
        synced(sessions)
    assert sessions.tokens == ["session-1", "session-2"]


@pytest.mark.parametrize(
    ("answer", "changed", "header", "sent"),
    [
        (granted, {"header": None}, "Authorization", "Bearer session-1"),
        (granted, {"header": None, "prefix": "Token"}, "Authorization", "Token session-1"),
        (granted, {"header": "Authorization"}, "Authorization", "session-1"),
        (granted, {"header": "Authorization", "prefix": "Token token="}, "Authorization", "Token token=session-1"),
        (lambda _: httpx.Response(200, json={"sid": 17}), {"token": "sid"}, "X-Session", "17"),
        (
            lambda token: httpx.Response(204, headers={"X-Subject-Token": token}),
            {"token": Header("X-Subject-Token")},
            "X-Session",
            "session-1",
        ),
        (
            lambda token: httpx.Response(200, headers={"Set-Cookie": f"SID={token}; Path=/; HttpOnly"}),
            {"token": lambda response: response.cookies["SID"], "header": "Cookie", "prefix": "SID="},
            "Cookie",
            "SID=session-1",
        ),
    ],
)
def test_where_a_token_comes_from_and_goes(
    answer: Callable[[str], httpx.Response], changed: dict[str, Any], header: str, sent: str
) -> None:
    """It is in the answer's body, in a header or in a cookie, and goes into any header, with or without a prefix."""
    sessions = Sessions(answer, header=header)
    sessions._guard = _without_checking(sessions)  # type: ignore[method-assign]
    synced(sessions, **changed)
    assert set(sessions.tokens) == {sent}


def _without_checking(sessions: Sessions) -> Any:
    async def guard(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == "/login":
            return sessions.answer("session-1")
        sessions.tokens.append(request.headers[sessions.header])
        return None

    return guard


@pytest.mark.parametrize(("status", "attempts"), [(503, 3), (500, 3)])
def test_a_login_is_retried(status: int, attempts: int) -> None:
    """A login that fails as any request may is repeated, and an answer without a token is one that failed."""
    answers = [httpx.Response(status), httpx.Response(200, json={"data": None})]
    sessions = Sessions(lambda token: answers.pop(0) if answers else granted(token))
    synced(sessions)
    assert len(sessions.logins) == attempts


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (httpx.Response(403, json={"message": f"no {PASSWORD}"}), r'403 Forbidden, and said "no \[secret\]"\. Check'),
        (httpx.Response(302, headers={"Location": "/"}), r"the API answered 302 Found\. Check login and token of"),
        (httpx.Response(200, json={"error": "locked"}), r'a valid token at data\.token, and said "locked"\. Check'),
        (httpx.Response(200, json={"data": {"token": True}}), r"200 OK without a valid token at data\.token\. Check"),
        (httpx.Response(200, json={"data": {"token": "a b"}}), r"200 OK without a valid token at data\.token\. Check"),
        (httpx.Response(200, json=["locked"]), r"200 OK without a valid token at data\.token"),
        (httpx.Response(200, text="<html>"), r"200 OK without a valid token at data\.token\. Check login"),
    ],
)
def test_a_login_that_fails(answer: httpx.Response, problem: str) -> None:
    """The error says what was answered, without secrets, and what to check."""
    sessions = Sessions(lambda _: answer)
    with pytest.raises(TokenError, match=rf"^POST http://localhost/login returned no access token after .*{problem}"):
        synced(sessions, {"max_attempts": "1"})
    assert sessions.tokens == []


def test_a_token_is_hidden() -> None:
    """A session's token is hidden when the API throws it back."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/login":
            return granted("s3cr3t-session")
        return httpx.Response(400, json={"error": request.headers["X-Session"]})

    with pytest.raises(RequestError, match=r'and said "\[secret\]"'):
        sync(MemoryDestination(), httpx.MockTransport(answer), {"password": PASSWORD}, auth=session)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"login": "/login"}, r'login must be a request, such as httpx.Request\("POST", "/login"'),
        ({"login": httpx.Request("POST", "/login", content=iter([b"a"]))}, "login must be a request, such as"),
        ({"token": ""}, 'token must be a dotted path, such as "data.token", a Header, or a'),
        ({"token": None}, "token must be a dotted path"),
        ({"header": "X-Session: "}, "header must be the name of a header, not 'X-Session: '; write what precedes"),
        ({"header": ""}, "header must be the name of a header"),
        ({"lifetime": 60}, r"lifetime must be a positive timedelta, such as timedelta\(minutes=30\)"),
        ({"lifetime": timedelta(0)}, "lifetime must be a positive timedelta"),
    ],
)
def test_a_declaration_is_checked(changed: dict[str, Any], problem: str) -> None:
    """What cannot work is refused where it is declared, and the error says what to write."""
    given = {"login": httpx.Request("POST", "/login"), "token": "token"}
    with pytest.raises(ValueError, match=f"SessionAuth: {problem}"):
        SessionAuth(**{**given, **changed})


def test_a_declaration_shows_no_secret() -> None:
    """Its repr is without the request that logs in, which holds the credentials."""
    assert PASSWORD not in repr(session({"password": PASSWORD}))
