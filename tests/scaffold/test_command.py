"""The command: its files, its credentials, and what it refuses."""

import base64
import json
from pathlib import Path

import anyio
import pytest

from scaffold.__main__ import main
from scaffold.credentials import one_of, taken_from
from tests.helpers.wire_server import Seen, http, wire_server

BASIC = base64.b64encode(b"me:secret").decode()


@pytest.mark.parametrize(
    ("arguments", "keys", "sent"),
    [
        ([], {}, None),
        (["--token", "t0ken"], {"auth": "bearer", "api_token": "t0ken"}, "Bearer t0ken"),
        (
            ["--header", f"Authorization: Basic {BASIC}"],
            {"auth": "basic", "username": "me", "password": "secret"},
            f"Basic {BASIC}",
        ),
        (
            ["--header", "Authorization: Token abc"],
            {"auth": "api_key", "api_key_header": "Authorization", "api_key": "Token abc"},
            "Token abc",
        ),
    ],
)
def test_credentials_are_sent_and_kept_in_the_configuration(
    arguments: list[str], keys: dict[str, str], sent: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are in configuration.json, as the connector sends them, and never in connector.py."""
    seen: list[Seen] = []

    def answer(request: Seen) -> bytes:
        seen.append(request)
        return http(json.dumps([{"id": 1}]))

    async def run() -> int:
        async with wire_server(answer) as server:
            given = [f"{server.url}/companies", "--into", str(tmp_path / "new"), *arguments]
            return await anyio.to_thread.run_sync(main, given)

    assert anyio.run(run) == 0
    assert {request.headers.get("authorization") for request in seen} == {sent}
    configuration = json.loads((tmp_path / "new" / "configuration.json").read_text())
    assert keys.items() <= configuration.items()
    text = (tmp_path / "new" / "connector.py").read_text()
    assert not any(secret in text for secret in ("t0ken", "secret", BASIC, "Token abc"))
    assert f"Wrote {tmp_path / 'new'}/connector.py and configuration.json, after 1 requests." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("secret", "HEADER is not a header: write it as HEADER='Name: value'."),
        ("Authorization: Basic §", "HEADER has Basic credentials that are not base64 of user:password."),
    ],
)
def test_a_header_that_is_none(header: str, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is refused before anything is asked for."""
    assert main(["https://api.test/x", "--header", header, "--into", str(tmp_path)]) == 2
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize(
    ("query", "user", "keys"),
    [
        ("?limit=2&api_key=hunter2", "", {"auth": "api_key", "api_key_param": "api_key", "api_key": "hunter2"}),
        ("?limit=2", "me:hunter2@", {"auth": "basic", "username": "me", "password": "hunter2"}),
    ],
)
def test_credentials_in_the_url_are_kept_in_the_configuration(
    query: str, user: str, keys: dict[str, str], tmp_path: Path
) -> None:
    """They are sent with each request, and stay out of connector.py, of the path and of base_url."""
    seen: list[Seen] = []

    def answer(request: Seen) -> bytes:
        seen.append(request)
        return http(json.dumps([{"id": 1}]))

    async def run() -> int:
        async with wire_server(answer) as server:
            url = server.url.replace("://", f"://{user}") + "/companies"
            return await anyio.to_thread.run_sync(main, [url + query, "--into", str(tmp_path / "new")])

    assert anyio.run(run) == 0
    assert all("api_key=hunter2" in one.target or "authorization" in one.headers for one in seen)
    configuration = json.loads((tmp_path / "new" / "configuration.json").read_text())
    assert keys.items() <= configuration.items()
    assert "hunter2" not in configuration["base_url"]
    assert "hunter2" not in (tmp_path / "new" / "connector.py").read_text()


def test_the_same_credentials_in_both_urls_are_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Different ones are refused, without being shown, as a connector sends one."""
    _, above = taken_from("https://api.test/x?api_key=hunter2")
    assert one_of("", "", above * 2) == above[0]
    given = ["https://api.test/x?api_key=hunter2", "--token", "t0ken", "--into", str(tmp_path)]
    assert main(given) == 2
    said = capsys.readouterr().err
    assert "There are several credentials (Authorization, api_key), and a connector sends one" in said
    assert "hunter2" not in said
    assert "t0ken" not in said


@pytest.mark.parametrize("query", ["page_token=a", "sort_key=id", "api_key=", "limit=2"])
def test_what_is_no_credential_stays_in_the_url(query: str) -> None:
    """A position or an order may be named like one."""
    assert taken_from(f"https://api.test/x?{query}") == (f"https://api.test/x?{query}", [])


@pytest.mark.parametrize("name", ["connector.py", "configuration.json"])
def test_no_file_is_overwritten(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody may have worked on it."""
    (tmp_path / name).write_text("mine")
    assert main(["https://api.test/x", "--into", str(tmp_path)]) == 2
    assert f"{name} exists already: move it away, or name another folder with INTO=..." in capsys.readouterr().err
    assert (tmp_path / name).read_text() == "mine"


@pytest.mark.parametrize("url", ["http://[x/companies", "", "companies", "ftp://api.test/companies"])
def test_a_url_that_is_none(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is one sentence, and no traceback, which says what to give."""
    assert main([url, "--into", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("make connector: Give the URL of a list, such as URL=https://api.exam")
