"""`python -m load_test.compare_commits REVISION`: this tree beside another commit, sync for sync in turn.

A machine that is shared or gets hot slows both, so that the ratios of neighbouring runs hold where times do not. What
measures, and the server that both read, are this tree's; the packages are those that are installed now.
"""

import argparse
import io
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from load_test.bench import add_choice
from load_test.probe import Measured
from load_test.profiles import PROFILES, Profile, ready
from load_test.sweep import ROOT, SyncFailedError, commit, sync

RATIOS = {"wall": "wall", "sync_cpu": "CPU of the sync", "peak_memory_mb": "peak memory"}
_INTERRUPTED = 130


class NoSuchCommitError(LookupError):
    """The other commit cannot be had; the text says what git said."""


@dataclass(frozen=True)
class Pair:
    """Two neighbouring runs."""

    here: Measured
    there: Measured

    def ratio(self, figure: str) -> float:
        """What this tree took of what the other commit took."""
        return float(getattr(self.here, figure)) / float(getattr(self.there, figure))


def main(
    arguments: Sequence[str] | None = None, profiles: Sequence[Profile] = PROFILES, repository: Path = ROOT
) -> None:
    """Print the ratios; ends with SystemExit where there is no such commit or a sync fails."""
    given = parser(profiles).parse_args(arguments)
    try:
        with checked_out(given.revision, repository) as there:
            print(f"{commit()} / {given.revision}: below 1 this tree takes less; the median (min to max)")
            print(header(), flush=True)
            for profile in profiles:
                if not given.only or profile.name in given.only:
                    print(line(profile.name, measure(profile, there, given.repeat)), flush=True)
    except NoSuchCommitError as error:
        sys.exit(str(error))
    except SyncFailedError as error:
        sys.exit(f"A sync failed, here or in {given.revision}, whose packages may not be the installed ones: {error}")
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


@contextmanager
def checked_out(revision: str, repository: Path) -> Iterator[Path]:
    """A temporary folder with the other commit's connector, removed afterwards. Raises NoSuchCommitError.

    It is no worktree: the repository does not know of it, so that nothing is left there, however this ends.
    """
    command = ["git", "archive", "--format=zip", revision, "connector.py", "async_sync"]
    done = subprocess.run(command, cwd=repository, capture_output=True, check=False)
    if done.returncode:
        raise NoSuchCommitError(f"git cannot give the connector of {revision}: {done.stderr.decode().strip()}")
    with tempfile.TemporaryDirectory(prefix="compare_commits-") as folder:
        with zipfile.ZipFile(io.BytesIO(done.stdout)) as archive:
            archive.extractall(folder)
        yield Path(folder)


def measure(profile: Profile, there: Path, repeat: int) -> list[Pair]:
    """Both in turn; who is first changes from pair to pair. Raises SyncFailedError."""
    pairs = []
    with ready(profile) as asked:
        for number in range(repeat):
            order = (ROOT, there) if number % 2 == 0 else (there, ROOT)
            runs = {tree: sync(**asked, tree=tree) for tree in order}
            pairs.append(Pair(runs[ROOT], runs[there]))
    return pairs


def header() -> str:
    """The names of the columns."""
    return f"{'profile':<28}" + "".join(f"{name:<24}" for name in RATIOS.values())


def line(name: str, pairs: Sequence[Pair]) -> str:
    """The ratios of one profile, and where the two did not do the same, that they did not."""
    cells = (spread([pair.ratio(figure) for pair in pairs]) for figure in RATIOS)
    return f"{name:<28}{''.join(f'{cell:<24}' for cell in cells)}{difference(pairs)}".rstrip()


def spread(ratios: Sequence[float]) -> str:
    """The median, and from where to where they go."""
    return f"{statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"


def difference(pairs: Sequence[Pair]) -> str:
    """Whether they did different things: a sync that does less is not faster."""
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
    add_choice(made, profiles, repeat=5)
    return made


if __name__ == "__main__":
    main()
