"""`python -m load_test.storm`: a full sync from an API at which everything goes wrong, and what that cost.

The mock API deals each kind of fault to 3 % of the requests, in a process of its own. The sync runs at `auto`; what it
wrote is compared with the source. Ends with exit code 1 where they differ, or when the sync fails.
"""

import argparse
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from async_sync import run_sync
from connector import COMPANY, DEPARTMENT
from load_test.server import mock_api, stats
from mock_api import Source

_KEYS = {stream.table: tuple(stream.primary_key) for stream in (COMPANY, DEPARTMENT)}
# A third of all requests fails in one way or another: five attempts would be too few for thousands of requests.
_CONFIGURATION = {
    "max_concurrency": "auto",
    "max_attempts": "15",
    "timeout_seconds": "2",
    "max_response_mb": "1",
    "page_size": "10",
}
_FAULTS = ("--hang-seconds", "10", "--slow-seconds", "1", "--oversize-mb", "3", "--retry-after", "1")


@dataclass
class KeepingDestination:
    """Keeps the last version of each row, and shows the lines of the log."""

    rows: dict[tuple[str, ...], dict[str, Any]] = field(default_factory=dict)

    def upsert(self, table: str, row: dict[str, Any]) -> None:
        """Keep the row."""
        self.rows[self._key(table, row)] = row

    def delete(self, table: str, key: dict[str, Any]) -> None:
        """Forget the row."""
        self.rows.pop(self._key(table, key), None)

    def checkpoint(self, state: dict[str, Any]) -> None:
        """Nothing is kept beyond this run."""

    def info(self, message: str) -> None:
        """Show the line."""
        print(message, flush=True)

    warning = info

    def _key(self, table: str, row: Mapping[str, Any]) -> tuple[str, ...]:
        return (table, *(str(row[name]) for name in _KEYS[table]))


@dataclass(frozen=True)
class Outcome:
    """One sync: its seconds, its rows, and what the server says that it was asked and dealt."""

    seconds: float
    rows: dict[tuple[str, ...], dict[str, Any]]
    stats: dict[str, Any]


def sync(given: argparse.Namespace, faults: str) -> Outcome:
    """One full sync from a server with these faults."""
    options = ("--faults", faults, "--fault-seed", str(given.seed), *_FAULTS) if faults else ()
    destination = KeepingDestination()
    with mock_api(
        companies=given.companies, departments=given.departments, latency_ms=given.latency_ms, options=options
    ) as url:
        started = time.monotonic()
        configuration = {"base_url": url, **_CONFIGURATION}
        run_sync(configuration, {}, parent=COMPANY, children=[DEPARTMENT], destination=destination)
        seconds = time.monotonic() - started
        told = stats(url)
    return Outcome(seconds, destination.rows, told)


def source_rows(given: argparse.Namespace) -> Mapping[tuple[str, ...], Mapping[str, Any]]:
    """What the destination has to hold: the source that the server made, made again."""
    source = Source.generate(companies=given.companies, departments=given.departments, seed=0)
    rows: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for company in source.companies():
        company_id = company["company_id"]
        rows["company", company_id] = company
        for department in source.departments(company_id):
            rows["department", str(department["department_id"]), company_id] = department
    return rows


def main() -> None:
    """Sync without and with faults; print the figures."""
    parser = argparse.ArgumentParser(prog="python -m load_test.storm", description=__doc__)
    parser.add_argument("--companies", type=int, default=2000, help="default: %(default)s")
    parser.add_argument("--departments", type=int, default=5, help="of each company (default: %(default)s)")
    parser.add_argument("--latency-ms", type=int, default=50, help="default: %(default)s")
    parser.add_argument("--faults", default="all=0.03", help="as docs/faults.md describes them (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the faults (default: %(default)s)")
    given = parser.parse_args()
    calm, storm = sync(given, ""), sync(given, given.faults)
    dealt = ", ".join(f"{count} {kind}" for kind, count in sorted(storm.stats["faults"].items()))
    print(f"faults dealt: {dealt}")
    print(
        f"without faults {calm.seconds:.1f} s, with them {storm.seconds:.1f} s ({storm.seconds / calm.seconds:.1f} x)"
    )
    complete = storm.rows == calm.rows == source_rows(given)
    print("complete: equal to the source" if complete else "NOT equal to the source")
    sys.exit(not complete)


if __name__ == "__main__":
    main()
