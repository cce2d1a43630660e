"""What `make deploy` prints and runs, with a `fivetran` that only writes down how it was called."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.processes import ROOT

pytestmark = pytest.mark.process

KEY = "b2s6c2VjcmV0"


class Release:
    """`python -m release` with a PATH on which nothing but the given `fivetran` is found."""

    def __init__(self, folder: Path, *, exit_code: int | None) -> None:
        self.folder = folder
        self._scripts = folder / "scripts"
        self._scripts.mkdir()
        self._calls = folder / "calls"
        if exit_code is not None:
            program = self._scripts / "fivetran"
            program.write_text(
                f'#!/bin/sh\nfor word in "$@"; do echo "$word"; done > {self._calls}\nexit {exit_code}\n'
            )
            program.chmod(0o755)

    def __call__(self, *arguments: str, api_key: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "release", "--out", str(self.folder / "dist"), *arguments]
        environment = {"PATH": str(self._scripts), "FIVETRAN_API_KEY": api_key}
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=50, check=False
        )

    @property
    def call(self) -> list[str] | None:
        return self._calls.read_text().splitlines() if self._calls.exists() else None


def test_the_command_is_printed_and_not_run(tmp_path: Path) -> None:
    """Names that were not given are placeholders; the folder is there, so that the command can be run as it is."""
    release = Release(tmp_path, exit_code=0)
    done = release("deploy")
    staged = tmp_path / "dist" / "async-parent-child"
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == (
        f"fivetran deploy {staged} --destination YOUR_DESTINATION --connection YOUR_CONNECTION "
        f"--configuration {ROOT / 'configuration.json'}"
    )
    assert "without one, an existing connection keeps its own" in done.stdout
    assert (staged / "connector.py").exists()
    assert release.call is None


def test_the_command_is_run_when_told_to(tmp_path: Path) -> None:
    """With the names and the configuration given; the key stays in the environment and is not printed."""
    release = Release(tmp_path, exit_code=7)
    done = release(
        "deploy", "--run", "--destination", "my lake", "--connection", "hr", "--configuration", "x.json", api_key=KEY
    )
    assert done.returncode == 7
    assert release.call == [
        *("deploy", str(tmp_path / "dist" / "async-parent-child"), "--destination", "my lake", "--connection", "hr"),
        *("--configuration", str(ROOT / "x.json")),
    ]
    assert "--destination 'my lake'" in done.stdout
    assert KEY not in done.stdout + done.stderr


def test_a_run_sends_no_configuration_that_was_not_named(tmp_path: Path) -> None:
    """An existing connection must not get the demo's configuration by accident."""
    release = Release(tmp_path, exit_code=0)
    release("deploy", "--run", "--destination", "lake", "--connection", "hr", api_key=KEY)
    assert release.call is not None
    assert "--configuration" not in release.call


@pytest.mark.parametrize(
    ("arguments", "api_key", "missing"),
    [
        ((), "", "DESTINATION, CONNECTION, FIVETRAN_API_KEY"),
        (("--destination", "lake"), KEY, "CONNECTION"),
        (("--destination", "lake", "--connection", "hr"), "", "FIVETRAN_API_KEY"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, arguments: tuple[str, ...], api_key: str, missing: str) -> None:
    """Nothing is run then."""
    release = Release(tmp_path, exit_code=0)
    done = release("deploy", "--run", *arguments, api_key=api_key)
    assert done.returncode == 2
    assert done.stderr == f"Not run: {missing} must be set. Nothing was deployed.\n"
    assert release.call is None


def test_a_package_that_cannot_be_made(tmp_path: Path) -> None:
    """The exit code is that of the `fivetran` command."""
    assert Release(tmp_path, exit_code=3)("package").returncode == 3


def test_no_fivetran_command(tmp_path: Path) -> None:
    """It is told how to get it."""
    done = Release(tmp_path, exit_code=None)("package")
    assert done.returncode == 127
    assert "activate the virtual environment" in done.stderr
