"""A token endpoint that replaces the refresh token at each use, over two syncs."""

import json
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from async_sync.errors.source import TokenError
from async_sync.setup.tests import SetupTests
from tests.helpers.destination import MemoryDestination
from tests.helpers.streams import COMPANY
from tests.helpers.syncing import CONFIGURATION as USUAL
from tests.helpers.syncing import sync

FIVETRAN = {"fivetran_api_key": "k3y-of-fivetran", "fivetran_api_secret": "s3cret-of-fivetran"}
CONFIGURATION = {
    "auth": "oauth2",
    "token_url": "https://tokens.test/token",
    "client_id": "id",
    "refresh_token": "refresh-0-mark",
    "max_attempts": "1",
    "scope": " ",
}


class World:
    """The API, a token endpoint with single-use refresh tokens, and Fivetran, which keeps the configuration.

    `answers` come first from Fivetran.
    """

    def __init__(self, *answers: httpx.Response | Exception, **configuration: str) -> None:
        self.answers = list(answers)
        self.configuration = {**USUAL, **CONFIGURATION, **configuration}
        self.used = 0
        self.patches: list[httpx.Request] = []
        self.destination = MemoryDestination()

    def sync(self) -> None:
        sync(self.destination, httpx.MockTransport(self.answer), self.configuration)

    def answer(self, request: httpx.Request) -> httpx.Response:
        match request.url.host:
            case "tokens.test":
                return self._token(request)
            case "api.fivetran.com":
                return self._fivetran(request)
            case _:
                return httpx.Response(200, json=[])

    def _token(self, request: httpx.Request) -> httpx.Response:
        if dict(parse_qsl(request.content.decode()))["refresh_token"] != f"refresh-{self.used}-mark":
            return httpx.Response(400, json={"error": "invalid_grant"})
        self.used += 1
        return httpx.Response(200, json={"access_token": "access", "refresh_token": f"refresh-{self.used}-mark"})

    def _fivetran(self, request: httpx.Request) -> httpx.Response:
        self.patches.append(request)
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        changed = json.loads(request.content)
        assert changed.keys() == {"config", "run_setup_tests"}
        self.configuration = {pair["key"]: pair["value"] for pair in changed["config"]["secrets_list"]}
        return httpx.Response(200, json={"code": "Success"})


@pytest.fixture(autouse=True)
def connection_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIVETRAN_CONNECTION_ID", "silent_fish")


def test_the_new_one_is_kept_at_fivetran() -> None:
    """With Fivetran's API key, the next sync begins with the new refresh token, and nothing else has changed."""
    world = World(**FIVETRAN)
    before = dict(world.configuration)
    world.sync()
    world.sync()

    assert world.configuration == {**before, "refresh_token": "refresh-2-mark"}
    first = world.patches[0]
    assert (first.method, str(first.url)) == ("PATCH", "https://api.fivetran.com/v1/connections/silent_fish")
    assert first.headers["authorization"] == httpx.BasicAuth(*FIVETRAN.values())._auth_header
    assert first.headers["accept"] == "application/json;version=2"
    assert json.loads(first.content)["run_setup_tests"] is False
    assert world.destination.warnings == []


def test_without_a_key_the_warning_stays() -> None:
    """Without one, the sync warns and says how it could be kept, and the next sync fails."""
    world = World()
    world.sync()
    (warning,) = world.destination.warnings
    assert "is not kept: fivetran_api_key and fivetran_api_secret, with which it could be, are not set" in warning
    with pytest.raises(TokenError, match="invalid_grant"):
        world.sync()


def test_outside_of_fivetran_the_warning_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no connection runs, as in fivetran debug, there is no configuration to change."""
    monkeypatch.delenv("FIVETRAN_CONNECTION_ID")
    world = World(**FIVETRAN)
    world.sync()
    assert "is not kept: the environment has no FIVETRAN_CONNECTION_ID" in world.destination.warnings[0]


@pytest.mark.parametrize("fivetran", [{}, FIVETRAN])
def test_the_setup_tests_pass_it_on(fivetran: dict[str, str]) -> None:
    """Each setup test goes on with the refresh token that the one before has been given, as does the first sync."""
    world = World(**fivetran)
    tests = SetupTests([COMPANY], result=str, log=world.destination, transport=httpx.MockTransport(world.answer))
    before = dict(world.configuration)
    for test in (tests.settings_are_valid, tests.api_can_be_reached, tests.roots_can_be_read, tests.roots_can_be_read):
        assert test(before) == "None"
    assert world.used == 3
    if fivetran:
        world.sync()
    else:
        assert any("is not kept: fivetran_api_key" in line for line in world.destination.warnings)


@pytest.mark.parametrize(
    "answers",
    [
        [httpx.Response(503), httpx.Response(429)],
        [httpx.ConnectError("refresh-1-mark"), httpx.ReadError("")],
    ],
)
def test_a_hiccup_at_fivetran_is_retried(answers: list[Any]) -> None:
    """What may pass is tried again."""
    world = World(*answers, **FIVETRAN)
    world.sync()
    assert len(world.patches) == 3
    assert world.configuration["refresh_token"] == "refresh-1-mark"
    assert world.destination.warnings == []


@pytest.mark.parametrize(
    ("answers", "requests", "reason"),
    [
        (
            [httpx.Response(403, json={"code": "Forbidden", "message": "no k3y-of-fivetran"})],
            1,
            'is not kept: Fivetran\'s REST API answered 403 Forbidden, and said "no [secret]". The next sync',
        ),
        ([httpx.Response(500)] * 3, 3, "Fivetran's REST API answered 500 Internal Server Error. The next sync"),
        ([httpx.ConnectError("x")] * 3, 3, "Fivetran's REST API did not answer (ConnectError). The next sync"),
    ],
)
def test_what_fivetran_refuses_is_a_warning(answers: list[Any], requests: int, reason: str) -> None:
    """The sync goes on with the new token, and the warning says why it could not be kept."""
    world = World(*answers, **FIVETRAN)
    world.sync()
    assert len(world.patches) == requests
    (warning,) = world.destination.warnings
    assert reason in warning
    assert "mark" not in warning
    assert " 2 requests, 0 retries" in world.destination.lines[-1]
