import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from load_test import compare_commits
from load_test.compare_commits import NoSuchCommitError, checked_out, compared, ratios, row
from load_test.profiles import Profile
from load_test.sweep import ROOT, SyncFailedError
from tests.load_test.test_sweep import RUN

SMALL = Profile("small", 3, 2, 0)


def test_ratio_is_taken_pair_by_pair() -> None:
    """A machine that gets slower from pair to pair changes no ratio; the median of them counts."""
    pairs = [(replace(RUN, wall=wall), replace(RUN, wall=2 * wall)) for wall in (1.0, 10.0, 100.0)]
    assert ratios(pairs, "wall") == (0.5, 0.5, 0.5)

    pairs = [(replace(RUN, wall=wall), replace(RUN, wall=1.0)) for wall in (3.0, 1.0, 2.0)]
    assert ratios(pairs, "wall") == (2.0, 1.0, 3.0)


def test_other_work_is_told() -> None:
    """Where the two did not ask for or write the same, the ratio says little, and the line says so."""
    assert "not the same" not in row(SMALL, [(RUN, RUN)])
    assert "not the same requests or rows" in row(SMALL, [(RUN, replace(RUN, rows=1))])
    assert "not the same requests or rows" in row(SMALL, [(RUN, replace(RUN, requests=1))])


def test_unknown_commit() -> None:
    """A commit that is not there is told in git's words, and leaves no folder behind."""
    before = worktrees()
    with pytest.raises(NoSuchCommitError, match="no-such-commit"), checked_out("no-such-commit"):
        pass
    assert worktrees() == before


@pytest.mark.process
def test_the_connector_of_the_other_tree_is_measured(tmp_path: Path) -> None:
    """Both trees sync all rows from one server, each with its own connector."""
    for name in ("async_sync", "mock_api"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "connector.py", tmp_path)
    pairs = compared(SMALL, tmp_path, repeat=2)
    assert [(ours.rows, theirs.rows) for ours, theirs in pairs] == [(9, 9), (9, 9)]

    (tmp_path / "connector.py").write_text("raise RuntimeError('the other tree')")
    with pytest.raises(SyncFailedError, match="the other tree"):
        compared(SMALL, tmp_path, repeat=1)


@pytest.mark.process
def test_the_whole_program(capsys: pytest.CaptureFixture[str]) -> None:
    """This tree against its own last commit: a line for each profile, and no folder is left behind."""
    before = worktrees()
    compare_commits.main(["HEAD", "--repeat", "1"], profiles=[SMALL])

    assert capsys.readouterr().out.splitlines()[-1].startswith("small ")
    assert worktrees() == before


def worktrees() -> str:
    command = ["git", "worktree", "list", "--porcelain"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
