"""An access token: where it goes, when it is replaced, and the `httpx.Auth` that sends it."""

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

import anyio
import httpx

from async_sync.http.token_place import TokenPlace
from async_sync.text.redaction import Secret

_UNAUTHORIZED = 401
_RENEWED_EARLY_SECONDS = 60.0
_SENDABLE = re.compile("[!-~]+")


@dataclass(frozen=True)
class AccessToken:
    """An access token, and the reading of the clock at which it is to be replaced."""

    text: Secret
    renew_at: float


class TokenSource(Protocol):
    """A source of access tokens."""

    async def fetch(self) -> AccessToken:
        """Fetch a new token. Raises TokenError."""


class TokenAuth(httpx.Auth):
    """A token that is fetched when it is first needed, before it expires, and once after a 401.

    However many requests need a token, one fetch at a time is under way, and all of them use the token it returns.
    `further_request` lets in the second request of one that was refused.
    """

    def __init__(
        self,
        source: TokenSource,
        place: TokenPlace,
        *,
        further_request: Callable[[], AbstractAsyncContextManager[None]],
        clock: Callable[[], float],
    ) -> None:
        self._source = source
        self._place = place
        self._further_request = further_request
        self._clock = clock
        self._lock = anyio.Lock()
        self._token: AccessToken | None = None

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send the request with the token, and once more with a new one if the API refuses it."""
        place, token = self._place, await self._valid_token()
        request.headers[place.header] = place.value(token.text)
        response = yield request
        if response.status_code == _UNAUTHORIZED:
            token = await self._valid_token(refused=token)
            request.headers[place.header] = place.value(token.text)
            async with self._further_request():
                yield request

    async def _valid_token(self, *, refused: AccessToken | None = None) -> AccessToken:
        async with self._lock:
            token = self._token
            if token is None or token is refused or token.renew_at <= self._clock():
                token = self._token = await self._source.fetch()
            return token


def renewal_at(asked_at: float, lifetime_seconds: float) -> float:
    """When to replace a token: a minute before it expires, or after half of a short lifetime."""
    return asked_at + lifetime_seconds - min(_RENEWED_EARLY_SECONDS, lifetime_seconds / 2)


def is_sendable(token: str) -> bool:
    """Whether a token can be sent in a header."""
    return bool(_SENDABLE.fullmatch(token))
