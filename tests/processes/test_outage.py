"""A server that is killed in the middle of a sync, and comes back."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from async_sync.http import backoff
from mock_api import Source
from tests.helpers.destination import MemoryDestination
from tests.helpers.processes import free_port
from tests.helpers.syncing import assert_equals_source, sync

COMPANIES = 400


@contextmanager
def mock_api(port: int) -> Iterator[subprocess.Popen[str]]:
    """The mock API in a process of its own, from when it listens."""
    options = f"--port {port} --companies {COMPANIES} --departments 1 --latency-ms 20".split()
    with subprocess.Popen([sys.executable, "-m", "mock_api", *options], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert "listening on" in process.stdout.readline()
            yield process
        finally:
            process.kill()


class Watching(MemoryDestination):
    """Has the server killed when some departments are there, and tells when the sync has noticed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        super().__init__()
        self._process = process
        self._departments = 0
        self.noticed = Event()

    def upsert(self, table: str, row: dict[str, object]) -> None:
        super().upsert(table, row)
        self._departments += table == "department"
        if self._departments == COMPANIES // 10:
            self._process.kill()

    def info(self, message: str) -> None:
        super().info(message)
        if "does not answer" in message:
            self.noticed.set()


@pytest.mark.process
@pytest.mark.parametrize("concurrency", ["10", "50", "auto"])
def test_a_killed_server_that_comes_back_costs_nothing(monkeypatch: pytest.MonkeyPatch, concurrency: str) -> None:
    """The sync waits until the server is there again, and is complete; the log says so once, and once more after it."""
    monkeypatch.setattr(backoff, "FIRST_SECONDS", 0.02)
    port, over = free_port(), Event()

    def bring_back() -> None:
        destination.noticed.wait()
        process.wait()
        with mock_api(port):
            over.wait()

    with mock_api(port) as process:
        destination = Watching(process)
        reviver = Thread(target=bring_back)
        reviver.start()
        try:
            sync(destination, None, {"base_url": f"http://127.0.0.1:{port}", "max_concurrency": concurrency})
        finally:
            destination.noticed.set()
            over.set()
            reviver.join()

    assert_equals_source(destination, Source.generate(companies=COMPANIES, departments=1))
    about = [line for line in destination.lines if "does not answer" in line or "answers again" in line]
    assert ["does not answer" in line for line in about] == [True, False]
