"""The credentials of a request, by the method of `auth`: each is an `httpx.Auth`."""

from collections.abc import Callable, Generator
from contextlib import AbstractAsyncContextManager

import httpx

from async_sync.configuration.settings import Settings
from async_sync.http.access_token import TokenAuth, TokenSource
from async_sync.http.token_place import TokenPlace
from async_sync.records.requests import query_string


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


def credentials(
    settings: Settings,
    tokens: TokenSource,
    *,
    further_request: Callable[[], AbstractAsyncContextManager[None]],
    clock: Callable[[], float],
) -> httpx.Auth:
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
            return TokenAuth(
                tokens,
                TokenPlace.of(settings.token_header, settings.token_prefix),
                further_request=further_request,
                clock=clock,
            )
        case _:
            return httpx.Auth()
