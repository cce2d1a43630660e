"""What a token is asked for with: the grants of OAuth 2.0, further parameters, and where the token goes."""

import importlib
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl

import httpx
import jwt
import pytest
import respx
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from async_sync.errors.base import ConfigurationError
from async_sync.errors.source import TokenError
from tests.helpers.fetching import fetching

TOKEN_URL = "https://auth.test/oauth/token"
CLIENT = {"auth": "oauth2", "token_url": TOKEN_URL, "client_id": "Ann", "client_secret": "hunter2"}
NOW = 1_800_000_000
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: Any, encryption: KeySerializationEncryption | None = None) -> str:
    made: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())
    return made.decode()


JWT = {"auth": "oauth2", "token_url": TOKEN_URL, "client_id": "Ann", "private_key": pem(RSA_KEY)}


async def asked(configuration: dict[str, str]) -> tuple[dict[str, str], httpx.Request]:
    """The form that the token endpoint gets, and the request to the API that follows."""
    router = respx.Router()
    granting = router.post(TOKEN_URL).respond(json={"access_token": "tok", "expires_in": 3600})
    route = router.get(path="/companies").respond(json=[])
    async with fetching(router, configuration) as fetch:
        await fetch.fetch()
    return dict(parse_qsl(granting.calls.last.request.content.decode())), route.calls.last.request


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("configuration", "header", "value"),
    [
        ({}, "authorization", "Bearer tok"),
        ({"token_header": "X-Shopify-Access-Token"}, "x-shopify-access-token", "tok"),
        ({"token_prefix": "Zoho-oauthtoken"}, "authorization", "Zoho-oauthtoken tok"),
        ({"token_header": "Authorization"}, "authorization", "tok"),
        ({"token_header": "X-Auth", "token_prefix": "token="}, "x-auth", "token=tok"),
    ],
)
async def test_where_the_token_goes(configuration: dict[str, str], header: str, value: str) -> None:
    """The token goes into the header that is configured, after its prefix, and into no other."""
    _, request = await asked(CLIENT | configuration)
    assert request.headers[header] == value
    assert {name for name, sent in request.headers.items() if "tok" in sent} == {header}


@pytest.mark.asyncio
async def test_further_parameters() -> None:
    """Further parameters go into the form, decoded, and replace what would be there; a blank one is sent."""
    form, _ = await asked(
        CLIENT | {"token_params": "audience=https://x/api%3Fa%26b&grant_type=account_credentials&account_id=a+b&x="}
    )
    assert form == {
        "grant_type": "account_credentials",
        "audience": "https://x/api?a&b",
        "account_id": "a b",
        "client_id": "Ann",
        "client_secret": "hunter2",
    }


@pytest.mark.asyncio
@pytest.mark.parametrize("client", [{}, {"client_secret": "s"}])
async def test_the_password_grant(client: dict[str, str]) -> None:
    """With a user name and a password, the grant is password."""
    form, _ = await asked(
        {"auth": "oauth2", "token_url": TOKEN_URL, "client_id": "id", "username": "Ann", "password": "ü", **client}
    )
    assert form == {"grant_type": "password", "username": "Ann", "password": "ü", "client_id": "id", **client}


@pytest.mark.asyncio
@pytest.mark.parametrize("folded", [str, lambda text: text.replace("\n", "\\n"), lambda text: text.replace("\n", " ")])
async def test_the_jwt_bearer_grant(folded: type[str]) -> None:
    """With a private key, the grant is a JWT that it signs: who asks, whom, for what, and for less than a minute."""
    form, _ = await asked(JWT | {"private_key": folded(JWT["private_key"]), "scope": "read write"})
    assertion = form.pop("assertion")
    options: Any = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(assertion, RSA_KEY.public_key(), ["RS256"], audience=TOKEN_URL, options=options)
    assert form == {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "scope": "read write"}
    assert len(claims.pop("jti")) == 32
    assert claims == {"iss": "Ann", "aud": TOKEN_URL, "scope": "read write", "iat": NOW, "exp": NOW + 50}


@pytest.mark.asyncio
async def test_an_assertion_is_a_secret() -> None:
    """What the key signed is hidden when the endpoint throws it back."""
    router = respx.Router()

    def refuse(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"error": dict(parse_qsl(request.content.decode()))["assertion"]})

    router.post(TOKEN_URL).mock(side_effect=refuse)
    async with fetching(router, JWT) as fetch:
        with fetch.secrets.known(), pytest.raises(TokenError, match=r"400 Bad Request: \[secret\]\. Check"):
            await fetch.fetch()


@pytest.mark.asyncio
async def test_the_claims_of_a_jwt() -> None:
    """Claims add to the usual ones or replace them; the key's id goes into the header, and exp is a lifetime."""
    form, _ = await asked(
        JWT | {"client_secret": "s", "jwt_claims": "sub=bob%40x.test&aud=https://login.test&kid=k1&alg=PS256&exp=3600"}
    )
    claims = jwt.decode(form["assertion"], options={"verify_signature": False})
    assert jwt.get_unverified_header(form["assertion"]) == {"alg": "PS256", "kid": "k1", "typ": "JWT"}
    assert (claims["sub"], claims["aud"], claims["exp"]) == ("bob@x.test", "https://login.test", NOW + 3600)
    assert (form["client_id"], form["client_secret"]) == ("Ann", "s")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (ec.generate_private_key(ec.SECP256R1()), "ES256"),
        (ec.generate_private_key(ec.SECP384R1()), "ES384"),
        (ed25519.Ed25519PrivateKey.generate(), "EdDSA"),
    ],
)
async def test_the_algorithm_follows_from_the_key(key: Any, algorithm: str) -> None:
    """Each kind of key signs by its own algorithm."""
    form, _ = await asked(JWT | {"private_key": pem(key)})
    assert jwt.get_unverified_header(form["assertion"])["alg"] == algorithm


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("configuration", "problem"),
    [
        ({"private_key": "hunter2"}, r"private_key: must be a private key in PEM \(RSA, EC or Ed25519\), without a"),
        ({"private_key": pem(RSA_KEY, BestAvailableEncryption(b"p"))}, "private_key: must be .*, without a passphrase"),
        ({"jwt_claims": "alg=ES256"}, r"private_key: must be .* \(.*\) that can sign with ES256, without"),
        ({"jwt_claims": "alg=HS256"}, "jwt_claims: alg must be one of ES256, ES384"),
        ({"jwt_claims": "alg=RS1"}, "jwt_claims: alg must be one of ES256, ES384"),
        ({"jwt_claims": "alg=none"}, "jwt_claims: alg must be one of ES256, ES384"),
        ({"jwt_claims": "exp=soon"}, "jwt_claims: exp must be a lifetime in whole seconds, such as exp=3600"),
        ({"jwt_claims": "exp=0"}, "jwt_claims: exp must be a lifetime in whole seconds"),
    ],
)
async def test_a_key_that_cannot_sign(configuration: dict[str, str], problem: str) -> None:
    """What cannot sign is found before the first request, and is not shown."""
    with pytest.raises(ConfigurationError, match=problem) as caught:
        await asked(JWT | configuration)
    assert "hunter2" not in str(caught.value)
    assert "BEGIN PRIVATE" not in str(caught.value)


@pytest.mark.asyncio
@pytest.mark.parametrize("missing", ["jwt", "cryptography"])
async def test_signing_needs_packages(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """Only a private key needs PyJWT and cryptography; without them, the error says what to add."""

    def import_module(name: str) -> ModuleType:
        if name == missing:
            raise ImportError(name)
        return real(name)

    real = importlib.import_module
    monkeypatch.setattr(importlib, "import_module", import_module)
    await asked(CLIENT)
    with pytest.raises(ConfigurationError, match=r"needs the packages pyjwt and cryptography; .* requirements\.txt"):
        await asked(JWT)
