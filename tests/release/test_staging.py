"""What is staged is what runs: nothing less, and nothing that needs more than requirements.txt."""

import ast
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from release.staging import FILES, PACKAGES, stage, stage_for_debug
from tests.helpers.processes import ROOT, user_copy

PRE_INSTALLED = {"fivetran_connector_sdk"}


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    folder = tmp_path / "staged"
    stage(ROOT, folder)
    return folder


def imported(module: Path) -> set[str]:
    """The top-level names that a module imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


def test_only_what_runs_is_staged(staged: Path) -> None:
    """No tests, no dev packages, no configuration, nothing that a tool left behind."""
    assert {path.name for path in staged.iterdir()} == {*FILES, *PACKAGES}
    assert {path.suffix for package in PACKAGES for path in (staged / package).rglob("*.*")} == {".py"}
    whole = {path.relative_to(ROOT).as_posix() for path in (ROOT / "async_sync").rglob("*.py")}
    assert {path.relative_to(staged).as_posix() for path in (staged / "async_sync").rglob("*.py")} == whole


def test_what_is_imported_is_exactly_what_is_required(staged: Path) -> None:
    """So `fivetran deploy` has nothing to add to requirements.txt, and nothing to call unused."""
    names = set().union(*map(imported, staged.rglob("*.py"))) - {*PACKAGES, *sys.stdlib_module_names}
    distributions = packages_distributions()
    needed = {distributions[name][0].lower() for name in names}
    required = {line.partition("==")[0] for line in (staged / "requirements.txt").read_text().split()}
    assert needed == required | PRE_INSTALLED


def test_the_modules_that_are_left_out_are_not_missed(staged: Path) -> None:
    """Every staged module can be imported without the project around it."""
    modules = [path.relative_to(staged).with_suffix("") for path in staged.rglob("*.py") if path.stem != "__init__"]
    program = "\n".join(f"import {'.'.join(module.parts)}" for module in modules)
    subprocess.run([sys.executable, "-c", program], cwd=staged, check=True, timeout=50)


def test_what_was_staged_before_is_gone(staged: Path) -> None:
    """A file that was deleted from the project does not live on in the package."""
    (staged / "async_sync" / "old.py").touch()
    stage(ROOT, staged)
    assert not (staged / "async_sync" / "old.py").exists()


def test_debug_keeps_tables_and_state_in_the_project(tmp_path: Path) -> None:
    """They survive each new staging, a changed connector.py is staged anew, and nothing but what runs is there."""
    project, folder = user_copy(tmp_path), tmp_path / "debug"
    for name in ("README.md", "LICENSE"):
        (project / name).touch()
    stage_for_debug(project, folder)
    (folder / "files" / "state.json").write_text("{}")
    (project / "connector.py").write_text("# another one")
    stage_for_debug(project, folder)

    assert (project / "files" / "state.json").read_text() == "{}"
    assert (folder / "files" / "state.json").read_text() == "{}"
    assert (folder / "connector.py").read_text() == "# another one"
    assert {path.name for path in folder.iterdir()} == {*FILES, *PACKAGES, "files"}
