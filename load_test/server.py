"""The mock API as a process of its own."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def mock_api(*, companies: int, departments: int, latency_ms: int, options: tuple[str, ...] = ()) -> Iterator[str]:
    """Serve the mock API on a free port; gives its URL, and ends the process afterwards."""
    numbers = {"--port": 0, "--companies": companies, "--departments": departments, "--latency-ms": latency_ms}
    arguments = [str(part) for pair in numbers.items() for part in pair]
    command = [sys.executable, "-m", "mock_api", *arguments, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if "listening on" not in line:
                raise RuntimeError(f"the mock API did not start: {line!r}")
            yield line.split()[-1]
        finally:
            process.terminate()


def stats(url: str) -> dict[str, Any]:
    """What the server says that it was asked and dealt; see `mock_api.meter`."""
    with urllib.request.urlopen(f"{url}/_stats") as answer:  # noqa: S310 - the server that was started here
        told: dict[str, Any] = json.load(answer)
        return told
