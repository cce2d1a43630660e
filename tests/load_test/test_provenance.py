"""The name of the measured commit."""

import subprocess
from pathlib import Path

import pytest

from load_test.provenance import commit


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit."""
    (tmp_path / "benchmarks").mkdir()
    for name in ("code.py", "benchmarks/history.jsonl"):
        (tmp_path / name).write_text("one\n")
    for command in (["init"], ["add", "."], ["-c", "user.name=x", "-c", "user.email=x", "commit", "-m", "x"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def test_the_commit(repository: Path) -> None:
    """A commit is named as git names it, and marked where a file of it has changed since."""
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=repository, check=True, capture_output=True, text=True
    ).stdout.strip()

    assert len(commit(repository)) >= 7
    assert head.startswith(commit(repository))
    (repository / "code.py").write_text("two\n")
    assert head.startswith(commit(repository).removesuffix("-dirty"))
    assert commit(repository).endswith("-dirty")


def test_what_a_bench_adds_is_no_change(repository: Path) -> None:
    """A second bench of the same commit is not marked for what the first one has added to the history."""
    (repository / "benchmarks" / "history.jsonl").write_text("two\n")

    assert not commit(repository).endswith("-dirty")


def test_without_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy without a repository, or a machine without git, has no commit to name."""
    assert commit(tmp_path) == "unknown"
    monkeypatch.setenv("PATH", "")
    assert commit(tmp_path) == "unknown"
