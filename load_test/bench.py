"""`python -m load_test.bench`: the speed table. Reports what it saw; it is no test and has no verdict to fail on.

What it saw is appended to benchmarks/history.jsonl as well.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from load_test import history
from load_test.figures import HEADER, LEGEND, figure_lines, kept, profile_line
from load_test.probe import Measured
from load_test.profiles import PROFILES, Profile, ready
from load_test.sweep import SyncFailedError, commit, machine, sync


def main(arguments: Sequence[str] | None = None, profiles: Sequence[Profile] = PROFILES) -> None:
    """Print the tables and add to the history; ends with SystemExit where a sync fails or the history is broken."""
    given = parser(profiles).parse_args(arguments)
    chosen = [profile for profile in profiles if not given.only or profile.name in given.only]
    try:
        before = history.last_on(machine(), history.read(given.history))
        print(HEADER)
        runs = {}
        for profile in chosen:
            runs[profile.name] = measure(profile, given.repeat)
            print(profile_line(profile, runs[profile.name], before), flush=True)
    except (SyncFailedError, history.HistoryError) as error:
        sys.exit(f"There is nothing to report: {error}")
    print(LEGEND, *figure_lines(runs), sep="\n")
    history.append(given.history, entry(runs))
    print(f"added to {given.history}")


def measure(profile: Profile, repeat: int) -> list[Measured]:
    """The profile, so many times. Raises SyncFailedError."""
    with ready(profile) as asked:
        return [sync(**asked) for _ in range(repeat)]


def entry(runs: dict[str, list[Measured]]) -> history.Entry:
    """What the history keeps of this bench."""
    measured = commit()
    return history.Entry(
        time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        commit=measured.removesuffix("-dirty"),
        dirty=measured.endswith("-dirty"),
        machine=machine(),
        figures=kept(runs),
    )


def parser(profiles: Sequence[Profile]) -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m load_test.bench", description=__doc__)
    made.add_argument("--history", type=Path, default=history.HISTORY, help="the file to add to")
    add_choice(made, profiles, repeat=3)
    return made


def add_choice(to: argparse.ArgumentParser, profiles: Sequence[Profile], *, repeat: int) -> None:
    """Let the user choose among the profiles, and how often each is measured."""
    to.add_argument("--repeat", type=_positive, default=repeat, help="of each profile (default: %(default)s)")
    names = [profile.name for profile in profiles]
    help_text = f"a profile to measure; may be given again (default: all): {'; '.join(names)}".replace("%", "%%")
    to.add_argument("--only", action="append", choices=names, metavar="PROFILE", help=help_text)


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


if __name__ == "__main__":
    main()
