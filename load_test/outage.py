"""`python -m load_test.outage`: kill the server during a sync, start it again later, and print what that costs.

The mock API runs in a process of its own, which is killed once a tenth of the companies has arrived, and is started
again on the same port. The rows are compared with the source. The exit code is 1 if they differ or if a sync fails.
"""

import argparse
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager

from async_sync import run_sync
from connector import COMPANY, DEPARTMENT
from load_test.arguments import add_size
from load_test.destinations import KeepingDestination
from load_test.server import mock_api_process
from load_test.storm import source_rows

_DEPARTMENTS = 3


def _server(given: argparse.Namespace, port: int = 0) -> AbstractContextManager[tuple[subprocess.Popen[str], str]]:
    numbers = {"companies": given.companies, "departments": _DEPARTMENTS, "latency-ms": given.latency_ms}
    return mock_api_process(*(f"--{name}={number}" for name, number in numbers.items()), port=port)


def _sync(url: str, concurrency: str, destination: KeepingDestination) -> float:
    """Run one sync; returns its time in seconds."""
    started = time.monotonic()
    run_sync(
        {"base_url": url, "max_concurrency": concurrency, "checkpoint_interval_seconds": "1"},
        {},
        streams=[COMPANY, DEPARTMENT],
        destination=destination,
    )
    return time.monotonic() - started


def _with_outage(given: argparse.Namespace, concurrency: str, seconds: float) -> tuple[float, KeepingDestination]:
    """Run a sync during which the server is down for this long; returns the sync's time in seconds, and its rows."""
    destination = KeepingDestination()
    over = threading.Event()

    with _server(given) as (process, url):

        def interrupt() -> None:
            while len(destination.rows) < given.companies // 10 and not over.wait(0.01):
                pass
            process.kill()
            process.wait()
            over.wait(seconds)
            with _server(given, int(url.rpartition(":")[2])):
                over.wait()

        interrupter = threading.Thread(target=interrupt)
        interrupter.start()
        try:
            return _sync(url, concurrency, destination), destination
        finally:
            over.set()
            interrupter.join()


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each sync; ends with SystemExit."""
    parser = argparse.ArgumentParser(prog="python -m load_test.outage", description=__doc__)
    add_size(parser, companies=1000, departments=None, latency_ms=50)
    parser.add_argument("--seconds", type=float, nargs="+", default=[1, 10, 60], help="durations (default: 1 10 60)")
    parser.add_argument("--concurrency", nargs="+", default=["10", "50", "auto"], help="max_concurrency of the syncs")
    given = parser.parse_args(arguments)
    expected, complete = source_rows(given.companies, _DEPARTMENTS), True
    for concurrency in given.concurrency:
        with _server(given) as (_, url):
            calm = _sync(url, concurrency, KeepingDestination())
        for seconds in given.seconds:
            took, destination = _with_outage(given, concurrency, seconds)
            same = destination.rows == expected
            complete &= same
            print(
                f"max_concurrency {concurrency}: {calm:.1f} s without an outage, {took:.1f} s with one of "
                f"{seconds:g} s, which is {took - calm - seconds:.1f} s more than the outage itself; "
                f"{'equal to' if same else 'NOT equal to'} the source",
                flush=True,
            )
    sys.exit(not complete)


if __name__ == "__main__":
    main()
