"""`python -m load_test.bench`: measure every profile, print the figures, and add them to benchmarks/history.jsonl.

It only reports: no figure makes it fail.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from load_test import bench_history
from load_test.arguments import POSITIVE
from load_test.bench_tables import HEADER, LEGEND, figure_lines, kept, profile_line
from load_test.fresh_process import SyncFailedError, sync
from load_test.probe import Measured
from load_test.profiles import PROFILES, Profile, ready
from load_test.provenance import commit, machine


def main(arguments: Sequence[str] | None = None, profiles: Sequence[Profile] = PROFILES) -> None:
    """Print the tables and add to the history; ends with SystemExit if a sync fails or the history is invalid."""
    given = parser(profiles).parse_args(arguments)
    chosen = [profile for profile in profiles if not given.only or profile.name in given.only]
    try:
        before = bench_history.last_on(machine(), bench_history.read(given.history))
        print(HEADER)
        runs = {}
        for profile in chosen:
            runs[profile.name] = measure(profile, given.repeat)
            print(profile_line(profile, runs[profile.name], before), flush=True)
    except (SyncFailedError, bench_history.HistoryError) as error:
        sys.exit(f"There is nothing to report: {error}")
    print(LEGEND, *figure_lines(runs), sep="\n")
    bench_history.append(given.history, entry(runs))
    print(f"added to {given.history}")


def measure(profile: Profile, repeat: int) -> list[Measured]:
    """Measure the profile `repeat` times. Raises SyncFailedError."""
    with ready(profile) as asked:
        return [sync(**asked, **profile.bench_only) for _ in range(repeat)]


def entry(runs: dict[str, list[Measured]]) -> bench_history.Entry:
    """The entry of these runs for the history."""
    measured = commit()
    return bench_history.Entry(
        time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        commit=measured.removesuffix("-dirty"),
        dirty=measured.endswith("-dirty"),
        machine=machine(),
        figures=kept(runs),
    )


def parser(profiles: Sequence[Profile]) -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m load_test.bench", description=__doc__)
    made.add_argument(
        "--history", type=Path, default=bench_history.HISTORY, help="the file to append to (default: %(default)s)"
    )
    add_choice(made, profiles, repeat=3)
    return made


def add_choice(to: argparse.ArgumentParser, profiles: Sequence[Profile], *, repeat: int) -> None:
    """Add the arguments that choose the profiles and how often each is measured."""
    to.add_argument("--repeat", type=POSITIVE, default=repeat, help="runs of each profile (default: %(default)s)")
    names = [profile.name for profile in profiles]
    help_text = f"a profile to measure; repeatable (default: all): {'; '.join(names)}".replace("%", "%%")
    to.add_argument("--only", action="append", choices=names, metavar="PROFILE", help=help_text)


if __name__ == "__main__":
    main()
