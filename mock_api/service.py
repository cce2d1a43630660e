"""The API made slow and counted: what the in-process transport and the server have in common."""

from collections.abc import Awaitable, Callable
from random import Random

import anyio

from mock_api.answer import Answer
from mock_api.api import Api, Route
from mock_api.caller import NOBODY, Caller
from mock_api.faults import Faults
from mock_api.gateway import TOKEN_ROUTE, Asked, Gateway
from mock_api.limits import Limits
from mock_api.meter import Call, Meter
from mock_api.oauth import TOKEN_PATH, OAuth


class Service:
    """Answers after `latency_seconds`, plus up to `jitter_seconds` more. A wait, not work.

    The data are read when the wait is over. A cancelled request is no longer in flight. With `faults`, `limits` or
    `oauth` a `Gateway` comes first.
    """

    def __init__(
        self,
        api: Api,
        *,
        latency_seconds: float = 0.0,
        jitter_seconds: float = 0.0,
        meter: Meter | None = None,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        faults: Faults | None = None,
        limits: Limits | None = None,
        oauth: OAuth | None = None,
    ) -> None:
        self.meter = meter or Meter()
        self.sleep = sleep
        self.oauth = oauth
        self._api = api
        self._latency_seconds = latency_seconds
        self._jitter_seconds = jitter_seconds
        self._rng = Random(0)
        self._gateway = None
        if faults or limits or oauth:
            gateway = Gateway(api, self.meter, self._wait, sleep, faults=faults, limits=limits, oauth=oauth)
            self._gateway = gateway

    async def answer(self, method: str, path: str, query: str, base_url: str, caller: Caller = NOBODY) -> Answer:
        """Answer one request; the first arguments are those of `Api.answer`."""
        route = TOKEN_ROUTE if self.oauth and path == TOKEN_PATH else Route.of(path)
        with self.meter.answering(Call(route.kind, route.company_id, query)):
            if self._gateway:
                return await self._gateway.answer(Asked(route, method, path, query, base_url, caller))
            await self._wait()
            return self._api.answer(method, path, query, base_url)

    async def _wait(self) -> None:
        await self.sleep(self._latency_seconds + self._rng.random() * self._jitter_seconds)
