"""An OAuth 2 token endpoint (RFC 6749) and the tokens it has issued; sans-I/O. The tokens are guessable on purpose."""

import time
from base64 import b64decode
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

import msgspec

from mock_api.answer import Answer

TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path, not a password
_FORM = "application/x-www-form-urlencoded"


class GrantError(ValueError):
    """A token request that is refused, with the code of RFC 6749, section 5.2."""

    def __init__(self, code: str, description: str, *, challenge: bool = False) -> None:
        super().__init__(description)
        self.code = code
        self.challenge = challenge


class OAuth:
    """Issues access tokens that last `token_seconds` to one client, for its secret or for a refresh token.

    Each refresh token can be used once: the answer contains the next one. `refresh_token` is the first one, if any.
    `clock` returns seconds and must not go backwards.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        *,
        token_seconds: int = 3600,
        refresh_token: str | None = None,
        seed: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = (client_id, client_secret)
        self._token_seconds = token_seconds
        self._refresh_tokens = set() if refresh_token is None else {refresh_token}
        self._expiries: dict[str, float] = {}
        self._seed = seed
        self._clock = clock
        self._made = 0

    def allows(self, authorization: str) -> bool:
        """Whether the value of an `Authorization` header is a bearer token that is valid now."""
        scheme, _, token = authorization.partition(" ")
        expiry = self._expiries.get(token.strip())
        return scheme.lower() == "bearer" and expiry is not None and self._clock() < expiry

    def refusal(self) -> Answer:
        """The answer to a request without a valid token (RFC 6750)."""
        headers = {"Content-Type": "application/json", "WWW-Authenticate": 'Bearer error="invalid_token"'}
        body = {"error": "the access token is missing, expired or revoked"}
        return Answer(HTTPStatus.UNAUTHORIZED, headers, msgspec.json.encode(body))

    def revoke_all(self) -> None:
        """Invalidate every access token issued so far; refresh tokens stay valid."""
        self._expiries.clear()

    def answer(self, method: str, content_type: str, authorization: str, body: bytes) -> Answer:
        """Answer a request to the token endpoint."""
        if method != "POST":
            refused = GrantError("invalid_request", f"{method} is not allowed here")
            return _answer(HTTPStatus.METHOD_NOT_ALLOWED, _error_body(refused), Allow="POST")
        try:
            return _answer(HTTPStatus.OK, self._granted(_form(content_type, body), authorization))
        except GrantError as error:
            if error.code != "invalid_client":
                return _answer(HTTPStatus.BAD_REQUEST, _error_body(error))
            challenge = {"WWW-Authenticate": 'Basic realm="mock_api"'} if error.challenge else {}
            return _answer(HTTPStatus.UNAUTHORIZED, _error_body(error), **challenge)

    def _granted(self, form: dict[str, str], authorization: str) -> dict[str, Any]:
        self._authenticate(form, authorization)
        scope = {"scope": form["scope"]} if form.get("scope") else {}
        match form.get("grant_type"):
            case None:
                raise GrantError("invalid_request", "grant_type is missing")
            case "client_credentials":
                return {**self._access_token(), **scope}
            case "refresh_token":
                return {**self._rotated(form.get("refresh_token")), **scope}
            case other:
                raise GrantError("unsupported_grant_type", f"{other!r} is not client_credentials or refresh_token")

    def _authenticate(self, form: dict[str, str], authorization: str) -> None:
        in_form = {"client_id", "client_secret"} & form.keys()
        if authorization and "client_secret" in in_form:
            raise GrantError("invalid_request", "the client authenticates both in the header and in the form")
        client = _basic(authorization) if authorization else (form.get("client_id"), form.get("client_secret"))
        if client != self._client:
            raise GrantError("invalid_client", "unknown client, or wrong secret", challenge=bool(authorization))

    def _access_token(self) -> dict[str, Any]:
        now = self._clock()
        self._expiries = {token: expiry for token, expiry in self._expiries.items() if now < expiry}
        token = self._new("access")
        self._expiries[token] = now + self._token_seconds
        return {"access_token": token, "token_type": "Bearer", "expires_in": self._token_seconds}

    def _rotated(self, refresh_token: str | None) -> dict[str, Any]:
        if refresh_token is None:
            raise GrantError("invalid_request", "refresh_token is missing")
        if refresh_token not in self._refresh_tokens:
            raise GrantError("invalid_grant", "the refresh token is unknown or has been used")
        self._refresh_tokens.remove(refresh_token)
        new = self._new("refresh")
        self._refresh_tokens.add(new)
        return {**self._access_token(), "refresh_token": new}

    def _new(self, kind: str) -> str:
        self._made += 1
        return f"{kind}-{self._seed}-{self._made}"


def _form(content_type: str, body: bytes) -> dict[str, str]:
    if content_type.partition(";")[0].strip().lower() != _FORM:
        raise GrantError("invalid_request", f"the body must be {_FORM}")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body), errors="strict")
    except ValueError as error:
        raise GrantError("invalid_request", "the body is not a form") from error
    form = dict(pairs)
    if len(form) < len(pairs):
        raise GrantError("invalid_request", "a parameter is given twice")
    return form


def _basic(authorization: str) -> tuple[str, str] | None:
    """The id and the secret from HTTP Basic, each form-encoded (RFC 6749, section 2.3.1)."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        client_id, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError:
        return None
    return (unquote_plus(client_id), unquote_plus(secret)) if scheme.lower() == "basic" and colon else None


def _error_body(error: GrantError) -> dict[str, str]:
    return {"error": error.code, "error_description": str(error)}


def _answer(status: HTTPStatus, body: dict[str, Any], **headers: str) -> Answer:
    always = {"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache"}
    return Answer(status, {**always, **headers}, msgspec.json.encode(body))
