"""`python -m release` with `debug`, `package` or `deploy`; see --help."""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from release import commands
from release.staging import stage, stage_for_debug

ROOT = Path(__file__).parents[1]
NAME = "async-parent-child"
DEBUGGED = "debug"
CONFIGURATION = "configuration.json"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m release", description="Stage the files that run in production, then package or deploy them."
    )
    made.add_argument("--out", type=Path, default=ROOT / "dist", help="folder for the output (default: dist)")
    actions = made.add_subparsers(dest="action", required=True)
    actions.add_parser("debug", help="stage the files for `fivetran debug`, which `make debug` then starts")
    actions.add_parser("package", help="stage the files and make a zip of them")
    deploy = actions.add_parser("deploy", help="stage the files and print the command that deploys them")
    deploy.add_argument("--destination", default="", help="the destination's name in Fivetran")
    deploy.add_argument("--connection", default="", help="the connection's name in Fivetran")
    deploy.add_argument("--configuration", default="", help="a configuration.json; a new connection needs one")
    deploy.add_argument("--run", action="store_true", help="run the command; FIVETRAN_API_KEY must be set")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen action; returns the exit code."""
    given = parser().parse_args(arguments)
    if given.action == "debug":
        stage_for_debug(ROOT, given.out / DEBUGGED)
        return 0
    folder = given.out / NAME
    stage(ROOT, folder)
    return _package(folder) if given.action == "package" else _deploy(folder, given)


def _package(folder: Path) -> int:
    code = _run(commands.package(folder))
    if code == 0:
        made = shutil.move(commands.zip_path(folder), folder.with_suffix(".zip"))
        print(f"The package is {made}")
    return code


def _deploy(folder: Path, given: argparse.Namespace) -> int:
    configuration = given.configuration or ("" if given.run else CONFIGURATION)
    command = commands.deploy(
        folder,
        destination=given.destination,
        connection=given.connection,
        configuration=configuration and str(Path(configuration).resolve()),
    )
    print(shlex.join(command), flush=True)
    if not given.run:
        print(
            "Not run. Set FIVETRAN_API_KEY, and run this command or: make deploy RUN=1 DESTINATION=... CONNECTION=... "
            f"CONFIGURATION={CONFIGURATION}\n"
            "A new connection needs a configuration; without one, an existing connection keeps its own."
        )
        return 0
    api_key = os.environ.get("FIVETRAN_API_KEY", "")
    missing = commands.missing(destination=given.destination, connection=given.connection, api_key=api_key)
    if missing:
        print(f"Not run: {', '.join(missing)} must be set. Nothing was deployed.", file=sys.stderr)
        return 2
    return _run(command)


def _run(command: Sequence[str]) -> int:
    program = shutil.which(command[0])
    if program is None:
        print("fivetran is not on PATH: activate the virtual environment, or use make.", file=sys.stderr)
        return 127
    return subprocess.run([program, *command[1:]], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
