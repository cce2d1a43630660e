"""`python -m load_test.comparison`: this connector beside the sequential way and the one with threads.

All of them read the same mock API into the same kind of destination, each in a process of its own. Ends with exit code
1 where they did not write the same rows, or where this connector has not every record after a failure.
"""

import argparse
import hashlib
import importlib
import json
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from load_test.memory import peak_memory_mb
from load_test.server import mock_api, stats
from load_test.stderr_log import StderrLog

_KEYS = {"company": ("company_id",), "department": ("department_id", "company_id")}
_CHILD = "from load_test.comparison import child; child()"
_ALWAYS = 100  # more requests than any way makes for one company


@dataclass(frozen=True, eq=False)
class Way:
    """One row of a table: its name, `kind` (sequential, threads, connector), and the options of that."""

    name: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """One sync: its error, the rows written by it, and the different ones held since the first."""

    error: str
    written: int
    held: int


@dataclass(frozen=True)
class Outcome:
    """What a process did: `wall` is the seconds of its syncs, `cpu` and the memory are the whole process's."""

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
_PICTURED = {
    "sequential": "one company after another",
    "threads, 10": "10 threads",
    "threads, 50": "50 threads",
    "this connector, 10": "this connector, 10 in flight",
    "this connector, 50": "this connector, 50 in flight",
}
AFTER_FAILURE = (
    Way("sequential", "sequential"),
    Way("threads, errors logged", "threads", {"workers": 10}),
    Way("threads, errors raised", "threads", {"workers": 10, "raise_errors": True}),
    Way("this connector, fail", "connector", {"on_parent_error": "fail"}),
    Way("this connector, skip", "connector", {"on_parent_error": "skip"}),
)


class HashingDestination(StderrLog):
    """Counts rows, and keeps the hash of each key's last version, and the last state."""

    def __init__(self) -> None:
        self.written = 0
        self.rows: dict[tuple[str, ...], bytes] = {}
        self.state = "{}"

    def upsert(self, table: str, row: dict[str, Any]) -> None:
        """Count the row."""
        self.written += 1
        key = (table, *(row[name] for name in _KEYS[table]))
        self.rows[key] = hashlib.sha256(json.dumps([table, row], sort_keys=True).encode()).digest()

    def delete(self, table: str, key: dict[str, Any]) -> None:
        """Nothing is deleted in the mock API."""

    def checkpoint(self, state: dict[str, Any]) -> None:
        """Keep the state as Fivetran would, as JSON."""
        self.state = json.dumps(state)

    def digest(self) -> str:
        """Of the sorted rows."""
        return hashlib.sha256(b"".join(sorted(self.rows.values()))).hexdigest()


def load(way: Way) -> Callable[..., object]:
    """What does one sync. A process loads only what its way needs, and the SDK, without which there is no connector."""
    importlib.import_module("fivetran_connector_sdk")
    if way.kind != "connector":
        return partial(importlib.import_module(f"load_test.{way.kind}").sync, **way.options)
    from async_sync import run_sync  # noqa: PLC0415
    from connector import COMPANY, DEPARTMENT  # noqa: PLC0415

    def sync(url: str, state: dict[str, Any], destination: Any) -> None:
        configuration = {"base_url": url, **way.options}
        run_sync(configuration, state, parent=COMPANY, children=[DEPARTMENT], destination=destination)

    return sync


def run_here(way: Way, *urls: str) -> Outcome:
    """One sync from each server in turn, each from the state that the one before checkpointed."""
    destination, syncs, sync = HashingDestination(), [], load(way)
    started = time.perf_counter()
    for url in urls:
        before, error = destination.written, ""
        try:
            sync(url, json.loads(destination.state), destination)
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"
        syncs.append(Done(error, destination.written - before, len(destination.rows)))
    wall = time.perf_counter() - started
    return Outcome(syncs, destination.digest(), wall, time.process_time(), peak_memory_mb())


def run(way: Way, *urls: str) -> Outcome:
    """The same in a fresh process."""
    command = [sys.executable, "-c", _CHILD, json.dumps(asdict(way)), *urls]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    told = json.loads(done.stdout)
    return Outcome(**{**told, "syncs": [Done(**each) for each in told["syncs"]]})


def child() -> None:
    """What the fresh process does."""
    print(json.dumps(asdict(run_here(Way(**json.loads(sys.argv[1])), *sys.argv[2:]))))


def requests_since_reset(url: str) -> int:
    """What the server says that it was asked; it counts from zero again afterwards."""
    asked = int(stats(url)["requests"]["total"])
    urllib.request.urlopen(f"{url}/_reset", data=b"").close()  # noqa: S310
    return asked


def compare(given: argparse.Namespace) -> bool:
    """Full syncs, in turn; prints the table of the medians, and draws it where that is asked for.

    Says whether each wrote the same rows, and every one.
    """
    outcomes: dict[Way, list[Outcome]] = {way: [] for way in FULL}
    requests: dict[Way, int] = {}
    with mock_api(companies=given.companies, departments=given.departments, latency_ms=given.latency_ms) as url:
        for way in FULL * given.repeat:
            outcomes[way].append(run(way, url))
            requests[way] = requests_since_reset(url)
    print(f"{'full sync':<26}{'wall s':>8}{'faster':>9}{'CPU s':>8}{'peak MB':>9}{'requests':>10}{'rows':>8}")
    slowest = median(outcomes[FULL[0]], "wall")
    for way, runs in outcomes.items():
        wall, cpu, memory = (median(runs, figure) for figure in ("wall", "cpu", "peak_memory_mb"))
        figures = f"{wall:>8.2f}{slowest / wall:>7.1f} x{cpu:>8.2f}{memory:>9.0f}"
        print(f"{way.name:<26}{figures}{requests[way]:>10,}{runs[-1].syncs[0].written:>8,}")
    if given.picture:
        names = ((_PICTURED.get(way.name), runs) for way, runs in outcomes.items())
        draw({name: median(runs, "wall") for name, runs in names if name}, given.picture)
    wrote = {(outcome.digest, outcome.syncs[0].held) for runs in outcomes.values() for outcome in runs}
    return len(wrote) == 1 and wrote.pop()[1] == given.companies * (1 + given.departments)


def draw(seconds: Mapping[str, float], path: Path) -> None:
    """The same as a picture."""
    from load_test.picture import save, speed_chart  # noqa: PLC0415 - a browser is needed for this only

    save(speed_chart(seconds), path, browser=shutil.which("chromium") or "chromium")


def median(runs: list[Outcome], figure: str) -> float:
    """The median of one figure."""
    return float(statistics.median(getattr(run, figure) for run in runs))


def fail_in_the_middle(given: argparse.Namespace) -> dict[str, int]:
    """A sync in which one company's departments answer 500, and a clean one; gives how many rows each way lacks."""
    sick = f"c{given.companies // 2:06d}"
    scripts = ",".join(f"{sick}#{number}=500" for number in range(1, _ALWAYS))
    server = partial(mock_api, companies=given.companies, departments=given.departments, latency_ms=0)
    print(
        f"\n{f'500 from {sick}':<26}{'first sync':>12}{'rows held':>11}{'clean sync':>12}{'rows held':>11}{'lost':>6}"
    )
    lost = {}
    for way in AFTER_FAILURE:
        with server(options=("--faults", scripts)) as ill, server() as well:
            first, second = run(way, ill, well).syncs
        lost[way.name] = given.companies * (1 + given.departments) - second.held
        ended = "fails" if first.error else "ends well"
        print(f"{way.name:<26}{ended:>12}{first.held:>11,}{second.written:>12,}{second.held:>11,}{lost[way.name]:>6,}")
    return lost


def main() -> None:
    """Print both tables."""
    defaults = argparse.ArgumentDefaultsHelpFormatter
    parser = argparse.ArgumentParser("python -m load_test.comparison", description=__doc__, formatter_class=defaults)
    parser.add_argument("--companies", type=int, default=200, help="how many")
    parser.add_argument("--departments", type=int, default=10, help="of each company")
    parser.add_argument("--latency-ms", type=int, default=50, help="of a full sync's answers")
    parser.add_argument("--repeat", type=int, default=3, help="full syncs of each; the medians count")
    parser.add_argument("--picture", type=Path, help="draw the full syncs into this SVG file; needs Chromium")
    given = parser.parse_args()
    same = compare(given)
    print("all wrote the same rows" if same else "they did NOT all write the same rows")
    lost = fail_in_the_middle(given)
    sys.exit(not same or any(count for name, count in lost.items() if name.startswith("this connector")))


if __name__ == "__main__":
    main()
