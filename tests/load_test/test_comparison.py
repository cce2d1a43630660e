"""The ways to sync, compared by their rows, and the tables and the exit code of the comparison."""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from functools import partial
from typing import Any

import httpx
import pytest

from async_sync import run_sync
from load_test import comparison, sequential
from load_test.destinations import KeepingDestination
from load_test.server import mock_api
from load_test.storm import source_rows
from load_test.ways import AFTER_FAILURE, FULL, Done, Outcome, Way, digest, run, run_here
from mock_api import Api, Source
from tests.helpers.streams import COMPANY, DEPARTMENT

_COMPANIES, _DEPARTMENTS = 12, 3
_ROWS = _COMPANIES * (1 + _DEPARTMENTS)
_FAILING = "c000006"
_LOST = {"threads, errors logged": _DEPARTMENTS}
_FAILS = {"sequential", "threads, errors raised", "this connector, fail"}

server = partial(mock_api, companies=_COMPANIES, departments=_DEPARTMENTS, latency_ms=0)


@pytest.fixture(scope="module")
def well() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.mark.process
@pytest.mark.parametrize("way", FULL, ids=lambda way: way.name)
@pytest.mark.shipped
def test_the_same_rows(way: Way, well: str) -> None:
    """Each way writes every row of the source exactly once."""
    outcome = run_here(way, well)

    assert outcome.syncs == [Done(error="", written=_ROWS, held=_ROWS)]
    assert outcome.digest == digest(source_rows(_COMPANIES, _DEPARTMENTS))


@pytest.mark.process
@pytest.mark.parametrize("way", AFTER_FAILURE, ids=lambda way: way.name)
@pytest.mark.shipped
def test_after_a_failure(way: Way, well: str) -> None:
    """After one clean sync a failed company is complete, except with threads that log its error."""
    scripts = ",".join(f"{_FAILING}#{number}=500" for number in range(1, 100))
    with server(options=("--faults", scripts)) as ill:
        failed, clean = run_here(way, ill, well).syncs

    assert bool(failed.error) == (way.name in _FAILS)
    assert failed.held <= _ROWS - _DEPARTMENTS
    assert not clean.error
    assert _ROWS - clean.held == _LOST.get(way.name, 0)


def exclusive_api(*, ill: bool) -> httpx.MockTransport:
    """An API that returns records changed after `updated_since`, but not those changed at that time."""
    api = Api(Source.generate(companies=_COMPANIES, departments=_DEPARTMENTS))

    def answer(request: httpx.Request) -> httpx.Response:
        if ill and _FAILING in request.url.path:
            return httpx.Response(500)
        query = dict(request.url.params)
        if "updated_since" in query:
            query["updated_since"] = query["updated_since"].replace("Z", ".5Z")
        answered = api.answer("GET", request.url.path, query, "http://api")
        return httpx.Response(answered.status, headers=answered.headers, content=answered.body)

    return httpx.MockTransport(answer)


def test_what_the_sequential_way_rests_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """If `updated_since` excludes its own time, the sequential way loses the failed company's departments."""
    destination, state, client = KeepingDestination(), dict[str, Any](), httpx.Client
    for ill in (True, False):
        monkeypatch.setattr(httpx, "Client", partial(client, transport=exclusive_api(ill=ill)))
        with pytest.raises(httpx.HTTPStatusError) if ill else nullcontext():
            sequential.sync("http://api", state, destination)

    assert _ROWS - len(destination.rows) == _DEPARTMENTS


def test_what_this_connector_does_not_rest_on() -> None:
    """If `updated_since` excludes its own time, this connector still syncs the failed company later."""
    destination = KeepingDestination()
    sync = partial(run_sync, streams=[COMPANY, DEPARTMENT], destination=destination)
    for ill in (True, False):
        state = json.loads(destination.state)
        with pytest.raises(Exception, match=_FAILING) if ill else nullcontext():
            sync({"base_url": "https://api"}, state, transport=exclusive_api(ill=ill))

    assert len(destination.rows) == _ROWS


@pytest.mark.process
def test_a_process_of_its_own(well: str) -> None:
    """A way is measured in a process that runs nothing else."""
    outcome = run(FULL[0], well)

    assert outcome.syncs == [Done(error="", written=_ROWS, held=_ROWS)]
    assert outcome.cpu > 0
    assert outcome.peak_memory_mb > 1


@pytest.mark.process
@pytest.mark.parametrize("kind", ["sequential", "threads"])
def test_only_what_it_needs(kind: str) -> None:
    """The other ways load the SDK, but none of the packages that only this connector needs."""
    code = (
        "import sys; from load_test.ways import Way, load; "
        f"load(Way('', {kind!r}, {{}})); sys.exit('async_sync' in sys.modules or 'aiohttp' in sys.modules "
        "or 'fivetran_connector_sdk' not in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def outcome(*, digest: str = "same", held: int = 220, after_failure: int = 220) -> Outcome:
    syncs = [Done("", 220, held), Done("", 0, after_failure)]
    return Outcome(syncs, digest, wall=1.0, cpu=1.0, peak_memory_mb=50.0)


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({}, 0),
        ({"this connector, 50": {"digest": "another"}}, 1),
        ({"threads, 10": {"digest": "another"}}, 1),
        ({way.name: {"held": 0} for way in FULL}, 1),
        ({"threads, errors logged": {"after_failure": 210}}, 0),
        ({"sequential": {"after_failure": 210}}, 0),
        ({"this connector, fail": {"after_failure": 210}}, 1),
        ({"this connector, skip": {"after_failure": 210}}, 1),
    ],
)
def test_the_exit_code(monkeypatch: pytest.MonkeyPatch, other: dict[str, dict[str, Any]], code: int) -> None:
    """The program fails if the rows differ, if any are missing, or if this connector loses one."""
    monkeypatch.setattr(sys, "argv", ["comparison", "--companies", "20", "--repeat", "1"])
    monkeypatch.setattr(comparison, "mock_api", lambda **_: nullcontext("http://api"))
    monkeypatch.setattr(comparison, "requests_since_reset", lambda _: 21)
    monkeypatch.setattr(comparison, "run", lambda way, *_: outcome(**other.get(way.name, {})))

    with pytest.raises(SystemExit) as ended:
        comparison.main()

    assert int(ended.value.code or 0) == code


def test_the_tables(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A row shows the medians of its runs and how many times faster than the sequential way they were."""
    walls = iter([*(9.0, 1, 1, 1, 1, 3.0), *(6.0, 1, 1, 1, 1, 2.0), *(5.0, 1, 1, 1, 1, 1.0)])
    monkeypatch.setattr(comparison, "mock_api", lambda **_: nullcontext("http://api"))
    monkeypatch.setattr(comparison, "requests_since_reset", lambda _: 1021)
    monkeypatch.setattr(
        comparison, "run", lambda *_: Outcome([Done("", 220, 220)], "same", next(walls), cpu=0.5, peak_memory_mb=80.4)
    )

    assert comparison.compare(argparse.Namespace(companies=20, departments=10, latency_ms=0, repeat=3))

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1] == ["sequential", "6.00", "1.0", "x", "0.50", "80", "1,021", "220"]
    assert lines[-1] == ["this", "connector,", "auto", "2.00", "3.0", "x", "0.50", "80", "1,021", "220"]
