"""A session: one login, whose token goes with each request until it expires or is refused."""

from collections.abc import Callable
from math import inf

import httpx

from async_sync.errors.source import TokenError
from async_sync.http.access_token import AccessToken, is_sendable, renewal_at
from async_sync.http.declared_session import SessionAuth
from async_sync.http.decoding import decode
from async_sync.http.retriable import RetriableError
from async_sync.http.sender import RetryingSender, explanation_in, status_text
from async_sync.records.answers import Header
from async_sync.records.dotted_paths import value_at
from async_sync.text.explanations import with_explanation
from async_sync.text.redaction import Secret, Secrets

_CHECK = "login and token of SessionAuth in connector.py, and the credentials that it sends"


class SessionLogin:
    """Logs in for tokens, one at a time: `fetch` must not be called while another call runs."""

    def __init__(
        self,
        declared: SessionAuth,
        sender: RetryingSender,
        *,
        base_url: str,
        secrets: Secrets,
        clock: Callable[[], float],
    ) -> None:
        self._declared = declared
        self._sender = sender
        self._url = _below(base_url, declared.login.url)
        self._secrets = secrets
        self._clock = clock
        self._attempts = 0

    async def fetch(self) -> AccessToken:
        """Log in. Raises TokenError when the login is refused, or every attempt has failed."""
        self._attempts = 0
        try:
            return await self._sender.retry(self._attempt, url=str(self._url))
        except RetriableError as error:
            raise self._failure(error.reason, error.said, error.status) from None

    async def _attempt(self) -> AccessToken:
        self._attempts += 1
        asked_at = self._clock()
        received = await self._sender.send(
            self._request(), auth=None, partition=False, is_retry=self._attempts > 1, nested=True
        )
        response = received.response
        if not response.is_success:
            raise self._failure(status_text(response), explanation_in(response), response.status_code)
        text = self._token_in(response)
        self._secrets.add(text)
        seconds = inf if self._declared.lifetime is None else self._declared.lifetime.total_seconds()
        return AccessToken(Secret(text), renewal_at(asked_at, seconds))

    def _request(self) -> httpx.Request:
        login = self._declared.login
        headers = self._sender.headers.copy()
        headers.update({name: value for name, value in login.headers.items() if name != "host"})
        return httpx.Request(login.method, self._url, headers=headers, content=login.read())

    def _token_in(self, response: httpx.Response) -> str:
        """The token. Raises RetriableError if there is none, since that may be a hiccup."""
        where = self._declared.token
        place = "that the function of SessionAuth finds" if callable(where) else f"at {where}"
        try:
            found = where(response) if callable(where) else _token_at(response, where)
        except (LookupError, TypeError, ValueError, AttributeError):  # what a function runs into where there is none
            found = None
        if not isinstance(found, str) or not is_sendable(found):
            reason = f"{status_text(response)} without a valid token {place}"
            raise RetriableError(reason, status=response.status_code, said=explanation_in(response))
        return found

    def _failure(self, reason: str, said: str, status: int | None) -> TokenError:
        return TokenError(
            url=str(self._url),
            reason=with_explanation(reason, said),
            attempts=self._attempts,
            check=_CHECK,
            status=status,
            method=self._declared.login.method,
        )


def _below(base_url: str, url: httpx.URL) -> httpx.URL:
    """The URL itself, or if it is relative, the one below `base_url`."""
    return url if url.is_absolute_url else httpx.URL(base_url.rstrip("/") + "/" + str(url).lstrip("/"))


def _token_at(response: httpx.Response, where: str | Header) -> str | None:
    found: object
    if isinstance(where, Header):
        found = response.headers.get(where.name)
    else:
        found = value_at(decode(response.content, response.headers.get("content-type", "")).body, where)
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else None
