"""Starts and watches the processes of the tests of Spark, and compares what they leave with the source."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.helpers.processes import ROOT

CLUSTER = "local-cluster[2,1,1024]"
_LOOK_SECONDS = 0.02


@contextmanager
def changing_api(stop: Path) -> Iterator[str]:
    """The API in a process of its own; it stops changing once the file `stop` is there."""
    command = [sys.executable, "-m", "tests.spark.changing_api", str(stop)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1]
        finally:
            process.kill()


@contextmanager
def driver(
    folder: Path, options: Mapping[str, str], *, master: str = CLUSTER, loads_first: bool = False
) -> Iterator[subprocess.Popen[str]]:
    """A driver and its executors, which end with the block. It may load everything before the query begins."""
    about = {"master": master, "folder": str(folder), "options": dict(options), "loads_first": loads_first}
    given = json.dumps(about)
    with (
        (folder / "driver.log").open("a") as log,
        subprocess.Popen(
            [sys.executable, "-m", "tests.spark.driver", given],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            kill(process.pid)


def output(process: subprocess.Popen[str]) -> list[str]:
    """What a driver prints, to its end."""
    assert process.stdout is not None
    return process.stdout.read().splitlines()


def run(folder: Path, options: Mapping[str, str], **more: Any) -> list[str]:
    """Run a driver to its end; returns what it prints."""
    with driver(folder, options, **more) as process:
        return output(process)


def kill(root: int) -> None:
    """End a process and all below it, at once."""
    for process in [root, *below(root)]:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def below(root: int) -> list[int]:
    """The processes below another one, those that it started first before those that these started."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found = [root]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found[1:]


def executors(root: int) -> list[int]:
    """The Java processes of the executors."""
    return [process for process in below(root) if "CoarseGrainedExecutorBackend" in _command(process)]


def workers(root: int) -> list[int]:
    """The Python processes in which tasks run: the daemon of an executor forks them."""
    daemons = [child for executor in executors(root) for child in below(executor) if "pyspark" in _command(child)]
    return [worker for daemon in daemons for worker in below(daemon)]


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return ""


def wait_for(condition: Callable[[], object], process: subprocess.Popen[str], seconds: float = 90) -> None:
    """Look until the condition is true. Raises AssertionError if the process ends before, or it takes too long."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, "the driver ended too early"
        assert time.monotonic() < give_up, "nothing happened"
        with suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_SECONDS)


def source(url: str) -> dict[str, dict[tuple[str, ...], dict[str, Any]]]:
    """Everything that the API has, by table and key."""
    companies = _records(f"{url}/companies")
    departments = [
        one for company in companies for one in _records(f"{url}/companies/{company['company_id']}/departments")
    ]
    paths = [f"/companies/{one['company_id']}/departments/{one['department_id']}/employees" for one in departments]
    employees = [one for path in paths for one in _records(url + path)]
    return {"company": _by_id(companies), "department": _by_id(departments), "employee": _by_id(employees)}


def _by_id(records: list[dict[str, Any]]) -> dict[tuple[str, ...], dict[str, Any]]:
    ids = ("company_id", "department_id", "employee_id")
    return {tuple(record[name] for name in ids if name in record): record for record in records}


def _records(url: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{url}?limit=1000") as answer:
        records: list[dict[str, Any]] = json.load(answer)["data"]
        return records


def lake(folder: Path) -> dict[str, dict[tuple[str, ...], dict[str, Any]]]:
    """What is in the Iceberg tables, by table and key."""
    from spark_source.iceberg import NAMESPACE, local_catalog  # noqa: PLC0415 - not there without Spark

    catalog = local_catalog(folder / "lake")
    found = {}
    for table in ("company", "department", "employee"):
        rows = catalog.load_table(f"{NAMESPACE}.{table}").scan().to_arrow().to_pylist()
        assert len(_by_id(rows)) == len(rows), "a key is there twice"
        found[table] = _by_id(rows)
    return found


def times(tables: dict[str, dict[tuple[str, ...], dict[str, Any]]]) -> dict[str, dict[tuple[str, ...], float]]:
    """When each record has changed last."""
    return {name: {key: _seconds(row["updated_at"]) for key, row in rows.items()} for name, rows in tables.items()}


def _seconds(time: Any) -> float:
    moment: datetime = datetime.fromisoformat(time) if isinstance(time, str) else time
    return moment.timestamp()
