"""`python -m load_test.bench`: the speed table. Reports what it saw; it is no test and has no verdict to fail on.

What was measured is added to benchmarks/history.jsonl.
"""

import argparse
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence

from load_test import history
from load_test.probe import Measured
from load_test.profiles import PROFILES, Profile, ready
from load_test.sweep import sync

Runs = Mapping[str, Sequence[Measured]]
Row = tuple[str, str, str, str]

_AIMS = {10: 0.93, 20: 0.92, 50: 0.90, 100: 0.80}


def measure(profile: Profile, repeat: int) -> list[Measured]:
    """The profile, so many times."""
    with ready(profile) as asked:
        return [sync(**asked) for _ in range(repeat)]


def profile_row(profile: Profile, runs: Sequence[Measured]) -> str:
    """The medians of one profile, as a line of the first table."""
    wall, cpu, memory = (_median(runs, figure) for figure in ("wall", "cpu", "peak_memory_mb"))
    counts = f"{runs[-1].requests:>10,}{runs[-1].rows:>9,}{runs[-1].checkpoints:>13,}"
    return f"{profile.name:<28}{wall:>8.2f}{cpu:>8.2f}{memory:>9.0f}{counts}   {_each(runs, _wall, '.2f')}"


def aims(runs: Runs) -> Iterator[Row]:
    """What is aimed at: the name, the aim, the median, and each run."""
    for concurrency, aim in _AIMS.items():
        yield _efficiency(runs[f"full, {concurrency}"], concurrency, aim)
    full, grown, small = runs["full, 50"], runs["50,000 x 2 at 0 ms"], runs["1,000 x 2 at 0 ms"]
    cpu, memory = _median(full, "cpu"), _median(full, "peak_memory_mb")
    yield "CPU of the whole process at 50, s", "<= 1.5", f"{cpu:.2f}", _each(full, lambda run: run.cpu, ".2f")
    yield "peak memory at 50, MB", "<= 110", f"{memory:.0f}", ""
    blocked = runs["checkpoints of 50 ms"]
    longest = f"{1000 * _median(blocked, 'longest_block'):.1f}"
    each = _each(blocked, lambda run: 1000 * run.longest_block, ".1f")
    yield "longest block of the loop, ms (checkpoints of 50 ms)", "<= 20", longest, each
    ratio = _cpu_a_row(grown) / _cpu_a_row(small)
    yield "CPU for each row, 50,000 x 2 against 1,000 x 2", "<= 1.15", f"{ratio:.2f}", ""
    yield "peak memory, the same, MB more", "<= 60", f"{_median(grown, 'peak_memory_mb') - memory:.0f}", ""
    share = max(run.checkpoint_seconds / run.wall for run in runs["state of 100,000"])
    yield "time in checkpoints, state of 100,000, the largest share", "<= 5 %", f"{100 * share:.1f} %", ""


def _efficiency(runs: Sequence[Measured], concurrency: int, aim: float) -> Row:
    def share(run: Measured) -> float:
        return run.requests * 0.05 / concurrency / run.wall

    middle = statistics.median(map(share, runs))
    return f"ideal / wall at max_concurrency {concurrency}", f">= {aim:.2f}", f"{middle:.3f}", _each(runs, share, ".3f")


def _cpu_a_row(runs: Sequence[Measured]) -> float:
    return statistics.median(run.sync_cpu / run.rows for run in runs)


def _median(runs: Sequence[Measured], figure: str) -> float:
    return float(statistics.median(getattr(run, figure) for run in runs))


def _wall(run: Measured) -> float:
    return run.wall


def _each(runs: Sequence[Measured], figure: Callable[[Measured], float], form: str) -> str:
    return ", ".join(format(figure(run), form) for run in runs)


def main(arguments: Sequence[str] | None = None, profiles: Sequence[Profile] = PROFILES) -> None:
    """Measure every profile, print both tables, and add a line to the history."""
    parser = argparse.ArgumentParser(prog="python -m load_test.bench", description=__doc__)
    parser.add_argument(
        "--repeat", type=int, default=3, help="runs of each profile; the medians count (default: %(default)s)"
    )
    given = parser.parse_args(arguments)
    print(
        f"{'profile':<28}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}{'requests':>10}{'rows':>9}{'checkpoints':>13}   walls"
    )
    runs = {}
    for profile in profiles:
        runs[profile.name] = measure(profile, given.repeat)
        print(profile_row(profile, runs[profile.name]), flush=True)
    print(f"\n{'aim':<58} {'':>10} {'median':>10}   runs")
    for what, aim, figure, each in aims(runs):
        print(f"{what:<58} {aim:>10} {figure:>10}   {each}")
    history.append(history.entry(runs))
    print(f"\nAdded to {history.HISTORY}.")


if __name__ == "__main__":
    main()
