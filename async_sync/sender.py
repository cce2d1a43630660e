"""One attempt of a request, and how often there is another: what the API and the token endpoint have in common."""

from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from typing import NamedTuple, TypeVar

import anyio.lowlevel
import httpx
import stamina

from async_sync.errors import ConnectorError, RetriableError, UntrustedError
from async_sync.explanations import explanation
from async_sync.gate import Admission, Gate
from async_sync.health import Health
from async_sync.pace import Outcome
from async_sync.progress import Progress
from async_sync.quoting import printable
from async_sync.settings import Settings
from async_sync.transport import CertificateError
from async_sync.waits import LIMIT_HEADERS, WAITING_STATUSES, asked_wait

T = TypeVar("T")

_MOST_OF_A_PHRASE = 100
LATE_STATUSES = {504, 524}
"""What a proxy answers that has waited too long; 524 is Cloudflare's."""
RETRIED_STATUSES = {429, *range(500, 600)} - {501}
_OUTCOMES = dict.fromkeys(RETRIED_STATUSES, Outcome.FAILED) | dict.fromkeys(WAITING_STATUSES, Outcome.LIMITED)


class Received(NamedTuple):
    """An answer, its body included, and the seconds it took."""

    response: httpx.Response
    elapsed_seconds: float


class Sender:
    """Sends requests through the gate. Counts them, and does what their answers ask everyone to do.

    `headers` are those that every request carries.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        settings: Settings,
        *,
        gate: Gate,
        progress: Progress,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
    ) -> None:
        self._http = http
        self.headers = http.headers
        self._gate = gate
        self._progress = progress
        self._clock = clock
        self._wall_clock = wall_clock
        self._health = Health()
        self._timeout_seconds = settings.timeout_seconds
        self._max_bytes = settings.max_response_mb * 1e6
        stamina.instrumentation.set_on_retry_hooks([])  # it would log each retry; `progress` counts them
        self._retry = stamina.AsyncRetryingCaller(
            attempts=settings.max_attempts, timeout=None, wait_initial=0.5, wait_max=30.0, wait_jitter=1.0
        ).on(RetriableError)

    async def retry(self, attempt: Callable[[], Awaitable[T]], *, url: str) -> T:
        """Give what an attempt gives, up to `max_attempts` times. Raises the last one's RetriableError.

        Nearly every request succeeds at once, while a retry takes 35 microseconds to set up and leaves 50 objects, the
        answer among them, in reference cycles. So stamina comes in only then, and its first attempt is the failed one.
        """
        try:
            return await self._counted(attempt, url)
        except RetriableError as error:
            failed = [error]

        async def next_attempt() -> T:
            if failed:
                raise failed.pop()
            resting.close()
            try:
                return await self._counted(attempt, url)
            finally:
                resting.enter_context(self._gate.rest())

        with ExitStack() as resting:
            resting.enter_context(self._gate.rest())
            return await self._retry(next_attempt)

    async def send(self, request: httpx.Request, *, partition: bool, is_retry: bool, proves: bool = True) -> Received:
        """One attempt, from the gate to the last byte of the body; with `proves`, it carries the credentials.

        Raises RetriableError where another attempt may succeed, UntrustedError, and what the credentials raise.
        """
        asked = self._clock()
        async with self._gate.admit(partition=partition) as admission:
            self._progress.request_started(admission.started - asked, is_retry=is_retry)
            try:
                response = await self._exchange(request, admission, proves=proves)
            finally:
                elapsed = self._clock() - admission.started
                self._progress.request_ended(elapsed, partition=partition)
            admission.outcome = _OUTCOMES.get(response.status_code, Outcome.OK)
            self._heed(response)
        await anyio.lowlevel.checkpoint()  # let the request that waits for this place start before decoding
        self._check(response)
        return Received(response, elapsed)

    async def _exchange(self, request: httpx.Request, admission: Admission, *, proves: bool) -> httpx.Response:
        """Ask, and hear what comes back. No other error is chained: what others say of a failure may hold a secret."""
        try:
            response = await self._http.send(request, auth=httpx.USE_CLIENT_DEFAULT if proves else None)
        except TimeoutError:
            admission.outcome = Outcome.LIMITED
            raise RetriableError(f"no complete answer within {self._timeout_seconds:g} s", is_late=True) from None
        except CertificateError as error:
            raise UntrustedError(url=str(request.url), reason=str(error)) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            admission.outcome = Outcome.FAILED
            raise RetriableError(f"the connection failed ({str(error) or type(error).__name__})") from None
        del response.stream  # it and the response refer to each other, and the garbage collector would stop the loop
        return response

    def _heed(self, response: httpx.Response) -> None:
        """Pause everyone, where the answer asks for it. Most have none of the headers, which is cheap to see."""
        names = (name.lower() for name, _ in response.headers.raw)
        if response.status_code not in WAITING_STATUSES and LIMIT_HEADERS.isdisjoint(names):
            return
        wait = asked_wait(response.status_code, response.headers, self._wall_clock)
        if wait is not None:
            self._progress.paused_seconds += self._gate.pause(wait, url=str(response.request.url))

    def _check(self, response: httpx.Response) -> None:
        status = response.status_code
        if status in RETRIED_STATUSES:
            raise RetriableError(
                answered(response), status=status, said=said_by(response), is_late=status in LATE_STATUSES
            )
        if len(response.content) > self._max_bytes:
            raise RetriableError(
                f"the answer is larger than max_response_mb ({self._max_bytes / 1e6:g})",
                status=status,
                advice="Lower page_size, or raise max_response_mb in configuration.json.",
            )

    async def _counted(self, attempt: Callable[[], Awaitable[T]], url: str) -> T:
        """One attempt, counted against the budget of the whole sync."""
        try:
            result = await attempt()
        except RetriableError as error:
            self._health.record(error.reason, url=url)
            raise
        except ConnectorError:
            self._health.record("", url=url)  # it was answered
            raise
        self._health.record("", url=url)
        return result


def answered(response: httpx.Response) -> str:
    """Which status it was, in the words of the API."""
    return f"the API answered {response.status_code} {printable(response.reason_phrase, _MOST_OF_A_PHRASE)}".rstrip()


def said_by(response: httpx.Response) -> str:
    """The API's own explanation of a status that is an error."""
    return explanation(response.content, response.headers.get("content-type", ""))
