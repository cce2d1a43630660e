"""Programs that the tests start, each on a port of its own, and end again."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(sys.executable).parent
_BETWEEN_QUESTIONS_SECONDS = 0.02
_SHIPPED = ("connector.py", "configuration.json", "requirements.txt", "async_sync", "mock_api")


class Server(NamedTuple):
    """Where it listens, and what it printed when it started."""

    url: str
    printed: str


@contextmanager
def playground(*options: str) -> Iterator[Server]:
    """The official mock API; it prints its credentials."""
    port = free_port()
    command = [str(SCRIPTS / "playground"), "start", "--port", str(port), *options]
    with server(command, f"http://127.0.0.1:{port}", "/cursors/companies") as started:
        yield started


@contextmanager
def server(
    command: Sequence[str], url: str, path: str, *, folder: Path | None = None, environment: Mapping[str, str] = {}
) -> Iterator[Server]:
    """Any server, started by the command, from when it answers at the path."""
    variables = {**os.environ, "PYTHONUNBUFFERED": "1", **environment}
    with (
        tempfile.TemporaryFile() as output,
        subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=folder, env=variables) as process,
    ):
        try:
            answers = _answers(url + path, process)
            output.seek(0)
            printed = output.read().decode()
            if not answers:
                raise RuntimeError(f"nothing answered at {url}{path}; the server printed: {printed}")
            yield Server(url, printed)
        finally:
            process.terminate()


def user_copy(folder: Path) -> Path:
    """What a user runs, copied into the folder."""
    project = folder / "project"
    project.mkdir()
    for name in _SHIPPED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, project / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, project / name)
    return project


def offline_environment(folder: Path) -> dict[str, str]:
    """An environment in which the `fivetran` command looks nothing up on the network.

    It would try for 20 seconds: once for its own newest version, and once for packages of requirements.txt.
    """
    home, scripts = folder / "home", folder / "scripts"
    checked = home / ".fivetran" / "connector_sdk" / "_last_version_check"
    checked.parent.mkdir(parents=True)
    checked.write_text("9999999999")
    scripts.mkdir()
    pipreqs = scripts / "pipreqs"
    pipreqs.write_text("#!/bin/sh\nexit 0\n")
    pipreqs.chmod(0o755)
    path = os.pathsep.join([str(scripts), str(SCRIPTS), os.environ["PATH"]])
    return {**os.environ, "HOME": str(home), "PATH": path, "DO_NOT_TRACK": "1", "NO_COLOR": "1"}


def fivetran_debug(project: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `fivetran debug` in the project, to its end."""
    return subprocess.run(
        debug_command(), cwd=project, env=environment, capture_output=True, text=True, timeout=50, check=False
    )


def fivetran_configuration(
    project: Path, environment: Mapping[str, str], *options: str, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `fivetran configuration` in the project, to its end; `typed` is what is answered to its questions.

    In a session of its own, since it would ask for passwords at the terminal of whoever runs the tests.
    """
    command = [str(SCRIPTS / "fivetran"), "configuration", *options]
    return subprocess.run(
        command,
        cwd=project,
        env=environment,
        input=typed,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
        start_new_session=True,
    )


def debug_command() -> list[str]:
    """The command a user types."""
    return [str(SCRIPTS / "fivetran"), "debug", "--configuration", "configuration.json"]


def free_port() -> int:
    """A port of this machine that nothing listens on yet."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def _answers(url: str, process: subprocess.Popen[bytes], seconds: float = 20) -> bool:
    """Ask the server until it answers, the only sign that it is ready; False if it ends or takes too long."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        with suppress(urllib.error.URLError), urllib.request.urlopen(url):
            return True
        with suppress(subprocess.TimeoutExpired):
            process.wait(_BETWEEN_QUESTIONS_SECONDS)
            return False
    return False
