"""OAuth 2.0: how tokens are fetched, refreshed and kept out of sight."""

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import anyio
import anyio.lowlevel
import httpx
import pytest
import respx

from async_sync.errors.source import TokenError
from async_sync.http.oauth import _lifetime_seconds
from tests.helpers.fetching import Fetching, fetching

TOKEN_URL = "https://auth.test/oauth/token"
CLIENT = {"auth": "oauth2", "token_url": TOKEN_URL, "client_id": "Ann", "client_secret": "hunter2"}
REFRESH = {"auth": "oauth2", "token_url": TOKEN_URL, "client_id": "Ann", "refresh_token": "first"}


class Server:
    """An API that accepts only the newest token that its token endpoint granted."""

    def __init__(self, *answers: httpx.Response | Exception, lifetime: float | None = 3600) -> None:
        self.answers = list(answers)
        self.lifetime = lifetime
        self.forms: list[dict[str, str]] = []
        self.basic: list[str | None] = []
        self.given: list[str] = []
        self.sent: list[str] = []
        self.accepts: set[str] = set()
        router = respx.Router()
        router.post(TOKEN_URL).mock(side_effect=self._token)
        router.get(path="/companies").mock(side_effect=self._api)
        self.router = router

    async def _token(self, request: httpx.Request) -> httpx.Response:
        self.forms.append(dict(parse_qsl(request.content.decode())))
        self.basic.append(request.headers.get("authorization"))
        await anyio.lowlevel.checkpoint()
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        return self.grant()

    def grant(self, **more: Any) -> httpx.Response:
        """Grant a new token, the only one that is accepted from now on."""
        self.given.append(f"token{len(self.given) + 1}")
        self.accepts = {self.given[-1]}
        expiry = {} if self.lifetime is None else {"expires_in": self.lifetime}
        return httpx.Response(200, json={"access_token": self.given[-1], "token_type": "Bearer", **expiry, **more})

    async def _api(self, request: httpx.Request) -> httpx.Response:
        token = request.headers["authorization"].removeprefix("Bearer ")
        self.sent.append(token)
        await anyio.lowlevel.checkpoint()
        return httpx.Response(200 if token in self.accepts else 401, json=[])


async def failure(server: Server, configuration: Mapping[str, str] = CLIENT) -> TokenError:
    async with fetching(server.router, configuration) as fetch:
        with pytest.raises(TokenError) as caught:
            await fetch.fetch()
    assert server.sent == []
    return caught.value


@pytest.mark.asyncio
async def test_client_credentials() -> None:
    """The client fetches a token with its id, its secret and the scope, and sends it with each request."""
    server = Server()
    async with fetching(server.router, {**CLIENT, "scope": "read all"}) as fetch:
        for _ in range(3):
            await fetch.fetch()

    assert server.forms == [
        {"grant_type": "client_credentials", "scope": "read all", "client_id": "Ann", "client_secret": "hunter2"}
    ]
    assert server.basic == [None]
    assert server.sent == ["token1"] * 3


@pytest.mark.asyncio
async def test_a_token_endpoint_that_requires_http_basic() -> None:
    """If the endpoint does not accept the client in the form, the credentials go into the header from then on."""
    server = Server(httpx.Response(401, json={"error": "invalid_client"}))
    async with fetching(server.router, {**CLIENT, "client_secret": "a:b c"}) as fetch:
        await fetch.fetch()
        server.accepts = set()
        await fetch.fetch()

    assert [form.get("client_secret") for form in server.forms] == ["a:b c", None, None]
    assert server.basic == [None, *["Basic QW5uOmElM0FiK2M="] * 2]  # Ann:a%3Ab+c, each part encoded as in a form
    assert fetch.progress.retries == 1


@pytest.mark.asyncio
async def test_the_refresh_grant_keeps_a_new_refresh_token() -> None:
    """A new refresh token from the endpoint is used from then on; without a new one the old one stays."""
    server = Server(lifetime=0)
    server.answers = [server.grant(refresh_token="second"), server.grant(), server.grant(refresh_token="third")]
    async with fetching(server.router, REFRESH) as fetch:
        for _ in range(4):
            server.accepts = set(server.given) | {"token4"}
            await fetch.fetch()

    assert [form["refresh_token"] for form in server.forms] == ["first", "second", "second", "third"]
    assert {form["grant_type"] for form in server.forms} == {"refresh_token"}
    assert "client_secret" not in server.forms[0]


@pytest.mark.asyncio
async def test_a_new_refresh_token_is_a_warning() -> None:
    """The user is warned, since the next sync begins with the old refresh token, and learns what to do."""
    server = Server(lifetime=0)
    server.answers = [server.grant(), server.grant(refresh_token="first"), server.grant(refresh_token="second")]
    async with fetching(server.router, REFRESH) as fetch:
        for _ in range(2):
            server.accepts = set(server.given)
            await fetch.fetch()
            assert fetch.warnings == []
        await fetch.fetch()
        server.accepts = {"token4"}
        await fetch.fetch()

    text = (
        f"The token endpoint {TOKEN_URL} replaced the refresh token. This sync continues with the new one, which is "
        "not kept: fivetran_api_key and fivetran_api_secret, with which it could be, are not set. The next sync begins "
        "again with refresh_token in configuration.json, and the endpoint may refuse it. If the API offers client "
        "credentials, set client_secret and remove refresh_token. Otherwise, if the next sync fails with "
        "invalid_grant, put a new refresh token into the configuration."
    )
    assert fetch.warnings == [("refresh token replaced", text)]


@pytest.mark.asyncio
@pytest.mark.parametrize("blank", [None, "", " ", False, {}])
async def test_blank_fields_of_a_token_are_absent(blank: Any) -> None:
    """A field that is null, blank or of another type is ignored: no lifetime, no new refresh token."""
    server = Server(lifetime=None)
    server.answers = [server.grant(expires_in=blank, refresh_token=blank, scope=blank)]
    async with fetching(server.router, REFRESH) as fetch:
        await fetch.fetch()
        fetch.clock.now = 1e9
        await fetch.fetch()
        assert server.given == ["token1"]
        server.accepts = {"token2"}
        await fetch.fetch()

    assert [form["refresh_token"] for form in server.forms] == ["first", "first"]
    assert fetch.warnings == []


@pytest.mark.asyncio
@pytest.mark.parametrize("lifetime", ["soon", "nan", "inf", "-inf", True, [60], 10**400])
async def test_a_lifetime_that_is_not_a_number(lifetime: Any) -> None:
    """A token whose lifetime is not a number is used until the API refuses it."""
    server = Server(lifetime=lifetime)
    async with fetching(server.router, CLIENT) as fetch:
        await fetch.fetch()
        fetch.clock.now = 1e9
        await fetch.fetch()
    assert server.given == ["token1"]
    assert _lifetime_seconds(lifetime) == math.inf


@pytest.mark.asyncio
@pytest.mark.parametrize("token", [None, "", " ", 5, ["a"], "a b", "a\n", "\u00e9"])
async def test_an_answer_needs_an_access_token(token: Any) -> None:
    """An answer whose token is missing, or cannot be sent in a header, has no access token."""
    error = await failure(Server(httpx.Response(200, json={"access_token": token})), {**CLIENT, "max_attempts": "1"})
    assert "200 OK without a valid access_token" in str(error)


@pytest.mark.asyncio
async def test_a_token_answer_may_have_a_byte_order_mark() -> None:
    """Answers of the token endpoint are decoded with the same tolerance as all others."""
    server = Server()
    granted = server.grant()
    server.answers = [httpx.Response(200, content=b"\xef\xbb\xbf" + granted.content)]
    async with fetching(server.router, CLIENT) as fetch:
        await fetch.fetch()
    assert server.sent == ["token1"]


@pytest.mark.asyncio
async def test_an_unsolicited_refresh_token_is_ignored() -> None:
    """A client without a refresh token keeps using its secret, even if the endpoint grants a refresh token."""
    server = Server(lifetime=0)
    server.answers = [server.grant(refresh_token="second")]
    async with fetching(server.router, CLIENT) as fetch:
        await fetch.fetch()
        await fetch.fetch()

    assert [form["grant_type"] for form in server.forms] == ["client_credentials"] * 2


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("lifetime", "still_used", "renewed"),
    [(3600, 3539.0, 3540.0), (100, 49.0, 50.0), ("3600", 3539.0, 3540.0), (None, 1e9, None)],
)
async def test_a_token_is_renewed_before_it_expires(lifetime: Any, still_used: float, renewed: float | None) -> None:
    """A token is replaced a minute before it expires, or after half of a short lifetime; without one it is kept."""
    server = Server(lifetime=lifetime)
    async with fetching(server.router, CLIENT) as fetch:
        await fetch.fetch()
        fetch.clock.now = still_used
        await fetch.fetch()
        assert server.given == ["token1"]
        if renewed is not None:
            fetch.clock.now = renewed
            await fetch.fetch()
            assert server.sent == ["token1", "token1", "token2"]


async def many(fetch: Fetching, count: int) -> None:
    async with anyio.create_task_group() as tasks:
        for number in range(count):
            tasks.start_soon(fetch.fetch, "/companies", f"company {number}")


@pytest.mark.asyncio
async def test_one_refresh_at_a_time() -> None:
    """Many requests that need a token at once share one fetch, at the start and after a revocation."""
    server = Server()
    async with fetching(server.router, {**CLIENT, "max_concurrency": "50"}) as fetch:
        await many(fetch, 50)
        assert server.given == ["token1"]
        server.accepts = {"token2"}
        await many(fetch, 50)

    assert server.given == ["token1", "token2"]
    assert server.sent == ["token1"] * 100 + ["token2"] * 50
    assert fetch.progress.requests == len(server.given) + len(server.sent)


@pytest.mark.asyncio
async def test_a_second_refusal_is_final() -> None:
    """If the API refuses the new token too, that is final: no third one is fetched."""
    server = Server()
    async with fetching(server.router, CLIENT) as fetch:
        server.grant = lambda **_: httpx.Response(200, json={"access_token": "useless"})  # type: ignore[method-assign]
        with pytest.raises(Exception, match=r"401 Unauthorized\. Check auth and its credentials"):
            await fetch.fetch()

    assert server.sent == ["useless"] * 2


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            httpx.Response(400, json={"error": "invalid_grant", "error_description": "The token has expired."}),
            "the token endpoint answered 400 Bad Request: invalid_grant (The token has expired.)",
        ),
        (
            httpx.Response(400, json={"error": "invalid_scope"}),
            "the token endpoint answered 400 Bad Request: invalid_scope",
        ),
        (
            httpx.Response(400, json={"error": "invalid_grant", "error_description": None}),
            "the token endpoint answered 400 Bad Request: invalid_grant",
        ),
        (httpx.Response(400, json={"error": None}), "the token endpoint answered 400 Bad Request"),
        (httpx.Response(403, text="<html>"), "the token endpoint answered 403 Forbidden"),
        (httpx.Response(404, json=[]), "the token endpoint answered 404 Not Found"),
        (httpx.Response(302, headers={"location": "/login"}), "the token endpoint answered 302 Found"),
    ],
)
async def test_a_refusal_says_what_the_endpoint_answered(answer: httpx.Response, reason: str) -> None:
    """If the endpoint refuses, the error quotes its answer and names the URL and the keys to check, at once."""
    error = await failure(Server(answer))

    assert str(error) == (
        f"POST {TOKEN_URL} returned no access token after 1 attempt: {reason}. Check token_url, client_id "
        "and the other keys of OAuth 2.0 in configuration.json. What was read before is saved, and the next sync "
        "continues from there."
    )
    assert (error.status, error.attempts) == (answer.status_code, 1)


@pytest.mark.asyncio
async def test_a_client_that_is_refused_in_both_ways() -> None:
    """A wrong secret is sent in the form and in the header, and is an error then."""
    unknown = httpx.Response(401, json={"error": "invalid_client"})
    error = await failure(Server(unknown, unknown))

    assert str(error).startswith(
        f"POST {TOKEN_URL} returned no access token after 2 attempts: the token endpoint answered 401 Unauthorized: "
        "invalid_client. Check"
    )


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (httpx.Response(503), "the API answered 503 Service Unavailable"),
        (httpx.ReadError("reset"), "the connection failed (reset)"),
        (
            httpx.Response(200, json={"token": "x"}),
            "the token endpoint answered 200 OK without a valid access_token",
        ),
        (
            httpx.Response(200, text="<html>"),
            "the token endpoint answered 200 OK without a valid access_token",
        ),
    ],
)
async def test_a_failing_endpoint_is_retried(answer: httpx.Response | Exception, reason: str) -> None:
    """A failure that may be temporary is tried max_attempts times; the error describes the last attempt."""
    server = Server(answer, answer)
    async with fetching(server.router, {**CLIENT, "max_attempts": "3"}) as fetch:
        await fetch.fetch()
    assert (len(server.forms), fetch.progress.retries) == (3, 2)

    error = await failure(Server(answer, answer, answer), {**CLIENT, "max_attempts": "3"})
    assert f"returned no access token after 3 attempts: {reason}. Check" in str(error)


@pytest.mark.asyncio
async def test_a_token_request_passes_the_gate() -> None:
    """A pause that the token endpoint asks for applies to requests for the API too."""
    server = Server(httpx.Response(429, headers={"retry-after": "7"}))
    async with fetching(server.router, CLIENT) as fetch:
        with anyio.move_on_after(0.01):
            await fetch.fetch()

        assert (len(server.forms), server.sent) == (1, [])
        assert fetch.progress.paused_seconds == 7.0
        fetch.clock.now = 7.0
        await fetch.fetch()
        assert server.sent == ["token1"]


@pytest.mark.asyncio
async def test_no_token_is_shown() -> None:
    """The repr of the credentials and of their parts shows no token."""
    server = Server()
    async with fetching(server.router, REFRESH) as fetch:
        await fetch.fetch()

    auth = fetch.auth
    shown = repr(vars(auth)) + repr(auth)
    assert "Token(" in shown
    assert "token1" not in shown
