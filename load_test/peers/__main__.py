"""`python -m load_test.peers`: compare this connector with what others would use instead.

`make compare-peers` makes the environments of the others first. The exit code is 1 if a program's rows differ from the
source after a healthy sync, or if this connector lacks a record, or holds an old one, after something went wrong.
"""

import argparse
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from load_test.arguments import POSITIVE
from load_test.peers.outcomes import HEAD, complete, line, outcome
from load_test.peers.runs import (
    AIRBYTE,
    DLT_ASYNC,
    DLT_CURSORS,
    DLT_REST_API,
    OURS,
    SINGER,
    SINGER_ONE,
    THREADS,
    Peer,
    missing,
)
from load_test.peers.scenarios import SCENARIOS
from load_test.peers.speed import SETTINGS, Setting, measured, pictured, table
from load_test.small import NoCgroupError

TIMED = (OURS, THREADS, AIRBYTE, DLT_REST_API, DLT_ASYNC, SINGER, SINGER_ONE)
PICTURED = (OURS, THREADS, AIRBYTE, DLT_REST_API, DLT_ASYNC, SINGER_ONE)
TRIED = (OURS, THREADS, AIRBYTE, DLT_REST_API, DLT_CURSORS, DLT_ASYNC, SINGER, SINGER_ONE)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables; ends with SystemExit."""
    given = parser().parse_args(arguments)
    timed, tried = ([peer for peer in peers if peer.module in given.programs] for peers in (TIMED, TRIED))
    if absent := missing([*timed, *tried]):
        sys.exit(f"There is no environment for {', '.join(absent)}: run `make compare-peers`, which makes them.")
    fast = [show_speed(setting, timed, given) for setting in SETTINGS if setting.name in given.parts]
    safe = show_outcomes(tried) if "faults" in given.parts else True
    sys.exit(not (all(fast) and safe))


def show_speed(setting: Setting, peers: Sequence[Peer], given: argparse.Namespace) -> bool:
    """Print the table of a setting, and draw it if asked to; returns whether all rows are the source's."""
    print(f"\n{setting.title}", flush=True)
    try:
        lines = measured(setting, peers, given.repeat)
    except NoCgroupError as error:
        print(error)
        return True
    print(*table(lines), sep="\n", flush=True)
    if given.picture and setting is SETTINGS[0]:
        shown = {line: runs for line, runs in lines.items() if line[0] in PICTURED}
        draw(pictured(shown, max(setting.concurrency)), given.picture)
    same = not any(run.wrong for runs in lines.values() for run in runs)
    print("all wrote the rows of the source" if same else "NOT all wrote the rows of the source", flush=True)
    return same


def show_outcomes(peers: Sequence[Peer]) -> bool:
    """Print a table for each scenario; returns whether this connector has everything after each of them."""
    ours = []
    for scenario in SCENARIOS:
        print(f"\n{scenario.name}\n{HEAD}", flush=True)
        for peer in peers:
            seen = outcome(scenario, peer)
            print(line(peer, seen), flush=True)
            ours += [seen] if peer is OURS else []
    return complete(ours)


def draw(seconds: Mapping[str, float], path: Path) -> None:
    """Save the seconds as an SVG picture."""
    from load_test.readme_picture import save, speed_chart  # noqa: PLC0415 - a browser is needed only for this

    save(speed_chart(seconds), path, browser=shutil.which("chromium") or "chromium")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m load_test.peers", description=__doc__)
    parts = [*(setting.name for setting in SETTINGS), "faults"]
    programs = list(dict.fromkeys(peer.module for peer in (*TIMED, *TRIED)))
    made.add_argument("--parts", nargs="+", choices=parts, default=parts, help="default: all")
    made.add_argument("--programs", nargs="+", choices=programs, default=programs, help="default: all")
    made.add_argument("--repeat", type=POSITIVE, default=3, help="full syncs of each program (default: %(default)s)")
    made.add_argument("--picture", type=Path, help="draw the first table into this SVG file; needs Chromium")
    return made


if __name__ == "__main__":
    main()
