"""The credentials of a request, by the method of `auth`: each is an `httpx.Auth`."""

from collections.abc import AsyncGenerator, Callable, Generator
from typing import Protocol

import anyio
import httpx

from async_sync.configuration.settings import Settings
from async_sync.http.oauth import AccessToken
from async_sync.records.requests import query_string

_UNAUTHORIZED = 401


class HeaderAuth(httpx.Auth):
    """Credentials in a header: a bearer token, or an API key."""

    def __init__(self, name: str, value: str) -> None:
        self._name, self._value = name, value

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Set the header."""
        request.headers[self._name] = self._value
        yield request


class ParameterAuth(httpx.Auth):
    """Credentials in a parameter of the query, where some APIs want their key."""

    def __init__(self, name: str, value: str) -> None:
        self._query = query_string({name: value}).encode()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add the parameter at the end; the others stay exactly as they are, since they may be signed."""
        query = b"&".join(part for part in (request.url.query, self._query) if part)
        request.url = request.url.copy_with(query=query)
        yield request


class TokenSource(Protocol):
    """A source of access tokens."""

    async def fetch(self) -> AccessToken:
        """Fetch a new token. Raises TokenError."""


class OAuth2(httpx.Auth):
    """A bearer token that is fetched when it is first needed, before it expires, and once after a 401.

    However many requests need a token, one fetch at a time is under way, and all of them use the token it returns.
    """

    def __init__(self, source: TokenSource, clock: Callable[[], float]) -> None:
        self._source = source
        self._clock = clock
        self._lock = anyio.Lock()
        self._token: AccessToken | None = None

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send the request with the token, and once more with a new one if the API refuses it."""
        token = await self._valid_token()
        request.headers["authorization"] = f"Bearer {token.text}"
        response = yield request
        if response.status_code == _UNAUTHORIZED:
            token = await self._valid_token(refused=token)
            request.headers["authorization"] = f"Bearer {token.text}"
            yield request

    async def _valid_token(self, *, refused: AccessToken | None = None) -> AccessToken:
        async with self._lock:
            token = self._token
            if token is None or token is refused or token.renew_at <= self._clock():
                token = self._token = await self._source.fetch()
            return token


def credentials(settings: Settings, tokens: TokenSource, clock: Callable[[], float]) -> httpx.Auth:
    """The credentials that are configured; `tokens` is asked only with `auth` = `oauth2`."""
    match settings.auth_method:
        case "bearer":
            return HeaderAuth("authorization", f"Bearer {settings.api_token}")
        case "api_key" if settings.api_key_param:
            return ParameterAuth(settings.api_key_param, settings.api_key)
        case "api_key":
            return HeaderAuth(settings.api_key_header, settings.api_key)
        case "basic":
            return httpx.BasicAuth(settings.username, settings.password)
        case "oauth2":
            return OAuth2(tokens, clock)
        case _:
            return httpx.Auth()
