"""The mock API as the tests of it use it: in the same process without sleeping, or as a process of its own."""

import subprocess
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import httpx

from load_test.server import mock_api_process
from mock_api.pages import Page


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


def next_query(style: str, page: Page, query: dict[str, str]) -> dict[str, str] | None:
    """What a client asks next in a keyset style; None at the end."""
    body: Any = page.body
    if style == "token":
        cursor = body["next_cursor"]
        return {**query, "cursor": cursor} if cursor else None
    if style == "next_url":
        url = body["next_page_url"]
    else:
        link = page.headers.get("Link")
        assert link is None or link.endswith('>; rel="next"')
        url = link and link[1:].removesuffix('>; rel="next"')
    return url and {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
