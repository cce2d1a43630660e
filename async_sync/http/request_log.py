"""A line for every request, with `log_requests` = `true`."""

from collections.abc import Callable

import httpx

from async_sync.text.quoting import one_line

_MAX_OF_A_VALUE = 200


def request_line(request: httpx.Request, *, hidden: str = "") -> str:
    """Method, URL and decoded parameters; the value of the parameter that is called `hidden` is left out."""
    values = request.url.params.multi_items()
    shown = ", ".join(
        f"{one_line(name, _MAX_OF_A_VALUE)}=" + ("..." if name == hidden else one_line(value, _MAX_OF_A_VALUE))
        for name, value in values
    )
    return f"{request.method} {request.url.copy_with(query=None)}" + (f" with {shown}" if shown else "")


class RequestLog:
    """A hook for httpx, which calls it before each attempt: without one, nothing is spent on it."""

    def __init__(self, info: Callable[[str], None], *, hidden: str = "") -> None:
        self._info = info
        self._hidden = hidden

    async def __call__(self, request: httpx.Request) -> None:
        """Log the request."""
        self._info(request_line(request, hidden=self._hidden))
