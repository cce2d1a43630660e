"""What happens while an API is down or refuses every request, in virtual time."""

import re
from collections import Counter
from collections.abc import Callable

import anyio
import httpx
import pytest

from async_sync.errors.lists import RequestError
from async_sync.errors.source import UnhealthyError
from load_test.pace import virtual_time
from tests.helpers.fetching import fetching
from tests.helpers.parts import LoopClock

pytestmark = pytest.mark.usefixtures("real_backoff")

Answer = httpx.Response | Exception


class Api(httpx.AsyncBaseTransport):
    """Answers after 50 ms with the result of a function of the time and the path; None is a good answer."""

    def __init__(self, answer: Callable[[float, str], Answer | None]) -> None:
        self._answer = answer
        self.asked: list[float] = []
        self.asked_for: Counter[str] = Counter()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        now = LoopClock()()
        self.asked.append(now)
        self.asked_for[request.url.path] += 1
        answer = self._answer(now, request.url.path)
        await anyio.sleep(0.0 if isinstance(answer, httpx.ConnectError) else 0.05)
        if isinstance(answer, Exception):
            raise answer
        return answer or httpx.Response(200, json=[])


class Run:
    """Makes this many requests for partitions, 20 at once, and keeps the errors."""

    def __init__(self, answer: Callable[[float, str], Answer | None], count: int = 400, **configuration: str) -> None:
        self.api = Api(answer)
        self.errors: dict[str, Exception] = {}
        self.lines: list[str] = []
        self._paths = iter(range(count))
        self._configuration = configuration
        self.seconds = virtual_time.run(self._main)[1]

    async def _main(self) -> None:
        async with fetching(self.api, self._configuration, LoopClock()) as fetch, anyio.create_task_group() as tasks:
            self.lines = fetch.lines
            for _ in range(20):
                tasks.start_soon(self._work, fetch.fetch)

    async def _work(self, fetch: Callable[[str, str], object]) -> None:
        for number in self._paths:
            try:
                await fetch(f"/{number}", f"company {number}")  # type: ignore[misc] # a coroutine
            except (RequestError, UnhealthyError) as error:
                self.errors[f"/{number}"] = error


def failing(kind: str) -> Answer:
    answers: dict[str, Answer] = {
        "refused": httpx.ConnectError("refused"),
        "reset": httpx.ReadError("reset"),
        "timeout": TimeoutError(),
        "429": httpx.Response(429),
        "420": httpx.Response(420),
        "500": httpx.Response(500),
        "502": httpx.Response(502),
        "503": httpx.Response(503),
        "504": httpx.Response(504),
        "403": httpx.Response(403, headers={"X-RateLimit-Remaining": "0"}),
    }
    return answers[kind]


@pytest.mark.parametrize("kind", ["refused", "reset", "timeout", "500", "502", "503", "504", "429", "420", "403"])
@pytest.mark.parametrize("attempts", ["1", "5"])
def test_a_minute_is_survived(kind: str, attempts: str) -> None:
    """In an outage of a minute, of any kind, no request fails for good, and few are made."""
    run = Run(lambda now, _: failing(kind) if 1 <= now < 61 else None, max_attempts=attempts)

    assert not run.errors
    is_limit = kind in {"429", "420", "403"}
    assert 61 < run.seconds < 61 + 10 + (40 if is_limit else 10)  # after a limit the rate rises slowly
    assert sum(1.5 < at < 61 for at in run.api.asked) < 20
    about = "refuses every request and does not say" if is_limit else "does not answer"
    went, came = run.lines
    assert about in went
    assert re.match(r"The API answers again after (6\d|7[01]) s\.", came)  # a pause takes 10 s at most


@pytest.mark.parametrize("kind", ["reset", "timeout", "500", "502", "503", "504"])
def test_a_request_that_always_fails_has_its_attempts(kind: str) -> None:
    """A request that fails while others are answered fails for good after max_attempts; no other request waits."""
    run = Run(lambda _, path: failing(kind) if path == "/7" else None, count=2000)

    assert run.api.asked_for["/7"] == 5
    assert list(run.errors) == ["/7"]
    assert "failed after 5 attempts" in str(run.errors["/7"])
    assert not run.lines


def test_a_limit_is_not_the_fault_of_a_request() -> None:
    """A request that is limited while others get through is retried more often than max_attempts."""
    run = Run(lambda now, path: failing("429") if path == "/7" and now < 15 else None, count=7_000)

    assert not run.errors
    assert run.api.asked_for["/7"] >= 10


def test_a_request_that_is_always_limited_fails_in_the_end() -> None:
    """A request that is limited while others get through fails after outage_seconds and its attempts."""
    limits = {"outage_seconds": "5", "max_attempts": "2"}
    run = Run(lambda _, path: failing("429") if path == "/7" else None, count=5_000, **limits)

    assert list(run.errors) == ["/7"]
    assert "failed after" in str(run.errors["/7"])
    assert "429" in str(run.errors["/7"])
    assert run.api.asked_for["/7"] > 2


@pytest.mark.parametrize("kind", ["refused", "timeout", "503", "429"])
def test_an_outage_that_lasts_ends_the_sync(kind: str) -> None:
    """After outage_seconds all requests fail at once, with the same error."""
    run = Run(lambda now, _: failing(kind) if now >= 1 else None, outage_seconds="120")

    assert {type(error) for error in run.errors.values()} == {UnhealthyError}
    assert 121 <= run.seconds < 121 + 11
    assert "Nothing has succeeded for 12" in str(next(iter(run.errors.values())))


@pytest.mark.parametrize("kind", ["refused", "reset"])
def test_the_first_request_of_all_waits_too(kind: str) -> None:
    """Even a single request waits until a connection can be made; if connections break, it has its attempts."""
    run = Run(lambda now, _: failing(kind) if now < 60 else None, count=1)

    assert bool(run.errors) is (kind == "reset")


def test_a_penalty_is_not_incurred_again_and_again() -> None:
    """If an API refuses everything for 30 s after more than 5 requests in a second, the rate rises slowly enough."""
    until, recent = 0.0, list[float]()

    def answer(now: float, _: str) -> Answer | None:
        nonlocal until, recent
        if now < until:
            return failing("429")
        recent = [at for at in recent if at > now - 1] + [now]
        if len(recent) <= 5:
            return None
        until = now + 30
        return failing("429")

    run = Run(answer, count=100)
    assert not run.errors
    assert run.seconds < 200


def test_refusals_with_a_time_use_up_no_attempts() -> None:
    """A wait that a refusal asks for is observed as often as it comes, within the time of an outage."""
    headers = {"Retry-After": "3"}
    run = Run(lambda now, _: httpx.Response(403, headers=headers) if now < 60 else None, max_attempts="1")

    assert not run.errors
    assert run.seconds < 75


def test_a_403_with_only_a_reset_is_retried() -> None:
    """A 403 with only a reset may be a limit or final: it is waited for, and counts as the request's own failure."""
    headers = {"X-RateLimit-Reset": "2"}
    run = Run(lambda _, path: httpx.Response(403, headers=headers) if path == "/7" else None)

    assert list(run.errors) == ["/7"]
    assert run.api.asked_for["/7"] == 5
    assert run.seconds > 5 * 2


def test_a_403_with_requests_left_is_final() -> None:
    """A 403 whose limit is not used up is not a rate limit, but a refusal for good."""
    headers = {"X-RateLimit-Remaining": "57", "X-RateLimit-Reset": "2"}
    run = Run(lambda _, path: httpx.Response(403, headers=headers) if path == "/7" else None)

    assert list(run.errors) == ["/7"]
    assert run.api.asked_for["/7"] == 1
