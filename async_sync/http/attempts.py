"""One attempt of a request, and how often there is another: what the API and the token endpoint have in common."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple, NoReturn, TypeVar

import anyio.lowlevel
import httpx

from async_sync.configuration.settings import Settings
from async_sync.errors.source import UntrustedError
from async_sync.http.retriable import RetriableError
from async_sync.http.retries import Retries
from async_sync.http.standstill import Blocked, Trouble
from async_sync.http.transport import CertificateError
from async_sync.pacing.gate import Admission, Gate
from async_sync.pacing.pace import Outcome
from async_sync.pacing.requested_waits import LIMIT_STATUSES, Wait, headers_of_limits, is_refused, requested_wait
from async_sync.progress import Progress
from async_sync.text.explanations import explanation
from async_sync.text.quoting import one_line

T = TypeVar("T")

RETRIED_STATUSES = {*LIMIT_STATUSES, *range(500, 600)} - {501}
_FORBIDDEN, _UNAVAILABLE = 403, 503
_UNANSWERED_STATUSES = {502, _UNAVAILABLE, 504, *range(520, 525), 530}  # a gateway has no server behind it
_UNREACHABLE_ERRORS = (httpx.ConnectError, httpx.ConnectTimeout)
_MAX_OF_A_PHRASE = 100
LATE_STATUSES = {504, 524}
"""What a proxy answers that has waited too long; 524 is Cloudflare's."""


class Received(NamedTuple):
    """An answer, its body included, and the seconds it took."""

    response: httpx.Response
    elapsed_seconds: float


class RetryingSender:
    """Sends requests through the gate. Counts them, and does what their answers ask everyone to do.

    `headers` are those that every request carries; `info` takes a line for the log.
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
        """Return what an attempt returns; see `Retries.run`."""
        return self._retries.run(attempt, url=url)

    async def send(self, request: httpx.Request, *, partition: bool, is_retry: bool, proves: bool = True) -> Received:
        """One attempt, from the gate to the last byte of the body; with `proves`, it carries the credentials.

        Raises RetriableError where another attempt may succeed, UntrustedError, and what the credentials raise.
        """
        asked = self._clock()
        async with self._gate.admit(partition=partition, nested=not proves) as admission:
            self._progress.request_started(admission.started - asked, is_retry=is_retry)
            try:
                response = await self._exchange(request, admission, proves=proves)
            finally:
                elapsed = self._clock() - admission.started
                self._progress.request_ended(elapsed, partition=partition)
            self._heed(response, admission)
        await anyio.lowlevel.checkpoint()  # let the request that waits for this place start before decoding
        self._check_size(response)
        return Received(response, elapsed)

    async def _exchange(self, request: httpx.Request, admission: Admission, *, proves: bool) -> httpx.Response:
        """Ask, and hear what comes back. No other error is chained: what others say of a failure may hold a secret."""
        try:
            response = await self._http.send(request, auth=httpx.USE_CLIENT_DEFAULT if proves else None)
        except TimeoutError:
            reason = f"no complete answer within {self._timeout_seconds:g} s"
            late = self._retries.blocked(
                Trouble.UNANSWERED, reason, request=request, admission=admission, outcome=Outcome.LIMITED
            )
            raise RetriableError(reason, is_late=True, blocked=late) from None
        except CertificateError as error:
            raise UntrustedError(url=str(request.url), reason=str(error)) from None
        except httpx.TransportError as error:
            reason = _failure(error)
            trouble = Trouble.UNREACHABLE if isinstance(error, _UNREACHABLE_ERRORS) else Trouble.UNANSWERED
            blocked = self._retries.blocked(trouble, reason, request=request, admission=admission)
            raise RetriableError(reason, blocked=blocked) from None
        except httpx.DecodingError as error:
            admission.outcome = Outcome.FAILED
            raise RetriableError(_failure(error)) from None
        del response.stream  # it and the response refer to each other, and the garbage collector would stop the loop
        return response

    def _heed(self, response: httpx.Response, admission: Admission) -> None:
        """Do what an answer asks of everyone. Most ask nothing, which is cheap to see.

        Raises RetriableError where another attempt may succeed.
        """
        status, told = response.status_code, headers_of_limits(response.headers)
        wait = requested_wait(status, told, response.headers, self._wall_clock) if told else None
        if wait is not None:
            self._progress.paused_seconds += self._gate.pause(wait, url=str(response.request.url))
        if status in RETRIED_STATUSES or (status == _FORBIDDEN and told):
            is_limit = is_refused(status, told)
            if status != _FORBIDDEN or is_limit or wait is not None:
                self._refuse(response, admission, wait, is_limit=is_limit)
        self._retries.answered(admission)

    def _refuse(self, response: httpx.Response, admission: Admission, wait: Wait | None, *, is_limit: bool) -> NoReturn:
        """Raise RetriableError. A refusal that says for how long holds for everyone already."""
        status = response.status_code
        reason = answered(response)
        admission.outcome = outcome = Outcome.LIMITED if is_limit or status == _UNAVAILABLE else Outcome.FAILED
        blocked: Blocked | None = None
        if is_limit and wait is not None:
            blocked = Blocked(Trouble.REFUSED, None)
        elif status != _FORBIDDEN or is_limit:
            trouble = Trouble.UNANSWERED if status in _UNANSWERED_STATUSES else Trouble.FAILED
            blocked = self._retries.blocked(
                Trouble.REFUSED if is_limit else trouble,
                reason,
                request=response.request,
                admission=admission,
                outcome=outcome,
            )
        late = status in LATE_STATUSES
        raise RetriableError(reason, status=status, said=said_by(response), is_late=late, blocked=blocked)

    def _check_size(self, response: httpx.Response) -> None:
        if len(response.content) > self._max_bytes:
            raise RetriableError(
                f"the answer is larger than max_response_mb ({self._max_bytes / 1e6:g})",
                status=response.status_code,
                advice="Lower page_size, or raise max_response_mb in configuration.json.",
            )


def _failure(error: httpx.RequestError) -> str:
    return f"the connection failed ({str(error) or type(error).__name__})"


def answered(response: httpx.Response) -> str:
    """Which status it was, in the words of the API."""
    return f"the API answered {response.status_code} {one_line(response.reason_phrase, _MAX_OF_A_PHRASE)}".rstrip()


def said_by(response: httpx.Response) -> str:
    """The API's own explanation of a status that is an error."""
    return explanation(response.content, response.headers.get("content-type", ""))
