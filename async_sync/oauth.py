"""The token endpoint of OAuth 2.0 (RFC 6749): client credentials, and the refresh of a token."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Annotated
from urllib.parse import quote_plus

import httpx
import msgspec
from msgspec import Meta

from async_sync.errors import RetriableError, TokenError
from async_sync.quoting import printable
from async_sync.redaction import Secret, Secrets
from async_sync.sender import Sender, said_by
from async_sync.settings import Settings

_EARLY_SECONDS = 60.0
_MOST_SHOWN = 200


@dataclass(frozen=True)
class Token:
    """An access token, and the reading of the clock from which on it is not to be used any more."""

    text: Secret
    renew_at: float


class _Granted(msgspec.Struct):
    """What of a successful answer (section 5.1) matters."""

    access_token: Annotated[str, Meta(pattern="^[!-~]+$")]
    expires_in: float | None = None
    refresh_token: str = ""


class _Refused(msgspec.Struct):
    """An unsuccessful answer (section 5.2)."""

    error: str
    error_description: str = ""


class TokenEndpoint:
    """Asks `token_url` for access tokens, one at a time: `fetch` is not to be called while it runs.

    A refresh token that the endpoint replaces is kept for this sync only: the state is no place for secrets.
    """

    def __init__(self, settings: Settings, sender: Sender, *, secrets: Secrets, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._sender = sender
        self._secrets = secrets
        self._clock = clock
        self._refresh_token = str(settings.refresh_token)
        self._in_header = False  # where the credentials go: both are in use (section 2.3.1)
        self._attempts = 0

    async def fetch(self) -> Token:
        """A new token. Raises TokenError when the endpoint refuses, or every attempt has failed."""
        self._attempts = 0
        try:
            return await self._sender.retry(self._attempt, url=self._settings.token_url)
        except RetriableError as error:
            reason = f'{error.reason}, and said "{error.said}"' if error.said else error.reason
            raise self._failure(reason, error.status) from None

    async def _attempt(self) -> Token:
        self._attempts += 1
        asked_at = self._clock()
        received = await self._sender.send(self._request(), partition=False, is_retry=self._attempts > 1, proves=False)
        response = received.response
        if response.is_success:
            return self._token(response, asked_at)
        refused = self._refused(response)
        if refused.error == "invalid_client" and self._settings.client_secret and not self._in_header:
            self._in_header = True
            return await self._attempt()
        said = refused.error + (f" ({refused.error_description})" if refused.error_description else "")
        said = said or said_by(response)
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

    def _token(self, response: httpx.Response, asked_at: float) -> Token:
        try:
            granted = msgspec.json.decode(response.content, type=_Granted, strict=False)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            reason = f"{_answered(response)} with something that holds no access_token"
            raise RetriableError(reason, status=response.status_code) from None
        for secret in (granted.access_token, granted.refresh_token):
            self._secrets.add(secret)
        self._refresh_token = self._refresh_token and (granted.refresh_token or self._refresh_token)
        lifetime = inf if granted.expires_in is None else granted.expires_in
        return Token(Secret(granted.access_token), asked_at + lifetime - min(_EARLY_SECONDS, lifetime / 2))

    def _refused(self, response: httpx.Response) -> _Refused:
        """What the endpoint says of its refusal, as far as it says something."""
        try:
            refused = msgspec.json.decode(response.content, type=_Refused)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return _Refused("")
        return _Refused(*(printable(text, _MOST_SHOWN) for text in (refused.error, refused.error_description)))

    def _failure(self, reason: str, status: int | None) -> TokenError:
        return TokenError(url=self._settings.token_url, reason=reason, attempts=self._attempts, status=status)


def _answered(response: httpx.Response) -> str:
    return f"the token endpoint answered {response.status_code} {printable(response.reason_phrase, _MOST_SHOWN)}"
