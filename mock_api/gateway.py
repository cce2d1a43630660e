"""The checks in front of the API, in this order: limits, OAuth, faults."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from http import HTTPStatus

import anyio

from mock_api.answer import Answer
from mock_api.api import Api
from mock_api.behavior import Behavior
from mock_api.caller import Caller
from mock_api.fault_effects import FaultEffects
from mock_api.meter import Meter
from mock_api.page_history import PageHistory
from mock_api.routes import Route

TOKEN_ROUTE = Route("token")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its route, the arguments of `Api.answer`, and its caller."""

    route: Route
    method: str
    path: str
    query: str
    base_url: str
    caller: Caller


class Gateway:
    """Answers from `api` after `wait`, unless a check answers instead. Only a limit refuses without that wait.

    The token endpoint has no limits. A refused request does not count for the scripts of the faults.
    """

    def __init__(
        self,
        api: Api,
        behavior: Behavior,
        *,
        meter: Meter,
        wait: Callable[[], Awaitable[None]],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        faults = behavior.faults
        self._api = api
        self._meter = meter
        self._wait = wait
        self._sleep = sleep
        self._limits = behavior.limits
        self._oauth = behavior.oauth
        self._effects = FaultEffects(faults) if faults else None
        self._page_history = PageHistory() if faults and "duplicate" in faults.kinds else None

    async def answer(self, asked: Asked) -> Answer:
        """Answer one request."""
        limits = self._limits
        if limits is None or asked.route is TOKEN_ROUTE:
            return await self._authorized(asked)
        refusal = limits.refusal()
        headers = limits.headers(refused=refusal is not None)  # as of now: the latency is not the limit's
        if refusal:
            self._meter.refused[refusal] += 1
            return self._api.error(HTTPStatus.TOO_MANY_REQUESTS, f"too many requests: {refusal}", headers)
        async with limits.turn():
            answer = await self._authorized(asked)
        return replace(answer, headers={**answer.headers, **headers})

    async def _authorized(self, asked: Asked) -> Answer:
        oauth = self._oauth
        if oauth is None or asked.route is TOKEN_ROUTE or oauth.allows(asked.caller.header("authorization")):
            return await self._drawn(asked)
        self._meter.refused["token"] += 1
        await self._wait()
        return self._api.dated(oauth.refusal())

    async def _drawn(self, asked: Asked) -> Answer:
        """The answer with the fault drawn for this request, if any."""
        effects = self._effects
        fault = effects.faults.draw(asked.route.kind, asked.route.company_id) if effects else None
        before = self._page_history.before(asked.path, asked.query) if self._page_history else None
        await self._wait()
        if effects is None or fault is None:
            return await self._processed(asked)
        if fault == "duplicate":
            return await self._repeated(asked, before)
        return await self._faulty(asked, effects, fault)

    async def _repeated(self, asked: Asked, before: str | None) -> Answer:
        if before is None:
            return await self._processed(asked)
        self._meter.faults["duplicate"] += 1
        return await self._processed(replace(asked, query=before))

    async def _faulty(self, asked: Asked, effects: FaultEffects, fault: str) -> Answer:
        replacement = effects.replacement(fault, asked.caller.header("accept-encoding"))
        if replacement is None:
            answer = await self._processed(asked)
            altered = effects.altered(fault, answer)
            if altered is None:
                return answer
            self._meter.faults[fault] += 1
            return altered
        self._meter.faults[fault] += 1
        if fault == "hang":
            await self._hang(asked.caller, effects.faults.hang_seconds)
        return self._api.dated(replacement)

    async def _hang(self, caller: Caller, seconds: float) -> None:
        async def until_disconnected(scope: anyio.CancelScope) -> None:
            await caller.disconnected()
            scope.cancel()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(until_disconnected, tasks.cancel_scope)
            await self._sleep(seconds)
            tasks.cancel_scope.cancel()

    async def _processed(self, asked: Asked) -> Answer:
        if self._oauth is None or asked.route is not TOKEN_ROUTE:
            return self._api.answer(asked.method, asked.path, asked.query, asked.base_url)
        header = asked.caller.header
        body = await asked.caller.body()
        return self._api.dated(self._oauth.answer(asked.method, header("content-type"), header("authorization"), body))
