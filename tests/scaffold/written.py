"""What `make connector` writes, read back and run as its user would."""

import json
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import httpx

from async_sync import Stream, run_sync
from load_test.streams import streams_of
from scaffold.__main__ import ask, write
from scaffold.study import study
from tests.helpers.destination import MemoryDestination


class Written:
    """The files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.text = (folder / "connector.py").read_text()
        self.configuration: dict[str, str] = json.loads((folder / "configuration.json").read_text())
        spec = spec_from_file_location(f"scaffolded_{abs(hash(folder))}", folder / "connector.py")
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        self.streams: list[Stream] = streams_of(module)
        self.destination = MemoryDestination(keys={one.table: tuple(one.primary_key) for one in self.streams})

    def sync(self, transport: httpx.AsyncBaseTransport | None = None, **configuration: str) -> None:
        """Sync from the destination's last state."""
        run_sync(
            {**self.configuration, "max_attempts": "1", **configuration},
            self.destination.state,
            streams=self.streams,
            destination=self.destination,
            transport=transport,
        )

    def versions(self, number: int) -> dict[str, Any]:
        """The cursors of a table's rows, by the first field of their keys."""
        stream = self.streams[number]
        rows = self.destination.rows(stream.table).values()
        return {str(row[stream.primary_key[0]]): row[str(stream.cursor_field)] for row in rows}


def scaffolded(
    folder: Path, url: str, child: str | None, client: httpx.Client, credentials: dict[str, str] | None = None
) -> tuple[Written, int]:
    """The connector for these two lists, and the number of requests that it took."""
    connector, count = ask(study(url, child), client)
    write(connector, folder, credentials or {})
    return Written(folder), count


def assert_formatted(folder: Path) -> None:
    """It has the format of the project."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--check", "--line-length", "120", "--isolated", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
