"""Whether a record may be in a list that could not be read, so that nobody knows whether it is gone."""

from dataclasses import replace

import pytest

from async_sync import Stream
from async_sync.pipeline.sync_memory import SyncMemory
from async_sync.streams.tree import StreamTree
from tests.helpers.nested_api import COMPANY, DEPARTMENT, EMPLOYEE, TASK

OWN = replace(DEPARTMENT, primary_key=["department_id"])
SITES = replace(COMPANY, path="/{region}/companies", parents=[{"region": "eu"}], primary_key=["company_id", "region"])
COMPANY_1, DEPARTMENT_1 = {"company_id": "c1"}, {"company_id": "c1", "department_id": "d1"}
EMPLOYEE_1 = {**DEPARTMENT_1, "employee_id": "e1"}


@pytest.mark.parametrize(
    ("skipped", "stream", "row", "may_be"),
    [
        (("company", "c1"), COMPANY, COMPANY_1, False),
        (("company", "c1"), DEPARTMENT, DEPARTMENT_1, True),
        (("company", "c2"), DEPARTMENT, DEPARTMENT_1, False),
        (("department", "d1/c1"), DEPARTMENT, DEPARTMENT_1, False),
        (("department", "d1/c1"), EMPLOYEE, EMPLOYEE_1, True),
        (("department", "d2/c1"), EMPLOYEE, EMPLOYEE_1, False),
        (("company", "c2"), EMPLOYEE, EMPLOYEE_1, True),
    ],
)
def test_which_lists_a_record_may_be_in(
    skipped: tuple[str, str], stream: Stream, row: dict[str, str], *, may_be: bool
) -> None:
    """In the list of its parent, or in one of a parent that is itself in a list that could not be read."""
    tree = StreamTree([COMPANY, DEPARTMENT, EMPLOYEE, TASK])
    assert SyncMemory(skipped={skipped}).may_be_unread(stream, row, tree) is may_be
    assert not SyncMemory().may_be_unread(stream, row, tree)


def test_a_record_that_may_move() -> None:
    """It may be in any list of its stream."""
    tree = StreamTree([COMPANY, OWN])
    assert SyncMemory(skipped={("company", "c2")}).may_be_unread(OWN, {"department_id": "d1"}, tree)


def test_parents_that_are_known_beforehand() -> None:
    """Their lists can be skipped as well."""
    tree, row = StreamTree([SITES]), {"company_id": "c1", "region": "eu"}
    above = tree.static_parents(SITES)
    assert above is not None
    assert SyncMemory(skipped={(above.name, "eu")}).may_be_unread(SITES, row, tree)
    assert not SyncMemory(skipped={(above.name, "us")}).may_be_unread(SITES, row, tree)
