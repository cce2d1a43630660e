"""The real `fivetran debug` on a copy of what a user clones, and the warehouse it fills."""

import json
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pytest

from async_sync.process import INTERRUPTED
from tests.helpers.processes import debug_command, fivetran_debug, offline_environment, user_copy

pytestmark = pytest.mark.process


def _query(project: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(project / "files" / "warehouse.db"), read_only=True) as warehouse:
        return warehouse.execute(query).fetchall()


def _debug(project: Path, environment: dict[str, str], **configuration: str) -> subprocess.CompletedProcess[str]:
    if configuration:
        (project / "configuration.json").write_text(json.dumps(configuration))
    return fivetran_debug(project, environment)


@pytest.mark.shipped
def test_debug_fills_the_warehouse_and_a_second_run_is_incremental(tmp_path: Path) -> None:
    """The shipped configuration loads the whole demo; the next run only what has changed."""
    project, environment = user_copy(tmp_path), offline_environment(tmp_path)
    first = _debug(project, environment)
    assert first.returncode == 0, first.stdout + first.stderr
    assert _query(project, "select count(*) from tester.company") == [(25,)]
    assert _query(project, "select count(*) from tester.department") == [(200,)]
    types = dict(
        _query(
            project,
            "select table_name || '.' || column_name, data_type from information_schema.columns "
            "where table_schema = 'tester' and column_name not like '\\_fivetran%' escape '\\'",
        )
    )
    assert types["company.company_id"] == types["department.department_id"] == "VARCHAR"
    assert types["company.updated_at"] == types["department.updated_at"] == "TIMESTAMP WITH TIME ZONE"
    assert "department.head_count" in types

    second = _debug(project, environment)
    assert second.returncode == 0, second.stdout + second.stderr
    summary = next(line for line in second.stdout.splitlines() if "Table company: " in line)
    found = re.search(r"company: \d+ done, (\d+) rows?", summary)
    assert found is not None, summary
    assert 1 <= int(found[1]) < 25
    assert _query(project, "select count(*) from tester.company") == [(25,)]


@pytest.mark.shipped
def test_a_failing_sync_ends_with_1_and_one_line_that_says_why(tmp_path: Path) -> None:
    """The error a user reads in the log is ours: what, where, and what to do."""
    project, environment = user_copy(tmp_path), offline_environment(tmp_path)
    failed = _debug(project, environment, base_url="http://127.0.0.1:9", outage_seconds="0.000001")
    assert failed.returncode == 1
    reason = next(line for line in failed.stdout.splitlines() if "Error:" in line)
    assert "Nothing has succeeded for " in reason
    assert "the last one at http://127.0.0.1:9/companies?" in reason
    assert "the connection failed" in reason
    assert "ExceptionGroup" not in failed.stdout


def test_a_wrong_configuration_ends_with_1_and_names_every_problem(tmp_path: Path) -> None:
    """All that is wrong is said at once."""
    project, environment = user_copy(tmp_path), offline_environment(tmp_path)
    failed = _debug(project, environment, base_url="mock://demo?compannies=3", max_concurency="7", page_size="0")
    assert failed.returncode == 1
    assert "max_concurency: there is no such key; did you mean max_concurrency?" in failed.stdout
    assert "page_size: must be a whole number from 1 to 100000, not '0'" in failed.stdout


@pytest.mark.shipped
def test_debug_with_a_third_level(tmp_path: Path) -> None:
    """Asked for employees, the demo fills three tables; the next run asks only below what has changed."""
    project, environment = user_copy(tmp_path), offline_environment(tmp_path)
    demo = {"base_url": "mock://demo?companies=4&departments=3&employees=5&latency_ms=0"}
    first = _debug(project, environment, **demo)
    assert first.returncode == 0, first.stdout + first.stderr
    counts = {table: _query(project, f"select count(*) from tester.{table}")[0][0] for table in ("company", "employee")}
    assert counts == {"company": 4, "employee": 60}

    second = _debug(project, environment)
    assert second.returncode == 0, second.stdout + second.stderr
    assert _query(project, "select count(*) from tester.employee") == [(60,)]
    assert any(re.search(r"Table employee: \d rows?$", line) for line in second.stdout.splitlines())


@pytest.mark.shipped
def test_a_row_that_the_sdk_refuses_is_named(tmp_path: Path) -> None:
    """A column that is declared with the wrong type ends the sync with the row, the columns and what to do."""
    project, environment = user_copy(tmp_path), offline_environment(tmp_path)
    source = (project / "connector.py").read_text()
    (project / "connector.py").write_text(source.replace('"company_name": "STRING"', '"company_name": "LONG"'))
    failed = _debug(project, environment)
    assert failed.returncode == 1
    reason = next(line for line in failed.stdout.splitlines() if "Error:" in line)
    assert "The SDK refused a row of company (company_id=c" in reason
    assert "company_name holds a str for LONG" in reason
    assert "Correct the stream's columns in connector.py" in reason
    assert "Company" not in reason.partition("with ")[2]


def test_an_interrupt_ends_with_one_sentence(tmp_path: Path) -> None:
    """Ctrl-C prints no traceback and keeps the exit code of SIGINT; rows and state match the last checkpoint."""
    project, environment = user_copy(tmp_path), offline_environment(tmp_path)
    slow = {"base_url": "mock://demo?companies=3000&departments=2&latency_ms=300", "checkpoint_rows": "20"}
    (project / "configuration.json").write_text(json.dumps(slow))
    with subprocess.Popen(
        debug_command(),
        cwd=project,
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        next(line for line in process.stdout if "checkpoint recorded" in line and '"c0' in line)
        process.send_signal(signal.SIGINT)
        rest, errors = process.stdout.read(), process.stderr.read()

    assert process.returncode == -signal.SIGINT
    assert (errors.count(INTERRUPTED), "Traceback" in errors + rest) == (1, False)
    state = json.loads((project / "files" / "state.json").read_text())
    read = _query(project, "select distinct company_id from tester.department")
    assert {*state["department_cursor"]} <= {company for (company,) in read}
    assert 0 < len(state["department_cursor"]) < 3000
