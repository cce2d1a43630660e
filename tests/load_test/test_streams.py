"""Which streams are found, and which partition a request belongs to."""

from types import ModuleType
from typing import Any

import httpx
import pytest

from async_sync import ChildStream, ParentStream
from load_test import streams
from load_test.streams import Partitions, are_of_mock_api, declared
from tests.helpers.streams import COMPANY, DEPARTMENT


def child(path: str = "/tasks", **declared: Any) -> ChildStream:
    return ChildStream(table="task", path=path, primary_key=["id"], columns={}, **declared)


PARENT = ParentStream(table="project", path="/projects", primary_key=["id"], columns={})
BY_PATH = child("/projects/{id}/tasks")
BY_TWO = child("/{owner}/{name}/tasks")
BY_PARAMETER = child(params={"project": "{id}", "state": "all"})
BY_FILTER = child(params={"$filter": "project eq {id}"})


@pytest.mark.parametrize(
    ("of", "url", "partition"),
    [
        (BY_PATH, "/v1/projects", None),
        (BY_PATH, "/v1/projects/7/tasks", "7"),
        (BY_PATH, "/v1/projects/7/tasks?page=2", "7"),
        (BY_PATH, "/v1/projects/a%2Fb/tasks", "a%2Fb"),
        (BY_PATH, "/v1/projects/7/tasks/8", None),
        (BY_TWO, "/v1/ann/plan/tasks?page=2", "ann/plan"),
        (BY_PARAMETER, "/v1/projects?project=7", None),
        (BY_PARAMETER, "/v1/tasks?page=2&project=7", "7"),
        (BY_PARAMETER, "/v1/tasks", None),
        (BY_FILTER, "/v1/tasks?$filter=project%20eq%207", "7"),
        (BY_FILTER, "/v1/tasks?$filter=project%20eq%207%20and%20changed%20ge%202026", "7"),
    ],
)
def test_whose_children_a_request_asks_for(of: ChildStream, url: str, partition: str | None) -> None:
    """Path and parameters tell, on every page and with every filter beside."""
    assert Partitions([child("/elsewhere/{id}"), of]).of(httpx.Request("GET", f"http://api.test{url}")) == partition


def module(**values: object) -> ModuleType:
    made = ModuleType("connector")
    vars(made).update(values)
    return made


def test_streams_are_found_by_their_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever they are called; several parents, or none, are refused."""
    monkeypatch.setattr(streams, "connector", module(FIRM=PARENT, TEAM=BY_PATH, TASK=BY_FILTER, other=1))
    assert declared() == (PARENT, [BY_PATH, BY_FILTER])
    monkeypatch.setattr(streams, "connector", module(TEAM=BY_PATH))
    with pytest.raises(ValueError, match="must declare one ParentStream at its top level, not 0"):
        declared()


def test_what_the_mock_api_has() -> None:
    """Companies and their departments, and no other streams."""
    assert are_of_mock_api(COMPANY, [DEPARTMENT])
    assert not are_of_mock_api(PARENT, [BY_PATH])
