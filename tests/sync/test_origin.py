"""Credentials go to the origin of base_url, and to no other."""

import json

import pytest

from async_sync.errors.lists import PaginationError, RequestError
from tests.helpers.echoing import LIMITS
from tests.helpers.leaks import PROOFS, TOKEN
from tests.helpers.wire_server import Answer, Seen, WireServer, http, synced, wire_server

ADVICE = (
    "Requests go to the origin of base_url only, and with no credentials but those of configuration.json. Correct "
    "base_url, or choose another pagination there. If that is the same API behind a proxy, declare keep_origin=True "
    "for the stream's pagination in connector.py."
)


def linking(url: str, *, header: bool = False) -> bytes:
    """One page, and where the next one is."""
    link = [f'Link: <{url}>; rel="next"'] if header else []
    return http(json.dumps({"data": [], **({} if header else {"next": url})}), "200 OK", *link)


async def ended_at(server: WireServer, **configuration: str) -> tuple[BaseException | None, str]:
    ended = await synced({"base_url": server.url, "api_token": TOKEN, **LIMITS, **configuration})
    return ended.error, ended.text


@pytest.mark.asyncio
@pytest.mark.parametrize("header", [False, True])
@pytest.mark.parametrize(
    ("url", "shown"),
    [
        pytest.param("http://127.0.0.1:{port}/x", "http://127.0.0.1:{port}/x", id="another name of the host"),
        pytest.param("http://localhost:{other}/x", "http://localhost:{other}/x", id="another port"),
        pytest.param("http://localhost/x", "http://localhost/x", id="the default port"),
        pytest.param("https://localhost:{port}/x", "https://localhost:{port}/x", id="https"),
        pytest.param("ftp://localhost:{port}/x", "ftp://localhost:{port}/x", id="ftp"),
        pytest.param("//localhost:{other}/x", "http://localhost:{other}/x", id="protocol-relative"),
        pytest.param("http://localhost.:{port}/x", "http://localhost.:{port}/x", id="a dot behind the host"),
        pytest.param("http://localhost@127.0.0.1:{other}/x", "http://127.0.0.1:{other}/x", id="our host as user"),
        pytest.param("http://localhost:{port}.x.test/x", "http://localhost:{port}.x.test/x", id="our host as a part"),
    ],
)  # fmt: skip
async def test_a_next_page_elsewhere_is_refused(url: str, shown: str, header: bool) -> None:
    """A link to another origin ends the sync with both origins named, and nothing is sent there."""
    async with wire_server(http()) as other:
        ports = {"other": str(other.port)}
        async with wire_server(lambda _: linking(url.format(**ports), header=header)) as server:
            ports["port"] = str(server.port)
            error, text = await ended_at(server)

    where = shown.format(**ports)
    assert isinstance(error, PaginationError)
    assert text.startswith(f"{server.url}: its next page is at another origin, {where}"), text
    assert text.endswith(ADVICE)
    assert (other.connections, len(server.seen)) == (0, 1)


@pytest.mark.asyncio
@pytest.mark.parametrize("method", PROOFS)
async def test_no_method_of_auth_goes_elsewhere(method: str) -> None:
    """Whatever proves who we are: the other server does not even get a connection."""
    async with wire_server(http()) as other:

        def answer(seen: Seen) -> Answer:
            return (
                http('{"access_token": "acc3ss-t0ken"}')
                if seen.target == "/token"
                else linking(f"{other.url}/companies")
            )

        async with wire_server(answer) as server:
            own = {key: value.replace("{url}", server.url) for key, value in PROOFS[method].configuration.items()}
            ended = await synced({"base_url": server.url, **own})

    assert isinstance(ended.error, PaginationError)
    assert f"origin, {other.url}/companies. " in ended.text
    assert other.connections == 0


@pytest.mark.asyncio
@pytest.mark.parametrize("method", [{}, {"api_token": TOKEN}, {"auth": "api_key", "api_key": TOKEN}])
async def test_a_next_page_with_a_user_is_refused(method: dict[str, str]) -> None:
    """A link to our own host with a user in it is refused: that user's password would go with the request, or instead.

    The password is not shown, since it may be one.
    """

    def answer(seen: Seen) -> bytes:
        return (
            linking(f"http://user:hunter2@{seen.headers['host']}/companies?page=2") if len(server.seen) == 1 else http()
        )

    async with wire_server(answer) as server:
        ended = await synced({"base_url": server.url, **method})

    assert len(server.seen) == 1
    assert isinstance(ended.error, PaginationError)
    assert server.url in ended.text
    assert "hunter2" not in ended.shown


@pytest.mark.asyncio
@pytest.mark.parametrize("host", ["LOCALHOST", "LocalHost"])
async def test_capitals_make_no_other_host(host: str) -> None:
    """The same host in other capitals is the same origin, and is asked for the next page."""

    def answer(seen: Seen) -> bytes:
        return linking(f"HTTP://{host}:{server.port}/companies?page=2") if len(server.seen) == 1 else http()

    async with wire_server(answer) as server:
        error, _ = await ended_at(server)

    assert error is None
    assert server.targets[1:] == ["/companies?page=2"]


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("same", [True, False])
async def test_a_redirect_is_refused(status: int, same: bool) -> None:
    """A redirect is not followed, to another origin or to our own; the error names both URLs."""
    async with wire_server(http()) as other:

        def answer(_: Seen) -> bytes:
            origin = server.origin if same else other.origin
            return http("", f"{status} Moved", f"Location: http://{origin}/v2?token=x")

        async with wire_server(answer) as server:
            error, text = await ended_at(server)

    to = server.url if same else other.url
    assert isinstance(error, RequestError)
    assert text == (
        f"GET {server.url}/companies?order_by=updated_at&order_type=asc&limit=100 failed after 1 attempt: the API "
        f"answered {status} Moved, a redirect to {to}/v2?token=.... Redirects are not followed: correct base_url "
        "and companies_path in configuration.json."
    )
    assert (other.connections, len(server.seen)) == (0, 1)


@pytest.mark.asyncio
async def test_a_redirect_of_the_token_endpoint_is_refused() -> None:
    """The client's secret is sent to token_url alone, whatever its answer says."""
    async with (
        wire_server(http()) as other,
        wire_server(http("", "307 Moved", f"Location: {other.url}/token")) as server,
    ):
        own = {"auth": "oauth2", "token_url": f"{server.url}/token", "client_id": "c", "client_secret": "hunter2"}
        ended = await synced({"base_url": server.url, **own})

    assert "returned no access token after 1 attempt: the token endpoint answered 307 Moved" in ended.text
    assert (other.connections, server.targets) == (0, ["/token"])


@pytest.mark.asyncio
async def test_the_token_endpoint_gets_no_token_and_the_api_no_client_secret() -> None:
    """Each of two origins gets what belongs to it, and nothing of the other's."""
    granted = http('{"access_token": "acc3ss-t0ken"}')
    async with wire_server(http()) as server, wire_server(granted) as tokens:
        own = {"auth": "oauth2", "token_url": f"{tokens.url}/token", "client_id": "c", "client_secret": "hunter2"}
        ended = await synced({"base_url": server.url, **own})

    assert ended.error is None
    assert [seen.headers["authorization"] for seen in server.seen] == ["Bearer acc3ss-t0ken"]
    assert "hunter2" not in repr(server.seen)
    assert ("authorization" in tokens.seen[0].headers, len(tokens.seen)) == (False, 1)
    assert b"client_secret=hunter2" in tokens.seen[0].body
