"""The package runs where nothing is installed but the SDK and what its requirements.txt names."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import duckdb
import pytest

from tests.helpers.processes import ROOT, offline_environment

pytestmark = [pytest.mark.process, pytest.mark.timeout(400)]

_SDK = next(
    line
    for line in (ROOT / "requirements-dev.txt").read_text().splitlines()
    if line.startswith("fivetran-connector-sdk")
)


def _run(*command: str | Path, cwd: Path, environment: dict[str, str]) -> str:
    """Run it to its end, which has to be a good one; gives what it printed."""
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.shipped
def test_the_package_runs_in_an_empty_environment(tmp_path: Path) -> None:
    """From `python -m release package` to the rows in the warehouse."""
    environment = offline_environment(tmp_path)
    out, project, venv = tmp_path / "dist", tmp_path / "unpacked", tmp_path / "venv"
    printed = _run(sys.executable, "-m", "release", "--out", out, "package", cwd=ROOT, environment=environment)
    package = out / "async-parent-child.zip"
    assert f"The package is {package}" in printed
    with zipfile.ZipFile(package) as archive:
        archive.extractall(project)
    assert {path.name for path in project.iterdir()} == {
        *("connector.py", "async_sync", "mock_api", "requirements.txt", "README.md", "LICENSE"),
        "configuration_form.pb",  # the form as Fivetran reads it
    }

    _run(sys.executable, "-m", "venv", venv, cwd=tmp_path, environment=environment)
    scripts = venv / "bin"
    pip = (scripts / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    _run(*pip, "-r", project / "requirements.txt", _SDK, cwd=tmp_path, environment=dict(os.environ))
    (project / "configuration.json").write_text(json.dumps({"base_url": "mock://demo?companies=25&departments=8"}))
    printed = _run(
        *(scripts / "fivetran", "debug", "--configuration", "configuration.json"),
        cwd=project,
        environment={**environment, "PATH": os.pathsep.join([str(tmp_path / "scripts"), str(scripts), os.defpath])},
    )
    assert "Sync ended" in printed
    with duckdb.connect(str(project / "files" / "warehouse.db"), read_only=True) as warehouse:
        counts = [
            warehouse.execute(f"select count(*) from tester.{table}").fetchone() for table in ("company", "department")
        ]
    assert counts == [(25,), (200,)]
