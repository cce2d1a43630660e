"""The programs that are compared, and one sync with one of them in a fresh process."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from load_test.fresh_process import ROOT
from load_test.peers.program import Asked, state_path
from load_test.peers.received import Received

ENVIRONMENTS = ROOT / ".peers"
_MOST_SECONDS = 1800


@dataclass(frozen=True)
class Peer:
    """One program: its module here, and the environment in `.peers` ("" for this project's own).

    `at_once` says whether it can have several requests in flight; `newest`, whether its destinations remove duplicates
    by the cursor, and keep the newest: Airbyte's in "append + deduped", and dlt's with `dedup_sort`. With more than
    `most_parents`, its documentation advises against it, and it is left out.
    """

    name: str
    module: str
    environment: str = ""
    at_once: bool = True
    newest: bool = False
    most_parents: int | None = None

    @property
    def python(self) -> str:
        """The Python that runs it."""
        return str(ENVIRONMENTS / self.environment / "bin" / "python") if self.environment else sys.executable


OURS = Peer("this connector", "this_connector")
THREADS = Peer("threads, by hand", "by_hand")
AIRBYTE = Peer("airbyte-cdk", "airbyte", "airbyte", newest=True)
DLT_REST_API = Peer("dlt rest_api", "dlt_rest_api", "dlt", newest=True)
DLT_CURSORS = Peer("dlt rest_api, child cursor", "dlt_rest_api_cursors", "dlt", newest=True)
DLT_ASYNC = Peer("dlt, async by hand", "dlt_async", "dlt", newest=True)
SINGER = Peer("singer-sdk", "singer", "singer", at_once=False, most_parents=1000)
SINGER_ONE = Peer("singer-sdk, one bookmark", "singer_one_bookmark", "singer", at_once=False)


@dataclass(frozen=True)
class Run:
    """One sync: the seconds that its process took, and the last line of its errors if it failed."""

    wall: float
    error: str


def sync(
    peer: Peer,
    asked: Asked,
    received: Received,
    *,
    under: Sequence[str] = (),
    started: Callable[[subprocess.Popen[bytes]], None] = lambda _: None,
) -> Run:
    """Sync once in a fresh process, whose messages `received` takes; their last state is saved for the next sync.

    `under` is a command that runs the process; `started` gets it.
    """
    began = time.perf_counter()
    with subprocess.Popen(
        [*under, peer.python, "-m", f"load_test.peers.{peer.module}", json.dumps(asdict(asked))],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        started(process)
        output, errors = process.communicate(timeout=_MOST_SECONDS)
    wall = time.perf_counter() - began
    received.take(output.splitlines(keepends=True))
    if received.state is not None:
        state_path(asked.folder).write_text(json.dumps(received.state), encoding="utf-8")
    return Run(wall, last_line(errors) or f"exit code {process.returncode}" if process.returncode else "")


def last_line(errors: bytes) -> str:
    """The last line that says something, if any."""
    return errors.decode(errors="replace").strip().rpartition("\n")[2]


def missing(peers: Sequence[Peer], environments: Path = ENVIRONMENTS) -> list[str]:
    """The environments that have not been made."""
    wanted = dict.fromkeys(peer.environment for peer in peers if peer.environment)
    return [name for name in wanted if not (environments / name / "ready").exists()]
