"""The mock API in this process, for syncs in others: it fails, waits and changes when a request arrives."""

import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import anyio
import uvicorn

from mock_api import Api, Source
from mock_api.answer import Answer
from mock_api.asgi import Message, Receive, Send, send_answer
from mock_api.routes import Route
from mock_api.server import bind

_LATENCY_SECONDS = 0.005

Instead = Callable[[Route, str], int | None]
"""Gets the route and the query of a request; returns the status to fail with, or None."""
After = Callable[[Route, str, Answer], Awaitable[None]]
"""Runs when the answer to a request is made, but not yet sent; gets the same and the answer."""


def answer_all(_route: Route, _query: str) -> int | None:
    """Fail no request."""
    return None


async def send_at_once(_route: Route, _query: str, _answer: Answer) -> None:
    """Send the answer without delay."""


class ChangingApi:
    """Answers from `source`. `instead` and `after` can be set at any time; `calm` resets them."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._api = Api(source)
        self.calm()

    def calm(self) -> None:
        """Answer everything, at once."""
        self.instead: Instead = answer_all
        self.after: After = send_at_once

    async def __call__(self, scope: Message, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        await anyio.sleep(_LATENCY_SECONDS)
        path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
        await send_answer(await self.answer(path, query), send)

    async def answer(self, path: str, query: str) -> Answer:
        """The answer to a GET, once it may be sent."""
        route = Route.of(path)
        status = self.instead(route, query)
        if status is not None:
            return self._api.error(status, "out of order")
        answer = self._api.answer("GET", path, query, "")
        await self.after(route, query, answer)
        return answer


@contextmanager
def served(api: ChangingApi) -> Iterator[str]:
    """Serve the API on a free port, in a thread; yields its URL."""
    bound = bind("127.0.0.1", 0)
    bound.listen()  # who connects before the server runs waits for it
    config = uvicorn.Config(api, lifespan="off", access_log=False, log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        bound.close()
