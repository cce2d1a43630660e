"""The API with its behavior, and counted: what the in-process transport and the server have in common."""

from collections.abc import Awaitable, Callable
from random import Random

import anyio

from mock_api.answer import Answer
from mock_api.api import Api, Route
from mock_api.behavior import Behavior
from mock_api.caller import NOBODY, Caller
from mock_api.gateway import TOKEN_ROUTE, Asked, Gateway
from mock_api.meter import Call, Meter
from mock_api.oauth import TOKEN_PATH


class Service:
    """Answers requests with the given behavior. Latency is waiting, not work.

    The data is read when the wait is over. A cancelled request is no longer in flight.
    """

    def __init__(
        self,
        api: Api,
        behavior: Behavior = Behavior(),  # noqa: B008 - it is frozen
        *,
        meter: Meter | None = None,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self.meter = meter or Meter()
        self.sleep = sleep
        self.oauth = behavior.oauth
        self._api = api
        self._behavior = behavior
        self._rng = Random(0)
        self._gateway = None if behavior.is_plain else Gateway(api, behavior, self.meter, self._wait, sleep)

    async def answer(self, method: str, path: str, query: str, base_url: str, caller: Caller = NOBODY) -> Answer:
        """Answer one request; the first arguments are those of `Api.answer`."""
        route = TOKEN_ROUTE if self.oauth and path == TOKEN_PATH else Route.of(path)
        with self.meter.answering(Call(route.kind, route.company_id, query)):
            if self._gateway:
                return await self._gateway.answer(Asked(route, method, path, query, base_url, caller))
            await self._wait()
            return self._api.answer(method, path, query, base_url)

    async def _wait(self) -> None:
        await self.sleep(self._behavior.latency_seconds + self._rng.random() * self._behavior.jitter_seconds)
