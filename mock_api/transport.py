"""The mock API inside an httpx client, without a network."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import parse_qsl

import anyio
import httpx

from mock_api.answer import Answer, Delivery
from mock_api.api import Api
from mock_api.behavior import Behavior
from mock_api.caller import Nobody
from mock_api.drift import Drift
from mock_api.faults import Faults
from mock_api.meter import Meter
from mock_api.pages import STYLES
from mock_api.service import Service
from mock_api.source import Source

_DEMO_NUMBERS = {  # name: (default, maximum); every minimum is 0
    "companies": (25, 1_000_000),
    "departments": (8, 1_000),
    "latency_ms": (50, 60_000),
    "seed": (0, 2**32 - 1),
    "fault_seed": (0, 2**32 - 1),
    "hang_seconds": (30, 3_600),
    "slow_seconds": (2, 3_600),
    "retry_after": (1, 3_600),
    "oversize_mb": (60, 1_000),
}
_DEMO_OPTIONS = (*_DEMO_NUMBERS, "pagination", "faults")
_DEMO_RECORDS = 5_000_000


class MockApiTransport(httpx.AsyncBaseTransport):
    """An httpx transport that answers from `api`, whatever the scheme and host.

    httpx leaves timeouts to its transports, and this one has none. A connection that is reset is an `httpx.ReadError`.
    """

    def __init__(
        self,
        api: Api,
        behavior: Behavior = Behavior(),  # noqa: B008 - it is frozen
        *,
        meter: Meter | None = None,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._service = Service(api, behavior, meter=meter, sleep=sleep)
        self.meter = self._service.meter

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        url = request.url
        path, _, query = url.raw_path.decode("ascii").partition("?")
        base_url = f"{url.scheme}://{url.netloc.decode('ascii')}"
        answer = await self._service.answer(request.method, path, query, base_url, _RequestCaller(request))
        if answer.delivery is None:
            return httpx.Response(answer.status, headers=answer.headers, content=answer.body, request=request)
        if answer.delivery.sent == 0:
            raise httpx.ReadError("connection reset", request=request)
        stream = _Stream(answer, answer.delivery, self._service.sleep)
        headers = {**answer.headers, "Content-Length": str(len(answer.body))}
        return httpx.Response(answer.status, headers=headers, stream=stream, request=request)


class _RequestCaller(Nobody):
    """The caller behind an httpx request; one who leaves cancels."""

    def __init__(self, request: httpx.Request) -> None:
        self._request = request

    def header(self, name: str) -> str:
        return str(self._request.headers.get(name, ""))

    async def body(self) -> bytes:
        return await self._request.aread()


class _Stream(httpx.AsyncByteStream):
    """A body that comes as `delivery` has it."""

    def __init__(self, answer: Answer, delivery: Delivery, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._answer = answer
        self._delivery = delivery
        self._sleep = sleep

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for number, piece in enumerate(self._delivery.of(self._answer.body)):
            if number and self._delivery.pause_seconds:
                await self._sleep(self._delivery.pause_seconds)
            yield piece
        if self._delivery.sent is not None:
            raise httpx.ReadError("connection reset")


def demo_transport(
    query: str,
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
) -> MockApiTransport:
    """The API behind `mock://demo?companies=25&departments=8&latency_ms=50`; `query` is the part after `?`.

    Those are the defaults; `pagination`, `seed` and faults (see `docs/faults.md`) can be given too. A fifth of the
    companies keeps changing.

    Raises:
        ValueError: an option is unknown or out of its range; the message names every one, and what is allowed.

    """
    options = dict(parse_qsl(query, keep_blank_values=True))
    numbers, problems = _demo_numbers(options)
    pagination = options.get("pagination", "token")
    if pagination not in STYLES:
        problems.append(f"pagination={pagination!r} must be one of {', '.join(STYLES)}")
    problems += [f"{name!r} is unknown" for name in options if name not in _DEMO_OPTIONS]
    if numbers["companies"] * numbers["departments"] > _DEMO_RECORDS:
        problems.append(f"companies x departments must be at most {_DEMO_RECORDS}")
    faults = _demo_faults(options, numbers, problems)
    if problems:
        raise ValueError(f"mock://demo?{query}: {'; '.join(problems)} (allowed options: {', '.join(_DEMO_OPTIONS)})")
    seed = numbers["seed"]
    source = Source.generate(companies=numbers["companies"], departments=numbers["departments"], seed=seed)
    api = Api(Drift(source, clock, seed=seed), pagination=pagination, clock=clock)
    return MockApiTransport(api, Behavior(latency_seconds=numbers["latency_ms"] / 1000, faults=faults), sleep=sleep)


def _demo_faults(options: dict[str, str], numbers: dict[str, int], problems: list[str]) -> Faults | None:
    try:
        return Faults.parse(
            options.get("faults", ""),
            seed=numbers["fault_seed"],
            retry_after=numbers["retry_after"],
            hang_seconds=numbers["hang_seconds"],
            slow_seconds=numbers["slow_seconds"],
            oversize_mb=numbers["oversize_mb"],
        )
    except ValueError as error:
        problems.append(str(error))
        return None


def _demo_numbers(options: dict[str, str]) -> tuple[dict[str, int], list[str]]:
    """The numbers, each the default where it is missing or bad, and what is bad."""
    numbers = {name: default for name, (default, _) in _DEMO_NUMBERS.items()}
    problems = []
    for name in [name for name in options if name in numbers]:
        text, maximum = options[name], _DEMO_NUMBERS[name][1]
        if text.isascii() and text.isdigit() and len(text) <= len(str(maximum)) and int(text) <= maximum:
            numbers[name] = int(text)
        else:
            problems.append(f"{name}={text!r} must be a whole number from 0 to {maximum}")
    return numbers, problems
