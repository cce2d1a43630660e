"""What others write of a failure, and what is cut or quoted, holds no secret and no record's value either."""

import json

import pytest

from tests.helpers.echoing import LIMITS, configured, page
from tests.helpers.leaks import PROOFS
from tests.helpers.wire_server import Seen, http, synced, wire_server


@pytest.mark.asyncio
async def test_the_query_of_a_next_url_is_not_shown_where_the_connection_fails() -> None:
    """A next URL may be signed by the API: its query is hidden from the text of a broken exchange too."""

    def answer(seen: Seen) -> bytes:
        return page(next="/companies?signature=s1gned") if "s1gned" not in seen.target else b"HTTP/1.1 what\r\n\r\n"

    async with wire_server(answer) as server:
        ended = await synced({"base_url": server.url, **LIMITS})

    assert "/companies?signature=..." in ended.text
    assert "s1gned" not in ended.shown


@pytest.mark.asyncio
async def test_a_broken_answer_is_not_quoted() -> None:
    """No value of a record gets into the text of an answer that breaks off in its middle."""
    body = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{"data": [{"salary": "va1ue"\r\n\r\n'
    async with wire_server(body) as server:
        ended = await synced({"base_url": server.url, **LIMITS})

    assert "the connection failed" in ended.text
    assert "va1ue" not in ended.shown


@pytest.mark.asyncio
async def test_a_secret_is_hidden_before_a_text_is_cut() -> None:
    """What the token endpoint says is cut after 200 characters, and half a secret is one as well."""
    proof = PROOFS["client_secret"]
    said = "x" * 190 + proof.secrets[0]
    async with wire_server(http(json.dumps({"error": "e", "error_description": said}), "400 No")) as server:
        ended = await synced(configured(proof, server))

    assert "xxxx" in ended.text
    assert "cl1ent" not in ended.shown


@pytest.mark.asyncio
async def test_awkward_secrets_are_hidden_where_a_text_is_quoted() -> None:
    """A secret with quotes, a backslash or accents is found in the repr of a broken answer too."""
    password = 'it\'s "pä\\ss" mark'
    configuration = {"auth": "basic", "username": "user-name", "password": password, **LIMITS}
    async with wire_server(b"HTTP/1.1 200 OK\r\n" + password.encode() + b"\x00\r\n\r\n") as server:
        ended = await synced({"base_url": server.url, **configuration})

    assert "the connection failed" in ended.text
    assert [part for part in (password, "mark", "\\\\ss", "it\\'s") if part in ended.shown] == []


@pytest.mark.asyncio
@pytest.mark.parametrize("password", ["page", "1", "a", "names", "API", "companies", "localhost"])
async def test_our_own_words_stay_readable_where_a_password_is_one_of_them(password: str) -> None:
    """What the API throws back is hidden, and what we say around it is not, even where the secret is a word of ours."""
    body = json.dumps({"message": f"no: {password}, {password}!"})
    configuration = {"auth": "basic", "username": "me", "password": password, **LIMITS}
    async with wire_server(http(body, "403 Forbidden")) as server:
        ended = await synced({"base_url": server.url, **configuration})

    assert 'the API answered 403 Forbidden, and said "no: [secret], [secret]!". Check auth and its' in ended.text
    assert ended.text.startswith(f"GET {server.url}/")
    assert "Sync begins: company, department from http://localhost" in ended.destination.lines[0]
    assert "[secret]" not in "".join(ended.destination.lines)


@pytest.mark.asyncio
async def test_a_user_name_is_no_secret() -> None:
    """A user name that is a part of our words, or of the API's, is left in both."""
    body = json.dumps({"message": "me has no access to names"})
    async with wire_server(http(body, "403 Forbidden")) as server:
        configuration = {"auth": "basic", "username": "me", "password": "hunter2", **LIMITS}
        ended = await synced({"base_url": server.url, **configuration})

    assert 'said "me has no access to names"' in ended.text
    assert "[secret]" not in ended.text
