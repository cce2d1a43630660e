"""The folder that is packaged: the files that run in production, and nothing else."""

import shutil
from pathlib import Path

FILES = ("connector.py", "requirements.txt", "README.md", "LICENSE")
PACKAGES = ("async_sync", "mock_api")
TABLES_AND_STATE = "files"
"""The subfolder in which `fivetran debug` keeps both."""

_SERVER = {"mock_api/__main__.py", "mock_api/arguments.py", "mock_api/server.py", "mock_api/asgi.py"}
"""The mock API's server needs uvicorn, which is not in requirements.txt; mock:// works without these modules."""


def stage(root: Path, folder: Path) -> None:
    """Create the folder from the project at `root`, replacing an earlier one.

    `fivetran deploy` checks the imports of every file and offers to add missing packages to requirements.txt. The
    folder must therefore contain no file that imports anything else.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for path in _shipped(root):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / path, target)


def stage_for_debug(root: Path, folder: Path) -> None:
    """Stage for `fivetran debug`, so that its tables and its state are kept in the project, not in the folder."""
    stage(root, folder)
    kept = root / TABLES_AND_STATE
    kept.mkdir(exist_ok=True)
    (folder / TABLES_AND_STATE).symlink_to(kept.resolve(), target_is_directory=True)


def _shipped(root: Path) -> list[Path]:
    modules = (path.relative_to(root) for package in PACKAGES for path in (root / package).rglob("*.py"))
    return [Path(name) for name in FILES] + [path for path in modules if path.as_posix() not in _SERVER]
