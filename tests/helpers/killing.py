"""Syncs in a process that gets a signal in the middle of it."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from tests.helpers.destination import MemoryDestination
from tests.helpers.processes import ROOT


def sync_until(
    destination: MemoryDestination,
    configuration: Mapping[str, str],
    operations: int | None,
    with_signal: int,
    *streams: str,
) -> int:
    """Sync in a process that gets the signal after so many operations (None: never); returns its exit code.

    `streams` names the contract whose streams are synced, such as `tests.contracts.kinto:KINTO`; by default they are
    those of the mock API.
    """
    command = [sys.executable, "-m", "tests.helpers.child", json.dumps(configuration), json.dumps(destination.state)]
    with subprocess.Popen([*command, *streams], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        for count, line in enumerate(process.stdout):
            if count == operations:
                process.send_signal(with_signal)
            if line.endswith(b"\n"):
                _replay(destination, json.loads(line))
        return process.wait()


def _replay(destination: MemoryDestination, operation: list[Any]) -> None:
    name, *arguments = operation
    getattr(destination, name)(*arguments)
