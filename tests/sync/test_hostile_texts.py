"""What a hostile answer can put into the text of an error: little, and on one line."""

import json

import pytest

from async_sync.errors.lists import PageError, RequestError
from async_sync.errors.source import TokenError
from tests.helpers.wire_server import Ended, http, synced, wire_server


async def ended_with(answer: bytes) -> Ended:
    async with wire_server(answer) as server:
        return await synced({"base_url": server.url, "max_attempts": "2"})


@pytest.mark.asyncio
@pytest.mark.parametrize("reason", [b"Pas trouv\xe9", "Não".encode(), b"\xff\xfe", b""])
async def test_a_reason_phrase_of_any_bytes(reason: bytes) -> None:
    """A reason phrase that is not ASCII, or not even UTF-8, is one plain error as any other."""
    ended = await ended_with(b"HTTP/1.1 404 " + reason + b"\r\nContent-Length: 0\r\n\r\n")

    assert isinstance(ended.error, RequestError)
    assert " failed after 1 attempt: the API answered 404" in ended.text
    assert ended.text.endswith(". Check base_url and companies_path in configuration.json.")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"x" * 10**6: 1}, id="one long name"),
        pytest.param(dict.fromkeys(map(str, range(10**5)), 1), id="many names"),
        pytest.param([{"x" * 10**6: 1}], id="a record's long name"),
        pytest.param([dict.fromkeys(map(str, range(10**5)), 1)], id="a record's many names"),
    ],
)
async def test_an_error_does_not_repeat_a_whole_answer(body: object) -> None:
    """The text of an error stays short enough for a log, however much an answer would put into it."""
    ended = await ended_with(http(json.dumps(body)))

    assert ended.error is not None
    assert len(ended.text) < 10_000


@pytest.mark.asyncio
async def test_names_of_fields_forge_no_line_of_the_log() -> None:
    """An answer's names are told on one line: with a line end of their own they could pass for another message."""
    ended = await ended_with(http(json.dumps({"x\nSEVERE: all is lost": 1})))

    assert isinstance(ended.error, PageError)
    assert "all is lost" in ended.text
    assert "\n" not in ended.text


@pytest.mark.asyncio
@pytest.mark.parametrize("token", ["a\r\nX-Admin: 1", "a\nb", "a\x00b", "", " "])
async def test_an_access_token_that_cannot_be_sent(token: str) -> None:
    """A token with a line end or a NUL, or an empty one, is the token endpoint's fault, and no header is forged."""
    granted = http(json.dumps({"access_token": token}))
    own = {"auth": "oauth2", "client_id": "client-7", "client_secret": "hunter2"}
    async with wire_server(http()) as server, wire_server(granted) as tokens:
        ended = await synced({"base_url": server.url, "token_url": f"{tokens.url}/token", "max_attempts": "1", **own})

    assert isinstance(ended.error, TokenError)
    assert "without a valid access_token" in ended.text
    assert server.seen == []
