"""The mock API behind a port: one bare ASGI callable, so that the server is not what a load test measures."""

import signal
import socket
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import NoReturn, TypeAlias

import msgspec
import uvicorn

from mock_api.answer import Answer
from mock_api.service import Service
from mock_api.wire import HttpCaller, Message, Receive, ResettableProtocol, Send, deliver, send_answer

App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]


def build_app(service: Service) -> App:
    """The ASGI app over `service`.

    `GET /_stats` (its meter as JSON), `POST /_reset` and, with OAuth, `POST /oauth/revoke-all` are answered at once
    and not counted.
    """

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        caller = HttpCaller(scope, receive)
        path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
        answer = _control(scope, service)
        answer = answer or await service.answer(scope["method"], path, query, _base(scope), caller)
        if answer.delivery is None:
            await send_answer(answer, send)
        else:
            await deliver(answer, answer.delivery, caller, send, service.sleep)

    return app


def _control(scope: Message, service: Service) -> Answer | None:
    match scope["method"], scope["path"]:
        case "GET", "/_stats":
            return Answer(200, {"Content-Type": "application/json"}, msgspec.json.encode(service.meter.snapshot()))
        case "POST", "/_reset":
            service.meter.reset()
        case "POST", "/oauth/revoke-all" if service.oauth:
            service.oauth.revoke_all()
        case _:
            return None
    return Answer(HTTPStatus.NO_CONTENT, {}, b"")


def _base(scope: Message) -> str:
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "localhost")
    return f"{scope['scheme']}://{host}"


class _Server(uvicorn.Server):
    """Says where it listens, once it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listening in sockets or ():
            host, port = listening.getsockname()[:2]
            print(f"mock_api listening on http://{host}:{port}", flush=True)


def bind(host: str, port: int) -> socket.socket:
    """Take an IPv4 address without listening yet; port 0 takes a free one.

    Raises:
        OSError: the address cannot be had.

    """
    # The protocol is named because asyncio turns Nagle's delay (40 ms an answer) off only where it sees TCP.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def serve(app: App, bound: socket.socket, *, resets: bool = False) -> None:
    """Serve until SIGTERM or SIGINT, then leave with exit code 0; with `resets`, so that a connection can be reset.

    Raises:
        SystemExit: always, at the end.

    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)  # uvicorn raises the signal again when it has shut down
    config = uvicorn.Config(
        app,
        http=ResettableProtocol if resets else "auto",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    _Server(config).run(sockets=[bound])


def _leave(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(0)
