"""The mock API as a process, for the tests that ask it over a real connection."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`python -m mock_api` on a free port, and its URL."""
    command = [sys.executable, "-m", "mock_api", "--port", "0", "--latency-ms", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().removeprefix("mock_api listening on ").strip()
        finally:
            process.kill()
