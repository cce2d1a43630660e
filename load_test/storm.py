"""`python -m load_test.storm`: run a full sync from an API with every kind of fault, and print what the faults cost.

The mock API deals each kind of fault to 3 % of the requests, in a process of its own. The sync runs at `auto`, and the
rows it wrote are compared with the source. The exit code is 1 if they differ or if the sync fails.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from typing import Any

from async_sync import run_sync
from connector import COMPANY, DEPARTMENT
from load_test.arguments import add_size
from load_test.destinations import KeepingDestination, Rows, rows_of
from load_test.server import mock_api, stats
from mock_api import Source
from mock_api.arguments import whole_number

# A third of all requests fails in one way or another: five attempts would be too few for thousands of requests.
_CONFIGURATION = {
    "max_concurrency": "auto",
    "max_attempts": "15",
    "timeout_seconds": "2",
    "max_response_mb": "1",
    "page_size": "10",
}
_FAULT_NUMBERS = ("--hang-seconds", "10", "--slow-seconds", "1", "--oversize-mb", "3", "--retry-after", "1")


@dataclass(frozen=True)
class Outcome:
    """One sync: its time in seconds, its rows, and the server's counts."""

    seconds: float
    rows: Rows
    stats: dict[str, Any]


def sync(given: argparse.Namespace, faults: str | None = None) -> Outcome:
    """Run one full sync from a server with these faults."""
    options = ("--faults", faults, "--fault-seed", str(given.seed), *_FAULT_NUMBERS) if faults else ()
    destination = KeepingDestination()
    with mock_api(
        companies=given.companies, departments=given.departments, latency_ms=given.latency_ms, options=options
    ) as url:
        started = time.monotonic()
        configuration = {"base_url": url, **_CONFIGURATION}
        run_sync(configuration, {}, streams=[COMPANY, DEPARTMENT], destination=destination)
        seconds = time.monotonic() - started
        told = stats(url)
    return Outcome(seconds, destination.rows, told)


def source_rows(companies: int, departments: int) -> Rows:
    """The rows that a destination must hold after a full sync, generated as the server generates its data."""
    return rows_of(Source.generate(companies=companies, departments=departments))


def main() -> None:
    """Sync without faults and with them, and print the figures; ends with SystemExit."""
    parser = argparse.ArgumentParser(prog="python -m load_test.storm", description=__doc__)
    add_size(parser, companies=2000, departments=5, latency_ms=50)
    parser.add_argument("--faults", default="all=0.03", help="see docs/faults.md (default: %(default)s)")
    parser.add_argument("--seed", type=whole_number(0), default=0, help="for the faults (default: %(default)s)")
    given = parser.parse_args()
    calm, storm = sync(given), sync(given, given.faults)
    dealt = ", ".join(f"{count} {kind}" for kind, count in sorted(storm.stats["faults"].items()))
    print(f"faults dealt: {dealt}")
    print(
        f"without faults {calm.seconds:.1f} s, with them {storm.seconds:.1f} s ({storm.seconds / calm.seconds:.1f} x)"
    )
    complete = storm.rows == calm.rows == source_rows(given.companies, given.departments)
    print("complete: equal to the source" if complete else "NOT equal to the source")
    sys.exit(not complete)


if __name__ == "__main__":
    main()
