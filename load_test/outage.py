"""`python -m load_test.outage`: the server is killed during a sync and comes back; what that costs.

The mock API runs in a process of its own, which is killed when a tenth of the companies has been asked for, and started
again on the same port. What the sync wrote is compared with the source. Exit code 1 where they differ, or a sync fails.
"""

import argparse
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from async_sync import run_sync
from connector import COMPANY, DEPARTMENT
from load_test.storm import KeepingDestination, source_rows

_DEPARTMENTS = 3


@contextmanager
def _server(given: argparse.Namespace, port: int = 0) -> Iterator[tuple[subprocess.Popen[str], str]]:
    numbers = {"port": port, "companies": given.companies, "departments": _DEPARTMENTS, "latency-ms": given.latency_ms}
    options = [part for name, number in numbers.items() for part in (f"--{name}", str(number))]
    with subprocess.Popen([sys.executable, "-m", "mock_api", *options], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().split()[-1]
        finally:
            process.kill()


def _sync(url: str, concurrency: str, destination: KeepingDestination) -> float:
    started = time.monotonic()
    run_sync(
        {"base_url": url, "max_concurrency": concurrency, "checkpoint_interval_seconds": "1"},
        {},
        parent=COMPANY,
        children=[DEPARTMENT],
        destination=destination,
    )
    return time.monotonic() - started


def _with_outage(given: argparse.Namespace, concurrency: str, seconds: float) -> tuple[float, KeepingDestination]:
    """A sync during which the server is away for this long."""
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
    """Print a line for each sync."""
    parser = argparse.ArgumentParser(prog="python -m load_test.outage", description=__doc__)
    parser.add_argument("--companies", type=int, default=1000, help="default: %(default)s")
    parser.add_argument("--latency-ms", type=int, default=50, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, nargs="+", default=[1, 10, 60], help="of the outages")
    parser.add_argument("--concurrency", nargs="+", default=["10", "50", "auto"], help="max_concurrency of the syncs")
    given = parser.parse_args(arguments)
    given.departments = _DEPARTMENTS
    expected, complete = source_rows(given), True
    for concurrency in given.concurrency:
        with _server(given) as (_, url):
            calm = _sync(url, concurrency, KeepingDestination())
        for seconds in given.seconds:
            took, destination = _with_outage(given, concurrency, seconds)
            same = destination.rows == expected
            complete &= same
            print(
                f"max_concurrency {concurrency}: {calm:.1f} s without an outage, {took:.1f} s with one of "
                f"{seconds:g} s, so {took - calm - seconds:.1f} s more than it lasted; "
                f"{'equal to' if same else 'NOT'} the source",
                flush=True,
            )
    sys.exit(not complete)


if __name__ == "__main__":
    main()
