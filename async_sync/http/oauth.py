"""The token endpoint of OAuth 2.0 (RFC 6749): client credentials, a refresh token, a password, or a signed JWT."""

from collections.abc import Awaitable, Callable, Mapping
from math import inf, isfinite
from typing import Any
from urllib.parse import quote_plus

import httpx

from async_sync.configuration.credential_checks import pairs_of
from async_sync.configuration.settings import Settings
from async_sync.errors.source import TokenError
from async_sync.http.access_token import AccessToken, is_sendable, renewal_at
from async_sync.http.decoding import decode
from async_sync.http.jwt_bearer import GRANT_TYPE, AssertionSigner
from async_sync.http.retriable import RetriableError
from async_sync.http.sender import RetryingSender, explanation_in
from async_sync.text.explanations import with_explanation
from async_sync.text.quoting import one_line, safe_url
from async_sync.text.redaction import Secret, Secrets

_MAX_LENGTH = 200
_CHECK = "token_url, client_id and the other keys of OAuth 2.0 in configuration.json"

Warner = Callable[[str, str], Awaitable[None]]
"""Warns the user: takes the kind of warning, each of which is shown only once, and a sentence."""


class TokenEndpoint:
    """Fetches access tokens from `token_url`, one at a time: `fetch` must not be called while another call runs.

    `keep` keeps a new refresh token for the next sync, and returns "", or why it could not: secrets do not belong in
    the state. Then the user is warned, as the endpoint may refuse the old one in the next sync. A field of an answer
    that is null or blank counts as absent. `wall_clock` is in seconds since 1970. Raises ConfigurationError for a
    private key that cannot sign.
    """

    def __init__(
        self,
        settings: Settings,
        sender: RetryingSender,
        *,
        secrets: Secrets,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        warn: Warner,
        keep: Callable[[str], Awaitable[str]],
    ) -> None:
        self._settings = settings
        self._sender = sender
        self._secrets = secrets
        self._clock = clock
        self._wall_clock = wall_clock
        self._warn = warn
        self._keep = keep
        self._refresh_token = str(settings.refresh_token)
        self._signer = AssertionSigner(settings) if settings.private_key else None
        self._params = pairs_of(settings.token_params)
        self._uses_basic_auth = False  # the credentials go into the form or into the header (section 2.3.1)
        self._attempts = 0

    async def fetch(self) -> AccessToken:
        """Fetch a new token. Raises TokenError when the endpoint refuses, or every attempt has failed."""
        self._attempts = 0
        try:
            return await self._sender.retry(self._attempt, url=self._settings.token_url)
        except RetriableError as error:
            raise self._failure(with_explanation(error.reason, error.said), error.status) from None

    async def _attempt(self) -> AccessToken:
        self._attempts += 1
        asked_at = self._clock()
        received = await self._sender.send(
            self._request(), auth=None, partition=False, is_retry=self._attempts > 1, nested=True
        )
        response = received.response
        if response.is_success:
            return await self._token(response, asked_at)
        error, description = self._error_in(response)
        if error == "invalid_client" and self._settings.client_secret and not self._uses_basic_auth:
            self._uses_basic_auth = True
            return await self._attempt()
        said = error + (f" ({description})" if description else "") or explanation_in(response)
        raise self._failure(_status_text(response) + (f": {said}" if said else ""), response.status_code)

    def _request(self) -> httpx.Request:
        settings = self._settings
        form = {**self._grant(), "scope": settings.scope}
        if self._uses_basic_auth:
            basic = httpx.BasicAuth(quote_plus(settings.client_id), quote_plus(settings.client_secret))
        elif settings.client_secret or not self._signer:  # an assertion says by itself who is asking
            form |= {"client_id": settings.client_id, "client_secret": settings.client_secret}
        form = {name: value for name, value in form.items() if value} | self._params
        request = httpx.Request("POST", settings.token_url, data=form, headers=self._sender.headers)
        return next(basic.auth_flow(request)) if self._uses_basic_auth else request

    def _grant(self) -> dict[str, str]:
        """What a token is asked for with."""
        settings = self._settings
        if self._refresh_token:
            return {"grant_type": "refresh_token", "refresh_token": self._refresh_token}
        if self._signer is not None:
            assertion = self._signer.sign(self._wall_clock())
            self._secrets.add(assertion)
            return {"grant_type": GRANT_TYPE, "assertion": assertion}
        if settings.username:
            return {"grant_type": "password", "username": settings.username, "password": settings.password}
        return {"grant_type": "client_credentials"}

    async def _token(self, response: httpx.Response, asked_at: float) -> AccessToken:
        """The token in a successful answer (section 5.1)."""
        fields = _fields(response)
        access_token, refresh_token = _text(fields, "access_token"), _text(fields, "refresh_token")
        if not is_sendable(access_token):
            reason = f"{_status_text(response)} without a valid access_token"
            raise RetriableError(reason, status=response.status_code)
        for secret in (access_token, refresh_token):
            self._secrets.add(secret)
        if self._refresh_token and refresh_token not in {"", self._refresh_token}:
            self._refresh_token = refresh_token
            if why_not := await self._keep(refresh_token):
                await self._warn("refresh token replaced", _replaced_warning(self._settings.token_url, why_not))
        lifetime = _lifetime_seconds(fields.get("expires_in"))
        return AccessToken(Secret(access_token), renewal_at(asked_at, lifetime))

    def _error_in(self, response: httpx.Response) -> tuple[str, str]:
        """The code and the description of an error (section 5.2); "" for what the endpoint does not say."""
        fields = _fields(response)
        error, description = (one_line(_text(fields, name), _MAX_LENGTH) for name in ("error", "error_description"))
        return error, description

    def _failure(self, reason: str, status: int | None) -> TokenError:
        return TokenError(
            url=self._settings.token_url, reason=reason, attempts=self._attempts, check=_CHECK, status=status
        )


def _status_text(response: httpx.Response) -> str:
    return f"the token endpoint answered {response.status_code} {one_line(response.reason_phrase, _MAX_LENGTH)}"


def _fields(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = decode(response.content, response.headers.get("content-type", "")).body
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _text(fields: Mapping[str, Any], name: str) -> str:
    """The field's text; "" if it is absent, blank, or not a text."""
    value = fields.get(name)
    return value if isinstance(value, str) and value.strip() else ""


def _lifetime_seconds(value: object) -> float:
    """A lifetime in seconds; infinite if the value is not a number. A 401 renews the token in any case."""
    try:
        seconds = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else inf
    except (ValueError, OverflowError):
        return inf
    return seconds if isfinite(seconds) else inf


def _replaced_warning(token_url: str, why_not: str) -> str:
    return (
        f"The token endpoint {safe_url(token_url)} replaced the refresh token. This sync continues with the new one, "
        f"which is not kept: {why_not}. The next sync begins again with refresh_token in configuration.json, and the "
        "endpoint may refuse it. If the API offers client credentials, set client_secret and remove refresh_token. "
        "Otherwise, if the next sync fails with invalid_grant, put a new refresh token into the configuration."
    )
