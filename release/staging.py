"""The folder that is packaged: what runs, and nothing else."""

import shutil
from pathlib import Path

FILES = ("connector.py", "requirements.txt", "README.md", "LICENSE")
PACKAGES = ("async_sync", "mock_api")
TABLES_AND_STATE = "files"
"""Where `fivetran debug` keeps both, in the folder that it is given."""

_NEED_MORE = {"mock_api/__main__.py", "mock_api/server.py", "mock_api/wire.py"}
"""The mock API as a server needs uvicorn, which is none of requirements.txt; mock:// does without these."""


def stage(root: Path, folder: Path) -> None:
    """Make the folder anew from the project at `root`.

    `fivetran deploy` looks at what every file imports and offers to add what it misses to requirements.txt: so no file
    may be here that imports anything else.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for path in _shipped(root):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / path, target)


def stage_for_debug(root: Path, folder: Path) -> None:
    """The same for `fivetran debug`, which keeps its tables and its state in the project, not in the folder."""
    stage(root, folder)
    kept = root / TABLES_AND_STATE
    kept.mkdir(exist_ok=True)
    (folder / TABLES_AND_STATE).symlink_to(kept.resolve(), target_is_directory=True)


def _shipped(root: Path) -> list[Path]:
    modules = (path.relative_to(root) for package in PACKAGES for path in (root / package).rglob("*.py"))
    return [Path(name) for name in FILES] + [path for path in modules if path.as_posix() not in _NEED_MORE]
