"""How requests take their places at the gate, and what the pace and the counters learn of them."""

import contextlib
from typing import Any

import anyio
import httpx
import pytest
import respx

from async_sync.errors.lists import RequestError
from async_sync.errors.source import UnhealthyError
from async_sync.pacing.pace import Outcome
from tests.helpers.fetching import fetching
from tests.helpers.gating import RecordingPace

OK = httpx.Response(200, json={"data": []})


@pytest.mark.asyncio
async def test_a_place_is_held_during_the_exchange_only(router: respx.Router) -> None:
    """While one request backs off, another takes its place: a failing company does not delay the others."""
    order = []

    async def answer(request: httpx.Request) -> httpx.Response:
        order.append(request.url.path)
        assert fetch.gate.in_flight == 1
        return httpx.Response(503) if order == ["/1"] else httpx.Response(200, json=[])

    router.get(path__regex="/.").mock(side_effect=answer)

    async with fetching(router, {"max_concurrency": "1"}) as fetch, anyio.create_task_group() as tasks:
        tasks.start_soon(fetch.fetch, "/1", "company 1")
        tasks.start_soon(fetch.fetch, "/2", "company 2")

    assert order == ["/1", "/2", "/1"]
    assert fetch.gate.in_flight == 0


@pytest.mark.asyncio
async def test_the_next_request_starts_before_an_answer_is_decoded(router: respx.Router) -> None:
    """A place that becomes free is used at once: the next request starts before the last answer is decoded."""
    route = router.get(path__regex="/.").respond(json=[])
    counts: list[int] = []

    async def first() -> None:
        await fetch.fetch("/1", "company 1")
        counts.append(route.call_count)

    async with fetching(router, {"max_concurrency": "1"}) as fetch, anyio.create_task_group() as tasks:
        tasks.start_soon(first)
        tasks.start_soon(fetch.fetch, "/2", "company 2")

    assert counts == [2]


@pytest.mark.asyncio
async def test_a_page_of_parents_needs_no_place(router: respx.Router) -> None:
    """A request that is not for a partition passes while all places are taken."""
    parents_came = anyio.Event()

    async def departments(request: httpx.Request) -> httpx.Response:
        await parents_came.wait()
        return httpx.Response(200, json=[])

    router.get(path="/departments").mock(side_effect=departments)
    router.get(path="/companies").mock(return_value=OK)

    async with fetching(router, {"max_concurrency": "1"}) as fetch, anyio.create_task_group() as tasks:
        tasks.start_soon(fetch.fetch, "/departments", "company 1")
        await anyio.wait_all_tasks_blocked()
        await fetch.fetch("/companies")
        parents_came.set()


@pytest.mark.asyncio
async def test_measures_an_attempts_time(router: respx.Router) -> None:
    """The times of all attempts for partitions are added up, failed ones too; an answer has its own attempt's."""

    def answer(request: httpx.Request) -> httpx.Response:
        fetch.clock.now += 2.0
        return httpx.Response(503) if fetch.progress.requests == 1 else httpx.Response(200, json=[])

    router.get(path="/companies").mock(side_effect=answer)

    async with fetching(router) as fetch:
        got = await fetch.fetch(partition="company 1")
        await fetch.fetch()

    assert got.elapsed_seconds == 2.0
    assert fetch.progress.partition_request_seconds == 4.0


async def hang(request: httpx.Request) -> httpx.Response:
    await anyio.sleep_forever()
    raise AssertionError


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (httpx.Response(200, json=[]), Outcome.OK),
        (httpx.Response(200, text="<html>"), Outcome.OK),
        (httpx.Response(404), Outcome.OK),
        (httpx.Response(429), Outcome.LIMITED),
        (httpx.Response(503), Outcome.LIMITED),
        (hang, Outcome.LIMITED),
        (httpx.Response(500), Outcome.FAILED),
        (httpx.ConnectError("refused"), Outcome.FAILED),
    ],
)
async def test_what_the_pace_learns(router: respx.Router, answer: Any, outcome: Outcome) -> None:
    """The pace learns whether a request was limited, as by a 429, a 503 or a timeout, was answered, or failed."""
    router.get(path="/companies").mock(side_effect=answer if callable(answer) else [answer, OK])
    pace = RecordingPace()

    async with fetching(router, {"max_attempts": "1", "timeout_seconds": "0.05"}) as fetch:
        fetch.gate._pace = pace
        with contextlib.suppress(RequestError):
            await fetch.fetch("/companies", "company 1")

    assert pace.attempts[0].outcome is outcome


@pytest.mark.asyncio
async def test_a_request_waits_to_retry_between_its_attempts_only(router: respx.Router) -> None:
    """A request does not count as waiting to retry during an attempt, or after the last one."""
    waiting: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        waiting.append(fetch.gate.waiting_to_retry)
        return httpx.Response(503) if len(waiting) < 4 else httpx.Response(200, json=[])

    router.get(path="/companies").mock(side_effect=answer)
    async with fetching(router) as fetch:
        await fetch.fetch("/companies", "company 1")

    assert [*waiting, fetch.gate.waiting_to_retry] == [0] * 5


@pytest.mark.asyncio
async def test_a_refusal_is_an_answer(router: respx.Router) -> None:
    """In the retry budget, a final refusal counts as an attempt that was answered."""
    router.get(path="/gone").respond(404)
    router.get(path="/broken").respond(500)

    async with fetching(router, {"max_attempts": "1"}) as fetch:
        for path, times in {"/gone": 100, "/broken": 100}.items():
            for _ in range(times):
                with pytest.raises(RequestError):
                    await fetch.fetch(path)
        with pytest.raises(UnhealthyError, match="101 of 201 attempts failed"):
            await fetch.fetch("/broken")
