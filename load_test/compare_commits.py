"""`python -m load_test.compare_commits REVISION`: compare the speed of this tree with that of another commit.

Runs of the two alternate, because a shared or hot machine slows down both: the ratios of neighboring runs are reliable
even where times are not. The probe and the mock API are this tree's, and the installed packages serve both.
"""

import argparse
import io
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from load_test.bench import add_choice
from load_test.fresh_process import ROOT, SyncFailedError, sync
from load_test.probe import Measured
from load_test.profiles import PROFILES, Profile, ready
from load_test.provenance import commit

RATIOS = {"wall": "wall", "sync_cpu": "CPU of the sync", "peak_memory_mb": "peak memory"}
_INTERRUPTED = 130


class NoSuchCommitError(LookupError):
    """The other commit is not available; the text quotes git."""


@dataclass(frozen=True)
class Pair:
    """Two neighboring runs."""

    here: Measured
    there: Measured

    def ratio(self, figure: str) -> float:
        """This tree's figure divided by the other commit's."""
        return float(getattr(self.here, figure)) / float(getattr(self.there, figure))


def main(
    arguments: Sequence[str] | None = None, profiles: Sequence[Profile] = PROFILES, repository: Path = ROOT
) -> None:
    """Print the ratios; ends with SystemExit if the commit is not available, and after the table if a sync failed."""
    given = parser(profiles).parse_args(arguments)
    chosen = [profile for profile in profiles if not given.only or profile.name in given.only]
    try:
        with checked_out(given.revision, repository) as there:
            print(f"{commit()} / {given.revision}: below 1, this tree takes less; median (minimum to maximum)")
            print(header(), flush=True)
            complete = [print_ratios(profile, there, given.repeat, dict(given.rename)) for profile in chosen]
    except NoSuchCommitError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    if not all(complete):
        sys.exit(
            f"Not every profile was measured. {given.revision} may need other packages than the installed ones, or "
            "know a key or a value of the configuration by another name: see --rename."
        )


def print_ratios(profile: Profile, there: Path, repeat: int, names: Mapping[str, str]) -> bool:
    """Measure the profile and print its line; returns whether no sync failed. For `names` see `measure`."""
    try:
        print(line(profile.name, measure(profile, there, repeat, names)), flush=True)
    except SyncFailedError as error:
        print(f"{profile.name:<28}not measured: {error}", flush=True)
        return False
    return True


@contextmanager
def checked_out(revision: str, repository: Path) -> Iterator[Path]:
    """A temporary folder with the other commit's connector, removed afterwards. Raises NoSuchCommitError.

    It is not a git worktree, so that the repository is left unchanged even if this process is killed.
    """
    command = ["git", "archive", "--format=zip", revision, "connector.py", "async_sync"]
    done = subprocess.run(command, cwd=repository, capture_output=True, check=False)
    if done.returncode:
        raise NoSuchCommitError(f"git has no connector at {revision}: {done.stderr.decode().strip()}")
    with tempfile.TemporaryDirectory(prefix="compare_commits-") as folder:
        with zipfile.ZipFile(io.BytesIO(done.stdout)) as archive:
            archive.extractall(folder)
        yield Path(folder)


def measure(profile: Profile, there: Path, repeat: int, names: Mapping[str, str]) -> list[Pair]:
    """Run both in turn; which one is first alternates. Raises SyncFailedError.

    `names` maps keys and values of the configuration to the names that the other commit knows them by.
    """
    pairs = []
    with ready(profile) as asked:
        renamed = {names.get(key, key): names.get(value, value) for key, value in asked["configuration"].items()}
        trees = {ROOT: asked, there: {**asked, "configuration": renamed}}
        for number in range(repeat):
            order = list(trees) if number % 2 == 0 else list(trees)[::-1]
            runs = {tree: sync(**trees[tree], tree=tree) for tree in order}
            pairs.append(Pair(runs[ROOT], runs[there]))
    return pairs


def header() -> str:
    """The names of the columns."""
    return f"{'profile':<28}" + "".join(f"{name:<24}" for name in RATIOS.values())


def line(name: str, pairs: Sequence[Pair]) -> str:
    """The ratios of one profile, with a warning if the two syncs did different things."""
    cells = (spread([pair.ratio(figure) for pair in pairs]) for figure in RATIOS)
    return f"{name:<28}{''.join(f'{cell:<24}' for cell in cells)}{difference(pairs)}".rstrip()


def spread(ratios: Sequence[float]) -> str:
    """The median, with the minimum and the maximum."""
    return f"{statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"


def difference(pairs: Sequence[Pair]) -> str:
    """How the rows or requests of the two differ, if they do: a sync that does less is not faster."""
    seen = {tuple((run.rows, run.requests) for run in (pair.here, pair.there)) for pair in pairs}
    differing = sorted((here, there) for here, there in seen if here != there)
    return ", ".join(
        f"NOT the same: {here[0]:,} / {there[0]:,} rows, {here[1]:,} / {there[1]:,} requests"
        for here, there in differing
    )


def parser(profiles: Sequence[Profile]) -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m load_test.compare_commits", description=__doc__)
    made.add_argument("revision", help="the other commit, as git names it: HEAD~1, a tag, a branch")
    made.add_argument(
        "--rename",
        action="append",
        type=_renamed,
        default=[],
        metavar="HERE=THERE",
        help="a key or a value of the configuration that the other commit knows by another name; repeatable",
    )
    add_choice(made, profiles, repeat=5)
    return made


def _renamed(text: str) -> tuple[str, str]:
    here, equals, there = text.partition("=")
    if not (here and equals and there):
        raise argparse.ArgumentTypeError(f"{text!r} is not HERE=THERE")
    return here, there


if __name__ == "__main__":
    main()
