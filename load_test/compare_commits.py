"""`python -m load_test.compare_commits REV`: this tree against another commit, as ratios.

Both sync from one mock API, in turn, several times: a machine that is shared or gets hot slows both. Of each pair of
runs the ratio is taken; below 1.00 this tree is better. What measures is this tree's program, whatever the other has.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from load_test.probe import Measured
from load_test.profiles import PROFILES, Profile, ready
from load_test.sweep import ROOT, SyncFailedError, sync

Pair = tuple[Measured, Measured]

_FIGURES = {"wall": "wall", "sync_cpu": "CPU of the sync", "peak_memory_mb": "peak memory"}


class NoSuchCommitError(RuntimeError):
    """The commit cannot be checked out; the text is what git says."""


@contextmanager
def checked_out(revision: str) -> Iterator[Path]:
    """Give the commit's files in a folder of their own, which is removed afterwards. Raises NoSuchCommitError."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        try:
            _git("worktree", "add", "--quiet", "--detach", str(tree), revision)
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree), check=tree.exists())


def _git(*arguments: str, check: bool = True) -> None:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S607
    if check and done.returncode:
        raise NoSuchCommitError(done.stderr.strip())


def compared(profile: Profile, other: Path, repeat: int) -> list[Pair]:
    """This tree and the other one in turn, so many times; whoever is first changes from pair to pair."""
    pairs: list[Pair] = []
    with ready(profile) as asked:
        for number in range(repeat):
            if number % 2:
                theirs, ours = sync(**asked, tree=other), sync(**asked)
            else:
                ours, theirs = sync(**asked), sync(**asked, tree=other)
            pairs.append((ours, theirs))
    return pairs


def ratios(pairs: Sequence[Pair], figure: str) -> tuple[float, float, float]:
    """This tree's figure divided by the other's: the median of the pairs, the smallest, the largest."""
    each = [getattr(ours, figure) / getattr(theirs, figure) for ours, theirs in pairs]
    return statistics.median(each), min(each), max(each)


def row(profile: Profile, pairs: Sequence[Pair]) -> str:
    """A line of the table."""
    cells = "".join("{:>8.2f} ({:.2f} to {:.2f})".format(*ratios(pairs, figure)) for figure in _FIGURES)
    same = {(run.rows, run.requests) for pair in pairs for run in pair}
    return f"{profile.name:<28}{cells}{'' if len(same) == 1 else '   not the same requests or rows'}"


def main(arguments: Sequence[str] | None = None, profiles: Sequence[Profile] = PROFILES) -> None:
    """Print the table; ends with SystemExit where the commit cannot be measured."""
    parser = argparse.ArgumentParser(prog="python -m load_test.compare_commits", description=__doc__)
    parser.add_argument("revision", help="a commit, as git knows it")
    parser.add_argument("--repeat", type=int, default=5, help="pairs of runs (default: %(default)s)")
    parser.add_argument("--only", default="", help="profiles whose name begins so (default: all)")
    given = parser.parse_args(arguments)
    print(f"This tree / {given.revision}: the median of {given.repeat} pairs (smallest to largest).")
    print(f"{'profile':<28}" + "".join(f"{name:>24}" for name in _FIGURES.values()))
    try:
        with checked_out(given.revision) as other:
            for profile in profiles:
                if profile.name.startswith(given.only):
                    print(row(profile, compared(profile, other, given.repeat)), flush=True)
    except (NoSuchCommitError, SyncFailedError) as error:
        sys.exit(f"{given.revision} cannot be compared: {error}")


if __name__ == "__main__":
    main()
