"""The API made slow and counted: what the in-process transport and the server have in common."""

from collections.abc import Awaitable, Callable
from random import Random

import anyio

from mock_api.api import Answer, Api, Route
from mock_api.meter import Call, Meter


class Service:
    """Answers after `latency_seconds`, plus up to `jitter_seconds` more. A wait, not work.

    The data are read when the wait is over. A cancelled request is no longer in flight.
    """

    def __init__(
        self,
        api: Api,
        *,
        latency_seconds: float = 0.0,
        jitter_seconds: float = 0.0,
        meter: Meter | None = None,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self.meter = meter or Meter()
        self._api = api
        self._latency_seconds = latency_seconds
        self._jitter_seconds = jitter_seconds
        self._rng = Random(0)
        self._sleep = sleep

    async def answer(self, method: str, path: str, query: str, base_url: str) -> Answer:
        """Answer one request; the arguments are those of `Api.answer`."""
        route = Route.of(path)
        with self.meter.answering(Call(route.kind, route.company_id, query)):
            await self._sleep(self._latency_seconds + self._rng.random() * self._jitter_seconds)
            return self._api.answer(method, path, query, base_url)
