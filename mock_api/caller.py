"""The caller of a request, for the few answers that depend on its headers, its body, or whether it is still there."""

from typing import Protocol

import anyio


class Caller(Protocol):
    """The client at the other end of one request."""

    def header(self, name: str) -> str:
        """The value of a header, named in lower case; "" if it was not sent."""

    async def body(self) -> bytes:
        """Read the whole body; can be called only once."""

    async def disconnected(self) -> None:
        """Return once the caller no longer waits for the answer."""


class SilentCaller:
    """A caller that sends no headers and no body, and never disconnects."""

    def header(self, name: str) -> str:  # noqa: ARG002 - the protocol's signature
        """As `Caller.header`."""
        return ""

    async def body(self) -> bytes:
        """As `Caller.body`."""
        return b""

    async def disconnected(self) -> None:
        """As `Caller.disconnected`."""
        await anyio.sleep_forever()


SILENT = SilentCaller()
