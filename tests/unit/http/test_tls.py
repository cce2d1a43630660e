"""Which certificates are trusted: those of the public authorities and of ca_bundle, and no others."""

import re
import ssl
from dataclasses import dataclass

import httpx
import pytest
import trustme

from async_sync.errors.source import UntrustedError
from async_sync.http.transport import network_transport
from tests.helpers.parts import parse
from tests.helpers.wire_server import http, synced, wire_server

SECRET = "hunter2-t0ken"


@dataclass(frozen=True)
class Authority:
    """A private certificate authority, and server contexts with certificates that it issued."""

    pem: str
    good: ssl.SSLContext
    other_host: ssl.SSLContext


@pytest.fixture(scope="module")
def authority() -> Authority:
    made = trustme.CA()
    contexts = []
    for names in (("localhost", "127.0.0.1"), ("other.test",)):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.issue_cert(*names).configure_cert(context)
        contexts.append(context)
    return Authority(made.cert_pem.bytes().decode(), *contexts)


@pytest.fixture(scope="module")
def stranger() -> str:
    """The certificate of another authority."""
    return trustme.CA().cert_pem.bytes().decode()


@pytest.mark.asyncio
@pytest.mark.parametrize("bundle", ["", "stranger"])
async def test_an_unknown_authority_is_not_trusted(authority: Authority, stranger: str, bundle: str) -> None:
    """Without the right ca_bundle the sync ends at once and says what to do, and the server sees no request."""
    async with wire_server(http(), authority.good) as server:
        ended = await synced({
            "base_url": server.url, "api_token": SECRET, "ca_bundle": stranger if bundle else "", "max_attempts": "5",
        })  # fmt: skip

    assert isinstance(ended.error, UntrustedError)
    assert re.sub(r" \(_ssl\.c:\d+\)", "", ended.text) == (
        f"{server.url}/companies?order_by=updated_at&order_type=asc&limit=100: the server's certificate cannot be "
        "trusted ([SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate), "
        "so nothing was sent. If it comes from a private certificate authority, put that authority's certificate (PEM) "
        "into ca_bundle in configuration.json; otherwise check base_url and token_url."
    )
    assert SECRET not in ended.shown
    assert server.seen == []
    assert " 1 request, 0 retries" in ended.destination.lines[-1]
    assert ended.destination.state == {}


@pytest.mark.asyncio
@pytest.mark.parametrize("folded", [str, lambda pem: pem.replace("\n", "\\n"), lambda pem: pem.replace("\n", " ")])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_the_authority_of_ca_bundle_is_trusted(
    authority: Authority, stranger: str, host: str, folded: type[str]
) -> None:
    """A server is trusted if ca_bundle has its authority, alone or after another, in any folding of its lines."""
    for pem in (authority.pem, stranger + authority.pem):
        async with wire_server(http(), authority.good) as server:
            url = f"https://{host}:{server.port}"
            ended = await synced({"base_url": url, "api_token": SECRET, "ca_bundle": folded(pem)})

        assert ended.error is None
        assert [seen.headers["authorization"] for seen in server.seen] == [f"Bearer {SECRET}"]


@pytest.mark.asyncio
async def test_a_certificate_of_another_host_is_not_trusted(authority: Authority) -> None:
    """A certificate is valid only for the hosts that it names, even if its authority is known."""
    async with wire_server(http(), authority.other_host) as server:
        ended = await synced({"base_url": server.url, "api_token": SECRET, "ca_bundle": authority.pem})

    assert isinstance(ended.error, UntrustedError)
    assert "Hostname mismatch, certificate is not valid for 'localhost'" in ended.text
    assert server.seen == []
    assert " 1 request, 0 retries" in ended.destination.lines[-1]


@pytest.mark.asyncio
@pytest.mark.parametrize("known", [True, False])
async def test_the_token_endpoint_must_be_trusted_too(authority: Authority, known: bool) -> None:
    """ca_bundle applies to token_url as well; a token endpoint that is not trusted gets no client secret."""
    granted = http('{"access_token": "acc3ss-t0ken"}')
    async with wire_server(http()) as server, wire_server(granted, authority.good) as tokens:
        own = {"auth": "oauth2", "token_url": f"{tokens.url}/token", "client_id": "c", "client_secret": SECRET}
        ended = await synced({"base_url": server.url, "ca_bundle": authority.pem if known else "", **own})

    assert (ended.error is None) is known
    assert (len(tokens.seen), len(server.seen)) == (int(known), int(known))
    if not known:
        assert isinstance(ended.error, UntrustedError)
        assert ended.text.startswith(f"{tokens.url}/token: the server's certificate cannot be trusted (")
        assert "token_url" in ended.text.rpartition("; else check")[2]


def test_the_usual_authorities_stay_trusted(authority: Authority) -> None:
    """ca_bundle adds to the public authorities and does not replace them; certificates and names are checked."""
    stores = []
    for ca_bundle in ("", authority.pem):
        transport = network_transport(parse({"ca_bundle": ca_bundle}), "https://api.example.com")
        assert isinstance(transport, httpx.AsyncBaseTransport)
        context = next(part for part in vars(transport).values() if isinstance(part, ssl.SSLContext))
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
        stores.append(context.cert_store_stats()["x509_ca"])

    assert stores[0] > 50
    assert stores[1] == stores[0] + 1
