"""Syncs in processes of their own, which print each operation as a line of JSON.

`python -m tests.helpers.child CONFIGURATION STATE [STREAMS]` is one sync, of streams such as those of
`tests.contracts.kinto:KINTO.streams`, or else of the companies and departments of the mock API. Without arguments,
standard input is a socket: each message on it holds such arguments as JSON and carries a file descriptor, and a process
is forked that syncs and prints there. The answer is the id of that process. A second message asks for its exit code.
"""

import json
import os
import pkgutil
import socket
import sys
from typing import Any

from async_sync import run_sync
from tests.helpers.streams import COMPANY, DEPARTMENT

_MAX_MESSAGE_BYTES = 1 << 17


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


def sync(configuration: str, state: str, streams: str | None = None) -> None:
    """One sync, from a configuration and a state in JSON."""
    run_sync(
        json.loads(configuration),
        json.loads(state),
        streams=pkgutil.resolve_name(streams) if streams else [COMPANY, DEPARTMENT],
        destination=PrintingDestination(),
    )


def fork_for_each_sync(messages: socket.socket) -> None:
    """Sync in one forked process after the other, until the other side closes."""
    while True:
        arguments, outputs, _, _ = socket.recv_fds(messages, _MAX_MESSAGE_BYTES, 1)
        if not arguments:
            return
        (output,) = outputs
        process = os.fork()
        if process == 0:
            _sync_and_end(json.loads(arguments), output)
        os.close(output)
        messages.send(str(process).encode())
        messages.recv(1)  # until then the id stays taken, even if the process has ended
        _, status = os.waitpid(process, 0)
        messages.send(str(os.waitstatus_to_exitcode(status)).encode())


def _sync_and_end(arguments: list[str], output: int) -> None:
    exit_code = 1
    try:
        os.dup2(output, 1)
        sync(*arguments)
        exit_code = 0
    finally:
        os._exit(exit_code)


if __name__ == "__main__":
    if sys.argv[1:]:
        sync(*sys.argv[1:])
    else:
        with socket.socket(fileno=0) as messages:
            fork_for_each_sync(messages)
