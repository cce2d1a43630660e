"""How fast each program reads everything, in four settings."""

import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from load_test.comparison import requests_since_reset
from load_test.destinations import Rows
from load_test.peers.program import Asked
from load_test.peers.received import Received
from load_test.peers.runs import Peer, sync
from load_test.server import mock_api
from load_test.small import joining, limited
from load_test.storm import source_rows

_LONG_SECONDS = 30
"""What takes longer than this is not repeated."""
_COLUMNS = ("wall s", "sync s", "reading s", "CPU s", "peak MB", "requests", "rows")
HEAD = f"{'':<28}" + "".join(f"{name:>10}" for name in _COLUMNS)


@dataclass(frozen=True)
class Setting:
    """What is read, and with how many requests in flight; `is_small` limits the process as Fivetran does."""

    name: str
    companies: int
    departments: int
    latency_ms: int
    concurrency: tuple[int, ...]
    is_small: bool = False

    @property
    def title(self) -> str:
        """The line above its table."""
        limit = ", half a CPU and 1 GB" if self.is_small else ""
        return f"{self.companies:,} companies x {self.departments} departments at {self.latency_ms} ms{limit}"


SETTINGS = (
    Setting("usual", 1000, 10, 50, (10, 50)),
    Setting("small", 1000, 10, 50, (10, 50), is_small=True),
    Setting("far", 1000, 10, 200, (100,)),
    Setting("many", 20_000, 2, 20, (50,)),
)


@dataclass(frozen=True)
class Sample:
    """One full sync: seconds, megabytes, requests, rows, and what was wrong with it, if anything.

    `wall` is the time of the process, `sync` that without its imports, `reading` that without what follows reading.
    """

    wall: float
    sync: float
    reading: float
    cpu: float
    peak_memory_mb: float
    requests: int
    rows: int
    wrong: str = ""


Lines = Mapping[tuple[Peer, int], Sequence[Sample]]
"""The runs of each line of a table: of a program with this many requests in flight."""


def lines_of(setting: Setting, peers: Sequence[Peer]) -> list[tuple[Peer, int]]:
    """The lines of a setting's table: what cannot have several requests in flight has one line."""
    able = [peer for peer in peers if peer.most_parents is None or peer.most_parents >= setting.companies]
    return [(peer, at_once) for peer in able for at_once in (setting.concurrency if peer.at_once else (1,))]


def measured(setting: Setting, peers: Sequence[Peer], repeat: int) -> Lines:
    """Run full syncs in turn. Raises NoCgroupError."""
    truth = source_rows(setting.companies, setting.departments)
    runs: dict[tuple[Peer, int], list[Sample]] = {line: [] for line in lines_of(setting, peers)}
    with (
        mock_api(companies=setting.companies, departments=setting.departments, latency_ms=setting.latency_ms) as url,
        _limit(setting) as under,
    ):
        for _ in range(repeat):
            for (peer, at_once), done in runs.items():
                if not done or done[0].wall < _LONG_SECONDS:
                    done.append(_sample(peer, Asked(url, at_once, ""), truth, under))
    return runs


@contextmanager
def _limit(setting: Setting) -> Iterator[list[str]]:
    """The beginning of the command that runs a process under the setting's limit."""
    if not setting.is_small:
        yield []
        return
    with limited(0.5, 1024) as groups:
        yield joining(groups)


def _sample(peer: Peer, asked: Asked, truth: Rows, under: Sequence[str]) -> Sample:
    received = Received(peer.newest)
    with tempfile.TemporaryDirectory() as folder:
        run = sync(peer, Asked(asked.url, asked.concurrency, folder), received, under=under)
    wrong = run.error or ("" if received.rows == truth else "its rows differ from the source")
    figures = received.figures or dict.fromkeys(("sync", "reading", "cpu", "peak_memory_mb"), 0.0)
    return Sample(
        wall=run.wall, **figures, requests=requests_since_reset(asked.url), rows=received.written, wrong=wrong
    )


def table(lines: Lines) -> list[str]:
    """The lines of the table: medians, the requests and rows of the last run, and what was wrong."""
    return [HEAD, *(_line(f"{peer.name}, {at_once}", runs) for (peer, at_once), runs in lines.items())]


def _line(name: str, runs: Sequence[Sample]) -> str:
    times = "".join(f"{median(runs, figure):>10.2f}" for figure in ("wall", "sync", "reading", "cpu"))
    wrong = next((f"  {run.wrong}" for run in runs if run.wrong), "")
    counts = f"{median(runs, 'peak_memory_mb'):>10.0f}{runs[-1].requests:>10,}{runs[-1].rows:>10,}"
    return f"{name:<28}{times}{counts}{wrong}"


def median(runs: Sequence[Sample], figure: str) -> float:
    """The median of one figure."""
    return float(statistics.median(getattr(run, figure) for run in runs))


def pictured(lines: Lines, at_once: int) -> dict[str, float]:
    """The seconds of reading for the picture: of each program at its most, with its requests in flight in words."""
    flights = {1: "one request at a time", at_once: f"{at_once} in flight"}
    return {
        f"{peer.name}, {flights[flight]}": median(runs, "reading")
        for (peer, flight), runs in lines.items()
        if flight in flights
    }
