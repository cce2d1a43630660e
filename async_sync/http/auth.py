"""Who we are: the method of `auth`, as httpx wants it."""

from collections.abc import AsyncGenerator, Callable, Generator
from typing import Protocol

import anyio
import httpx

from async_sync.configuration.settings import Settings
from async_sync.http.oauth import AccessToken
from async_sync.records.requests import query_string

_UNAUTHORIZED = 401


class Header(httpx.Auth):
    """One header that proves it: a bearer token, or an API key."""

    def __init__(self, name: str, value: str) -> None:
        self._name, self._value = name, value

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add it."""
        request.headers[self._name] = self._value
        yield request


class Parameter(httpx.Auth):
    """One parameter of the query that proves it, as some APIs want their key."""

    def __init__(self, name: str, value: str) -> None:
        self._query = query_string({name: value}).encode()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add it behind the others, and leave those as they are: they may be signed."""
        query = b"&".join(part for part in (request.url.query, self._query) if part)
        request.url = request.url.copy_with(query=query)
        yield request


class TokenSource(Protocol):
    """Gives a fresh token."""

    async def fetch(self) -> AccessToken:
        """Ask for one. Raises TokenError."""


class OAuth2(httpx.Auth):
    """A bearer token that is fetched when it is first needed, before it expires, and once after a 401.

    However many requests need one, one fetch at a time is under way, and all of them take what it gives.
    """

    def __init__(self, source: TokenSource, clock: Callable[[], float]) -> None:
        self._source = source
        self._clock = clock
        self._lock = anyio.Lock()
        self._token: AccessToken | None = None

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send the request with the token, and once more with another one where the API refuses it."""
        token = await self._valid()
        request.headers["authorization"] = f"Bearer {token.text}"
        response = yield request
        if response.status_code == _UNAUTHORIZED:
            token = await self._valid(refused=token)
            request.headers["authorization"] = f"Bearer {token.text}"
            yield request

    async def _valid(self, *, refused: AccessToken | None = None) -> AccessToken:
        async with self._lock:
            token = self._token
            if token is None or token is refused or token.renew_at <= self._clock():
                token = self._token = await self._source.fetch()
            return token


def credentials(settings: Settings, tokens: TokenSource, clock: Callable[[], float]) -> httpx.Auth:
    """What proves who we are, by the method that is set; `tokens` is asked with `oauth2` only."""
    match settings.auth_method:
        case "bearer":
            return Header("authorization", f"Bearer {settings.api_token}")
        case "api_key" if settings.api_key_param:
            return Parameter(settings.api_key_param, settings.api_key)
        case "api_key":
            return Header(settings.api_key_header, settings.api_key)
        case "basic":
            return httpx.BasicAuth(settings.username, settings.password)
        case "oauth2":
            return OAuth2(tokens, clock)
        case _:
            return httpx.Auth()
