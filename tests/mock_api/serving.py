"""The mock API as the tests of it use it: in the same process without sleeping, or as a process of its own."""

import subprocess
from contextlib import AbstractContextManager

import anyio
import httpx

from load_test.server import mock_api_process


class Sleeps:
    """Records the time of each sleep instead of sleeping, and lets other tasks run."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await anyio.lowlevel.checkpoint()


def client(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=transport, base_url="http://api.test:1234")


def running(*arguments: str) -> AbstractContextManager[tuple[subprocess.Popen[str], str]]:
    """`python -m mock_api` on a free port, without latency: the process and its URL."""
    return mock_api_process("--latency-ms", "0", *arguments, stderr=subprocess.PIPE)
