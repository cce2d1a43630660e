"""Credentials that the connector's code brings, through whole syncs and the setup tests."""

import re
from collections.abc import AsyncGenerator, Generator, Mapping
from typing import Any

import httpx
import pytest
from httpx_auth import AWS4Auth

from async_sync import ConfigurationError, ConfigurationKey, SinglePage, Stream, run_sync, setup_form
from async_sync.errors.base import FatalError
from async_sync.errors.source import AuthError
from async_sync.setup.tests import SetupTests
from tests.helpers.destination import MemoryDestination
from tests.helpers.syncing import CONFIGURATION
from tests.helpers.verifying import DigestServer, is_signed
from tests.helpers.wire_server import Seen, http, synced, wire_server

ITEM = Stream(table="item", path="/items", primary_key=["id"], columns={}, cursor_field=None, pagination=SinglePage())
KEYS = [ConfigurationKey("access_id"), ConfigurationKey("secret_key", secret=True)]
SECRET = "s3cr3t/aws+key"


def aws(configuration: Mapping[str, str]) -> httpx.Auth:
    return AWS4Auth(configuration["access_id"], configuration["secret_key"], "eu-west-1", "execute-api")


def run(answer: Any, auth: Any, configuration: Mapping[str, str] = {}) -> MemoryDestination:
    destination = MemoryDestination(keys={"item": ("id",)})
    run_sync(
        {**CONFIGURATION, "max_attempts": "1", "outage_seconds": "0.05", **configuration},
        {},
        streams=[ITEM],
        keys=KEYS if "access_id" in configuration else [],
        auth=auth,
        destination=destination,
        transport=httpx.MockTransport(answer),
    )
    return destination


def items(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json=[{"id": 1}])


def page(seen: Seen) -> bytes:
    company = '[{"company_id": "c1", "updated_at": "2026-01-01T00:00:00+00:00"}]'
    return http("[]" if "departments" in seen.target else company)


@pytest.mark.asyncio
async def test_requests_that_a_package_signs() -> None:
    """An auth of the ecosystem signs each request exactly as it arrives: a server verifies all signatures (AWS)."""
    verdicts: list[bool] = []

    def verify(seen: Seen) -> bytes:
        verdicts.append(is_signed(seen, secret_key=SECRET))
        return page(seen) if verdicts[-1] else http("{}", "403 Forbidden")

    auth = AWS4Auth("AKIDEXAMPLE", SECRET, "eu-west-1", "execute-api")
    async with wire_server(verify) as server:
        first = await synced({"base_url": server.url}, auth=auth)
        second = await synced({"base_url": server.url}, first.destination, auth=auth)

    assert (first.error, second.error) == (None, None)
    assert any("updated_since=" in target for target in server.targets)
    assert verdicts == [True] * 4


@pytest.mark.asyncio
async def test_a_wrong_signature_is_refused() -> None:
    """A server that verifies refuses another key, and the sync ends with what it answers."""
    auth = AWS4Auth("AKIDEXAMPLE", "another", "eu-west-1", "execute-api")
    async with wire_server(
        lambda seen: page(seen) if is_signed(seen, secret_key=SECRET) else http("{}", "403 Forbidden")
    ) as server:
        ended = await synced({"base_url": server.url}, auth=auth)
    assert "403 Forbidden" in ended.text


@pytest.mark.asyncio
async def test_a_challenge_is_answered() -> None:
    """The answer to a challenge (HTTP Digest) is a request that counts, also when a nonce is used up."""
    verify = DigestServer("Ann", "hunter2-password", page, uses=1)
    async with wire_server(verify) as server:
        ended = await synced({"base_url": server.url}, auth=httpx.DigestAuth("Ann", "hunter2-password"))

    assert ended.error is None
    assert ended.destination.rows("company").keys() == {("c1",)}
    assert (len(server.seen), verify.challenges) == (4, 2)
    assert " 4 requests, 0 retries" in ended.destination.lines[-1]


class Exchange(httpx.Auth):
    """Exchanges a key for a token, in its flow, before the first request."""

    def __init__(self, key: str) -> None:
        self.secrets = [key]
        self.token = ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if not self.token:
            answer = yield httpx.Request("POST", "http://tokens.test/exchange", content=self.secrets[0])
            self.token = answer.json()["token"]
            self.secrets.append(self.token)
        request.headers["X-Token"] = self.token
        yield request


def test_what_an_auth_names_is_hidden() -> None:
    """What an auth lists as its `secrets` is nowhere to be seen, also what it comes to know during the sync."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "tokens.test":
            return httpx.Response(200, json={"token": "t0ken-of-the-day"})
        echo = f"{request.headers['X-Token']} and k3y-of-the-year"
        return httpx.Response(403, json={"error": echo})

    with pytest.raises(Exception, match=r'403 Forbidden, and said "\[secret\] and \[secret\]"'):
        run(answer, Exchange("k3y-of-the-year"))


@pytest.mark.parametrize("fails", [True, False])
def test_what_an_auth_comes_to_know_by_itself_is_hidden(fails: bool) -> None:
    """A secret that an auth names only later is hidden as well, in its own errors and in the API's."""

    class OwnClient(httpx.Auth):
        def __init__(self) -> None:
            self.secrets: list[str] = []

        async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
            self.secrets.append("t0ken-of-the-day")
            if fails:
                raise RuntimeError("x" * 188 + " t0ken-of-the-day")  # it is cut, and half a secret is a secret
            yield request

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(403, json={"error": "t0ken-of-the-day"})

    with pytest.raises(FatalError, match=r'RuntimeError: x+ \[secret\]\.|said "\[secret\]"'):
        run(answer, OwnClient())


def test_a_request_on_the_way_that_fails_is_retried() -> None:
    """If a request of the flow fails, the attempt has failed, and the next one begins the flow anew."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        if request.url.host != "tokens.test":
            return items(request)
        return httpx.Response(503, text="busy") if len(asked) == 1 else httpx.Response(200, json={"token": "t"})

    destination = run(answer, Exchange("k3y-of-the-year"), {"max_attempts": "2", "outage_seconds": "60"})
    assert asked == ["tokens.test", "tokens.test", "localhost"]
    assert destination.rows("item").keys() == {("1",)}
    assert " 3 requests, 1 retry" in destination.lines[-1]


def test_an_auth_that_fails() -> None:
    """What an auth raises ends the sync, quoted without its secrets; the error says where it comes from."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"k3y-of-the-year": 1})

    with pytest.raises(AuthError, match=r"^No credentials for http://localhost/items: Exchange, the auth") as caught:
        run(answer, Exchange("k3y-of-the-year"))
    assert "failed with KeyError: 'token'. Check the credentials" in str(caught.value)

    class Revealing(httpx.Auth):
        secrets = ("k3y-of-the-year",)

        async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
            raise RuntimeError("k3y-of-the-year")
            yield request

    with pytest.raises(AuthError, match=r"Revealing, .* failed with RuntimeError: \[secret\]\. Check"):
        run(answer, Revealing())


def test_an_auth_from_the_configuration() -> None:
    """A function of the configuration makes the credentials, of keys of the connector's own or any others."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return items(request)

    run(answer, aws, {"access_id": "AKIDEXAMPLE", "secret_key": SECRET})
    run(
        answer,
        lambda given: httpx.BasicAuth(given["username"], given["password"]),
        {"username": " a ", "password": "b", "scope": " "},
    )
    assert asked[0].headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert asked[1].headers["authorization"] == "Basic YTpi"


@pytest.mark.parametrize(
    ("configuration", "problem"),
    [
        ({"password": "b"}, "username: is missing; auth in connector.py needs it"),
        (
            {"username": "fail", "password": "hunter2-hunter2"},
            r"auth: the function .* failed with ValueError: \[secret\]",
        ),
        ({"username": "short", "password": "b"}, "auth: the function in connector.py failed with KeyError$"),
        ({"username": "a", "auth": "basic", "password": "b"}, "auth: must be blank, since connector.py declares how"),
    ],
)
def test_an_auth_that_the_configuration_does_not_suffice_for(configuration: dict[str, str], problem: str) -> None:
    """The error names the key that is missing, or what is wrong, before the first request and in the setup tests."""

    def declared(given: Mapping[str, str]) -> httpx.Auth:
        user = given["username"]
        if user == "fail":
            raise ValueError(given["password"])
        if user == "short":
            raise KeyError
        return httpx.BasicAuth(user, given["password"])

    with pytest.raises(ConfigurationError, match=problem):
        run(items, declared, configuration)

    tests = SetupTests([ITEM], auth=declared, result=str, log=MemoryDestination(), transport=httpx.MockTransport(items))
    assert re.search(problem, tests.settings_are_valid({**CONFIGURATION, **configuration}))


def test_the_setup_tests_use_it() -> None:
    """The setup tests ask with the same credentials as a sync."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["authorization"])
        return items(request)

    log = MemoryDestination()
    tests = SetupTests([ITEM], auth=aws, keys=KEYS, result=str, log=log, transport=httpx.MockTransport(answer))
    assert tests.roots_can_be_read({**CONFIGURATION, "access_id": "AKIDEXAMPLE", "secret_key": SECRET}) == "None"
    assert asked[0].startswith("AWS4-HMAC-SHA256")
    assert setup_form(streams=[ITEM], keys=KEYS, auth=aws).to_response().fields


@pytest.mark.parametrize(
    ("auth", "problem"),
    [
        (("a", "b"), "auth: must be an httpx.Auth or .*, or a function from the configuration to one, not tuple"),
        (lambda _: None, "auth: the function must return an httpx.Auth or a SessionAuth, not NoneType"),
    ],
)
def test_what_is_not_an_auth(auth: Any, problem: str) -> None:
    """Anything else is refused before the first request, and the error says what to write."""
    with pytest.raises(ValueError, match=problem):
        run(items, auth)
