"""The API with latency and a meter: the part that the in-process transport and the server share."""

from collections.abc import Awaitable, Callable
from random import Random

import anyio

from mock_api.answer import Answer
from mock_api.api import Api
from mock_api.behavior import Behavior
from mock_api.caller import SILENT, Caller
from mock_api.gateway import TOKEN_ROUTE, Asked, Gateway
from mock_api.meter import Call, Meter
from mock_api.oauth import TOKEN_PATH
from mock_api.routes import Route


class Service:
    """Answers from `api`, with the given `behavior`, and counts every request in `meter`.

    The data are read after the latency. A canceled request is no longer in flight. Faults, limits, and OAuth are left
    to a `Gateway`, which exists only where `behavior` has any of them.
    """

    def __init__(
        self, api: Api, behavior: Behavior | None = None, *, sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    ) -> None:
        self.behavior = behavior or Behavior()
        self.meter = Meter()
        self.sleep = sleep
        self._api = api
        self._rng = Random(0)
        self._gateway = None
        if self.behavior.faults or self.behavior.limits or self.behavior.oauth:
            self._gateway = Gateway(api, self.behavior, meter=self.meter, wait=self._wait, sleep=sleep)

    async def answer(self, method: str, path: str, query: str, base_url: str, caller: Caller = SILENT) -> Answer:
        """Answer one request; the first arguments are those of `Api.answer`."""
        route = TOKEN_ROUTE if self.behavior.oauth and path == TOKEN_PATH else Route.of(path)
        with self.meter.answering(Call(route.kind, route.company_id, query, route.department_id)):
            if self._gateway:
                return await self._gateway.answer(Asked(route, method, path, query, base_url, caller))
            await self._wait()
            return self._api.answer(method, path, query, base_url)

    async def _wait(self) -> None:
        await self.sleep(self.behavior.latency_seconds + self._rng.random() * self.behavior.jitter_seconds)
