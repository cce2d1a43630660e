"""The client and the network transport: what reaches the server, and what comes back."""

import gzip
import zlib
from collections.abc import Mapping

import aiohttp
import anyio
import httpx
import pytest
from anyio.abc import SocketStream

from async_sync.errors.base import ConfigurationError
from async_sync.errors.lists import RequestError
from async_sync.http.client import MOCK_URL, open_http
from async_sync.http.transport import network_transport
from tests.helpers.fetching import fetching
from tests.helpers.loopback import JSON_ANSWER, loopback
from tests.helpers.parts import BOUND_DEPARTMENT, parse

IDS = {
    "a/b": "a%2Fb",
    "a?x=1#y": "a%3Fx%3D1%23y",
    "é": "%C3%A9",
    "日本": "%E6%97%A5%E6%9C%AC",
    "100%": "100%25",
    "%2F": "%252F",
    "a b": "a%20b",
    "a+b": "a%2Bb",
    "a;b=c,d": "a%3Bb%3Dc%2Cd",
    "!$&'()*:@": "%21%24%26%27%28%29%2A%3A%40",
    "{x}": "%7Bx%7D",
    "-._~": "-._~",
    "a\n\x00": "a%0A%00",
}


def opened(
    configuration: Mapping[str, str] = {}, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    return open_http(parse(configuration), transport, info=lambda _: None)


def answer(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@pytest.mark.asyncio
@pytest.mark.parametrize(("company_id", "quoted"), IDS.items())
async def test_an_id_arrives_as_one_segment(company_id: str, quoted: str) -> None:
    """A company's id is one segment of the path, encoded once, and reaches the server exactly as encoded."""
    async with loopback() as server, fetching(None, {"base_url": server.url}) as fetch:
        await fetch.fetch(BOUND_DEPARTMENT.requests.build(server.url, None, {"company_id": company_id}).url)

    assert server.targets == [f"/companies/{quoted}/departments"]


@pytest.mark.asyncio
@pytest.mark.parametrize("query", ["cursor=a%2Fb%3D%3b==", "x", "x=&y", "t=a+b%20c&sig=%7e%3A", "a=%E9", "a=b/c?d"])
async def test_a_link_arrives_unchanged(query: str) -> None:
    """The URL of a next page is sent exactly as the API wrote it, since it may be signed."""
    async with loopback() as server, fetching(None, {"base_url": server.url}) as fetch:
        await fetch.fetch(f"{server.url}/companies?{query}")

    assert server.targets == [f"/companies?{query}"]


@pytest.mark.asyncio
async def test_headers_arrive_once() -> None:
    """The server gets each of our headers once, and the transport adds no others."""
    async with loopback() as server, fetching(None, {"base_url": server.url, "api_token": "hunter2"}) as fetch:
        await fetch.fetch(f"{server.url}/companies")

    first, *headers = server.heads[0].splitlines()
    assert first == "GET /companies HTTP/1.1"
    assert sorted(line.lower() for line in headers if not line.lower().startswith("accept-encoding: ")) == [
        "accept: application/json",
        "authorization: bearer hunter2",
        "connection: keep-alive",
        f"host: localhost:{server.port}",
        "user-agent: fivetran-async-parent-child",
    ]


@pytest.mark.asyncio
async def test_cookies_are_never_sent_back() -> None:
    """A cookie that a server sets is kept neither by aiohttp nor by httpx, and is not in the next request."""
    cookie = answer(b"[]", "Set-Cookie: session=hunter2; Path=/")

    async with loopback(cookie) as server, opened({"base_url": server.url}) as http:
        await http.get("/")
        await http.get("/")

        assert len(server.heads) == 2
        assert [server.header("cookie", request) for request in (0, 1)] == [None, None]
        assert not list(http.cookies.jar)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("encoding", "encode"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("identity", bytes)]
)
async def test_compressed_answers(encoding: str, encode: type[bytes]) -> None:
    """An answer is decompressed exactly once, and the request asks for no other compression."""
    body = answer(encode(b'{"data": [1]}'), f"Content-Encoding: {encoding}")

    async with loopback(body) as server, fetching(None, {"base_url": server.url}) as fetch:
        assert (await fetch.fetch(server.url)).body == {"data": [1]}

    assert encoding == "identity" or encoding in str(server.header("accept-encoding"))


@pytest.mark.asyncio
async def test_a_body_can_be_read_in_every_way() -> None:
    """Whoever gets the response, such as an auth of the connector's own, finds its decoded body wherever it looks."""
    text = '{"a": "é"}'
    encoded = answer(gzip.compress(text.encode()), "Content-Encoding: gzip", "Content-Type: application/json")

    async with loopback(encoded) as server, opened({"base_url": server.url}) as http:
        response = await http.get(server.url)

        assert (response.content, response.text, response.json()) == (text.encode(), text, {"a": "é"})
        assert (response.read(), await response.aread()) == (text.encode(), text.encode())
        assert b"".join([part async for part in response.aiter_bytes()]) == text.encode()


@pytest.mark.asyncio
async def test_the_host_is_named_once() -> None:
    """A request names the host of base_url, with its port, and no header twice."""
    async with loopback() as server, fetching(None, {"base_url": server.url}) as fetch:
        await fetch.fetch(f"{server.url}/companies")

    names = [line.partition(":")[0].lower() for line in server.heads[0].splitlines()[1:]]
    assert server.header("host") == f"localhost:{server.port}"
    assert sorted(names) == sorted(set(names))


@pytest.mark.asyncio
async def test_redirects_are_not_followed() -> None:
    """A redirect is an answer: no other request is made, and the reason phrase is the server's own."""
    redirect = b"HTTP/1.1 302 Over There\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"

    async with loopback(redirect) as server, fetching(None, {"base_url": server.url}) as fetch:
        with pytest.raises(RequestError, match="the API answered 302 Over There, a redirect to /elsewhere"):
            await fetch.fetch(f"{server.url}/companies")

    assert server.targets == ["/companies"]


@pytest.mark.asyncio
async def test_an_answer_without_a_reason() -> None:
    """A status line may have no reason phrase."""
    nothing = b"HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n"

    async with loopback(nothing) as server, fetching(None, {"base_url": server.url}) as fetch:
        with pytest.raises(RequestError, match=r"the API answered 404\."):
            await fetch.fetch(f"{server.url}/companies")


@pytest.mark.asyncio
async def test_connections_are_reused() -> None:
    """Consecutive requests share one connection."""
    connections = []

    async def once(stream: SocketStream) -> None:
        connections.append(stream)
        await stream.send(JSON_ANSWER)

    async with loopback(once) as server, fetching(None, {"base_url": server.url}) as fetch:
        for _ in range(3):
            await fetch.fetch(f"{server.url}/companies")

    assert len(set(connections)) == 1


@pytest.mark.asyncio
async def test_the_gate_alone_limits_connections() -> None:
    """As many requests as the gate admits are in flight at once, more than a session allows by default."""
    count, all_came = 101, anyio.Event()

    async def wait_for_all(stream: SocketStream) -> None:
        if len(server.heads) == count:
            all_came.set()
        await all_came.wait()
        await stream.send(JSON_ANSWER)

    configuration = {"max_concurrency": str(count)}
    async with (
        loopback(wait_for_all) as server,
        fetching(None, {"base_url": server.url, **configuration}) as fetch,
        anyio.create_task_group() as tasks,
    ):
        for number in range(count):
            tasks.start_soon(fetch.fetch, f"{server.url}/{number}", "company")

    assert sorted(server.targets) == sorted(f"/{number}" for number in range(count))


@pytest.mark.asyncio
async def test_only_the_whole_exchange_is_limited() -> None:
    """Neither httpx nor the session has a time limit of its own, and the client closes the session."""
    async with loopback() as server:
        transport = network_transport(parse(), server.url)
        async with opened(transport=transport) as http:
            assert http.timeout == httpx.Timeout(None)
            await http.get(server.url)
            (session,) = getattr(transport, "_sessions", {}).values()
            assert isinstance(session, aiohttp.ClientSession)
            assert session.timeout == aiohttp.ClientTimeout()
        assert session.closed


@pytest.mark.asyncio
async def test_the_demo_needs_no_network() -> None:
    """mock://demo is answered inside this process, in upper or lower case."""
    for scheme in ("mock", "MOCK"):
        async with opened({"base_url": f"{scheme}://demo?companies=2&latency_ms=0"}) as http:
            assert http.base_url == MOCK_URL
            assert len((await http.get("/companies")).json()["data"]) == 2


@pytest.mark.asyncio
async def test_a_transport_that_is_passed_in_is_used() -> None:
    """A transport that is passed in takes the place of the network, and of the demo."""
    passed = httpx.MockTransport(lambda request: httpx.Response(418))

    for base_url in ("mock://demo", "https://api.example.com/v1"):
        async with opened({"base_url": base_url}, passed) as http:
            assert (await http.get("/companies")).status_code == 418


def test_an_option_the_demo_does_not_know() -> None:
    """An option that the demo does not know is a ConfigurationError."""
    with pytest.raises(ConfigurationError, match=r"has 1 problem: base_url: mock://demo\?speed=9: 'speed' is unknown"):
        opened({"base_url": "mock://demo?speed=9"})


@pytest.mark.parametrize(
    ("base_url", "proxy", "verifies"),
    [
        ("http://localhost", "", False),
        ("http://localhost", "http://proxy:3128", False),
        ("http://localhost", "https://proxy:3128", True),
        ("https://api.example.com", "", True),
        ("HTTPS://api.example.com", "", True),
    ],
)
def test_certificates_are_loaded_where_there_is_something_to_verify(
    monkeypatch: pytest.MonkeyPatch, base_url: str, proxy: str, *, verifies: bool
) -> None:
    """Certificates are loaded only for an https API or proxy: loading takes time, and without them none is trusted."""
    monkeypatch.setenv("http_proxy", proxy)
    transport = network_transport(parse(), base_url)
    context = getattr(transport, "_context", None)

    assert context is not None
    assert (context.cert_store_stats()["x509_ca"] > 0) is verifies
    assert context.check_hostname
