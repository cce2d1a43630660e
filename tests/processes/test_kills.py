"""Promise 1 with real processes: `kill -9` at random moments, and signals that leave time to save."""

import json
import random
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from load_test.server import mock_api
from tests.helpers.destination import MemoryDestination
from tests.helpers.killing import forked_syncs, sync_until
from tests.helpers.processes import debug_command, fivetran_debug, offline_environment, user_copy

pytestmark = [pytest.mark.process, pytest.mark.timeout(240)]

_COMPANIES, _DEPARTMENTS = 40, 5
_OPERATIONS = _COMPANIES * (1 + _DEPARTMENTS)


@pytest.fixture(scope="module")
def api_url() -> Iterator[str]:
    """The mock API in a process of its own."""
    with mock_api(companies=_COMPANIES, departments=_DEPARTMENTS, latency_ms=5) as url:
        yield url


def _configuration(url: str, **more: str) -> dict[str, str]:
    return {"base_url": url, "page_size": "10", "max_concurrency": "4", "checkpoint_rows": "20", **more}


def _records(url: str, path: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{url}{path}?limit=1000") as answer:
        records: list[dict[str, Any]] = json.load(answer)["data"]
        return records


def _assert_equals_api(destination: MemoryDestination, url: str) -> None:
    companies = _records(url, "/companies")
    assert len(companies) == _COMPANIES
    assert list(destination.rows("company").values()) == companies
    for company in companies:
        for record in _records(url, f"/companies/{company['company_id']}/departments"):
            assert destination.rows("department")[record["department_id"], record["company_id"]] == record
    assert len(destination.rows("department")) == _COMPANIES * _DEPARTMENTS


def test_killed_at_50_random_moments_the_next_clean_sync_completes_the_destination(api_url: str) -> None:
    """`kill -9` again and again over several syncs; then one clean sync, and everything is there."""
    random_ = random.Random(20261123)
    destination = MemoryDestination()
    configuration, kills = _configuration(api_url), 0
    with forked_syncs() as syncs:
        while kills < 50:
            code = syncs.sync_until(destination, configuration, random_.randrange(_OPERATIONS // 2), signal.SIGKILL)
            destination.restart(keep_pending=random_.random() < 0.5)
            kills += code == -signal.SIGKILL
            if code == 0:  # it got through: begin with another first sync
                _assert_equals_api(destination, api_url)
                destination = MemoryDestination()
    assert sync_until(destination, configuration, None, 0) == 0
    _assert_equals_api(destination, api_url)


def test_killed_at_random_moments_at_three_levels_the_next_clean_sync_completes_the_destination() -> None:
    """`kill -9` in the middle of companies, departments and employees; then one clean sync has them all."""
    random_, streams = random.Random(20261126), "tests.helpers.streams:THREE_LEVELS"
    destination = MemoryDestination()
    with mock_api(companies=8, departments=3, latency_ms=5, options=("--employees", "4")) as url:
        configuration = _configuration(url, page_size="3")
        for _ in range(8):
            code = sync_until(destination, configuration, random_.randrange(60), signal.SIGKILL, streams)
            assert code in {0, -signal.SIGKILL}
            destination.restart(keep_pending=random_.random() < 0.5)
        assert sync_until(destination, configuration, None, 0, streams) == 0
        for company_id, department_id in [(f"c{c:06}", f"d{d:02}") for c in range(1, 9) for d in range(1, 4)]:
            for record in _records(url, f"/companies/{company_id}/departments/{department_id}/employees"):
                assert destination.rows("employee")[record["employee_id"], department_id, company_id] == record
    assert [len(rows) for rows in destination.tables.values()] == [8, 24, 96]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_sync_after_what_was_received_is_checkpointed(api_url: str, number: int) -> None:
    """Interrupted or told to end, the process saves what it has, and ends as that signal ends a process."""
    destination = MemoryDestination()
    with mock_api(companies=_COMPANIES, departments=_DEPARTMENTS, latency_ms=200) as slow_url:
        code = sync_until(destination, _configuration(slow_url, checkpoint_rows="1000"), 30, number)
    assert code == -number
    assert destination.operations[-1][0] == "checkpoint"
    assert len(destination.operations) < _OPERATIONS
    assert not destination.pending

    destination.restart()
    assert sync_until(destination, _configuration(api_url), None, 0) == 0
    _assert_equals_api(destination, api_url)


@pytest.mark.shipped
def test_fivetran_debug_killed_several_times_completes_with_the_next_run(api_url: str, tmp_path: Path) -> None:
    """The same through the real `fivetran debug` and its warehouse."""
    project, environment = user_copy(tmp_path), offline_environment(tmp_path)
    environment["PYTHONUNBUFFERED"] = "1"
    (project / "configuration.json").write_text(json.dumps(_configuration(api_url, checkpoint_rows="1")))
    for checkpoints in (3, 30, 60):
        with subprocess.Popen(
            debug_command(), cwd=project, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert process.stdout is not None
            seen = 0
            for line in process.stdout:
                seen += "checkpoint recorded" in line
                if seen == checkpoints:
                    process.kill()
                    break
        assert process.returncode == -signal.SIGKILL

    (project / "configuration.json").write_text(json.dumps(_configuration(api_url)))
    last = fivetran_debug(project, environment)
    assert last.returncode == 0, last.stdout + last.stderr
    with duckdb.connect(str(project / "files" / "warehouse.db"), read_only=True) as warehouse:
        assert warehouse.execute("select count(*) from tester.company").fetchall() == [(_COMPANIES,)]
        departments = _COMPANIES * _DEPARTMENTS
        assert warehouse.execute("select count(*) from tester.department").fetchall() == [(departments,)]
