"""One attempt of a request, to the API or the token endpoint: from the gate to the last byte of the answer."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple, NoReturn, TypeVar

import anyio.lowlevel
import httpx

from async_sync.configuration.settings import Settings
from async_sync.errors.source import UntrustedError
from async_sync.errors.verdict import Verdict
from async_sync.http.retriable import RetriableError
from async_sync.http.retries import Retries
from async_sync.http.standstill import ApiFailure, FailureKind
from async_sync.http.transport import CertificateError
from async_sync.pacing.gate import Admission, Gate
from async_sync.pacing.pace import Outcome
from async_sync.pacing.requested_waits import (
    RATE_LIMIT_STATUSES,
    Wait,
    is_rate_limited,
    limit_headers,
    requested_wait,
)
from async_sync.progress import Progress
from async_sync.text.explanations import explanation, reported_error
from async_sync.text.quoting import one_line

T = TypeVar("T")

RETRIED_STATUSES = {*RATE_LIMIT_STATUSES, *range(500, 600)} - {501}
_FORBIDDEN, _TOO_MANY, _UNAVAILABLE = 403, 429, 503
_UNANSWERED_STATUSES = {502, _UNAVAILABLE, 504, *range(520, 525), 530}  # a gateway has no server behind it
_LATE_STATUSES = {504, 524}  # a proxy has waited too long; 524 is Cloudflare's
_UNREACHABLE_ERRORS = (httpx.ConnectError, httpx.ConnectTimeout)
_MAX_PHRASE_LENGTH = 100


Judge = Callable[[httpx.Response], Verdict | None]
"""Says what an answer means, or None to leave that to the built-in rules."""


class TimedResponse(NamedTuple):
    """A response, its body included, how long it took, and what a rule of its stream says about it."""

    response: httpx.Response
    elapsed_seconds: float
    verdict: Verdict | None = None


class RetryingSender:
    """Sends requests through the gate, counts them, and makes everyone wait where an answer asks for that.

    `headers` are those that every request carries; `info` logs a line.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        settings: Settings,
        *,
        gate: Gate,
        progress: Progress,
        info: Callable[[str], None],
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
    ) -> None:
        self._http = http
        self.headers = http.headers
        self._gate = gate
        self._progress = progress
        self._clock = clock
        self._wall_clock = wall_clock
        self._retries = Retries(settings, gate=gate, progress=progress, info=info, clock=clock)
        self._timeout_seconds = settings.timeout_seconds
        self._max_bytes = settings.max_response_mb * 1e6

    def retry(self, attempt: Callable[[], Awaitable[T]], *, url: str) -> Awaitable[T]:
        """Repeat an attempt until it succeeds, and return its result; see `Retries.run`."""
        return self._retries.run(attempt, url=url)

    async def send(
        self,
        request: httpx.Request,
        *,
        auth: httpx.Auth | None,
        partition: bool,
        is_retry: bool,
        kind: str = "",
        nested: bool = False,
        judge: Judge | None = None,
    ) -> TimedResponse:
        """Make one attempt, from the gate to the last byte of the body. `Gate.enter` explains `kind` and `nested`.

        What `judge` says about the answer takes precedence over what its status means.

        Raises RetriableError if another attempt may succeed, UntrustedError, and the errors of `auth`.
        """
        arrived = self._clock()
        admission = await self._gate.enter(partition=partition, kind=kind, nested=nested)
        try:
            self._progress.request_started(admission.started - arrived, is_retry=is_retry)
            try:
                response = await self._exchange(request, auth, admission)
            finally:
                elapsed = self._clock() - admission.started
                self._progress.request_ended(elapsed, partition=partition)
            verdict = None if judge is None else judge(response)
            self._accept(response, admission, verdict)
        finally:
            self._gate.leave(admission)
        await anyio.lowlevel.checkpoint()  # let the request that waits for this place start before decoding
        self._check_size(response)
        return TimedResponse(response, elapsed, verdict)

    @asynccontextmanager
    async def further_request(self) -> AsyncIterator[None]:
        """Let in, and count, a further request that an auth sends for one that has been let in."""
        arrived = self._clock()
        async with self._gate.admit(partition=False, nested=True) as admission:
            self._progress.request_started(admission.started - arrived, is_retry=False)
            try:
                yield
            finally:
                self._progress.request_ended(self._clock() - admission.started, partition=False)

    def accept(self, response: httpx.Response) -> None:
        """Do what an answer asks for that an auth got on the way. Raises RetriableError if the attempt has failed."""
        self._accept(response, Admission(self._clock()), None)

    async def _exchange(self, request: httpx.Request, auth: httpx.Auth | None, admission: Admission) -> httpx.Response:
        """Send the request and read the answer. No foreign error is chained: its words may hold a secret."""
        try:
            response = await self._http.send(request, auth=auth)
        except TimeoutError:
            reason = f"no complete answer within {self._timeout_seconds:g} s"
            failure = self._retries.record_api_failure(
                FailureKind.UNANSWERED, reason, request=request, admission=admission, outcome=Outcome.LIMITED
            )
            raise RetriableError(reason, is_late=True, api_failure=failure) from None
        except CertificateError as error:
            raise UntrustedError(url=str(request.url), reason=str(error)) from None
        except httpx.TransportError as error:
            reason = _reason(error)
            kind = FailureKind.UNREACHABLE if isinstance(error, _UNREACHABLE_ERRORS) else FailureKind.UNANSWERED
            failure = self._retries.record_api_failure(kind, reason, request=request, admission=admission)
            raise RetriableError(reason, api_failure=failure) from None
        except httpx.DecodingError as error:
            admission.outcome = Outcome.FAILED
            raise RetriableError(_reason(error)) from None
        del response.stream  # it and the response refer to each other, and the garbage collector would stop the loop
        return response

    def _accept(self, response: httpx.Response, admission: Admission, verdict: Verdict | None) -> None:
        """Pause all requests if the answer asks for that, and record how the attempt ended.

        Most answers say nothing about limits, which takes little time to find out. Raises RetriableError if another
        attempt may succeed.
        """
        status, limits = response.status_code, limit_headers(response.headers)
        if verdict is Verdict.WAIT:
            status = _TOO_MANY
        wait = requested_wait(status, limits, response.headers, self._wall_clock) if limits else None
        if wait is not None:
            self._progress.paused_seconds += self._gate.pause_as_asked(wait, url=str(response.request.url))
        if verdict is Verdict.WAIT:
            self._reject(response, admission, wait, rate_limited=True)
        elif verdict is None and (status in RETRIED_STATUSES or (status == _FORBIDDEN and limits)):
            rate_limited = is_rate_limited(status, limits)
            if status != _FORBIDDEN or rate_limited or wait is not None:
                self._reject(response, admission, wait, rate_limited=rate_limited)
        self._retries.record_answer(admission)

    def _reject(
        self, response: httpx.Response, admission: Admission, wait: Wait | None, *, rate_limited: bool
    ) -> NoReturn:
        """Record a failed attempt, and raise RetriableError."""
        status, reason = response.status_code, status_text(response)
        outcome = Outcome.LIMITED if rate_limited or status == _UNAVAILABLE else Outcome.FAILED
        admission.outcome = outcome
        failure: ApiFailure | None = None
        if rate_limited and wait is not None:
            failure = ApiFailure(FailureKind.REFUSED, None)  # everyone waits already
        elif rate_limited or status != _FORBIDDEN:
            kind = FailureKind.UNANSWERED if status in _UNANSWERED_STATUSES else FailureKind.FAILED
            failure = self._retries.record_api_failure(
                FailureKind.REFUSED if rate_limited else kind,
                reason,
                request=response.request,
                admission=admission,
                outcome=outcome,
            )
        raise RetriableError(
            reason,
            status=status,
            said=explanation_in(response),
            is_late=status in _LATE_STATUSES,
            api_failure=failure,
        )

    def _check_size(self, response: httpx.Response) -> None:
        if len(response.content) > self._max_bytes:
            raise RetriableError(
                f"the answer is larger than max_response_mb ({self._max_bytes / 1e6:g})",
                status=response.status_code,
                advice="Lower page_size, or raise max_response_mb in configuration.json.",
            )


def _reason(error: httpx.RequestError) -> str:
    return f"the connection failed ({str(error) or type(error).__name__})"


def status_text(response: httpx.Response) -> str:
    """The status that the API answered, with its reason phrase."""
    return f"the API answered {response.status_code} {one_line(response.reason_phrase, _MAX_PHRASE_LENGTH)}".rstrip()


def explanation_in(response: httpx.Response) -> str:
    """The API's own explanation of a refusal, or the error that a success reports; "" if there is none."""
    if response.is_success:
        return reported_error(response.content)
    return explanation(response.content, response.headers.get("content-type", ""))
