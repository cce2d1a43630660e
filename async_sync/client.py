"""GETs below one `base_url`: where a request may go, what a status means, and how an answer is decoded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

import httpx

from async_sync.decoding import Decoded, decode
from async_sync.errors import AnswerError, PaginationError, RequestError, RetriableError, shown
from async_sync.pages import Answer, Request
from async_sync.sender import RETRIED_STATUSES, Received, Sender

T = TypeVar("T")

_OK, _NO_CONTENT, _REDIRECT, _BAD_REQUEST = 200, 204, 300, 400
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ADVICE = {
    400: "The API refused the parameters: check pagination (none sends no limit) and cursor_field.",
    401: "Check auth and its credentials in configuration.json: they are missing, wrong or expired.",
    403: "Check auth and its credentials in configuration.json: they are valid but may not read this.",
    404: "Check base_url, companies_path and departments_path in configuration.json.",
    429: "The API wants fewer requests: set max_concurrency to auto, or lower it.",
}
_ADVICE_REDIRECT = "Redirects are not followed: set base_url and the paths to where the API really is."
_ADVICE_RETRIED = (
    "What was read before is saved, and the next sync goes on from there. If it happens again, see whether the API is "
    "up, lower max_concurrency, or raise timeout_seconds or max_attempts."
)
_ADVICE_OTHER = "Look the status up in the API's documentation."


@dataclass(slots=True)
class _Call:
    """One request on its way through its attempts."""

    url: str
    headers: Mapping[str, str]
    partition: str | None
    exact: bool
    attempts: int = 0


class Client:
    """Retries what may be mended, raises FatalError for everything else."""

    def __init__(self, http: httpx.AsyncClient, sender: Sender) -> None:
        self._sender = sender
        self._headers = sender.headers
        self.base_url = str(http.base_url)
        self._origin = _origin(self.base_url)
        self._root = f"{http.base_url.scheme}://{http.base_url.netloc.decode()}/"

    async def fetch(
        self, request: Request, use: Callable[[Answer], T], *, partition: str | None = None, exact: bool = False
    ) -> T:
        """Fetch and decode one answer, and give what `use` makes of it; `partition` names what it belongs to.

        With `exact`, numbers remember the digits they are written with (`ExactFloat`). Where `use` raises AnswerError,
        the answer is asked for again: it may have been a hiccup. Raises RequestError when the request is refused or all
        attempts have failed, that AnswerError, or SourceError.
        """
        call = _Call(self._url(request), self._headers_of(request), partition, exact)
        try:
            return await self._sender.retry(partial(self._attempt, call, use), url=call.url)
        except RetriableError as error:
            raise error.final or self._failure(call, error.reason, error.status, error.advice) from None

    def _url(self, request: Request) -> str:
        """The whole URL. Raises PaginationError where a page's link leads away from the API that was configured."""
        if not self._is_ours(request.url):
            raise PaginationError(
                url=self.base_url,
                problem=f"the next page it names is elsewhere, at {shown(request.url)}",
                advice="Requests go to the origin of base_url only, and with no credentials but those of "
                "configuration.json. Correct base_url, or choose another pagination there.",
            )
        return request.full_url

    def _headers_of(self, request: Request) -> Mapping[str, str]:
        """Those that every request carries, and the stream's own. What proves who we are goes over both."""
        if not request.headers:
            return self._headers
        headers = self._headers.copy()
        headers.update(request.headers)
        return headers

    def _is_ours(self, url: str) -> bool:
        if url.startswith(self._root):  # as nearly every one does
            return True
        try:
            return _origin(url) == self._origin and "@" not in urlsplit(url).netloc
        except ValueError:  # an unreadable URL leads nowhere
            return False

    async def _attempt(self, call: _Call, use: Callable[[Answer], T]) -> T:
        call.attempts += 1
        try:
            request = httpx.Request("GET", call.url, headers=call.headers)
        except httpx.InvalidURL as error:
            raise self._failure(call, f"the URL is not valid ({error})", None) from None
        received = await self._sender.send(request, partition=call.partition is not None, is_retry=call.attempts > 1)
        answer = self._decode(call, received)
        try:
            return use(answer)
        except AnswerError as error:
            raise RetriableError("the answer cannot be used", final=error) from error

    def _decode(self, call: _Call, received: Received) -> Answer:
        response, status = received.response, received.response.status_code
        if not _OK <= status < _REDIRECT:
            raise self._refusal(call, response)
        kind = response.headers.get("content-type", "no content type")
        try:
            decoded = Decoded([]) if status == _NO_CONTENT else decode(response.content, kind, exact=call.exact)
        except ValueError as error:
            raise RetriableError(f"the answer is not complete, valid JSON ({error}; {kind})", status=status) from None
        return Answer(call.url, response.headers, decoded.body, received.elapsed_seconds, decoded.repairs)

    def _refusal(self, call: _Call, response: httpx.Response) -> RequestError:
        reason = f"the API answered {response.status_code} {response.reason_phrase}"
        if response.has_redirect_location:
            reason += f", a redirect to {shown(response.headers['location'])}"
        return self._failure(call, reason, response.status_code)

    def _failure(self, call: _Call, reason: str, status: int | None, what_to_do: str = "") -> RequestError:
        return RequestError(
            url=call.url,
            reason=reason,
            advice=what_to_do or advice(status),
            attempts=call.attempts,
            status=status,
            partition=call.partition,
        )


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)


def advice(status: int | None) -> str:
    """What to do about a status (None: there was no answer)."""
    if status is not None and _REDIRECT <= status < _BAD_REQUEST:
        return _ADVICE_REDIRECT
    if status is None or status < _REDIRECT or status in RETRIED_STATUSES:
        return f"{_ADVICE.get(status or 0, '')} {_ADVICE_RETRIED}".lstrip()
    return _ADVICE.get(status, _ADVICE_OTHER)
