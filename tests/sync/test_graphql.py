"""Lists of a GraphQL API, in whole syncs."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from async_sync import EMPTY, Graphql, NumberedPages, OffsetPages, SinglePage, Stream, When
from async_sync.errors.lists import RequestError
from async_sync.streams.graphql import reported_errors
from tests.helpers.destination import MemoryDestination
from tests.helpers.nested_api import at
from tests.helpers.syncing import run

KEYS = {"issue": ("id",), "comment": ("comment_id", "id")}
QUERY = """
query($since: DateTime, $after: String, $first: Int) {
  issues(updatedSince: $since, after: $after, first: $first) {
    nodes { id updatedAt }
    pageInfo { endCursor hasNextPage }
  }
}
"""
ISSUES = Graphql(
    query=QUERY, variables={"since": "{cursor}"}, nodes="data.issues.nodes", page_info="data.issues.pageInfo"
)
ISSUE = Stream(
    table="issue", path="/graphql", body=ISSUES, primary_key=["id"], columns={}, api_cursor_field="updatedAt"
)
COMMENTS = """
query($issue: Int!, $cursor: String) {
  issue(id: $issue) { comments(after: $cursor) { edges { node { comment_id } } pageInfo { endCursor hasNextPage } } }
}
"""
COMMENT = Stream(
    table="comment",
    parent=ISSUE,
    path="/graphql",
    body=Graphql(
        query=COMMENTS,
        variables={"issue": "{id}"},
        nodes="data.issue.comments.edges.*.node",
        page_info="data.issue.comments.pageInfo",
        after="cursor",
    ),
    primary_key=["comment_id", "id"],
    columns={},
    cursor_field=None,
)


def connection(rows: list[Any], start: int, size: int, *, edges: bool = False) -> dict[str, Any]:
    """A page of a Relay connection. Its end cursor is there on the last page as well."""
    page = rows[start : start + size]
    info = {"endCursor": f"cursor:{start + len(page)}x", "hasNextPage": start + size < len(rows)}
    return {"edges": [{"node": row} for row in page], "pageInfo": info} if edges else {"nodes": page, "pageInfo": info}


class Tracker:
    """Five issues with three comments each; `asked` are the variables of its requests."""

    def __init__(self) -> None:
        self.issues = [{"id": number, "updatedAt": at(number)} for number in range(1, 6)]
        self.asked: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        assert (request.method, request.url.query) == ("POST", b"")
        asked: dict[str, Any] = body["variables"]
        self.asked.append(asked)
        if body["query"] == COMMENTS:
            start = int((asked.get("cursor") or "cursor:0x")[7:-1])
            rows = [{"comment_id": f"{asked['issue']}-{number}"} for number in range(3)]
            return answered({"issue": {"comments": connection(rows, start, 2, edges=True)}})
        assert body["query"] == QUERY
        start = int((asked.get("after") or "cursor:0x")[7:-1])
        found = [issue for issue in self.issues if str(issue["updatedAt"]) >= asked["since"]]
        return answered({"issues": connection(found, start, asked["first"])})


def answered(data: dict[str, Any], **others: Any) -> httpx.Response:
    return httpx.Response(200, json={"data": data, **others})


def test_connections_are_read_at_two_levels() -> None:
    """The query goes as it is, cursor and page size go into its variables, and the next sync asks for changes."""
    destination, api = MemoryDestination(keys=KEYS), Tracker()
    run(destination, api, ISSUE, COMMENT, configuration={"page_size": "2"})
    assert (len(destination.rows("issue")), len(destination.rows("comment"))) == (5, 15)
    assert api.asked[0] == {"since": "1970-01-01T00:00:00Z", "first": 2}
    assert {"issue": 3, "cursor": "cursor:2x"} in api.asked

    api.asked.clear()
    api.issues.append({"id": 6, "updatedAt": at(9)})
    run(destination, api, ISSUE, COMMENT, configuration={"page_size": "2"})
    assert api.asked[0] == {"since": at(5), "first": 2}
    assert len(destination.rows("comment")) == 18


def failing(*answers: httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
    """The tracker, which answers the first requests with these instead."""
    left, api = list(answers), Tracker()
    return lambda request: left.pop(0) if left else api(request)


@pytest.mark.parametrize(
    "error",
    [
        {"message": "Field 'nope' doesn't exist on type 'Issue'"},
        {"message": "Query has complexity 1200, which exceeds max complexity of 1000"},
        {"message": "You may not see this", "type": "FORBIDDEN", "path": ["issues", "nodes", 1]},
    ],
)
@pytest.mark.parametrize("nodes", [[], [{"id": 1, "updatedAt": at(1)}]])
def test_errors_in_an_answer_are_errors(error: dict[str, Any], nodes: list[Any]) -> None:
    """Also next to records: a field that could not be had is null there, and the record would be written without it."""
    destination = MemoryDestination(keys=KEYS)
    data = {"issues": {"nodes": nodes, "pageInfo": {"hasNextPage": False}}}
    with pytest.raises(RequestError) as caught:
        run(destination, failing(answered(data, errors=[error])), ISSUE)
    assert str(error["message"]) in str(caught.value)
    assert str(caught.value).startswith("POST http://localhost/graphql failed after 1 attempt: the API answered 200 OK")
    assert destination.rows("issue") == {}


@pytest.mark.parametrize(
    "limit",
    [
        answered({}, errors=[{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]),
        answered({}, errors=[{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]),
        httpx.Response(400, json={"errors": [{"message": "slow", "extensions": {"code": "RATELIMITED"}}]}),
        httpx.Response(200, json={"error_code": "ComplexityException", "error_message": "budget exhausted"}),
    ],
)
def test_a_rate_limit_among_the_errors_is_waited_for(limit: httpx.Response) -> None:
    """GitHub's, Shopify's, Linear's and Monday's: the request is sent again, however few attempts it has."""
    destination = MemoryDestination(keys=KEYS)
    limit.headers["Retry-After"] = "0"
    run(destination, failing(limit), ISSUE)
    assert len(destination.rows("issue")) == 5


def test_an_error_that_may_pass_is_tried_again() -> None:
    """A server that failed, or timed out, answers 200 as well."""
    for error in ({"message": "x", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}, {"message": "Query timed out"}):
        destination = MemoryDestination(keys=KEYS)
        run(destination, failing(answered({}, errors=[error])), ISSUE, configuration={"max_attempts": "2"})
        assert len(destination.rows("issue")) == 5


def test_a_rule_of_the_stream_comes_first() -> None:
    """An error that the stream declares harmless is."""
    stream = Stream(table="issue", path="/graphql", body=ISSUES, primary_key=["id"], columns={},
                    api_cursor_field="updatedAt", responses=[When(field="errors", then=EMPTY)])  # fmt: skip
    destination = MemoryDestination(keys=KEYS)
    run(destination, failing(answered({}, errors=[{"message": "not enabled"}])), stream)
    assert destination.rows("issue") == {}


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, json={"data": {"errors": [1]}, "errors": []}),
        httpx.Response(200, json={"data": {}, "errors": None}),
        httpx.Response(200, json=["error"]),
        httpx.Response(200, content=b"<html>error</html>"),
        httpx.Response(500, json={"errors": [{"message": "oops"}]}),
        httpx.Response(404, json={"errors": [{"message": "oops"}]}),
    ],
)
def test_what_reports_no_errors_is_left_to_the_other_rules(response: httpx.Response) -> None:
    """So is a status that says what to make of it."""
    assert reported_errors(response) is None


def test_a_page_style_of_ones_own() -> None:
    """Without `page_info`, positions go into the variables by the style that the stream declares."""
    asked: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content)["variables"])
        page = asked[-1].get("page", 1)
        return answered({"items": [{"id": page}] if page < 3 else []})

    stream = Stream(table="issue", path="/graphql", primary_key=["id"], columns={}, cursor_field=None,
                    body=Graphql(query="{ items { id } }", nodes="data.items"),
                    pagination=NumberedPages(param="variables.page", size_param=None, in_body=True))  # fmt: skip
    destination = MemoryDestination(keys=KEYS)
    run(destination, answer, stream)
    assert len(destination.rows("issue")) == 2


@pytest.mark.parametrize(
    ("declared", "instead"),
    [
        ({"records": "data.x"}, "Graphql: nodes says where the list is; remove records from the stream"),
        ({"pagination": SinglePage()}, "Graphql: page_info says how to get on; remove it, or pagination from the str"),
        ({"pagination": OffsetPages(in_body=True)}, "Graphql: page_info says how to get on"),
    ],
)
def test_nothing_is_declared_twice(declared: dict[str, Any], instead: str) -> None:
    """What the short form stands for cannot be declared beside it."""
    with pytest.raises(ValueError, match=instead):
        Stream(table="issue", path="/graphql", primary_key=["id"], columns={}, body=ISSUES, **declared)


def test_the_query_takes_the_cursor() -> None:
    """Without its variable, the first page would come again and again."""
    with pytest.raises(ValueError, match=r"the query has no variable \$after for the cursor of the next page"):
        Graphql(query="{ items { id } }", nodes="data.items", page_info="data.pageInfo")
