"""Control groups that limit a process, and syncs under that limit."""

from dataclasses import replace
from pathlib import Path

import pytest

from load_test.small import NoCgroupError, limited, line, main
from tests.load_test.sample_runs import RUN


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder in the place of the kernel's."""
    return tmp_path


def written(folder: Path) -> dict[str, str]:
    """What was written into a group, whose folder is then emptied as the kernel's is by itself."""
    found = {path.name: path.read_text() for path in folder.iterdir()}
    for path in folder.iterdir():
        path.unlink()
    return found


def test_version_1(tree: Path) -> None:
    """Half a CPU is half of each period, and both groups are gone afterwards."""
    for kind in ("cpu", "memory"):
        (tree / kind).mkdir()
    with limited(0.5, 1024, tree) as (cpu, memory):
        assert written(cpu) == {"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "50000"}
        assert written(memory) == {"memory.limit_in_bytes": "1073741824"}

    assert not any(path for kind in ("cpu", "memory") for path in (tree / kind).iterdir())


def test_version_2(tree: Path) -> None:
    """Where there is one tree for all, one group has both limits."""
    (tree / "cgroup.controllers").write_text("cpu memory")
    with limited(2.0, 1, tree) as (cpu, memory):
        assert cpu == memory
        assert written(cpu) == {"cpu.max": "200000 100000", "memory.max": "1048576"}

    assert [path.name for path in tree.iterdir()] == ["cgroup.controllers"]


def test_where_it_is_not_possible(tree: Path) -> None:
    """A machine without control groups, or that lets us make none, is told in one sentence."""
    with (
        pytest.raises(NoCgroupError, match=r"cannot be limited here: .* This requires root, and control groups"),
        limited(0.5, 1024, tree),
    ):
        pass


def refuse(_: object) -> None:
    raise ConnectionError


def test_what_fails_under_the_limit(tree: Path) -> None:
    """An error of what runs under the limit stays what it is, and the groups are removed all the same."""
    (tree / "cgroup.controllers").write_text("cpu memory")
    with pytest.raises(ConnectionError), limited(1.0, 1, tree) as (group, _):
        refuse(written(group))

    assert [path.name for path in tree.iterdir()] == ["cgroup.controllers"]


def test_the_aim() -> None:
    """A setting's line has the median of its runs, each of them, and the aim where there is one."""
    runs_seen = [(3.0, replace(RUN, cpu=1.5)), (2.0, replace(RUN, cpu=1.0)), (9.0, replace(RUN, cpu=1.2))]

    assert line("50", runs_seen) == "max_concurrency   50:  3.00 (2.00, 3.00, 9.00), CPU 1.20, aim: <= 2.60"
    assert "aim" not in line("auto", runs_seen)


@pytest.mark.process
@pytest.mark.shipped
def test_for_real(capsys: pytest.CaptureFixture[str]) -> None:
    """Where the machine lets it, every setting is measured; where it does not, the reason is told."""
    arguments = ["--companies", "5", "--repeat", "1", "--cpus", "1"]
    try:
        main(arguments)
    except SystemExit as ended:
        assert "A process cannot be limited here: " in str(ended)  # noqa: PT017 - either may happen
    else:
        assert [text[:20] for text in capsys.readouterr().out.splitlines()[1:]] == [
            f"max_concurrency {setting:>4}" for setting in ("10", "20", "50", "auto")
        ]
