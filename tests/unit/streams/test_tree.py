"""What is above and below each stream."""

from dataclasses import replace

import pytest

from async_sync import EmbeddedStream, Stream
from async_sync.streams.tree import Scope, StreamTree
from tests.helpers.nested_api import COMPANY, DEPARTMENT, EMPLOYEE

SITE = Stream(
    table="site",
    parents=[{"region": "eu", "zone": 1}, {"region": "us", "zone": 2}],
    path="/{region}/{zone}/sites",
    primary_key=["site_id"],
    columns={},
)
ROOM = Stream(table="room", parent=SITE, path="/{site_id}/{name}", primary_key=["room_id"], columns={})
LINE = EmbeddedStream(table="line", parent=EMPLOYEE, records="lines", primary_key=["line_id"], columns={})
TREE = StreamTree([ROOM, LINE, EMPLOYEE, COMPANY, SITE, DEPARTMENT])


def test_levels_and_neighbours() -> None:
    """They follow from the parents, in whatever order the streams are declared."""
    assert [stream.name for stream in TREE.roots] == ["company", "site"]
    assert [TREE.level(stream) for stream in (COMPANY, DEPARTMENT, EMPLOYEE, SITE, ROOM)] == [0, 1, 2, 1, 2]
    assert TREE.levels == 2
    assert (TREE.children(COMPANY), TREE.children(EMPLOYEE)) == ([DEPARTMENT], [])
    assert (TREE.embedded(EMPLOYEE), TREE.embedded(COMPANY)) == ([LINE], [])
    assert list(TREE.below(COMPANY)) == [DEPARTMENT, EMPLOYEE]


def test_parents_that_are_known_beforehand() -> None:
    """They stand above the lists of a root as records of a stream would."""
    static = TREE.static_parents(SITE)
    assert static is not None
    assert static.rows == {"eu/1": {"region": "eu", "zone": 1}, "us/2": {"region": "us", "zone": 2}}
    assert (TREE.children(static), TREE.level(static), static.title) == ([SITE], 0, "region zone")
    assert TREE.static_parents(COMPANY) is None
    assert (SITE.parent_key, COMPANY.parent_key, DEPARTMENT.parent_key) == (["region", "zone"], [], ["company_id"])


def test_what_is_kept_of_a_record() -> None:
    """Its key, and the columns that the lists below it are requested by."""
    assert TREE.kept_fields(SITE) == ["site_id", "name"]
    assert TREE.kept_fields(DEPARTMENT) == ["department_id", "company_id"]


@pytest.mark.parametrize(
    ("scope", "quiet", "whole"),
    [
        (None, [], []),
        (None, ["employee"], ["company", "department"]),
        (None, ["department"], ["company"]),
        ("changed_parents", ["employee"], []),
        ("all_parents", [], ["company", "department"]),
    ],
)
def test_which_lists_are_read_whole(scope: Scope | None, quiet: list[str], whole: list[str]) -> None:
    """Those above a stream that does not touch its parent, unless the user says which."""
    company = COMPANY
    department = replace(DEPARTMENT, touches_parent="department" not in quiet)
    employee = replace(EMPLOYEE, parent=department, touches_parent="employee" not in quiet)
    tree = StreamTree([company, department, employee])
    assert [stream.name for stream in tree.streams if tree.reads_whole(stream, scope)] == whole
