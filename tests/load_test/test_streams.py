"""Which streams are found, and which partition a request belongs to."""

from types import ModuleType
from typing import Any

import httpx
import pytest

from async_sync import ConfigurationKey, EmbeddedStream, Stream
from load_test import streams
from load_test.streams import Partitions, are_of_mock_api, as_arguments, declared, own_keys
from tests.helpers.streams import COMPANY, DEPARTMENT

PARENT = Stream(table="project", path="/projects", primary_key=["id"], columns={})


def child(path: str = "/tasks", **declared: Any) -> Stream:
    return Stream(table="task", parent=PARENT, path=path, primary_key=["id"], columns={}, **declared)


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
def test_whose_children_a_request_asks_for(of: Stream, url: str, partition: str | None) -> None:
    """Path and parameters tell, on every page and with every filter beside."""
    assert (
        Partitions([PARENT, child("/elsewhere/{id}"), of]).of(httpx.Request("GET", f"http://api.test{url}"))
        == partition
    )


def module(**values: object) -> ModuleType:
    made = ModuleType("connector")
    vars(made).update(values)
    return made


def test_streams_are_found_by_their_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever they are called; a module that declares none is refused."""
    part = EmbeddedStream(table="part", parent=BY_PATH, records="parts", primary_key=["id"], columns={})
    monkeypatch.setattr(streams, "connector", module(FIRM=PARENT, TEAM=BY_PATH, PART=part, other=1))
    assert declared() == [PARENT, BY_PATH, part]
    assert declared(["project", "part"]) == [PARENT, part]
    assert Partitions([PARENT, BY_PATH, part]).of(httpx.Request("GET", "http://api.test/projects/7/tasks")) == "7"
    with pytest.raises(ValueError, match=r"connector\.py declares no stream at its top level"):
        declared(["elsewhere"])


def test_a_connector_may_say_itself_what_it_syncs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where connector.py has a function `streams`, its answer for a real API counts."""
    monkeypatch.setattr(streams, "connector", module(FIRM=PARENT, TEAM=BY_PATH, streams=lambda configuration: [PARENT]))
    assert declared() == [PARENT]


def test_streams_are_given_as_the_measured_commit_takes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit from before there were trees of streams takes a parent and its children."""
    assert as_arguments([PARENT, BY_PATH]) == {"streams": [PARENT, BY_PATH]}
    monkeypatch.setattr("async_sync.ParentStream", Stream, raising=False)
    assert as_arguments([PARENT, BY_PATH]) == {"parent": PARENT, "children": [BY_PATH]}


def test_what_the_mock_api_has() -> None:
    """Companies, their departments and the employees of these, and no other streams."""
    assert are_of_mock_api([COMPANY, DEPARTMENT])
    assert not are_of_mock_api([PARENT, BY_PATH])


def test_the_keys_of_a_connector() -> None:
    """Those that stand at the top level of its module, alone or in a list."""
    module = ModuleType("connector")
    assert own_keys(module) == []
    vars(module).update(TENANT=(alone := ConfigurationKey("tenant")), KEYS=[listed := ConfigurationKey("app_key")])
    assert own_keys(module) == [alone, listed]
