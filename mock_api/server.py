"""The mock API as an HTTP server: one bare ASGI callable, so that a load test does not measure the server."""

import signal
import socket
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import NoReturn, TypeAlias

import msgspec
import uvicorn

from mock_api.answer import Answer
from mock_api.asgi import HttpCaller, Message, Receive, ResettableProtocol, Send, deliver, send_answer
from mock_api.service import Service

App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]


def build_app(service: Service) -> App:
    """The ASGI app that serves `service`.

    `GET /_stats` (its meter as JSON), `POST /_reset`, and, with OAuth, `POST /oauth/revoke-all` are answered at once
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
        case "POST", "/oauth/revoke-all" if service.behavior.oauth:
            service.behavior.oauth.revoke_all()
        case _:
            return None
    return Answer(HTTPStatus.NO_CONTENT, {}, b"")


def _base(scope: Message) -> str:
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "localhost")
    return f"{scope['scheme']}://{host}"


class _Server(uvicorn.Server):
    """Prints the address once it listens there."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listening in sockets or ():
            host, port = listening.getsockname()[:2]
            print(f"mock_api listening on http://{host}:{port}", flush=True)


def bind(host: str, port: int) -> socket.socket:
    """Bind to an IPv4 address without listening yet; port 0 means any free port.

    Raises:
        OSError: the address is not available.

    """
    # asyncio turns off Nagle's delay (40 ms per answer) only for a socket that names TCP as its protocol.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def serve(app: App, bound: socket.socket, *, resets: bool = False) -> None:
    """Serve until SIGTERM or SIGINT, then exit with code 0. `resets` makes it possible to reset connections.

    Raises:
        SystemExit: always, at the end.

    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _exit)  # uvicorn raises the signal again after its shutdown
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


def _exit(_number: int, _frame: object) -> NoReturn:
    raise SystemExit(0)
