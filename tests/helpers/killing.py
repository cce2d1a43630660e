"""Syncs in a process that gets a signal in the middle of it."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO

from tests.helpers.destination import MemoryDestination
from tests.helpers.processes import ROOT

_CHILD = [sys.executable, "-m", "tests.helpers.child"]


def sync_until(
    destination: MemoryDestination,
    configuration: Mapping[str, str],
    operations: int | None,
    with_signal: int,
    *streams: str,
) -> int:
    """Sync in a process that gets the signal after this many operations (None: never); returns its exit code.

    `streams` says where those that are synced are, such as `tests.contracts.kinto:KINTO.streams`; by default, they are
    the companies and departments of the mock API.
    """
    command = [*_CHILD, *_arguments(destination, configuration), *streams]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        _replay(process.stdout, destination, process.pid, operations, with_signal)
        return process.wait()


class ForkedSyncs:
    """Syncs of the mock API's streams, each in a process that is forked from one in which all modules are loaded.

    Such a process dies of a signal as any other does, but starts in no time.
    """

    def __init__(self, messages: socket.socket) -> None:
        self._messages = messages

    def sync_until(
        self,
        destination: MemoryDestination,
        configuration: Mapping[str, str],
        operations: int | None,
        with_signal: int,
    ) -> int:
        """The same as the function of this name."""
        arguments = json.dumps(_arguments(destination, configuration)).encode()
        read, write = os.pipe()
        with os.fdopen(read, "rb") as output:
            socket.send_fds(self._messages, [arguments], [write])
            os.close(write)
            _replay(output, destination, self._receive(), operations, with_signal)
        self._messages.send(b".")
        return self._receive()

    def _receive(self) -> int:
        return int(self._messages.recv(32))


@contextmanager
def forked_syncs() -> Iterator[ForkedSyncs]:
    """Start the process to fork from; it ends with the block."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, subprocess.Popen(_CHILD, cwd=ROOT, stdin=theirs.fileno(), stderr=subprocess.DEVNULL):
        theirs.close()
        try:
            yield ForkedSyncs(ours)
        finally:
            ours.close()


def _arguments(destination: MemoryDestination, configuration: Mapping[str, str]) -> list[str]:
    return [json.dumps(configuration), json.dumps(destination.state)]


def _replay(
    output: IO[bytes], destination: MemoryDestination, process: int, operations: int | None, with_signal: int
) -> None:
    """Do what the process prints, until it prints no more; a line that it did not get to finish does not count."""
    for count, line in enumerate(output):
        if count == operations:
            os.kill(process, with_signal)
        if line.endswith(b"\n"):
            name, *arguments = json.loads(line)
            getattr(destination, name)(*arguments)
