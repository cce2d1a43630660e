"""A sync as a process: `python -m tests.helpers.child CONFIGURATION STATE [CONTRACT]` prints operations as JSON.

It syncs the streams of a contract, such as `tests.contracts.kinto:KINTO`, or else those of the mock API.
"""

import json
import os
import pkgutil
import sys
from typing import Any

from async_sync import run_sync
from tests.helpers.streams import COMPANY, DEPARTMENT


class PrintingDestination:
    """Hands each operation to the parent process, one whole line at a time."""

    def upsert(self, table: str, row: dict[str, Any]) -> None:
        self._print("upsert", table, row)

    def delete(self, table: str, key: dict[str, Any]) -> None:
        self._print("delete", table, key)

    def checkpoint(self, state: dict[str, Any]) -> None:
        self._print("checkpoint", state)

    def info(self, message: str) -> None:
        pass

    def warning(self, message: str) -> None:
        pass

    def _print(self, *operation: Any) -> None:
        os.write(1, json.dumps(operation).encode() + b"\n")


if __name__ == "__main__":
    configuration, state, *contract = sys.argv[1:]
    streams = pkgutil.resolve_name(contract[0]) if contract else None
    run_sync(
        json.loads(configuration),
        json.loads(state),
        parent=streams.company if streams else COMPANY,
        children=[streams.department if streams else DEPARTMENT],
        destination=PrintingDestination(),
    )
