"""Who asks: what the API wants to know of a request beyond its first line, and only sometimes."""

from typing import Protocol

import anyio


class Caller(Protocol):
    """The other end of one request."""

    def header(self, name: str) -> str:
        """The value of a header, named in lower case; "" if it is not there."""

    async def body(self) -> bytes:
        """Read the whole body; once."""

    async def left(self) -> None:
        """Return when the caller does not wait for the answer any more."""


class Nobody:
    """A caller who sent no headers and no body, and who stays."""

    def header(self, name: str) -> str:  # noqa: ARG002 - as the protocol has it
        """As `Caller.header`."""
        return ""

    async def body(self) -> bytes:
        """As `Caller.body`."""
        return b""

    async def left(self) -> None:
        """As `Caller.left`."""
        await anyio.sleep_forever()


NOBODY = Nobody()
