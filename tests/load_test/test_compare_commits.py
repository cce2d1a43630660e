"""`python -m load_test.compare_commits` as a user runs it, on a temporary repository and with small data."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from load_test import compare_commits
from load_test.compare_commits import Pair, checked_out, header, line, spread
from load_test.fresh_process import ROOT, SyncFailedError, sync
from load_test.profiles import Profile, ready
from tests.load_test.sample_runs import runs

TINY = Profile("tiny", companies=6, departments=2, latency_ms=1)
ENDLESS = (
    "import sys; from pathlib import Path; from load_test.compare_commits import main; "
    "from load_test.profiles import Profile; "
    "tiny = [Profile(f'tiny {number}', 2, 1, 0) for number in range(10_000)]; "
    "main(['HEAD', '--repeat', '1'], tiny, Path(sys.argv[1]))"
)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with this connector as its only commit."""
    folder = tmp_path / "repository"
    folder.mkdir()
    shutil.copy(ROOT / "connector.py", folder)
    shutil.copytree(ROOT / "async_sync", folder / "async_sync", ignore=shutil.ignore_patterns("__pycache__"))
    for command in (["init"], ["add", "."], ["-c", "user.name=x", "-c", "user.email=x", "commit", "-m", "x"]):
        subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in the place of the machine's temporary one."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.process
@pytest.mark.shipped
def test_compare(repository: Path, temporary: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both are measured, the ratios are printed, and nothing is left behind."""
    compare_commits.main(["HEAD", "--repeat", "1"], [TINY], repository)

    heading, names, ratios = capsys.readouterr().out.splitlines()
    assert "/ HEAD: below 1, this tree takes less" in heading
    assert names.split() == ["profile", "wall", "CPU", "of", "the", "sync", "peak", "memory"]
    assert ratios.split()[0] == "tiny"
    assert ratios.count(" to ") == 3
    assert "NOT the same" not in ratios
    assert list(temporary.iterdir()) == []


@pytest.mark.process
@pytest.mark.shipped
def test_the_other_tree_is_what_runs(repository: Path) -> None:
    """The other commit's connector is measured, not this one, and not what its files have become since."""
    for name in ("connector.py", "async_sync/__init__.py"):
        text = (repository / name).read_text()
        (repository / name).write_text("raise RuntimeError('not committed')\n")
        with checked_out("HEAD", repository) as there, ready(TINY) as asked:
            assert sync(**asked, tree=there).rows == 18
            (there / name).write_text(f"raise RuntimeError('{name} of the other')\n")
            with pytest.raises(SyncFailedError, match=f"{name} of the other"):
                sync(**asked, tree=there)
        (repository / name).write_text(text)


@pytest.mark.process
@pytest.mark.shipped
def test_an_interrupt(repository: Path, temporary: Path) -> None:
    """Ctrl-C in the middle ends it without a traceback, and nothing is left behind."""
    command = [sys.executable, "-c", ENDLESS, str(repository)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        during = list(temporary.iterdir())
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process in the foreground
        _, stderr = process.communicate(timeout=20)

    assert lines[2].startswith("tiny 0"), lines
    assert "compare_commits" in [folder.name.partition("-")[0] for folder in during]
    assert list(temporary.iterdir()) == []
    assert (process.returncode, stderr) == (130, "")


def test_no_such_commit(repository: Path) -> None:
    """A revision that git does not know, or that has no connector yet, is told with git's own words."""
    with pytest.raises(SystemExit, match="git has no connector at nothing: fatal: not a valid object name"):
        compare_commits.main(["nothing"], [TINY], repository)


@pytest.mark.process
@pytest.mark.shipped
def test_names_that_differ(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A profile that fails in one of the two does not end the comparison; --rename makes one with other names work."""
    for module in (repository / "async_sync").rglob("*.py"):
        module.write_text(module.read_text().replace("all_parents", "everything").replace("sync_scope", "parents_read"))
    amend = ["git", "-c", "user.name=x", "-c", "user.email=x", "commit", "--all", "--message", "y"]
    subprocess.run(amend, cwd=repository, check=True, capture_output=True)
    named = replace(TINY, name="named", configuration={"sync_scope": "all_parents"})

    with pytest.raises(SystemExit, match=r"Not every profile was measured\. HEAD may need other .* see --rename\."):
        compare_commits.main(["HEAD", "--repeat", "1"], [named, TINY], repository)
    failed, measured = capsys.readouterr().out.splitlines()[2:]
    assert failed.startswith("named ")
    assert "not measured: " in failed
    assert "sync_scope" in failed
    assert measured.startswith("tiny ")
    assert "not measured" not in measured

    renamed = ["--rename", "sync_scope=parents_read", "--rename", "all_parents=everything"]
    compare_commits.main(["HEAD", "--repeat", "1", *renamed], [named], repository)
    assert capsys.readouterr().out.splitlines()[2].count(" to ") == 3


def test_a_bad_rename(capsys: pytest.CaptureFixture[str]) -> None:
    """--rename needs two names."""
    with pytest.raises(SystemExit):
        compare_commits.main(["HEAD", "--rename", "sync_scope"])
    assert "'sync_scope' is not HERE=THERE" in capsys.readouterr().err


def pairs(here: list[float], there: list[float]) -> list[Pair]:
    return [Pair(one, other) for one, other in zip(runs(wall=here), runs(wall=there), strict=True)]


def test_ratios() -> None:
    """A ratio is that of two neighbouring runs, this tree's first; the median of those, not a ratio of medians."""
    shown = line("x", pairs([1.0, 4.0, 9.0], [2.0, 1.0, 3.0]))

    assert shown.split() == [
        "x",
        *["3.000", "(0.500", "to", "4.000)", "1.000", "(1.000", "to", "1.000)", "1.000", "(1.000", "to", "1.000)"],
    ]


def test_columns() -> None:
    """The ratios begin below the names of their columns."""
    shown = line("x", pairs([1.0], [2.0]))

    assert shown[header().index("wall") :].startswith("0.500")
    assert shown[header().index("CPU") :].startswith("1.000")


def test_a_single_pair() -> None:
    """One ratio is its own median, least and greatest."""
    assert spread([0.5]) == "0.500 (0.500 to 0.500)"


def test_they_have_to_do_the_same() -> None:
    """A commit that wrote or asked for something else is not called faster without a word."""
    measured = [Pair(here, there) for here, there in zip(runs(rows=[100, 100]), runs(rows=[100, 99]), strict=True)]

    assert line("x", measured).endswith("NOT the same: 100 / 99 rows, 10 / 10 requests")
