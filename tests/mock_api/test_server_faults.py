"""Faults, limits, and OAuth over real connections."""

import json
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from mock_api import Api, Behavior, Faults, Source
from mock_api.server import build_app
from mock_api.service import Service
from tests.mock_api.serving import running

pytestmark = pytest.mark.process

# Each test has a company of its own, so that the tests may run in any order.
FAULTS = (
    "c000001#1=reset,c000002#1=reset-body,c000003#1=truncated,c000004#1=oversize,c000004#2=oversize,"
    "c000005#1=hang,c000006#1=slow-body"
)
NUMBERS = ("--oversize-mb", "20", "--slow-seconds", "1", "--hang-seconds", "30")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running("--companies", "9", "--departments", "5", "--faults", FAULTS, *NUMBERS) as (_, url):
        yield url


def departments(url: str, company: int) -> str:
    return f"{url}/companies/c00000{company}/departments"


def stats(url: str) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.get(f"{url}/_stats").json()
    return answer


def connected(url: str) -> socket.socket:
    """A connection on which the URL has been asked for."""
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname, parts.port or 0), timeout=10)
    connection.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    return connection


def received_until_reset(connection: socket.socket) -> bytes:
    got = b""
    try:
        while piece := connection.recv(65_536):
            got += piece
    except ConnectionResetError:
        return got
    raise AssertionError("the connection ended without a reset")


def test_a_reset_is_a_real_one(url: str) -> None:
    """The connection is reset before any byte of the answer, and the next request is answered."""
    with connected(departments(url, 1)) as connection:
        assert received_until_reset(connection) == b""

    assert httpx.get(departments(url, 1)).json()["total_items"] == 5
    assert stats(url)["faults"]["reset"] == 1


def test_a_reset_halfway(url: str) -> None:
    """The head and half of the body arrive, and then the connection is reset."""
    with connected(departments(url, 2)) as connection:
        got = received_until_reset(connection)

    whole = httpx.get(departments(url, 2)).content
    head, _, half = got.partition(b"\r\n\r\n")
    assert f"content-length: {len(whole)}".encode() in head.splitlines()
    assert half == whole[: -(-len(whole) // 2)]


def test_a_truncated_body_is_a_complete_answer(url: str) -> None:
    """The transfer is complete, but the body is not valid JSON."""
    answer = httpx.get(departments(url, 3))

    assert (answer.status_code, answer.headers["Content-Length"]) == (200, str(len(answer.content)))
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_an_oversize_body_is_small_on_the_wire(url: str) -> None:
    """A caller that accepts gzip gets a small compressed body, any other the same body in full."""
    with httpx.stream("GET", departments(url, 4)) as packed:
        size = sum(map(len, packed.iter_bytes()))
    plain = httpx.get(departments(url, 4), headers={"Accept-Encoding": "identity"})

    assert packed.num_bytes_downloaded < 200_000
    assert size == len(plain.content) > 19_000_000


def test_a_hang_ends_when_the_client_leaves(url: str) -> None:
    """A request that hangs is in flight while its caller waits, and no longer."""
    with connected(departments(url, 5)):
        wait_for(url, in_flight=1)
    wait_for(url, in_flight=0)

    assert stats(url)["faults"]["hang"] == 1


def wait_for(url: str, *, in_flight: int) -> None:
    give_up = time.monotonic() + 10
    while stats(url)["in_flight"].get("departments", 0) != in_flight:
        assert time.monotonic() < give_up


def test_a_slow_body_comes_bit_by_bit(url: str) -> None:
    """The head of a slow answer arrives at once, and the end of its body about a second later."""
    with httpx.stream("GET", departments(url, 6)) as response:
        began = time.monotonic()
        response.read()

    assert 0.9 < time.monotonic() - began < 10
    assert response.json()["total_items"] == 5


def test_a_hang_that_nobody_waits_out_ends_in_a_reset() -> None:
    """After its time, a request that hangs is reset, which is not an error of the server."""
    with running("--companies", "1", "--faults", "*#1=hang", "--hang-seconds", "0") as (process, url):
        with connected(f"{url}/companies") as connection:
            assert received_until_reset(connection) == b""
        process.terminate()
        stdout, stderr = process.communicate(timeout=20)

    assert (process.returncode, stdout, stderr) == (0, "", "")


def test_limits() -> None:
    """Above the rate, the server answers 429 with the time to wait, and counts the refusal."""
    with running("--companies", "1", "--rps", "0.2", "--burst", "2", "--limit-headers", "retry-after") as (_, url):
        answers = [httpx.get(f"{url}/companies") for _ in range(3)]
        refused = stats(url)["refused"]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["Retry-After"] in {"4", "5"}
    assert refused == {"rps": 1}


def test_oauth() -> None:
    """The server issues tokens, requires them, and can revoke all of them."""
    options = ("--oauth", "client:secret", "--token-seconds", "60", "--refresh-token", "first")
    form = {"grant_type": "refresh_token", "refresh_token": "first"}
    with running("--companies", "1", *options) as (_, url), httpx.Client(base_url=url) as http:
        before = http.get("/companies")
        token = http.post("/oauth/token", data=form, auth=("client", "secret"))
        headers = {"Authorization": f"Bearer {token.json()['access_token']}"}
        after = http.get("/companies", headers=headers)
        revoked = http.post("/oauth/revoke-all")
        too_late = http.get("/companies", headers=headers)
        requests = stats(url)["requests"]

    assert [answer.status_code for answer in (before, token, after, revoked, too_late)] == [401, 200, 200, 204, 401]
    assert (token.json()["expires_in"], token.json()["token_type"]) == (60, "Bearer")
    assert requests == {"companies": 3, "token": 1, "total": 4}


@pytest.mark.asyncio
async def test_a_reset_needs_our_server() -> None:
    """Under a server that does not hand the app its connection, a reset is an error in the app."""
    app = build_app(Service(Api(Source()), Behavior(faults=Faults.parse("*#1=reset"))))

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api.test") as http:
        with pytest.raises(ConnectionResetError):
            await http.get("/companies")
