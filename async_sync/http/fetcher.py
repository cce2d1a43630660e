"""GETs below one `base_url`: where a request may go, what a status means, and how an answer is decoded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

import httpx

from async_sync.errors.lists import AnswerError, PaginationError, RequestError
from async_sync.http.advice import advice
from async_sync.http.attempts import Received, RetryingSender, answered, said_by
from async_sync.http.decoding import Decoded, decode
from async_sync.http.retriable import RetriableError
from async_sync.records.answers import Answer
from async_sync.records.requests import Request
from async_sync.streams.stream import Stream
from async_sync.text.quoting import one_line, safe_url

T = TypeVar("T")

_MAX_OF_A_HEADER = 100
_OK, _NO_CONTENT, _REDIRECT = 200, 204, 300
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(slots=True)
class _Call:
    """One request on its way through its attempts."""

    url: str
    headers: Mapping[str, str]
    partition: str | None
    stream: Stream | None
    attempts: int = 0


class PageFetcher:
    """Retries what may be mended, raises FatalError for everything else."""

    def __init__(self, http: httpx.AsyncClient, sender: RetryingSender) -> None:
        self._sender = sender
        self._headers = sender.headers
        self.base_url = str(http.base_url)
        self._origin = _origin(self.base_url)
        self._root = f"{http.base_url.scheme}://{http.base_url.netloc.decode()}/"

    async def fetch(
        self,
        request: Request,
        use: Callable[[Answer], T],
        *,
        partition: str | None = None,
        stream: Stream | None = None,
    ) -> T:
        """Fetch and decode one answer, and give what `use` makes of it; `partition` names what it belongs to.

        Errors give advice for the `stream` whose request it is; where that has columns for exact numbers, numbers
        remember the digits they are written with (`ExactFloat`).

        Where `use` raises AnswerError, the answer is asked for again: it may have been a hiccup. Raises RequestError
        when the request is refused or all attempts have failed, that AnswerError, or SourceError.
        """
        call = _Call(self._url(request), self._headers_of(request), partition, stream)
        try:
            return await self._sender.retry(partial(self._attempt, call, use), url=call.url)
        except RetriableError as error:
            raise error.final or _failure(call, error) from None

    def _url(self, request: Request) -> str:
        """The whole URL. Raises PaginationError where a page's link leads away from the API that was configured."""
        if not self._is_ours(request.url):
            raise PaginationError(
                url=self.base_url,
                problem=f"the next page it names is elsewhere, at {safe_url(request.url)}",
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
            raise _failure(call, RetriableError(f"the URL is not valid ({error})")) from None
        received = await self._sender.send(request, partition=call.partition is not None, is_retry=call.attempts > 1)
        answer = self._decode(call, received)
        try:
            return use(answer)
        except AnswerError as error:
            raise RetriableError("the answer cannot be used", final=error) from error

    def _decode(self, call: _Call, received: Received) -> Answer:
        response, status = received.response, received.response.status_code
        if not _OK <= status < _REDIRECT:
            raise _refusal(call, response)
        kind, exact = response.headers.get("content-type", "no content type"), call.stream and call.stream.is_exact
        try:
            decoded = Decoded([]) if status == _NO_CONTENT else decode(response.content, kind, exact=bool(exact))
        except ValueError as error:
            kind = one_line(kind, _MAX_OF_A_HEADER)
            raise RetriableError(f"the answer is not complete, valid JSON ({error}; {kind})", status=status) from None
        return Answer(call.url, response.headers, decoded.body, received.elapsed_seconds, decoded.repairs)


def _refusal(call: _Call, response: httpx.Response) -> RequestError:
    reason = answered(response)
    if response.has_redirect_location:
        reason += f", a redirect to {safe_url(response.headers['location'])}"
    return _failure(call, RetriableError(reason, status=response.status_code, said=said_by(response)))


def _failure(call: _Call, last: RetriableError) -> RequestError:
    """The error after the last attempt, or the only one."""
    return RequestError(
        url=call.url,
        reason=last.reason,
        said=last.said,
        advice=last.advice or advice(last.status, call.stream, is_late=last.is_late),
        attempts=call.attempts,
        status=last.status,
        partition=call.partition,
    )


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)
