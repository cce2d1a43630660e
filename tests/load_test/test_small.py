from pathlib import Path

import pytest

from load_test.small import NoCgroupError, limited


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
        pytest.raises(NoCgroupError, match=r"cannot be limited here: .* That takes root and a control group"),
        limited(0.5, 1024, tree),
    ):
        pass
