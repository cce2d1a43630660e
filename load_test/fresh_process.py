"""Runs one sync in a fresh process, with the connector of this tree or of another one."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from load_test.probe import Measured

ROOT = Path(__file__).parent.parent

# The connector comes from the first folder; the probe always comes from the second, this tree.
_PROBE = """
import runpy, sys
sys.path[0] = sys.argv.pop(1)
import async_sync, connector
sys.path[0] = sys.argv.pop(1)
runpy.run_module("load_test.probe", run_name="__main__", alter_sys=True)
"""


class SyncFailedError(RuntimeError):
    """A measured sync failed; the text is the last line of its error output."""


def sync(configuration: Mapping[str, str], *, under: Sequence[str] = (), tree: Path = ROOT, **asked: Any) -> Measured:
    """Run one sync with the connector in the folder `tree`.

    `asked` holds further arguments of `probe.measure`; `under` is a command that runs the process. Raises
    SyncFailedError.
    """
    asked = {"configuration": dict(configuration), **asked}
    return Measured(**json.loads(output_of(["-c", _PROBE, str(tree), str(ROOT), json.dumps(asked)], under=under)))


def output_of(arguments: Sequence[str], *, under: Sequence[str] = ()) -> str:
    """What a fresh Python prints. Raises SyncFailedError."""
    command = [*under, sys.executable, *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SyncFailedError(done.stderr.strip().rpartition("\n")[2])
    return done.stdout
