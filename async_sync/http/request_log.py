"""The log of requests, which `log_requests` = `true` turns on."""

from collections.abc import Callable

import httpx

from async_sync.text.quoting import one_line

_MAX_LENGTH = 200


def request_line(request: httpx.Request, *, hidden: str | None = None) -> str:
    """Method, URL and decoded parameters, without the value of the parameter that is called `hidden`."""
    values = request.url.params.multi_items()
    shown = ", ".join(
        f"{one_line(name, _MAX_LENGTH)}=" + ("..." if name == hidden else one_line(value, _MAX_LENGTH))
        for name, value in values
    )
    return f"{request.method} {request.url.copy_with(query=None)}" + (f" with {shown}" if shown else "")


class RequestLog:
    """A hook of httpx, which calls it before each request it sends. A client without the hook spends nothing on it."""

    def __init__(self, info: Callable[[str], None], *, hidden: str | None = None) -> None:
        self._info = info
        self._hidden = hidden

    async def __call__(self, request: httpx.Request) -> None:
        """Log the request."""
        self._info(request_line(request, hidden=self._hidden))
