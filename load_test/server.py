"""Starts the mock API in a process of its own."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def mock_api(*, companies: int, departments: int, latency_ms: int, options: tuple[str, ...] = ()) -> Iterator[str]:
    """Serve the mock API on a free port; yields its URL, and ends the process afterwards."""
    numbers = {"--companies": companies, "--departments": departments, "--latency-ms": latency_ms}
    with mock_api_process(*(str(part) for pair in numbers.items() for part in pair), *options) as (_, url):
        yield url


@contextmanager
def mock_api_process(
    *arguments: str, port: int = 0, stderr: int | None = None
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `python -m mock_api`; yields the process and its URL once it listens, and kills the process afterwards.

    Port 0 means any free port. `stderr` is as for `subprocess.Popen`.
    """
    command = [sys.executable, "-m", "mock_api", "--port", str(port), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if "listening on" not in line:
                raise RuntimeError(f"the mock API did not start: {line!r}")
            yield process, line.split()[-1]
        finally:
            process.kill()


def stats(url: str) -> dict[str, Any]:
    """The server's counts of requests, faults, and refusals; see `mock_api.meter`."""
    with urllib.request.urlopen(f"{url}/_stats") as answer:  # noqa: S310 - the server that was started here
        told: dict[str, Any] = json.load(answer)
        return told
