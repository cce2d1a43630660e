"""A server that means harm, or is broken beyond measure: a clear error, in bounded time and memory."""

import json
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import anyio
import pytest
from anyio.abc import ByteStream, SocketAttribute

from async_sync.errors.lists import PaginationError, RequestError
from async_sync.errors.source import WaitError
from async_sync.pagination.positions import MAX_EMPTY_PAGES
from tests.helpers.wire_server import Answer, Seen, http, synced, wire_server

FIRST = "/companies?order_by=updated_at&order_type=asc&limit=100"
AGAIN = "What was read before is saved, and the next sync continues from there. If it happens again, "
RESUME = f"{AGAIN}see whether the API is up, lower max_concurrency, or raise timeout_seconds or max_attempts."
LATE = f"{AGAIN}lower page_size or max_concurrency, or raise timeout_seconds."
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n"
MEGABYTE = b" " * 10**6


class Flood:
    """Sends without end, or until somebody hangs up, and counts the bytes."""

    def __init__(self, head: bytes, part: bytes, times: int = 1000) -> None:
        self.head, self.part, self.times = head, part, times
        self.sent = 0

    async def __call__(self, stream: ByteStream) -> None:
        await stream.send(self.head)
        for _ in range(self.times):
            await stream.send(self.part)
            self.sent += len(self.part)


def bomb(megabytes: int, wbits: int) -> bytes:
    """So many megabytes, in a thousandth of that."""
    packer = zlib.compressobj(wbits=wbits)
    return b"".join([packer.compress(b"["), *(packer.compress(MEGABYTE) for _ in range(megabytes)), packer.flush()])


async def refused(respond: Callable[[Seen], Answer] | bytes, **more: str) -> str:
    """The text of the RequestError of a sync of two attempts, without where the server was."""
    async with wire_server(respond) as server:
        ended = await synced({"base_url": server.url, "max_attempts": "2", "timeout_seconds": "5", **more})
    assert isinstance(ended.error, RequestError)
    return ended.text.replace(server.url, "")


@contextmanager
def peak_of(max_bytes: float) -> Iterator[None]:
    """No more memory is taken inside the block, by client and server together."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < max_bytes
    finally:
        tracemalloc.stop()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "flood",
    [
        pytest.param(lambda: Flood(HEAD + b"Content-Length: 1000000000\r\n\r\n", MEGABYTE), id="plain"),
        pytest.param(lambda: Flood(CHUNKED + b"\r\n", b"f4240\r\n" + MEGABYTE + b"\r\n"), id="chunked"),
        pytest.param(lambda: Flood(HEAD + b"\r\n", MEGABYTE), id="endless"),
    ],
)
async def test_an_answer_that_is_too_large(flood: Callable[[], Flood]) -> None:
    """No more is read than max_response_mb; then the connection is closed, and the error says what to do about it."""
    floods: list[Flood] = []

    def respond(_: Seen) -> Flood:
        floods.append(flood())
        return floods[-1]

    with peak_of(15e6):
        text = await refused(respond, max_response_mb="2")

    assert text == (
        f"GET {FIRST} failed after 2 attempts: the answer is larger than max_response_mb (2). Lower page_size, or "
        "raise max_response_mb in configuration.json."
    )
    assert len(floods) == 2
    assert max(one.sent for one in floods) < 20e6  # what the kernel's buffers hold is sent, but not read


@pytest.mark.asyncio
@pytest.mark.parametrize(("encoding", "wbits"), [("gzip", 31), ("deflate", 15)])
async def test_a_bomb(encoding: str, wbits: int) -> None:
    """What counts is the size after decompression, and a bomb is never unpacked as a whole."""
    packed = bomb(100, wbits)
    assert len(packed) < 0.2e6
    with peak_of(15e6):
        text = await refused(http(packed, "200 OK", f"Content-Encoding: {encoding}"), max_response_mb="2")

    assert text == (
        f"GET {FIRST} failed after 2 attempts: the answer is larger than max_response_mb (2). Lower page_size, or "
        "raise max_response_mb in configuration.json."
    )


@pytest.mark.asyncio
async def test_an_answer_just_small_enough() -> None:
    """Exactly max_response_mb is allowed, compressed or not."""
    body = b"[" + b" " * 999_998 + b"]"
    for answer in (http(body), http(zlib.compress(body), "200 OK", "Content-Encoding: deflate")):
        async with wire_server(answer) as server:
            assert (await synced({"base_url": server.url, "max_response_mb": "1"})).error is None
            assert (
                "max_response_mb (0.999999)"
                in (await synced({"base_url": server.url, "max_response_mb": "0.999999", "max_attempts": "1"})).text
            )


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "body", ["[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000]
)
async def test_json_nested_too_deep(body: str) -> None:
    """JSON of any depth ends in an error, not in a crash of the interpreter."""
    assert await refused(http(body)) == (
        f"GET {FIRST} failed after 2 attempts: the answer is not complete, valid JSON (maximum recursion depth "
        f"exceeded while deserializing an object; no content type). {RESUME}"
    )


@pytest.mark.asyncio
@pytest.mark.parametrize("header", ["Retry-After: 31536000", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT"])
@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
async def test_a_year_to_wait(header: str, status: str) -> None:
    """A wait that is longer than allowed ends the sync at once: it is not begun."""
    started = time.monotonic()
    async with wire_server(http("", status, header)) as server:
        ended = await synced({"base_url": server.url, "max_wait_seconds": "60"})
    assert time.monotonic() - started < 5

    assert isinstance(ended.error, WaitError)
    seconds = f"{ended.error.seconds:.0f}"
    assert ended.text == (
        f"The API asks for a wait of {seconds} s (Retry-After of {server.url}{FIRST}), which is longer than "
        "max_wait_seconds (60). What was read before is saved. Sync again when that time has passed, or raise "
        "max_wait_seconds in configuration.json."
    )
    assert int(seconds) >= 31536000
    assert len(server.seen) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("link", ["{target}", "http://{host}{target}", "?{query}"])
async def test_a_page_that_links_to_itself(link: str) -> None:
    """A page that names itself as the next one is asked for again, and then ends the sync."""

    def answer(seen: Seen) -> bytes:
        query = seen.target.partition("?")[2]
        url = link.format(target=seen.target, host=seen.headers["host"], query=query)
        return http(json.dumps({"data": [], "next": url}))

    async with wire_server(answer) as server:
        ended = await synced({"base_url": server.url, "max_attempts": "2"})

    assert isinstance(ended.error, PaginationError)
    assert ended.text == (
        f"{server.url}{FIRST}: the next page that it names has been read before, so reading on would never end. "
        "Set pagination in configuration.json to the style that the API's documentation describes."
    )
    assert len(server.seen) == 2


@pytest.mark.asyncio
async def test_empty_pages_without_end() -> None:
    """Pages without a record that name ever new ones end after 1,000 of them."""

    def answer(_: Seen) -> bytes:
        return http(json.dumps({"data": [], "next": f"/companies?after={len(server.seen)}"}))

    async with wire_server(answer) as server:
        ended = await synced({"base_url": server.url, "max_attempts": "2"})

    assert isinstance(ended.error, PaginationError)
    assert ended.text == (
        f"{server.url}/companies?after={MAX_EMPTY_PAGES}: more than 1000 pages in a row held no records, and "
        "this one names another page. Set pagination in configuration.json to the style that the API's documentation "
        "describes."
    )
    assert len(server.seen) == MAX_EMPTY_PAGES + 2


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "start", [HEAD + b"X: ", HEAD + b"\r\n", HEAD + b"Content-Length: 999\r\n\r\n", b"HTTP/1.1 200 "]
)
@pytest.mark.parametrize("pause", [0.02, 60])
async def test_a_server_that_takes_its_time(start: bytes, pause: float) -> None:
    """However little comes, in head or body, or nothing at all: an attempt ends after timeout_seconds."""

    async def drip(stream: ByteStream) -> None:
        await stream.send(start)
        while True:
            await anyio.sleep(pause)
            await stream.send(b" ")

    async with wire_server(lambda _: drip) as server:
        started = time.monotonic()
        ended = await synced({"base_url": server.url, "max_attempts": "2", "timeout_seconds": "0.2"})
        elapsed = time.monotonic() - started

    assert ended.text == f"GET {server.url}{FIRST} failed after 2 attempts: no complete answer within 0.2 s. {LATE}"
    assert 0.4 <= elapsed < 2


@pytest.mark.asyncio
async def test_a_server_that_accepts_and_never_reads() -> None:
    """A connection that is accepted, and then left alone, ends after timeout_seconds as well."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    async with listener:  # the kernel accepts, and nobody serves
        port = listener.extra(SocketAttribute.local_port)
        ended = await synced({"base_url": f"http://127.0.0.1:{port}", "max_attempts": "1", "timeout_seconds": "0.2"})

    assert ended.text == (
        f"GET http://127.0.0.1:{port}{FIRST} failed after 1 attempt: no complete answer within 0.2 s. {LATE}"
    )
