"""The token endpoint of OAuth 2.0 (RFC 6749): client credentials, and the refresh of a token."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any
from urllib.parse import quote_plus

import httpx

from async_sync.configuration.settings import Settings
from async_sync.errors.source import TokenError
from async_sync.http.attempts import RetryingSender, said_by
from async_sync.http.decoding import decode
from async_sync.http.retriable import RetriableError
from async_sync.text.quoting import one_line, safe_url
from async_sync.text.redaction import Secret, Secrets

_EARLY_SECONDS = 60.0
_MAX_SHOWN = 200
_SENDABLE = re.compile("[!-~]+")

Warner = Callable[[str, str], Awaitable[None]]
"""Warns the user: of a kind, by which it is told only once, in a sentence."""


@dataclass(frozen=True)
class AccessToken:
    """An access token, and the reading of the clock from which on it is not to be used any more."""

    text: Secret
    renew_at: float


class TokenEndpoint:
    """Asks `token_url` for access tokens, one at a time: `fetch` is not to be called while it runs.

    A refresh token that the endpoint replaces is kept for this sync only, since the state is no place for secrets; the
    user is warned, as the next sync may then be refused. Fields of its answers that are null or blank are absent ones.
    """

    def __init__(
        self, settings: Settings, sender: RetryingSender, *, secrets: Secrets, clock: Callable[[], float], warn: Warner
    ) -> None:
        self._settings = settings
        self._sender = sender
        self._secrets = secrets
        self._clock = clock
        self._warn = warn
        self._refresh_token = str(settings.refresh_token)
        self._in_header = False  # where the credentials go: both are in use (section 2.3.1)
        self._attempts = 0

    async def fetch(self) -> AccessToken:
        """A new token. Raises TokenError when the endpoint refuses, or every attempt has failed."""
        self._attempts = 0
        try:
            return await self._sender.retry(self._attempt, url=self._settings.token_url)
        except RetriableError as error:
            reason = f'{error.reason}, and said "{error.said}"' if error.said else error.reason
            raise self._failure(reason, error.status) from None

    async def _attempt(self) -> AccessToken:
        self._attempts += 1
        asked_at = self._clock()
        received = await self._sender.send(self._request(), partition=False, is_retry=self._attempts > 1, proves=False)
        response = received.response
        if response.is_success:
            return await self._token(response, asked_at)
        error, description = self._refusal(response)
        if error == "invalid_client" and self._settings.client_secret and not self._in_header:
            self._in_header = True
            return await self._attempt()
        said = error + (f" ({description})" if description else "") or said_by(response)
        raise self._failure(_answered(response) + (f": {said}" if said else ""), response.status_code)

    def _request(self) -> httpx.Request:
        settings = self._settings
        grant = "refresh_token" if self._refresh_token else "client_credentials"
        form = {"grant_type": grant, "refresh_token": self._refresh_token, "scope": settings.scope}
        if self._in_header:
            pair = httpx.BasicAuth(quote_plus(settings.client_id), quote_plus(settings.client_secret))
        else:
            form |= {"client_id": settings.client_id, "client_secret": settings.client_secret}
        form = {name: value for name, value in form.items() if value}
        request = httpx.Request("POST", settings.token_url, data=form, headers=self._sender.headers)
        return next(pair.auth_flow(request)) if self._in_header else request

    async def _token(self, response: httpx.Response, asked_at: float) -> AccessToken:
        """What a successful answer (section 5.1) gives."""
        fields = _fields(response)
        access_token, refresh_token = _text(fields, "access_token"), _text(fields, "refresh_token")
        if not _SENDABLE.fullmatch(access_token):
            reason = f"{_answered(response)} with something that holds no access_token"
            raise RetriableError(reason, status=response.status_code)
        for secret in (access_token, refresh_token):
            self._secrets.add(secret)
        if self._refresh_token and refresh_token not in {"", self._refresh_token}:
            self._refresh_token = refresh_token
            await self._warn("refresh token replaced", _replaced(self._settings.token_url))
        lifetime = _seconds(fields.get("expires_in"))
        return AccessToken(Secret(access_token), asked_at + lifetime - min(_EARLY_SECONDS, lifetime / 2))

    def _refusal(self, response: httpx.Response) -> tuple[str, str]:
        """The code and the words in which the endpoint refuses (section 5.2); "" where it does not say."""
        fields = _fields(response)
        error, description = (one_line(_text(fields, name), _MAX_SHOWN) for name in ("error", "error_description"))
        return error, description

    def _failure(self, reason: str, status: int | None) -> TokenError:
        return TokenError(url=self._settings.token_url, reason=reason, attempts=self._attempts, status=status)


def _answered(response: httpx.Response) -> str:
    return f"the token endpoint answered {response.status_code} {one_line(response.reason_phrase, _MAX_SHOWN)}"


def _fields(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = decode(response.content, response.headers.get("content-type", "")).body
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _text(fields: Mapping[str, Any], name: str) -> str:
    """The field's text; "" where there is none, or only a blank one."""
    value = fields.get(name)
    return value if isinstance(value, str) and value.strip() else ""


def _seconds(value: object) -> float:
    """A lifetime in seconds; without end where none is told in a number. A 401 renews the token all the same."""
    try:
        seconds = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else inf
    except (ValueError, OverflowError):
        return inf
    return seconds if isfinite(seconds) else inf


def _replaced(token_url: str) -> str:
    return (
        f"The token endpoint {safe_url(token_url)} replaced the refresh token. This sync goes on with the new one, "
        "which is not kept: the next sync begins again with refresh_token in configuration.json, and the endpoint may "
        "refuse it. If the API offers client credentials, set client_secret and remove refresh_token. Otherwise, if "
        "the next sync fails with invalid_grant, put a new refresh token into the configuration."
    )
