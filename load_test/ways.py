"""The three ways to sync that `load_test.comparison` compares, and one process that runs one of them.

A measured process must not load more than its way needs, so this module imports the ways only where they run.
"""

import hashlib
import importlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from load_test.destinations import KeepingDestination, Rows
from load_test.memory import peak_memory_mb

_CHILD = "from load_test.ways import child; child()"


@dataclass(frozen=True, eq=False)
class Way:
    """One row of a table: its name, `kind` (sequential, threads, or connector), and options for that kind."""

    name: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """One sync: its error, the rows it wrote, and the distinct rows held since the first sync."""

    error: str
    written: int
    held: int


@dataclass(frozen=True)
class Outcome:
    """The syncs of one process: `wall` is their time in seconds, `cpu` and the memory are the whole process's."""

    syncs: list[Done]
    digest: str
    wall: float
    cpu: float
    peak_memory_mb: float


FULL = (
    Way("sequential", "sequential"),
    Way("threads, 10", "threads", {"workers": 10}),
    Way("threads, 50", "threads", {"workers": 50}),
    Way("this connector, 10", "connector", {"max_concurrency": "10"}),
    Way("this connector, 50", "connector", {"max_concurrency": "50"}),
    Way("this connector, auto", "connector", {"max_concurrency": "auto"}),
)
AFTER_FAILURE = (
    Way("sequential", "sequential"),
    Way("threads, errors logged", "threads", {"workers": 10}),
    Way("threads, errors raised", "threads", {"workers": 10, "raise_errors": True}),
    Way("this connector, fail", "connector", {"on_parent_error": "fail"}),
    Way("this connector, skip", "connector", {"on_parent_error": "skip"}),
)


def load(way: Way) -> Callable[..., object]:
    """Import what the way needs, and the SDK, which any connector needs; returns the function that syncs."""
    importlib.import_module("fivetran_connector_sdk")
    if way.kind != "connector":
        return partial(importlib.import_module(f"load_test.{way.kind}").sync, **way.options)
    from async_sync import run_sync  # noqa: PLC0415
    from connector import COMPANY, DEPARTMENT  # noqa: PLC0415

    def sync(url: str, state: dict[str, Any], destination: Any) -> None:
        configuration = {"base_url": url, **way.options}
        run_sync(configuration, state, streams=[COMPANY, DEPARTMENT], destination=destination)

    return sync


def run_here(way: Way, *urls: str) -> Outcome:
    """Sync from each server in turn, starting from the state of the sync before."""
    destination, syncs, sync = KeepingDestination(), [], load(way)
    started = time.perf_counter()
    for url in urls:
        before, error = destination.written, ""
        try:
            sync(url, json.loads(destination.state), destination)
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
        syncs.append(Done(error, destination.written - before, len(destination.rows)))
    wall, cpu, memory = time.perf_counter() - started, time.process_time(), peak_memory_mb()
    return Outcome(syncs, digest(destination.rows), wall, cpu, memory)


def digest(rows: Rows) -> str:
    """A hash of the rows, independent of their order."""
    lines = sorted(json.dumps([*key, row], sort_keys=True) for key, row in rows.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def run(way: Way, *urls: str) -> Outcome:
    """As `run_here`, in a fresh process."""
    command = [sys.executable, "-c", _CHILD, json.dumps(asdict(way)), *urls]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    told = json.loads(done.stdout)
    return Outcome(**{**told, "syncs": [Done(**each) for each in told["syncs"]]})


def child() -> None:
    """The program of that fresh process."""
    print(json.dumps(asdict(run_here(Way(**json.loads(sys.argv[1])), *sys.argv[2:]))))
