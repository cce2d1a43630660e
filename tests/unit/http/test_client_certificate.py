"""Servers that ask for the client's certificate, and what can be wrong with it."""

import os
import ssl
import tempfile
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from async_sync.configuration.pem import load_client_certificate
from async_sync.errors.base import ConfigurationError
from tests.helpers.parts import parse
from tests.helpers.wire_server import http, synced, wire_server

AUTHORITY, CLIENTS = trustme.CA(), trustme.CA()
TRUST = {"ca_bundle": AUTHORITY.cert_pem.bytes().decode(), "max_attempts": "1", "outage_seconds": "0.05"}
RULE = (
    "client_certificate: must be a certificate and the private key that belongs to it, in PEM, without a passphrase, "
    "each from its BEGIN line to its END line"
)


def issued_by(authority: trustme.CA) -> tuple[str, str]:
    """A certificate, with those that lead to its authority, and its key."""
    made = authority.issue_cert("connector.test")
    return "".join(pem.bytes().decode() for pem in made.cert_chain_pems), made.private_key_pem.bytes().decode()


CERTIFICATE, KEY = issued_by(CLIENTS.create_child_ca())
OTHER_CERTIFICATE, OTHER_KEY = issued_by(trustme.CA())


def asking(version: ssl.TLSVersion) -> ssl.SSLContext:
    """A server that serves only clients with a certificate of its authority of clients."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("localhost").configure_cert(context)
    CLIENTS.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = context.maximum_version = version
    return context


SERVERS = {version.name: asking(version) for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)}


@pytest.mark.asyncio
@pytest.mark.parametrize("version", SERVERS)
@pytest.mark.parametrize("folded", [str, lambda pem: pem.replace("\n", "\\n"), lambda pem: pem.replace("\n", " ")])
async def test_a_server_that_asks_for_a_certificate(version: str, folded: type[str]) -> None:
    """The connector presents its certificate, in whatever folding of lines and in either order, and is served."""
    for pem in (CERTIFICATE + KEY, KEY + CERTIFICATE):
        async with wire_server(http(), SERVERS[version]) as server:
            ended = await synced({"base_url": server.url, "client_certificate": folded(pem), **TRUST})
        assert ended.error is None
        assert len(server.seen) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("version", SERVERS)
@pytest.mark.parametrize("pem", ["", OTHER_CERTIFICATE + OTHER_KEY])
async def test_a_server_that_does_not_know_the_client(version: str, pem: str) -> None:
    """Without a certificate, or with one of another authority, the server hangs up, and nothing of a key is shown."""
    async with wire_server(http(), SERVERS[version]) as server:
        ended = await synced({"base_url": server.url, "client_certificate": pem, **TRUST})
    assert ended.error is not None
    assert "the connection failed" in ended.text
    assert "PRIVATE KEY" not in ended.shown
    assert server.seen == []


@pytest.mark.asyncio
async def test_a_token_endpoint_that_asks_for_a_certificate() -> None:
    """The certificate is for the token endpoint too."""
    granted = http('{"access_token": "t"}')
    async with wire_server(http()) as server, wire_server(granted, SERVERS["TLSv1_3"]) as tokens:
        own = {"auth": "oauth2", "token_url": f"{tokens.url}/token", "client_id": "c", "client_secret": "s"}
        ended = await synced({"base_url": server.url, "client_certificate": CERTIFICATE + KEY, **TRUST, **own})
    assert ended.error is None
    assert (len(tokens.seen), len(server.seen)) == (1, 1)


def encrypted(pem: str, form: PrivateFormat) -> str:
    key = load_pem_private_key(pem.encode(), None)
    return key.private_bytes(Encoding.PEM, form, BestAvailableEncryption(b"p")).decode()


@pytest.mark.parametrize(
    "pem",
    [
        "hunter2",
        "ü",
        CERTIFICATE,
        KEY,
        CERTIFICATE + OTHER_KEY,
        CERTIFICATE + encrypted(KEY, PrivateFormat.PKCS8),
        CERTIFICATE + encrypted(KEY, PrivateFormat.TraditionalOpenSSL),
        (CERTIFICATE + KEY)[:-40],
    ],
)
def test_what_is_no_certificate_with_its_key(pem: str) -> None:
    """The error says what it must be, and shows nothing of it; nobody is asked for a passphrase."""
    with pytest.raises(ConfigurationError) as caught:
        parse({"base_url": "https://api.test", "client_certificate": pem})
    assert caught.value.problems == (RULE,)


def test_a_certificate_needs_encryption() -> None:
    """Without TLS it is not used, which is said; it is a secret of the settings where it is."""
    with pytest.raises(ConfigurationError, match="client_certificate: is not used without https://; correct base_url"):
        parse({"base_url": "http://localhost", "client_certificate": CERTIFICATE + KEY})
    settings = parse({"base_url": "https://api.test", "client_certificate": CERTIFICATE + KEY})
    assert settings.secrets == [(CERTIFICATE + KEY).strip()]
    assert "BEGIN" not in repr(settings)


@pytest.mark.parametrize("in_memory", [True, False])
def test_no_key_stays_on_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, in_memory: bool) -> None:
    """OpenSSL reads keys from files: one in memory, or one that only its owner can read and that is removed at once."""
    modes: list[int] = []

    class Context(ssl.SSLContext):
        def load_cert_chain(self, certfile: str, *_: object, **options: str) -> None:  # type: ignore[override]
            modes.extend(path.stat().st_mode & 0o777 for path in tmp_path.iterdir())
            super().load_cert_chain(certfile, **options)

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    if not in_memory:
        monkeypatch.delattr(os, "memfd_create")
    load_client_certificate(Context(ssl.PROTOCOL_TLS_CLIENT), CERTIFICATE + KEY)
    assert modes == ([] if in_memory else [0o600])
    assert list(tmp_path.iterdir()) == []
