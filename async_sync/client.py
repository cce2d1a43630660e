"""One request with its retries: what a status means, and how an answer is decoded."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import aiohttp
import anyio
import anyio.lowlevel
import httpx
import msgspec
import stamina

from async_sync.errors import PaginationError, RequestError, RetriableError, shown
from async_sync.gate import Gate
from async_sync.pages import Answer, Request
from async_sync.progress import Progress
from async_sync.settings import Settings

_TRANSPORT_ERRORS = (httpx.TransportError, httpx.DecodingError, aiohttp.ClientError, OSError)
_OK, _NO_CONTENT, _REDIRECT, _BAD_REQUEST = 200, 204, 300, 400
_RETRIED_STATUSES = {429, *range(500, 600)} - {501}

_DEFAULT_PORTS = {"http": 80, "https": 443}
_ADVICE = {
    400: "The API refused the parameters: check pagination (none sends no limit) and cursor_field.",
    401: "Check api_token: it is missing, wrong or expired.",
    403: "Check api_token: it is valid but may not read this.",
    404: "Check base_url, companies_path and departments_path in configuration.json.",
    429: "The API wants fewer requests: lower max_concurrency.",
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
    partition: str | None
    attempts: int = 0


class Client:
    """GETs below one `base_url`. Retries what may be mended, raises RequestError for everything else."""

    def __init__(
        self, http: httpx.AsyncClient, settings: Settings, *, gate: Gate, progress: Progress, clock: Callable[[], float]
    ) -> None:
        self._http = http
        self._gate = gate
        self._progress = progress
        self._clock = clock
        self._origin = _origin(str(http.base_url))
        self._timeout = settings.timeout_seconds
        stamina.instrumentation.set_on_retry_hooks([])  # it would log each retry; `progress` counts them
        self._retry = stamina.AsyncRetryingCaller(
            attempts=settings.max_attempts, timeout=None, wait_initial=0.5, wait_max=30.0, wait_jitter=1.0
        ).on(RetriableError)

    async def fetch(self, request: Request, *, partition: str | None = None) -> Answer:
        """Fetch and decode one answer; `partition` names what it belongs to in messages.

        Raises RequestError when the request is refused or all attempts have failed.
        """
        call = _Call(self._url(request), partition)
        try:
            return await self._attempt(call)
        except RetriableError as error:
            failed = [error]
        try:
            return await self._retry(self._next_attempt, call, failed)
        except RetriableError as error:
            raise self._failure(call, error.reason, error.status) from error

    async def _next_attempt(self, call: _Call, failed: list[RetriableError]) -> Answer:
        """What stamina calls: its first attempt is the one that has failed already.

        Nearly every request succeeds at once, while a retry takes 35 microseconds to set up and leaves 50 objects, the
        answer among them, in reference cycles.
        """
        if failed:
            raise failed.pop()
        return await self._attempt(call)

    def _url(self, request: Request) -> str:
        """The whole URL. Raises PaginationError where a page's link leads away from the API that was configured."""
        if not self._is_ours(request.url):
            raise PaginationError(
                url=str(self._http.base_url),
                problem=f"the next page it names is elsewhere, at {shown(request.url)}",
                advice="Requests go to the origin of base_url only, so that credentials do. Correct base_url, or "
                "choose another pagination in configuration.json.",
            )
        return f"{request.url}?{urlencode(request.params)}" if request.params else request.url

    def _is_ours(self, url: str) -> bool:
        try:
            return _origin(url) == self._origin
        except ValueError:  # an unreadable URL leads nowhere
            return False

    async def _attempt(self, call: _Call) -> Answer:
        call.attempts += 1
        async with self._gate.admit(partition=call.partition is not None):
            started = self._clock()
            self._progress.request_started(is_retry=call.attempts > 1)
            try:
                response = await self._send(call)
            finally:
                elapsed = self._clock() - started
                self._progress.request_ended(elapsed, partition=call.partition is not None)
        await anyio.lowlevel.checkpoint()  # let the request that waits for this slot start before decoding
        return self._decode(call, response, elapsed)

    async def _send(self, call: _Call) -> httpx.Response:
        """One exchange, body included, within the time of one attempt."""
        try:
            with anyio.fail_after(self._timeout):
                response = await self._http.send(httpx.Request("GET", call.url, headers=self._http.headers))
        except httpx.InvalidURL as error:
            raise self._failure(call, f"the URL is not valid ({error})", None) from error
        except TimeoutError as error:
            raise RetriableError(f"no complete answer within {self._timeout:g} s") from error
        except _TRANSPORT_ERRORS as error:  # its class says little: the transport calls a refused connection a timeout
            raise RetriableError(f"the connection failed ({str(error) or type(error).__name__})") from error
        del response.stream  # it and the response refer to each other, and the garbage collector would stop the loop
        return response

    def _decode(self, call: _Call, response: httpx.Response, elapsed: float) -> Answer:
        status = response.status_code
        if status in _RETRIED_STATUSES:
            raise RetriableError(f"the API answered {status} {response.reason_phrase}", status=status)
        if not _OK <= status < _REDIRECT:
            raise self._refusal(call, response)
        try:
            body = [] if status == _NO_CONTENT else msgspec.json.decode(response.content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            kind = response.headers.get("content-type", "no content type")
            raise RetriableError(f"the answer is not complete, valid JSON ({error}; {kind})", status=status) from error
        return Answer(url=call.url, headers=response.headers, body=body, elapsed_seconds=elapsed)

    def _refusal(self, call: _Call, response: httpx.Response) -> RequestError:
        reason = f"the API answered {response.status_code} {response.reason_phrase}"
        if response.has_redirect_location:
            reason += f", a redirect to {shown(response.headers['location'])}"
        return self._failure(call, reason, response.status_code)

    def _failure(self, call: _Call, reason: str, status: int | None) -> RequestError:
        return RequestError(
            url=call.url,
            reason=reason,
            advice=advice(status),
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
    if status is None or status < _REDIRECT or status in _RETRIED_STATUSES:
        return f"{_ADVICE.get(status or 0, '')} {_ADVICE_RETRIED}".lstrip()
    return _ADVICE.get(status, _ADVICE_OTHER)
