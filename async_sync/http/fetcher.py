"""Fetches pages below one `base_url`: which URLs it may ask for, what a status means, and how an answer is decoded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import httpx

from async_sync.errors.lists import AnswerError, PaginationError, RequestError
from async_sync.errors.verdict import Verdict
from async_sync.http.advice import advice
from async_sync.http.decoding import Decoded, decode
from async_sync.http.retriable import RetriableError
from async_sync.http.sender import Judge, RetryingSender, TimedResponse, explanation_in, status_text
from async_sync.http.sent_url import sent_url
from async_sync.records.answers import Answer
from async_sync.records.formats import UndecodableError, decoded_by
from async_sync.records.requests import Request
from async_sync.streams.bound import BoundStream
from async_sync.text.origins import is_same_origin
from async_sync.text.quoting import one_line, safe_url

T = TypeVar("T")

_MAX_HEADER_LENGTH = 100
_NOTHING = httpx.ByteStream(b"")  # with a stream, httpx does not look for headers that it would add
_OK, _NO_CONTENT, _REDIRECT, _NOT_MODIFIED = 200, 204, 300, 304
_RULED = (
    "Look the error up in the API's documentation, or correct responses of the stream in connector.py. What was read "
    "before is saved, and no cursor has moved past this."
)


@dataclass(slots=True)
class _Fetch:
    """A request and its attempts so far."""

    url: str
    method: str
    headers: Mapping[str, str]
    content: bytes | None
    partition: str | None
    stream: BoundStream | None
    judge: Judge | None
    attempts: int = 0


class PageFetcher:
    """Fetches pages with the credentials of `auth`. Retries what another attempt may mend."""

    def __init__(self, http: httpx.AsyncClient, sender: RetryingSender, *, auth: httpx.Auth) -> None:
        self._sender = sender
        self._auth = auth
        self._headers = httpx.Headers({"host": http.base_url.netloc.decode(), **sender.headers})
        self._base_url = http.base_url
        self.base_url = str(http.base_url)
        self._root = f"{http.base_url.scheme}://{http.base_url.netloc.decode()}/"

    async def fetch(
        self,
        request: Request,
        read: Callable[[Answer], T],
        *,
        partition: str | None = None,
        stream: BoundStream | None = None,
        judge: Judge | None = None,
    ) -> T:
        """Fetch and decode one answer, and return the result of `read`; `partition` names what the answer belongs to.

        Errors come with advice for `stream`. If it has columns for exact numbers, numbers remember the digits that they
        were written with (`ExactFloat`).

        What `judge` says about an answer takes precedence over what its status means; the error has it as `verdict`.

        If `read` raises AnswerError, the answer may have been a hiccup and is fetched again. Raises that AnswerError or
        RequestError when the request is refused or all attempts have failed, and SourceError.
        """
        fetch = _Fetch(
            self._allowed_url(request),
            request.method,
            self._headers_of(request),
            request.content,
            partition,
            stream,
            judge,
        )
        try:
            return await self._sender.retry(partial(self._attempt, fetch, read), url=fetch.url)
        except RetriableError as error:
            raise error.final or _failure(fetch, error) from None

    def _allowed_url(self, request: Request) -> str:
        """The whole URL. Raises PaginationError if a page's link leads away from the API that was configured."""
        is_ours = request.url.startswith(self._root)  # as nearly every one is
        if not (is_ours or is_same_origin(request.url, self.base_url)):
            raise PaginationError(
                url=self.base_url,
                problem=f"its next page is at another origin, {safe_url(request.url)}",
                advice="Requests go to the origin of base_url only, and with no credentials but those of "
                "configuration.json. Correct base_url, or choose another pagination there. If that is the same API "
                "behind a proxy, declare keep_origin=True for the stream's pagination in connector.py.",
            )
        return request.full_url

    def _headers_of(self, request: Request) -> Mapping[str, str]:
        """The headers that every request carries, and those of the stream. Credentials replace both."""
        if not request.headers and request.body is None:
            return self._headers
        headers = self._headers.copy()
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        headers.update(request.headers)
        return headers

    def _request(self, fetch: _Fetch) -> httpx.Request:
        """The request as httpx knows it. Raises RequestError if the URL is not valid."""
        nothing = _NOTHING if fetch.method == "GET" and fetch.content is None else None
        request = httpx.Request(
            fetch.method, self._base_url, headers=fetch.headers, content=fetch.content, stream=nothing
        )
        request.read()
        try:
            request.url = sent_url(fetch.url, self._root)  # httpx would take it apart before
        except httpx.InvalidURL as error:
            raise _failure(fetch, RetriableError(f"the URL is not valid ({error})")) from None
        return request

    async def _attempt(self, fetch: _Fetch, read: Callable[[Answer], T]) -> T:
        fetch.attempts += 1
        request = self._request(fetch)
        received = await self._sender.send(
            request,
            auth=self._auth,
            partition=fetch.partition is not None,
            is_retry=fetch.attempts > 1,
            kind="" if fetch.stream is None else fetch.stream.name,
            judge=fetch.judge,
        )
        answer = _decoded(fetch, received)
        try:
            return read(answer)
        except AnswerError as error:
            raise RetriableError("the answer cannot be used", final=error) from error


def _decoded(fetch: _Fetch, received: TimedResponse) -> Answer:
    """The answer in a response. Raises RequestError for any status but success, and RetriableError."""
    response, status = received.response, received.response.status_code
    if received.verdict is Verdict.RETRY:
        raise RetriableError(status_text(response), status=status, said=explanation_in(response))
    if received.verdict is not None or not (_OK <= status < _REDIRECT or _is_unmodified(fetch, status)):
        raise _refusal(fetch, response, received.verdict)
    content_type = response.headers.get("content-type", "no content type")
    own = fetch.stream and fetch.stream.declared.decode
    exact = fetch.stream is not None and fetch.stream.rows.is_exact
    try:
        if status == _NO_CONTENT or _is_unmodified(fetch, status):
            decoded = Decoded([])
        elif own:
            decoded = Decoded(decoded_by(own, response.content))
        else:
            decoded = decode(response.content, content_type, exact=exact)
    except UndecodableError as error:
        raise RetriableError(str(error), status=status) from None
    except ValueError as error:
        shown = one_line(content_type, _MAX_HEADER_LENGTH)
        raise RetriableError(f"the answer is not complete, valid JSON ({error}; {shown})", status=status) from None
    return Answer(fetch.url, response.headers, decoded.body, received.elapsed_seconds, decoded.repairs)


def _is_unmodified(fetch: _Fetch, status: int) -> bool:
    """Whether the answer says that nothing has changed since the time that was asked for in a header."""
    return status == _NOT_MODIFIED and any(name.lower() == "if-modified-since" for name in fetch.headers)


def _refusal(fetch: _Fetch, response: httpx.Response, verdict: Verdict | None) -> RequestError:
    reason = status_text(response)
    if verdict is not None:
        reason += f", which the stream's responses in connector.py take as {verdict.name}"
    if response.has_redirect_location:
        reason += f", a redirect to {safe_url(response.headers['location'])}"
    what_to_do = _RULED if verdict is not None and response.is_success else ""
    refused = RetriableError(reason, status=response.status_code, said=explanation_in(response), advice=what_to_do)
    return _failure(fetch, refused, verdict)


def _failure(fetch: _Fetch, last: RetriableError, verdict: Verdict | None = None) -> RequestError:
    """The error after the last attempt, or the only one."""
    return RequestError(
        url=fetch.url,
        reason=last.reason,
        said=last.said,
        advice=last.advice or advice(last.status, fetch.stream, is_late=last.is_late),
        attempts=fetch.attempts,
        status=last.status,
        partition=fetch.partition,
        verdict=verdict,
        method=fetch.method,
    )
