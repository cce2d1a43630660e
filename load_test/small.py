"""`python -m load_test.small`: time full syncs with what Fivetran gives a connector: half a CPU and 1 GB of memory.

The limit is a control group (cgroup v1 or v2), which only root can create on most machines.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from load_test.arguments import POSITIVE, add_size
from load_test.fresh_process import SyncFailedError, sync
from load_test.probe import Measured
from load_test.server import mock_api

CGROUPS = Path("/sys/fs/cgroup")
_PERIOD_US = 100_000
_AIMS = {"50": 2.6}  # seconds, with 1,000 companies
_KILLED = "A sync was killed under the limit without an error message: most likely it needed more memory."
_JOIN = 'for group in "$1" "$2"; do echo $$ > "$group/cgroup.procs" || exit 1; done; shift 2; exec "$@"'


class NoCgroupError(RuntimeError):
    """A control group cannot be created on this machine; the text says why."""


@contextmanager
def limited(cpus: float, memory_mb: int, root: Path = CGROUPS) -> Iterator[tuple[Path, Path]]:
    """Create a control group and remove it afterwards; yields the folders of its CPU and its memory limit.

    The two are the same folder in cgroup v2. Raises NoCgroupError.
    """
    name, quota, memory = f"load_test-{os.getpid()}", int(cpus * _PERIOD_US), memory_mb * 2**20
    if (root / "cgroup.controllers").exists():  # v2: one tree for all limits
        groups = (root / name, root / name)
        limits = {groups[0] / "cpu.max": f"{quota} {_PERIOD_US}", groups[1] / "memory.max": str(memory)}
    else:
        groups = (root / "cpu" / name, root / "memory" / name)
        limits = {
            groups[0] / "cpu.cfs_period_us": str(_PERIOD_US),
            groups[0] / "cpu.cfs_quota_us": str(quota),
            groups[1] / "memory.limit_in_bytes": str(memory),
        }
    try:
        _make(groups, limits)
        yield groups
    finally:
        for group in dict.fromkeys(groups):
            if group.is_dir():
                group.rmdir()


def _make(groups: tuple[Path, Path], limits: Mapping[Path, str]) -> None:
    try:
        for group in dict.fromkeys(groups):
            group.mkdir()
        for path, value in limits.items():
            path.write_text(value)
    except OSError as error:
        raise NoCgroupError(
            f"A process cannot be limited here: {error}. This requires root, and control groups (cgroups) for CPU and "
            "memory; in a container, they must be writable."
        ) from error


def joining(groups: tuple[Path, Path]) -> list[str]:
    """The beginning of a command that runs the rest of it under the limit."""
    return ["sh", "-c", _JOIN, "sh", *map(str, groups)]


def timed_sync(groups: tuple[Path, Path], configuration: dict[str, str]) -> tuple[float, Measured]:
    """Run one full sync under the limit; returns its figures, and before them the seconds its process took in all."""
    started = time.perf_counter()
    measured = sync(configuration, under=joining(groups))
    return time.perf_counter() - started, measured


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures; ends with SystemExit if the limit is not possible or a sync fails."""
    given = parser().parse_args(arguments)
    limit = f"{given.cpus:g} CPU, {given.memory_mb} MB"
    print(f"{given.companies:,} companies x 20 departments at 50 ms, {limit}; whole process, seconds")
    try:
        with (
            mock_api(companies=given.companies, departments=20, latency_ms=50) as url,
            limited(given.cpus, given.memory_mb) as groups,
        ):
            for concurrency in ("10", "20", "50", "auto"):
                asked = {"base_url": url, "max_concurrency": concurrency}
                print(line(concurrency, [timed_sync(groups, asked) for _ in range(given.repeat)]), flush=True)
    except NoCgroupError as error:
        sys.exit(str(error))
    except SyncFailedError as error:
        sys.exit(f"A sync failed under the limit: {error}" if str(error) else _KILLED)


def line(concurrency: str, runs: Sequence[tuple[float, Measured]]) -> str:
    """The median at one setting, the seconds of each run, the CPU, and the aim if there is one."""
    walls = sorted(wall for wall, _ in runs)
    each = ", ".join(f"{wall:.2f}" for wall in walls)
    cpu = statistics.median(run.cpu for _, run in runs)
    aim = f", aim: <= {_AIMS[concurrency]:.2f}" if concurrency in _AIMS else ""
    return f"max_concurrency {concurrency:>4}: {statistics.median(walls):5.2f} ({each}), CPU {cpu:.2f}{aim}"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m load_test.small", description=__doc__)
    made.add_argument("--cpus", type=float, default=0.5, help="default: %(default)s")
    made.add_argument("--memory-mb", type=POSITIVE, default=1024, help="default: %(default)s")
    made.add_argument("--repeat", type=POSITIVE, default=3, help="runs of each setting (default: %(default)s)")
    add_size(made, companies=1000, departments=None, latency_ms=None)
    return made


if __name__ == "__main__":
    main()
