"""The OAuth 2 token endpoint and its tokens."""

from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from mock_api import Answer, OAuth

FORM = "application/x-www-form-urlencoded"
CLIENT = {"client_id": "client", "client_secret": "s:cret é"}
GRANT = {"grant_type": "client_credentials"}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def oauth(clock: Clock | None = None, **options: Any) -> OAuth:
    return OAuth("client", "s:cret é", clock=clock or Clock(), **options)


def ask(of: OAuth, form: dict[str, str] | bytes, *, authorization: str = "", content_type: str = FORM) -> Answer:
    body = form if isinstance(form, bytes) else urlencode(form).encode()
    return of.answer("POST", content_type, authorization, body)


def body_of(answer: Answer) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.json.decode(answer.body)
    return body


def basic(client_id: str, secret: str) -> str:
    return "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()


def token_of(of: OAuth) -> str:
    return str(body_of(ask(of, {**GRANT, **CLIENT}))["access_token"])


@pytest.mark.parametrize(
    ("form", "authorization"),
    [
        ({**GRANT, **CLIENT}, ""),
        (GRANT, basic("client", "s%3Acret+%C3%A9")),
        (GRANT, basic("client", "s:cret é").replace("Basic", "basic")),
        ({**GRANT, "client_id": "client"}, basic("client", "s:cret é")),
    ],
)
def test_client_credentials(form: dict[str, str], authorization: str) -> None:
    """A client that sends its secret in the form or in the header gets an access token and no refresh token."""
    guard = oauth(token_seconds=60)
    answer = ask(guard, form, authorization=authorization, content_type=f"{FORM}; charset=UTF-8")
    body = body_of(answer)

    assert answer.status == 200
    assert (answer.headers["Content-Type"], answer.headers["Cache-Control"]) == ("application/json", "no-store")
    assert body == {"access_token": body["access_token"], "token_type": "Bearer", "expires_in": 60}
    assert guard.allows(f"Bearer {body['access_token']}")


def test_scope_is_repeated() -> None:
    """A requested scope is returned with the token."""
    assert body_of(ask(oauth(), {**GRANT, **CLIENT, "scope": "read write"}))["scope"] == "read write"


def test_refresh_tokens_rotate() -> None:
    """Each refresh token can be exchanged once, for an access token and the next refresh token."""
    guard = oauth(refresh_token="first")
    form = {"grant_type": "refresh_token", **CLIENT}

    first = body_of(ask(guard, {**form, "refresh_token": "first"}))
    again = ask(guard, {**form, "refresh_token": "first"})
    second = body_of(ask(guard, {**form, "refresh_token": first["refresh_token"]}))

    assert first.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (again.status, body_of(again)["error"]) == (400, "invalid_grant")
    assert len({"first", first["refresh_token"], second["refresh_token"]}) == 3
    assert guard.allows(f"bearer {first['access_token']}")
    assert guard.allows(f"Bearer {second['access_token']}")


def test_tokens_expire() -> None:
    """A token is valid for its lifetime and no longer."""
    clock = Clock()
    guard = oauth(clock, token_seconds=10)
    old = token_of(guard)

    clock.now += 9.9
    assert guard.allows(f"Bearer {old}")
    new = token_of(guard)
    clock.now += 0.1
    assert not guard.allows(f"Bearer {old}")
    assert guard.allows(f"Bearer {new}")


def test_revoke_all() -> None:
    """All access tokens issued so far can be revoked; later ones are valid, and refresh tokens stay valid."""
    guard = oauth(refresh_token="first")
    old = token_of(guard)

    guard.revoke_all()

    assert not guard.allows(f"Bearer {old}")
    assert guard.allows(f"Bearer {token_of(guard)}")
    assert ask(guard, {"grant_type": "refresh_token", "refresh_token": "first", **CLIENT}).status == 200


def test_only_bearer_tokens_are_allowed() -> None:
    """Anything but an issued bearer token is refused as in RFC 6750."""
    guard = oauth(refresh_token="first")
    token = token_of(guard)

    for authorization in ("", token, f"Basic {token}", "Bearer", "Bearer ", "Bearer first", f"Bearer {token}x"):
        assert not guard.allows(authorization)
    assert guard.refusal().status == 401
    assert guard.refusal().headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_tokens_are_repeatable() -> None:
    """The same seed yields the same tokens, another seed others, and no token is issued twice."""
    guard = oauth(seed=1)

    tokens = [token_of(guard) for _ in range(3)]

    assert len(set(tokens)) == 3
    assert tokens[0] == token_of(oauth(seed=1))
    assert tokens[0] != token_of(oauth(seed=2))


@pytest.mark.parametrize(
    "authorization",
    [
        basic("client", "wrong"),
        basic("", ""),
        basic("client", "s:cret é").replace("Basic", "Digest"),
        "Basic ?",
        "Basic YQ==",
        "Bearer x",
    ],
)
def test_a_wrong_client_in_the_header(authorization: str) -> None:
    """A client that fails to authenticate by the header is challenged to use the header again."""
    answer = ask(oauth(), GRANT, authorization=authorization)

    assert (answer.status, body_of(answer)["error"]) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize("client", [{}, {"client_id": "client"}, {**CLIENT, "client_secret": "x"}])
def test_a_wrong_client_in_the_form(client: dict[str, str]) -> None:
    """A client that sends nothing, or a wrong secret, in the form is refused with 401 as well."""
    answer = ask(oauth(), {**GRANT, **client})

    assert (answer.status, body_of(answer)["error"]) == (401, "invalid_client")
    assert "WWW-Authenticate" not in answer.headers


@pytest.mark.parametrize(
    ("form", "error"),
    [
        (CLIENT, "invalid_request"),
        ({**CLIENT, "grant_type": "password"}, "unsupported_grant_type"),
        ({**CLIENT, "grant_type": "refresh_token"}, "invalid_request"),
        ({**CLIENT, "grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
        (b"grant_type", "invalid_request"),
        (b"grant_type=%ff", "invalid_request"),
        (b"\xff=1", "invalid_request"),
        (urlencode({**GRANT, **CLIENT}).encode() + b"&grant_type=client_credentials", "invalid_request"),
    ],
)
def test_bad_requests(form: dict[str, str] | bytes, error: str) -> None:
    """An invalid request is answered with 400, the code of RFC 6749, and a description."""
    answer = ask(oauth(), form)

    assert answer.status == 400
    assert body_of(answer) == {"error": error, "error_description": body_of(answer)["error_description"]}
    assert answer.headers["Cache-Control"] == "no-store"


def test_json_is_not_a_form() -> None:
    """A body of another type is refused, and the answer names the right type."""
    answer = ask(oauth(), {**GRANT, **CLIENT}, content_type="application/json")

    assert (answer.status, body_of(answer)["error"]) == (400, "invalid_request")
    assert FORM in body_of(answer)["error_description"]


def test_one_way_to_authenticate() -> None:
    """A client must not send its secret both in the header and in the form."""
    answer = ask(oauth(), {**GRANT, **CLIENT}, authorization=basic("client", "s:cret é"))

    assert (answer.status, body_of(answer)["error"]) == (400, "invalid_request")


def test_only_post() -> None:
    """The token endpoint allows only POST, and says so."""
    answer = oauth().answer("GET", "", "", b"")

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
