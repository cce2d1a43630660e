"""`python -m load_test.bench`: the speed table. Reports what it saw; it is no test and has no verdict to fail on."""

import argparse
import math
import statistics

from load_test.probe import Measured
from load_test.server import mock_api
from load_test.sweep import sync

_LATENCY_MS = 50
_PAGE_SIZE = 100


def median(runs: list[Measured], figure: str) -> float:
    """The median of one figure."""
    return float(statistics.median(getattr(run, figure) for run in runs))


def show(what: str, target: str, figure: str, runs: str) -> None:
    """One row of the table."""
    print(f"{what:<58} {target:>10} {figure:>10}   {runs}", flush=True)


def bench_full_sync(repeat: int) -> float:
    """1,000 companies x 20 departments at 50 ms. Gives the peak memory, MB."""
    companies, peak = 1000, 0.0
    requests = companies + math.ceil(companies / _PAGE_SIZE)
    with mock_api(companies=companies, departments=20, latency_ms=_LATENCY_MS) as url:
        for concurrency, target in ((10, 0.93), (20, 0.90), (50, 0.80)):
            runs = [sync({"base_url": url, "max_concurrency": str(concurrency)}) for _ in range(repeat)]
            ideal = requests * _LATENCY_MS / 1000 / concurrency
            shares = ", ".join(f"{ideal / run.wall:.3f}" for run in runs)
            show(
                f"ideal / wall at max_concurrency {concurrency}",
                f">= {target:.2f}",
                f"{ideal / median(runs, 'wall'):.3f}",
                shares,
            )
        cpus = ", ".join(f"{run.cpu:.2f}" for run in runs)
        show("CPU of the whole process at 50, s", "<= 1.7", f"{median(runs, 'cpu'):.2f}", cpus)
        peak = median(runs, "peak_memory_mb")
        show("peak memory, MB", "<= 110", f"{peak:.0f}", "")
        blocks = [
            sync(
                {"base_url": url, "max_concurrency": "50", "checkpoint_rows": "1000"},
                checkpoint_seconds=0.05,
                watch=True,
            )
            for _ in range(repeat)
        ]
        longest = ", ".join(f"{run.longest_block * 1000:.1f} ({run.checkpoints})" for run in blocks)
        show(
            "longest block of the loop, ms (checkpoints of 50 ms)",
            "<= 20",
            f"{median(blocks, 'longest_block') * 1000:.1f}",
            longest,
        )
    return peak


def bench_growth(repeat: int, small_peak: float) -> None:
    """CPU for each row and peak memory, 50,000 companies x 2 against 1,000 x 2, at 0 ms."""
    costs = {}
    for companies in (1000, 50_000):
        with mock_api(companies=companies, departments=2, latency_ms=0) as url:
            runs = [sync({"base_url": url}) for _ in range(repeat)]
        costs[companies] = statistics.median(run.sync_cpu / run.rows * 1e6 for run in runs)
        each = ", ".join(f"{run.sync_cpu / run.rows * 1e6:.0f}" for run in runs)
        show(f"CPU for each row, {companies:,} x 2 at 0 ms, microseconds", "", f"{costs[companies]:.0f}", each)
    show("  their ratio", "<= 1.15", f"{costs[50_000] / costs[1000]:.2f}", "")
    grown = median(runs, "peak_memory_mb") - small_peak
    show("  peak memory above that of 1,000 x 20, MB", "<= 60", f"{grown:.0f}", "")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m load_test.bench", description=__doc__)
    parser.add_argument(
        "--repeat", type=int, default=3, help="runs of each row; the median counts (default: %(default)s)"
    )
    given = parser.parse_args()
    print(f"{'what':<58} {'aim':>10} {'median':>10}   runs")
    peak = bench_full_sync(given.repeat)
    bench_growth(given.repeat, peak)


if __name__ == "__main__":
    main()
