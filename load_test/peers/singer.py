"""Meltano's Singer SDK: a tap with a parent and a child stream, as its documentation describes them.

The SDK reads one list at a time: it has no setting for requests in flight. `is_sorted` lets it save state in between,
and each company has a bookmark of its own, by its context. Messages are encoded with msgspec, its fastest encoder.
"""

import os
from collections.abc import Mapping
from typing import Any, ClassVar

from singer_sdk import RESTStream, Stream, Tap
from singer_sdk import typing as th
from singer_sdk.contrib.msgspec import MsgSpecWriter

from load_test.peers.program import BEGINNING, PAGE_SIZE, Asked, run

_TEXT = th.StringType
_CHANGED = th.Property("updated_at", th.DateTimeType)


class MockApiStream(RESTStream[str]):
    """What both lists have in common."""

    records_jsonpath = "$.data[*]"
    next_page_token_jsonpath = "$.next_cursor"  # noqa: S105 - a path
    replication_key = "updated_at"
    is_sorted = True

    @property
    def url_base(self) -> str:
        """Where the API is."""
        return str(self.config["base_url"])

    def get_url_params(self, context: Mapping[str, Any] | None, next_page_token: str | None) -> dict[str, Any]:
        """The parameters of one request."""
        since = self.get_starting_replication_key_value(context) or BEGINNING
        page = {"cursor": next_page_token} if next_page_token else {}
        return {"limit": PAGE_SIZE, "order_by": "updated_at", "updated_since": since, **page}


class Companies(MockApiStream):
    """The parents."""

    name = "company"
    path = "/companies"
    primary_keys = ("company_id",)
    schema = th.PropertiesList(
        th.Property("company_id", _TEXT),
        th.Property("company_name", _TEXT),
        th.Property("industry", _TEXT),
        th.Property("employees", th.IntegerType),
        _CHANGED,
    ).to_dict()

    def get_child_context(self, record: dict[str, Any], context: Mapping[str, Any] | None) -> dict[str, Any]:
        """What the departments' path needs."""
        return {"company_id": record["company_id"]}


class Departments(MockApiStream):
    """The children: read for each company that the parent stream yields."""

    name = "department"
    path = "/companies/{company_id}/departments"
    primary_keys = ("department_id", "company_id")
    parent_stream_type = Companies
    schema = th.PropertiesList(
        th.Property("department_id", _TEXT),
        th.Property("company_id", _TEXT),
        th.Property("department_name", _TEXT),
        th.Property("head_count", th.IntegerType),
        _CHANGED,
    ).to_dict()


class MockApiTap(Tap):
    """The tap."""

    name = "tap-mock-api"
    message_writer_class = MsgSpecWriter
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(th.Property("base_url", _TEXT)).to_dict()

    def discover_streams(self) -> list[Stream]:
        """Both streams."""
        return [Companies(self), Departments(self)]


def sync(asked: Asked) -> None:
    """Sync once from the saved state."""
    os.environ["TAP_MOCK_API_LOGLEVEL"] = "WARNING"  # its log has several lines for each company
    MockApiTap(config={"base_url": asked.url}, state=asked.state).sync_all()


if __name__ == "__main__":
    run(sync)
