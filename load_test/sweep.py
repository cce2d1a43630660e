"""Several syncs, each in a fresh process, and what they come to: the results of a load test."""

import json
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from os import cpu_count
from pathlib import Path
from typing import Any

from load_test.advice import numeric_settings, recommend
from load_test.probe import Measured

_FIGURES = (
    *("wall", "requests", "rows", "gate_seconds", "network_seconds", "in_flight_mean", "in_flight_peak", "retries"),
    *("limited", "cpu", "peak_memory_mb", "longest_block", "checkpoints", "checkpoint_seconds"),
)
_COUNTS = {"requests", "rows", "in_flight_peak", "retries", "limited", "checkpoints"}


class SyncFailedError(RuntimeError):
    """A sync of the load test failed; the text is the last line of what it said."""


# What is measured may be the connector of another folder; what measures is always this one.
_CHILD = """
import runpy, sys
sys.path[0] = sys.argv.pop(1)
import async_sync, connector
sys.path[0] = sys.argv.pop(1)
runpy.run_module("load_test.probe", run_name="__main__", alter_sys=True)
"""
ROOT = Path(__file__).parent.parent


def sync(configuration: Mapping[str, str], *, under: Sequence[str] = (), tree: Path = ROOT, **asked: Any) -> Measured:
    """One sync in a fresh process, by the connector in the folder `tree`.

    `asked` is what `probe.measure` takes, `under` a command that runs the process. Raises SyncFailedError.
    """
    asked = {"configuration": dict(configuration), **asked}
    return Measured(**json.loads(child_of(["-c", _CHILD, str(tree), str(ROOT), json.dumps(asked)], under=under)))


def child_of(arguments: Sequence[str], *, under: Sequence[str] = ()) -> str:
    """What a fresh Python prints. Raises SyncFailedError."""
    command = [*under, sys.executable, *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SyncFailedError(done.stderr.strip().rpartition("\n")[2])
    return done.stdout


def measured_settings(
    configuration: Mapping[str, str], concurrencies: Sequence[str], *, repeat: int, max_pages: int | None = None
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Measure one setting of `max_concurrency` after the other.

    Gives each as soon as it is known, and the timeline of its last run.
    """
    for concurrency in concurrencies:
        asked = {**configuration, "max_concurrency": concurrency}
        runs = [sync(asked, watch=True, timeline=True, max_pages=max_pages) for _ in range(repeat)]
        yield setting_of(concurrency, runs), {"concurrency": concurrency, **(runs[-1].timeline or {})}


def setting_of(concurrency: str, runs: Sequence[Measured]) -> dict[str, Any]:
    """The medians of several runs at one setting."""
    middle = {name: statistics.median(getattr(run, name) for run in runs) for name in _FIGURES}
    latency = {share: statistics.median(run.latency_ms[share] for run in runs) for share in runs[0].latency_ms}
    named = {name: round(value) if name in _COUNTS else value for name, value in middle.items()}
    return {
        "concurrency": concurrency,
        "runs": len(runs),
        "wall_seconds": named.pop("wall"),
        "cpu_seconds": named.pop("cpu"),
        "longest_block_ms": 1000 * named.pop("longest_block"),
        "rows_per_second": middle["rows"] / middle["wall"],
        "latency_ms": latency,
        **named,
    }


def with_ideal(settings: Sequence[dict[str, Any]], latency_ms: float | None) -> tuple[float, list[dict[str, Any]]]:
    """The latency that the ideal supposes, and the settings with their ideal: the requests, without a moment's rest.

    Where the latency is not known, it is what requests took at the smallest setting.
    """
    smallest = (numeric_settings(settings) or settings)[0]
    latency = smallest["latency_ms"]["p50"] if latency_ms is None else latency_ms
    return latency, [{**setting, **_ideal(setting, latency)} for setting in settings]


def _ideal(setting: Mapping[str, Any], latency_ms: float) -> dict[str, float | None]:
    if not setting["concurrency"].isdecimal():
        return {"ideal_seconds": None, "efficiency": None}
    seconds = setting["requests"] * latency_ms / 1000 / int(setting["concurrency"])
    return {"ideal_seconds": seconds, "efficiency": seconds / setting["wall_seconds"]}


def results_of(
    source: Mapping[str, Any], settings: Sequence[dict[str, Any]], timelines: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Everything that was measured, as the report and results.json have it, with the timeline to be shown."""
    latency, complete = with_ideal(settings, source["latency_ms"])
    recommended = recommend(complete).concurrency
    return {
        "made_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "commit": commit(),
        "machine": machine(),
        "source": dict(source),
        "ideal_latency_ms": latency,
        "settings": complete,
        "timeline": next((one for one in timelines if one["concurrency"] == recommended), timelines[-1]),
    }


def machine() -> str:
    """What this was measured on."""
    return f"{platform.system()} {platform.machine()}, {cpu_count()} cores, Python {platform.python_version()}"


def commit(folder: Path = ROOT) -> str:
    """The commit that was measured, with "-dirty" behind it where files have changed since; or "unknown".

    What was measured before (`benchmarks`) does not count: each bench adds to it.
    """
    head = _git(folder, "rev-parse", "--short", "HEAD")
    if not head:
        return "unknown"
    changed = _git(folder, "diff", "--name-only", "HEAD", "--", ".", ":(exclude)benchmarks")
    return f"{head}-dirty" if changed else head


def _git(folder: Path, *arguments: str) -> str:
    """What git prints; nothing where there is no git, or no repository."""
    command = ["git", *arguments]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip()
