"""What a stream asks for."""

from typing import Any

import pytest

from async_sync.configuration.settings import Settings
from async_sync.errors.base import FatalError
from async_sync.errors.lists import PlaceholderError
from async_sync.pagination.styles import NumberedPages, OffsetPages
from async_sync.pagination.token_styles import LastIdPages
from async_sync.records.cursors import TIMESTAMP
from async_sync.records.requests import Request
from async_sync.streams.bound import BoundStream
from async_sync.streams.requests import RequestBuilder
from async_sync.streams.stream import Stream
from async_sync.streams.tree import StreamTree

NOW = "2026-01-01T00:00:00Z"
COMPANY = Stream(table="company", path="/companies", primary_key=["id"], columns={})
DEPARTMENT = Stream(
    parent=COMPANY, table="department", path="/companies/{id}/departments", primary_key=["id", "number"], columns={}
)


def settings(**given: Any) -> Settings:
    return Settings(base_url="https://api.test", **given)


CHILD = BoundStream.bind(DEPARTMENT, settings()).requests


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("c1", "/companies/c1/departments"),
        (7, "/companies/7/departments"),
        ("a/b?c#d e%", "/companies/a%2Fb%3Fc%23d%20e%25/departments"),
        ("ü", "/companies/%C3%BC/departments"),
    ],
)
def test_a_key_is_one_segment_of_the_path(key: str | int, path: str) -> None:
    """Whatever a key holds, it is encoded as a single segment."""
    assert CHILD.build("", None, {"id": key}).url == path


@pytest.mark.parametrize("key", [".", ".."])
def test_a_key_that_would_lead_to_another_path_is_refused(key: str) -> None:
    """No encoding keeps a URL's dots from being resolved: the error names the key and says what to do."""
    with pytest.raises(FatalError, match=rf"^The id '{key}' cannot be used in a URL.*on_parent_error"):
        CHILD.build("", None, {"id": key})


def requests_of(stream: Stream) -> RequestBuilder:
    return BoundStream.bind(stream, settings()).requests


def child(**declared: Any) -> Stream:
    given = {"table": "team", "path": "/teams", "primary_key": ["id"], "columns": {}, "params": {"of": "{id}"}}
    return Stream(parent=COMPANY, **{**given, **declared})


def test_what_is_asked_for() -> None:
    """Order and fixed parameters go with every request, and what has changed is asked for where a time is known."""
    stream = BoundStream.bind(COMPANY, settings(cursor_field="changed")).requests
    ordered = {"order_by": "changed", "order_type": "asc"}
    everything = Request("http://x/companies", ordered, base_url="http://x")
    assert stream.build("http://x", None, {}) == everything
    since = TIMESTAMP.parse(NOW)
    assert stream.build("http://x", since, {}) == everything.with_params({"updated_since": NOW})


def test_without_a_time_of_change_no_order_is_asked_for() -> None:
    """Nor are changes: there is nothing that records could be ordered by."""
    stream = Stream(table="t", path="/t", primary_key=["id"], columns={}, cursor_field=None, params={"a": "b"})
    assert requests_of(stream).build("", None, {}).params == {"a": "b"}


@pytest.mark.parametrize(
    ("is_sorted", "order"), [(True, {"by": "updated_at"}), ("newest_first", {"by": "updated_at"}), (False, {})]
)
def test_the_order_is_asked_for_where_the_api_can_sort(is_sorted: Any, order: dict[str, str]) -> None:
    """Oldest first or newest first; an API that cannot sort is not asked to."""
    stream = Stream(
        table="t", path="/t", primary_key=["id"], columns={}, is_sorted=is_sorted, sort_params={"by": "{cursor_field}"}
    )
    assert requests_of(stream).build("", None, {}).params == order


def test_parents_that_are_known_beforehand_fill_the_placeholders() -> None:
    """Their fields take the place of a parent's columns."""
    stream = Stream(
        table="t", parents=[{"region": "eu", "zone": 1}], path="/{region}/t", params={"zone": "{zone}"},
        primary_key=["id"], columns={}, cursor_field=None,
    )  # fmt: skip
    assert requests_of(stream).build("", None, dict(stream.parents[0])) == Request("/eu/t", {"zone": 1})


def test_every_name_may_be_declared() -> None:
    """The order, the parameter of what has changed and its form are the API's; what it holds goes over a fixed one."""
    stream = Stream(
        table="t", path="/t", primary_key=["id"], columns={}, api_cursor_field="updatedAt",
        since_param="$filter", since_format="{cursor_field} ge {cursor}", sort_params={"$orderby": "{cursor_field}"},
        params={"$filter": "true", "x": "{{1}}"}, headers={"Prefer": "by={cursor_field}"},
    )  # fmt: skip
    first = requests_of(stream).build("", None, {})
    assert first.params == {"$orderby": "updatedAt", "$filter": "true", "x": "{1}"}
    assert first.headers == {"Prefer": "by=updatedAt"}
    assert requests_of(stream).build("", TIMESTAMP.parse(NOW), {}).params["$filter"] == f"updatedAt ge {NOW}"


def test_a_parameter_may_be_named_after_the_cursor_field() -> None:
    """Such as updatedAt_gte, which follows the configured name."""
    stream = Stream(table="t", path="/t", primary_key=["id"], columns={}, since_param="{cursor_field}_gte")
    ready = BoundStream.bind(stream, settings(cursor_field="changed")).requests
    assert ready.build("", TIMESTAMP.parse(NOW), {}).params["changed_gte"] == NOW


def test_a_child_takes_from_its_parent_what_it_needs() -> None:
    """Any column of the parent's row may stand in path, parameters and headers; a path encodes it, a query later."""
    stream = child(
        path="/{login}/teams", params={"of": "{id}"}, headers={"X-Org": "{login}"},
        since_format="org:{login} since:{cursor}",
    )  # fmt: skip
    request = requests_of(stream).build("", TIMESTAMP.parse(NOW), {"id": 7, "login": "a/b", "other": None})
    assert (request.url, request.params["of"], request.headers) == ("/a%2Fb/teams", 7, {"X-Org": "a/b"})
    assert request.params["updated_since"] == f"org:a/b since:{NOW}"
    assert stream.placeholders == {"id", "login"}
    assert stream.path_placeholders == {"login"}


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"name": "n"}, "parent's id is missing. Its fields are: name."),
        ({"id": None}, "parent's id is null. Its fields are: id."),
        ({"id": ""}, "parent's id is empty."),
        ({"id": {"x": "secret"}}, "parent's id is a dict."),
        ({"id": True}, "parent's id is a bool."),
    ],
)
def test_a_parent_without_what_its_children_need(row: dict[str, Any], problem: str) -> None:
    """The error names the stream, the parent, the placeholder and the fields there are, and no value."""
    with pytest.raises(PlaceholderError) as caught:
        requests_of(child()).build("", None, row, of="company c1")
    message = str(caught.value)
    assert message.startswith(
        "team (company c1) cannot be requested: the placeholder {id} needs text or a whole number"
    )
    assert problem in message
    assert "on_parent_error" in message
    assert "secret" not in message


def test_dots_lead_elsewhere_in_a_path_only() -> None:
    """A value of dots is harmless in a parameter."""
    assert requests_of(child()).build("", None, {"id": ".."}).params["of"] == ".."


@pytest.mark.parametrize("value", ["a\r\nx: y", "\u00fc"])
def test_a_header_is_printable_ascii(value: str) -> None:
    """A value that no header can hold is refused, with the header's name and what to do."""
    with pytest.raises(FatalError, match=r"^The header X-Org would be .*not printable ASCII.*on_parent_error"):
        requests_of(child(headers={"X-Org": "{id}"})).build("", None, {"id": value})


def test_what_is_kept_of_a_parent() -> None:
    """Its key, and the columns that any of its children needs."""
    one, other = child(params={"a": "{z}"}), child(name="other", path="/{id}/{b}/x", params={})
    assert StreamTree([COMPANY, one, other]).kept_fields(COMPANY) == ["id", "b", "z"]


def test_the_page_style_may_be_configured() -> None:
    """Another kind of pages in the configuration takes the place of the declared one; the same kind keeps its names."""
    declared = NumberedPages(param="p", first=0)
    stream = Stream(table="t", path="/t", primary_key=["id"], columns={}, pagination=declared)
    for kind, style in (("", declared), ("page", declared), ("offset", OffsetPages()), ("last_id", LastIdPages())):
        assert BoundStream.bind(stream, settings(pagination=kind)).pagination == style
