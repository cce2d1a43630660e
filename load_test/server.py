"""The mock API as a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


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
