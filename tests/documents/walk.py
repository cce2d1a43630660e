"""Somebody who follows a document to the letter, in a clone."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from tests.documents.markdown import Block
from tests.helpers.processes import ROOT, SCRIPTS, free_port, offline_environment, server

ACTIVATE = "source .venv/bin/activate"
_BASE = str(Path(sys.base_prefix) / "bin")
_SERVERS = {"datasette": "/-/versions.json", "python -m mock_api": "/_stats"}
"""What starts a server, and a path at which that answers."""


def clone(folder: Path) -> Path:
    """The repository as it is here, in a folder of its own."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    project = folder / "project"
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, project / name)
    return project


def install(project: Path, scripts: Path) -> None:
    """What `make` would install, taken from where it is installed already; some `scripts` take the place of theirs."""
    made = project / ".venv"
    (made / "bin").mkdir(parents=True)
    for script in SCRIPTS.iterdir():
        own = scripts / script.name
        (made / "bin" / script.name).symlink_to(own if own.exists() else script)
    (made / "bin" / "activate").unlink(missing_ok=True)
    (made / "bin" / "activate").write_text(f'export PATH="{made / "bin"}:$PATH"\n')
    (made / "lib").symlink_to(Path(sys.prefix) / "lib")
    if (Path(sys.prefix) / "pyvenv.cfg").exists():
        shutil.copy(Path(sys.prefix) / "pyvenv.cfg", made)
    for name in ("python", "ready", "ready-dev"):
        (made / name).touch()


class Walk:
    """Follows blocks: saves files, runs commands, starts servers, and compares what appears.

    In a `fresh` clone nothing is installed; else all is. Servers get the `port` instead of their own. `shorter` are
    commands that are run instead of some that take minutes.
    """

    def __init__(self, folder: Path, *, fresh: bool = False, shorter: Mapping[str, str] = {}) -> None:
        self.project = clone(folder)
        self.port = str(free_port())
        self._scripts = folder / "scripts"
        environment = offline_environment(folder)
        if not fresh:
            install(self.project, self._scripts)
        # Who follows a document is not in the environment of these tests.
        self._environment = {**environment, "PATH": os.pathsep.join([_BASE, os.environ["PATH"]])}
        self._shorter = shorter
        self._activate = ""
        self._printed = ""
        self._servers = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._servers.close()

    def stay_offline(self) -> None:
        """From now on, `fivetran debug` in the clone's own environment looks nothing up on the network."""
        shutil.copy(self._scripts / "pipreqs", self.project / ".venv" / "bin")

    def follow(self, blocks: Iterable[Block]) -> None:
        """Do what they say. Raises AssertionError where a command fails, or where something else appears."""
        for block in blocks:
            text = re.sub(r"\b(8000|8001)\b", self.port, block.text)
            if block.file:
                (self.project / block.file).write_text(text + "\n")
            elif block.language == "":
                self._printed = self.run(*text.splitlines())
            elif block.language == "text" and block.follows:
                for line in text.splitlines():
                    assert line in self._printed, f"{block}: {line}\ndid not appear in\n{self._printed}"

    def run(self, *lines: str) -> str:
        """Run commands; gives what they print. Raises AssertionError where one fails."""
        return "".join([self._do(line) for line in lines])

    def _do(self, line: str) -> str:
        if line == ACTIVATE:
            assert (self.project / ".venv/bin/activate").exists()
            self._activate = f"{line} && "
            return ""
        if line.startswith(tuple(_SERVERS)):
            self._start(line)
            return ""
        return self._run(self._shorter.get(line, line))

    def _run(self, line: str) -> str:
        done = subprocess.run(
            ["bash", "-c", self._activate + line],
            cwd=self.project,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == 0, f"{line}\nended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def _start(self, line: str) -> None:
        """Start a server in the place of the one before."""
        self._servers.close()
        line += "" if "--port" in line else f" --port {self.port}"
        path = next(path for program, path in _SERVERS.items() if line.startswith(program))
        command = ["bash", "-c", f"{self._activate}exec {line}"]
        running = server(
            command, f"http://127.0.0.1:{self.port}", path, folder=self.project, environment=self._environment
        )
        self._servers.enter_context(running)
