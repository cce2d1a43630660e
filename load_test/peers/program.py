"""What the measured programs share: what each is asked, and how it says what it wrote and what that cost.

A program is asked by one argument, in JSON, and writes one JSON message a line: those of Singer, or those of Airbyte.
It must not load more than it needs, so this module imports nothing but the standard library.
"""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from load_test.memory import peak_memory_mb

BEGINNING = "1970-01-01T00:00:00Z"
PAGE_SIZE = 100

_TURN = threading.Lock()

Sync = Callable[["Asked"], float | None]
"""Syncs once, and returns the seconds that reading took if it did not read and write at the same time."""


@dataclass(frozen=True)
class Asked:
    """One sync: the API, the requests in flight, and the folder that is kept from one sync to the next."""

    url: str
    concurrency: int
    folder: str

    @property
    def state(self) -> Any:
        """The state that the destination has saved, or None before the first sync."""
        path = state_path(self.folder)
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def state_path(folder: str) -> Path:
    """Where the destination saves the state of a program that hands it over."""
    return Path(folder) / "state.json"


def say(messages: Iterable[Mapping[str, Any]], *, encode: Callable[[Any], bytes], flush: bool = True) -> None:
    """Write the messages to standard output, one a line, whole also if several threads write at once."""
    text = b"".join(encode(message) + b"\n" for message in messages)
    with _TURN:
        sys.stdout.buffer.write(text)
        if flush:
            sys.stdout.buffer.flush()


def records(table: str, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The messages for rows of a table."""
    return [{"type": "RECORD", "stream": table, "record": row} for row in rows]


def run(sync: Sync) -> None:
    """Run the program: sync once, and say what it cost."""
    asked = Asked(**json.loads(sys.argv[1]))
    began = time.perf_counter()
    reading = sync(asked)
    took = time.perf_counter() - began
    figures = {"sync": took, "reading": took if reading is None else reading, "cpu": time.process_time()}
    message = {"type": "FIGURES", **figures, "peak_memory_mb": peak_memory_mb()}
    say([message], encode=lambda each: json.dumps(each).encode())
