"""What the network transport does when an exchange breaks off or never ends."""

import gzip
from collections.abc import Awaitable, Callable

import anyio
import httpx
import pytest
from anyio.abc import SocketStream

from async_sync.errors.lists import RequestError
from async_sync.errors.source import UnhealthyError
from async_sync.http.transport import network_transport
from tests.helpers.fetching import fetching
from tests.helpers.loopback import JSON_ANSWER, close, loopback, reset, then
from tests.helpers.parts import LoopClock, parse

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
GZIP = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
HALF = gzip.compress(b"[1]")[:-12]


async def hang(stream: SocketStream) -> None:
    await anyio.sleep_forever()


async def drip(stream: SocketStream) -> None:
    while True:
        await stream.send(b" ")
        await anyio.sleep(0.002)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("fault", "sent"),
    [
        # aiohttp retries once by itself, since a server may close a connection just when it is reused (RFC 9112).
        pytest.param(reset, 2, id="reset before the answer"),
        pytest.param(close, 2, id="closed before the answer"),
        pytest.param(then(b"HTTP/1.1 200 O", reset), 2, id="reset inside the head"),
        pytest.param(then(b"HTTP/1.1 200 O", close), 2, id="closed inside the head"),
        pytest.param(then(HEAD + b"[", reset), 1, id="reset inside the body"),
        pytest.param(then(HEAD + b"[", close), 1, id="closed inside the body"),
        pytest.param(then(CHUNKED + b"5\r\n[", close), 1, id="closed inside a chunk"),
        pytest.param(then(CHUNKED + b"1\r\n[\r\n", close), 1, id="closed before the last chunk"),
        pytest.param(then(CHUNKED + b"x\r\n", close), 1, id="garbled chunk"),
        pytest.param(then(b"HTTP/1.1 twohundred\r\n\r\n", close), 1, id="garbled status"),
        pytest.param(then(b"\x16\x03\x01\x02", close), 1, id="not HTTP"),
        pytest.param(then(GZIP % len(HALF) + HALF, close), 1, id="truncated gzip"),
        pytest.param(then(GZIP % 5 + b"plain", close), 1, id="no gzip"),
    ],
)
async def test_a_broken_exchange_is_retried(fault: Callable[[SocketStream], Awaitable[None]], sent: int) -> None:
    """An exchange that breaks off, at whatever point, is retried on another connection."""
    faults = [fault] * 2 * sent
    async with loopback(*faults, JSON_ANSWER) as server, fetching(None, {"base_url": server.url}) as fetch:
        assert (await fetch.fetch(f"{server.url}/companies")).body == []
        assert (len(server.heads), fetch.progress.requests) == (2 * sent + 1, 3)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(hang, id="no answer"),
        pytest.param(then(HEAD, hang), id="no body"),
        pytest.param(then(b"HTTP/1.1 200 OK\r\nX: ", drip), id="dripping head"),
        pytest.param(then(CHUNKED.replace(b"Transfer-Encoding: chunked", b"X: 1"), drip), id="dripping body"),
    ],
)
async def test_an_answer_that_never_ends(fault: Callable[[SocketStream], Awaitable[None]]) -> None:
    """timeout_seconds limits an attempt as a whole, even if parts of the answer keep coming."""
    async with loopback(fault) as server:
        configuration = {"base_url": server.url, "timeout_seconds": "0.05", "max_attempts": "2"}
        async with fetching(None, configuration) as fetch:
            with pytest.raises(RequestError, match=r"failed after 2 attempts: no complete answer within 0\.05 s"):
                await fetch.fetch(f"{server.url}/companies")
            assert fetch.progress.requests == 2


@pytest.mark.asyncio
async def test_no_server_listens() -> None:
    """A refused connection is retried for outage_seconds, and the error says where it failed."""
    async with loopback() as server:
        url = server.url

    async with fetching(None, {"base_url": url, "outage_seconds": "0.05"}, LoopClock()) as fetch:
        with pytest.raises(UnhealthyError) as caught:
            await fetch.fetch(f"{url}/companies")

    assert fetch.progress.retries > 0
    assert f"the connection failed (Cannot connect to host localhost:{server.port}" in str(caught.value)


@pytest.mark.asyncio
async def test_a_connection_that_was_closed_while_idle() -> None:
    """A connection that the server closed while it was idle is not reused."""
    closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n[]"

    async with loopback(then(closing, close)) as server, fetching(None, {"base_url": server.url}) as fetch:
        for _ in range(3):
            await fetch.fetch(f"{server.url}/companies")

    assert fetch.progress.retries == 0


async def _raised_by(url: str) -> httpx.TransportError:
    transport = network_transport(parse(), url)
    try:
        with pytest.raises(httpx.TransportError) as caught:
            await transport.handle_async_request(httpx.Request("GET", f"{url}/companies?key=hunter2"))
    finally:
        await transport.aclose()
    return caught.value


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        pytest.param(reset, httpx.ReadError, id="reset before the answer"),
        pytest.param(close, httpx.RemoteProtocolError, id="closed before the answer"),
        pytest.param(then(HEAD + b"[hunter2", close), httpx.RemoteProtocolError, id="closed inside the body"),
        pytest.param(then(HEAD + b"[hunter2", reset), httpx.RemoteProtocolError, id="reset inside the body"),
        pytest.param(then(CHUNKED + b"hunter2\r\n", close), httpx.RemoteProtocolError, id="garbled chunk"),
        pytest.param(then(b"HTTP/1.1 hunter2\r\n\r\n", close), httpx.RemoteProtocolError, id="garbled status"),
        pytest.param(then(GZIP % 7 + b"hunter2", close), httpx.RemoteProtocolError, id="no gzip"),
    ],
)
async def test_a_failure_is_an_error_of_httpx(
    fault: Callable[[SocketStream], Awaitable[None]], kind: type[httpx.TransportError]
) -> None:
    """The transport raises httpx's errors, which quote neither the URL nor what the server sent."""
    async with loopback(fault) as server:
        error = await _raised_by(server.url)

    assert type(error) is kind
    assert str(error)
    assert "hunter2" not in str(error)
    assert error.__cause__ is None


@pytest.mark.asyncio
async def test_a_connection_that_cannot_be_made() -> None:
    """A refused connection and an unknown host are ConnectErrors: nothing has been sent."""
    async with loopback() as server:
        url = server.url

    assert type(await _raised_by(url)) is httpx.ConnectError
    assert type(await _raised_by("http://nowhere.invalid")) is httpx.ConnectError
