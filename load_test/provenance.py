"""Which commit was measured, and on which machine."""

import os
import platform
import subprocess
from pathlib import Path

from load_test.fresh_process import ROOT


def machine() -> str:
    """The machine and the Python of this process, in words."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def commit(folder: Path = ROOT) -> str:
    """The commit checked out in the folder, with "-dirty" appended if files have changed since; or "unknown".

    The folder `benchmarks` does not count, because each bench adds to it.
    """
    head = _git(folder, "rev-parse", "--short", "HEAD")
    if not head:
        return "unknown"
    changed = _git(folder, "diff", "--name-only", "HEAD", "--", ".", ":(exclude)benchmarks")
    return f"{head}-dirty" if changed else head


def _git(folder: Path, *arguments: str) -> str:
    """The output of git; empty without git or without a repository."""
    command = ["git", *arguments]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip()
