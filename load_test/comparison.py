"""`python -m load_test.comparison`: compare this connector with sequential requests and with threads.

All of them read the same mock API into the same kind of destination, each in a process of its own. The exit code is 1
if they did not write the same rows, or if this connector lacks a record after a failure.
"""

import argparse
import statistics
import sys
import urllib.request
from functools import partial

from load_test.arguments import POSITIVE, add_size
from load_test.server import mock_api, stats
from load_test.ways import AFTER_FAILURE, FULL, Outcome, Way, run

_MAX_REQUESTS_OF_COMPANY = 100
"""More than any way makes for one company."""


def requests_since_reset(url: str) -> int:
    """The number of requests that the server has counted since the last call."""
    requests = int(stats(url)["requests"]["total"])
    urllib.request.urlopen(f"{url}/_reset", data=b"").close()  # noqa: S310 - the server that was started here
    return requests


def compare(given: argparse.Namespace) -> bool:
    """Run full syncs in turn and print a table of their medians.

    Returns whether each sync wrote all rows, and all of them the same.
    """
    outcomes: dict[Way, list[Outcome]] = {way: [] for way in FULL}
    requests: dict[Way, int] = {}
    with mock_api(companies=given.companies, departments=given.departments, latency_ms=given.latency_ms) as url:
        for way in FULL * given.repeat:
            outcomes[way].append(run(way, url))
            requests[way] = requests_since_reset(url)
    print(f"{'full sync':<26}{'wall s':>8}{'faster':>9}{'CPU s':>8}{'peak MB':>9}{'requests':>10}{'rows':>8}")
    slowest = median(outcomes[FULL[0]], "wall")
    for way, runs in outcomes.items():
        wall, cpu, memory = (median(runs, figure) for figure in ("wall", "cpu", "peak_memory_mb"))
        figures = f"{wall:>8.2f}{slowest / wall:>7.1f} x{cpu:>8.2f}{memory:>9.0f}"
        print(f"{way.name:<26}{figures}{requests[way]:>10,}{runs[-1].syncs[0].written:>8,}")
    wrote = {(outcome.digest, outcome.syncs[0].held) for runs in outcomes.values() for outcome in runs}
    return len(wrote) == 1 and wrote.pop()[1] == given.companies * (1 + given.departments)


def median(runs: list[Outcome], figure: str) -> float:
    """The median of one figure."""
    return float(statistics.median(getattr(run, figure) for run in runs))


def fail_in_the_middle(given: argparse.Namespace) -> dict[str, int]:
    """Run a sync in which one company's departments fail with 500, and then a clean one; returns the rows lost."""
    failing = f"c{given.companies // 2:06d}"
    scripts = ",".join(f"{failing}#{number}=500" for number in range(1, _MAX_REQUESTS_OF_COMPANY))
    server = partial(mock_api, companies=given.companies, departments=given.departments, latency_ms=0)
    columns = f"{'first sync':>12}{'rows held':>11}{'clean sync':>12}{'rows held':>11}{'lost':>6}"
    print(f"\n{f'500 from {failing}':<26}{columns}")
    lost = {}
    for way in AFTER_FAILURE:
        with server(options=("--faults", scripts)) as faulty, server() as healthy:
            first, second = run(way, faulty, healthy).syncs
        lost[way.name] = given.companies * (1 + given.departments) - second.held
        ended = "fails" if first.error else "ends well"
        print(f"{way.name:<26}{ended:>12}{first.held:>11,}{second.written:>12,}{second.held:>11,}{lost[way.name]:>6,}")
    return lost


def main() -> None:
    """Print both tables; ends with SystemExit."""
    parser = argparse.ArgumentParser("python -m load_test.comparison", description=__doc__)
    add_size(parser, companies=200, departments=10, latency_ms=50)
    parser.add_argument("--repeat", type=POSITIVE, default=3, help="full syncs of each way (default: %(default)s)")
    given = parser.parse_args()
    same = compare(given)
    print("all wrote the same rows" if same else "they did NOT all write the same rows")
    lost = fail_in_the_middle(given)
    sys.exit(not same or any(count for name, count in lost.items() if name.startswith("this connector")))


if __name__ == "__main__":
    main()
