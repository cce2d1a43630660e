"""Credentials that the connector's code brings: any `httpx.Auth`, with each request of its flow behind the gate."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import TypeVar

import httpx

from async_sync.errors.base import ConfigurationError, ConnectorError
from async_sync.errors.source import AuthError
from async_sync.http.declared_session import SessionAuth
from async_sync.http.sender import RetryingSender
from async_sync.http.transport import LANE
from async_sync.text.quoting import one_line
from async_sync.text.redaction import Secrets

T = TypeVar("T")

Auth = httpx.Auth | SessionAuth
DeclaredAuth = Auth | Callable[[Mapping[str, str]], Auth]
"""What a connector declares as its `auth`: credentials, or a function from its configuration to them."""

_MAX_LENGTH = 200
_KINDS = "an httpx.Auth or a SessionAuth"


def auth_of(declared: DeclaredAuth, configuration: Mapping[str, str], secrets: Secrets) -> Auth:
    """The credentials for this configuration; the `secrets` that they name are hidden from now on.

    Raises ValueError if they are of no such kind, and ConfigurationError where the function fails, as it does for a key
    that is not set.
    """
    if isinstance(declared, httpx.Auth | SessionAuth):
        auth = declared
    elif not callable(declared):
        raise ValueError(
            f"auth: must be {_KINDS}, or a function from the configuration to one, not {type(declared).__name__}"
        )
    else:
        auth = _made(declared, configuration, secrets)
    if not isinstance(auth, httpx.Auth | SessionAuth):
        raise ValueError(f"auth: the function must return {_KINDS}, not {type(auth).__name__}")
    for secret in _secrets_of(auth):
        secrets.add(secret)
    return auth


def _made(declare: Callable[[Mapping[str, str]], Auth], configuration: Mapping[str, str], secrets: Secrets) -> Auth:
    given = {key: value.strip() for key, value in configuration.items() if value.strip()}
    try:
        return declare(given)
    except Exception as error:
        if isinstance(error, KeyError) and error.args and error.args[0] not in given:
            problem = f"{error.args[0]}: is missing; auth in connector.py needs it"
        else:
            with secrets.known():
                problem = f"auth: the function in connector.py failed with {_words_of(error)}"
        raise ConfigurationError([problem]) from None


def _secrets_of(auth: object) -> list[str]:
    """What an auth lists in an attribute `secrets` of its own, if it has one."""
    return [str(secret) for secret in getattr(auth, "secrets", ())]


class GatedAuth(httpx.Auth):
    """An auth whose flow may send several requests: each waits for the gate, is counted, and may ask for a pause.

    The first is the one that the sender has let in. If a further one fails as the API's requests do (no answer, 429,
    500), the flow is abandoned, and begins anew with the next attempt. Whatever else an auth raises is an AuthError.

    All requests of a flow use one connection, since some challenges hold for the connection (NTLM).
    """

    def __init__(self, auth: httpx.Auth, sender: RetryingSender, secrets: Secrets) -> None:
        self._auth = auth
        self._sender = sender
        self._secrets = secrets
        self._known_secrets: set[str] = set()
        self._free_lanes: list[int] = []
        self._lanes = 0

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Yield what the auth's own flow yields."""
        url = str(request.url)
        flow, lane = self._auth.async_auth_flow(request), self._take_lane()
        try:
            sent = await self._step(anext(flow), url)
            sent.extensions[LANE] = lane
            response = yield sent
            while True:
                is_answer = sent is request
                if not is_answer:  # the flow would not know what to make of a 503 of a token endpoint
                    self._sender.accept(response)
                following = await self._step(_next(flow, response), url)
                if following is None:
                    return
                if is_answer:
                    self._sender.accept(response)
                sent = following
                sent.extensions[LANE] = lane
                async with self._sender.further_request():
                    response = yield sent
        finally:
            self._free_lanes.append(lane)
            await flow.aclose()

    def _take_lane(self) -> int:
        """A lane that no flow uses now: the last one that became free, whose connection is most likely still open."""
        if self._free_lanes:
            return self._free_lanes.pop()
        self._lanes += 1
        return self._lanes

    async def _step(self, step: Awaitable[T], url: str) -> T:
        """A step of the flow, which may come to know a secret. Raises AuthError.

        The flow's own words may hold a secret, so they are quoted and not chained.
        """
        try:
            return await step
        except (ConnectorError, httpx.TransportError, TimeoutError):
            raise
        except Exception as error:
            self._learn()  # before its words are quoted, and cut
            raise AuthError(url=url, kind=type(self._auth).__name__, problem=_words_of(error)) from None
        finally:
            self._learn()

    def _learn(self) -> None:
        """Hide what the auth names as its secrets by now."""
        for secret in _secrets_of(self._auth):
            if secret not in self._known_secrets:
                self._known_secrets.add(secret)
                self._secrets.add(secret)


async def _next(flow: AsyncGenerator[httpx.Request, httpx.Response], response: httpx.Response) -> httpx.Request | None:
    try:
        return await flow.asend(response)
    except StopAsyncIteration:
        return None


def _words_of(error: Exception) -> str:
    return f"{type(error).__name__}" + (f": {one_line(str(error), _MAX_LENGTH)}" if str(error) else "")
