"""A declaration that cannot work is refused when it is made, with what to write instead."""

from datetime import timedelta
from typing import Any

import pytest

from async_sync import (
    SEQUENCE,
    AutoPages,
    EmbeddedStream,
    Header,
    NumberedPages,
    OffsetPages,
    Stream,
    TokenPages,
    run_sync,
    setup_form,
)
from async_sync.setup.tests import SetupTests
from async_sync.streams.tree import StreamTree
from tests.helpers.destination import MemoryDestination

COMPANY: dict[str, Any] = {"table": "company", "path": "/companies", "primary_key": ["id"], "columns": {}}
PARENT = Stream(**COMPANY)
CHILD: dict[str, Any] = {
    "table": "team", "parent": PARENT, "path": "/companies/{id}/teams", "primary_key": ["id"], "columns": {},
}  # fmt: skip

BEYOND = (
    "pagination has a max_position, beyond which the list is asked for again from its cursor; set cursor_field, "
    "since_param (or {cursor} in a text) and is_sorted=True, or leave max_position out"
)


def refused(kind: type[Stream | EmbeddedStream], **declared: Any) -> str:
    with pytest.raises(ValueError) as caught:
        kind(**declared)
    return str(caught.value)


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        ({"table": ""}, "Stream : table must be a name"),
        (
            {"table": "pass"},
            "name is 'pass', which cannot be used in the state; choose another, such as name='company'",
        ),
        ({"name": "pass"}, "Stream pass: name is 'pass'"),
        ({"name": "deletes"}, "Stream deletes: name is 'deletes'"),
        ({"name": None}, "name is None"),
        ({"primary_key": []}, "primary_key is []; it must be a list of one or more names, such as ['company_id']"),
        ({"primary_key": "id"}, "primary_key is 'id'; it must be a list"),
        ({"primary_key": ["id", ""]}, "primary_key is ['id', '']; it must be a list"),
        ({"primary_key": [1]}, "primary_key is [1]; it must be a list"),
        ({"cursor_field": ""}, "cursor_field is ''; it must be a name, such as updated_at, or None if a record has no"),
        ({"cursor_field": 5}, "cursor_field is 5; it must be a name"),
        ({"path_key": ""}, "path_key is ''; it must be a key for configuration.json, such as companies_path, or None"),
        ({"records": ""}, "records is ''; it must be the path of the list, such as data.items, or left out"),
        ({"records": Header("X")}, "records is Header(name='X'); it must be the path of the list"),
        ({"total": ""}, "total is ''; it must be the path of the total, such as meta.total, a Header, or left"),
        ({"total": None}, "total is None; it must be the path of the total"),
        ({"api_cursor_field": ""}, "api_cursor_field is ''; it must be a name, such as updatedAt, or left out"),
        ({"since_param": ""}, "since_param is ''; it must be a parameter, such as updated_since, or None if the API "),
        ({"since_param": 5}, "since_param is 5; it must be a parameter"),
        ({"is_sorted": "oldest"}, "is_sorted is 'oldest'; it must be True, False, or 'newest_first'"),
        ({"parents": [1]}, "parents is [1]; it must be a list of objects, such as [{"),
        ({"parents": [{}]}, "parents is [{}]; it must be a list of objects"),
        ({"parents": [{"a": 1}, {"b": 1}]}, "parents have different fields; each must have the same, such as"),
        ({"parents": [{"a": 1}, {"a": "1"}]}, "parents has one of them twice; remove it"),
        ({"parents": [{"a": 1, "b": 2}, {"b": 2, "a": 1}]}, "parents has one of them twice; remove it"),
        ({"parents": [{"a": 1.5}]}, "parents is [{'a': 1.5}]; each value must be text or a whole number"),
        ({"parents": [{"a": ""}]}, "each value must be text or a whole number"),
        ({"pagination": "page"}, "pagination is 'page'; it must be a page style, such as NumberedPages(param='page')"),
        ({"pagination": AutoPages}, "it must be a page style, such as NumberedPages"),
        (
            {"path": "companies"},
            "path is 'companies'; it must begin with / and contain no query, which belongs in params",
        ),
        ({"path": "/a?b=1"}, "it must begin with / and contain no query"),
        ({"path": "/a#b"}, "it must begin with / and contain no query"),
        (
            {"sort_params": {"a": "{id}"}},
            "sort_params: nothing fills {id} in '{id}'; only path, params, headers, body and since_format may contain",
        ),
        ({"since_param": "{id}"}, "since_param: nothing fills {id}"),
        ({"since_param": "{cursor}"}, "since_param: nothing fills {cursor}"),
        (
            {"params": {"a": "{cursor}"}, "cursor_field": None},
            "params: nothing fills {cursor} in '{cursor}'; set cursor_field",
        ),
        (
            {"params": {"a": "{cursor:%Y}"}, "cursor_type": SEQUENCE},
            "params: '{cursor:%Y}' has a form for a time, and cursor_type is SEQUENCE; write {cursor}",
        ),
        ({"params": {"a": 100}}, "params: 100 must be text"),
        ({"params": {"a": ["1", 2]}}, "params: 2 must be text"),
        ({"headers": {"a": ["1"]}}, "headers: ['1'] must be text"),
        ({"params": "a=1"}, "params is 'a=1'; it must be an object, such as {'state': 'all'}"),
        ({"method": "PUT"}, "method is 'PUT'; it must be 'GET' or 'POST'"),
        (
            {"window": 30, "until_param": "to"},
            "window is 30; it must be a time of at least a second, such as timedelta(",
        ),
        (
            {"window": timedelta(0), "until_param": "to"},
            "window is datetime.timedelta(0); it must be a time of at least",
        ),
        (
            {"max_results": 0, "until_param": "to"},
            "max_results is 0; it must be a number of records, such as 10_000, or",
        ),
        (
            {"window": timedelta(days=1)},
            "window is set, and nothing sends the end of a range; set until_param, or put {until} into a text",
        ),
        (
            {"window": timedelta(days=1), "since_format": "{cursor}..{until}", "params": {"q": "{cursor}"}},
            "window is set, and nothing sends the end of a range",
        ),
        (
            {"since_format": "{cursor}..{until}", "cursor_type": SEQUENCE},
            "since_header, until_param and {until} need a cursor that is a time",
        ),
        ({"max_results": 9}, "max_results is set, and nothing sends the end of a range"),
        (
            {"until_param": "to", "cursor_type": SEQUENCE},
            "since_header, until_param and {until} need a cursor that is a time; set cursor_field and cursor_type",
        ),
        ({"since_header": "If-Modified-Since", "cursor_field": None}, "need a cursor that is a time"),
        (
            {"until_param": "to", "since_param": None},
            "what is asked for has an end, but no beginning; set since_param, or put {cursor} into a text",
        ),
        ({"since_format": 5}, "since_format: 5 must be text"),
        ({"since_header": ""}, "since_header is ''; it must be a header, such as If-Modified-Since, or None"),
        ({"until_param": 5}, "until_param is 5; it must be a parameter, such as updated_before, or None if what is"),
        ({"body": {}}, "body is only sent with method='POST'; set that, or put what is asked for into params"),
        (
            {"pagination": OffsetPages(in_body=True), "method": "POST"},
            "pagination is in_body, and body is no object; set one, such as body={}, with method='POST'",
        ),
        (
            {"pagination": OffsetPages(in_body=True), "method": "POST", "body": [1]},
            "pagination is in_body, and body is",
        ),
        (
            {"pagination": TokenPages(param="after", token_only=True), "params": {"q": "a {after}"}},
            "pagination is token_only, and {after} stands in 'a {after}', which would not be sent again; leave out one",
        ),
        ({"pagination": OffsetPages(max_position=40), "since_param": None}, BEYOND),
        ({"pagination": OffsetPages(max_position=40), "cursor_field": None}, BEYOND),
        ({"pagination": NumberedPages(max_position=4), "is_sorted": False}, BEYOND),
        ({"pagination": NumberedPages(max_position=4), "is_sorted": "newest_first"}, BEYOND),
        ({"method": "POST", "body": {"a": [{"b": "{"}]}}, "body: '{' has an unmatched brace"),
        (
            {"method": "POST", "body": {"a": object()}},
            "body cannot be written as JSON (Encoding objects of type object ",
        ),
        ({"params": {"a": "{"}}, "params: '{' has an unmatched brace: between braces must be a name"),
        ({"params": {"a": "}"}}, "params: '}' has an unmatched brace"),
        ({"params": {"a": "{}"}}, "params: '{}' has a placeholder that is not a name: between braces must be a name"),
        ({"params": {"a": "{a b}"}}, "has a placeholder that is not a name"),
        ({"params": {"a": "{a[b]}"}}, "has a placeholder that is not a name"),
        ({"params": {"a": "{a!r}"}}, "has a placeholder that is not a name"),
        ({"params": {"a": "{a:3}"}}, "has a placeholder that is not a name"),
        ({"since_format": "since"}, "since_format is 'since'; it must contain {cursor}"),
        (
            {"records_optional": True},
            "records_optional is True, but records does not name the list that may be missing; set",
        ),
        ({"records_optional": True, "records": "."}, "records_optional is True, but records does not name the list"),
    ],
)
def test_a_parent_that_cannot_work(declared: dict[str, Any], problem: str) -> None:
    """Each mistake is named with the stream, the field, and what to write."""
    assert problem in refused(Stream, **{**COMPANY, **declared})


@pytest.mark.parametrize("parent", ["company", [PARENT]])
def test_a_parent_is_a_stream(parent: Any) -> None:
    """Its name or its table is not enough, in a stream with a path nor in an embedded one."""
    problem = f"parent is {parent!r}; it must be the stream that is declared above, such as COMPANY"
    assert refused(Stream, **{**CHILD, "parent": parent}) == f"Stream team: {problem}"
    line = {"table": "line", "records": "lines", "primary_key": ["no"], "columns": {}}
    assert refused(EmbeddedStream, **line, parent=parent) == f"EmbeddedStream line: {problem}"
    assert "parent is None; it must be" in refused(EmbeddedStream, **line, parent=None)


def test_parents_are_known_beforehand_or_requested() -> None:
    """Not both."""
    message = refused(Stream, **{**CHILD, "parents": [{"id": 1}]})
    assert "parents are known beforehand, and parent is requested; declare one of them" in message


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        ({"records": ""}, "records is ''; it must be the path of a list in the parent's record"),
        ({"records": "."}, "records is '.'; it must be the path of a list in the parent's record"),
        ({"position": ""}, "position is ''; it must be the name of a column, or None"),
        ({"primary_key": []}, "primary_key is []; it must be a list of one or more names"),
    ],
)
def test_an_embedded_stream_that_cannot_work(declared: dict[str, Any], problem: str) -> None:
    """It is refused with the field and what to write, as any other."""
    given = {"table": "line", "parent": PARENT, "records": "lines", "primary_key": ["no"], "columns": {}}
    assert refused(EmbeddedStream, **{**given, **declared}) == f"EmbeddedStream line: {problem}" + (
        ", such as ['company_id']" if "primary_key" in declared else ""
    )


LINE = EmbeddedStream(table="line", parent=PARENT, records="lines", primary_key=["no"], columns={})
BELOW_LINE = Stream(table="note", parent=LINE, path="/{no}/notes", primary_key=["id"], columns={})


@pytest.mark.parametrize(
    ("streams", "problem"),
    [
        ([], "there is none without a parent; declare the stream that the others are below"),
        ([Stream(**CHILD)], "the parent of team, company, is not among them; add it to the streams"),
        (
            [Stream(**COMPANY), Stream(**CHILD)],
            "the parent of team, company, is not among them, but a copy of it is; give",
        ),
        ([LINE], "the parent of line, company, is not among them"),
        (
            [Stream(**{**COMPANY, "path": "/{app}/companies"})],
            "nothing fills {app} in company; keys must have a ConfigurationKey('app')",
        ),
        (
            [Stream(**{**COMPANY, "path": "/{b}/c", "parents": [{"a": 1}]})],
            "nothing fills {b} in company; each of parents must have a field of that name, or keys must have a Config",
        ),
        (
            [Stream(**{**COMPANY, "parents": [{"a": 1}]})],
            "nothing in company names its parent; put a placeholder such as {company_id} into path, params, headers or",
        ),
        (
            [PARENT, Stream(**{**CHILD, "path": "/teams", "params": {"by": "{cursor_field}"}})],
            "nothing in team names its parent",
        ),
        (
            [PARENT, LINE, BELOW_LINE],
            "note is below line, which is embedded and has no lists below it; make line a stre",
        ),
    ],
)
def test_streams_that_are_not_a_tree(streams: list[Stream | EmbeddedStream], problem: str) -> None:
    """Each parent is the very stream that is synced as well, and has lists below it."""
    with pytest.raises(ValueError, match=r"^These streams cannot be synced together: ") as caught:
        StreamTree(streams)
    assert problem in str(caught.value)


def test_every_problem_is_named() -> None:
    """Several mistakes are told at once."""
    message = refused(Stream, **{**COMPANY, "primary_key": [], "cursor_field": ""})
    assert message.startswith("Stream company: primary_key is []")
    assert "; cursor_field is ''" in message


@pytest.mark.parametrize("where", ["path", "params", "headers", "body"])
def test_a_key_of_the_configuration_fills_a_placeholder(where: str) -> None:
    """It may stand wherever a parent's column may, but does not name the parent."""
    given: Any = {"path": "/{app}/x", "params": {"a": ["{app}"]}, "headers": {"a": "{app}"}, "body": [{"a": "{app}"}]}
    declared = {where: given[where], **({"method": "POST"} if where == "body" else {})}
    StreamTree([Stream(**{**COMPANY, **declared})], keys=["app"])
    with pytest.raises(ValueError, match="nothing in team names its parent"):
        StreamTree([PARENT, Stream(**{**CHILD, "path": "/teams", **declared})], keys=["app"])


@pytest.mark.parametrize(
    "declared", [{"path": "/teams", "params": {"a": "{id}"}}, {"path": "/teams", "headers": {"a": "{id}"}}]
)
def test_a_child_may_name_its_parent_anywhere(declared: dict[str, Any]) -> None:
    """One placeholder is enough, in the path, a parameter or a header."""
    assert Stream(**{**CHILD, **declared}).placeholders == {"id"}


@pytest.mark.parametrize("where", ["sort_params", "since_param"])
def test_the_parent_does_not_stand_everywhere(where: str) -> None:
    """Neither the order nor the name of a parameter depends on the parent."""
    declared = {where: "{id}" if where == "since_param" else {"a": "{id}"}}
    assert f"{where}: nothing fills {{id}}" in refused(Stream, **{**CHILD, **declared})


def test_a_declaration_that_works() -> None:
    """Braces may be doubled, and the cursor field's name may stand in any text."""
    stream = Stream(
        **COMPANY, since_param="{cursor_field}_gte", since_format='{{"gte": "{cursor}"}}', pagination=NumberedPages(),
        params={"fields": "id,{cursor_field}"}, sort_params={}, headers={"accept": "text/x"},
    )  # fmt: skip
    assert stream.placeholders == frozenset()


@pytest.mark.parametrize(
    "declared",
    [
        {},
        {"since_param": None, "params": {"q": "at >= {cursor}"}},
        {"method": "POST", "body": {"since": "{cursor}"}},
        {"since_header": "If-Modified-Since"},
    ],
)
def test_a_list_that_can_be_asked_for_from_a_cursor_may_have_a_last_position(declared: dict[str, Any]) -> None:
    """Beyond it, the list goes on from its cursor, whether that is sent in a parameter, a header, or a text."""
    assert Stream(**COMPANY, pagination=OffsetPages(max_position=40), **declared).asks_for_changes


def test_a_stream_goes_by_its_table_or_its_name() -> None:
    """A name of its own is needed only where several streams fill a table."""
    assert Stream(**COMPANY).name == "company"
    assert Stream(**COMPANY, name="firm").name == "firm"
    assert Stream(**{**COMPANY, "table": "pass"}, name="passes").name == "passes"


@pytest.mark.parametrize(
    ("parent", "children", "problem"),
    [
        (
            {},
            [{}, {}],
            "two are called team and would share their cursors; give one another name, such as name='team_archived'",
        ),
        ({}, [{}, {"name": "crew"}, {"table": "crew"}], "two are called crew"),
        ({"table": "team"}, [{}], "two are called team"),
        ({"name": "team"}, [{}], "give one another name, such as name='parent_team'"),
        (
            {},
            [{}, {"name": "crew", "primary_key": ["no", "id"]}],
            "team and crew fill the table team with different primary keys (id, and no, id); declare one key",
        ),
        (
            {"table": "team", "name": "top", "columns": {"id": "LONG"}},
            [{"columns": {"id": "STRING"}}],
            "top and team fill the table team and declare its columns differently; declare the same in each",
        ),
        ({}, [{}, {"columns": {"id": "LONG"}}], "both fill the table team and declare its columns differently"),
        (
            {},
            [{"path_key": "teams_path"}, {"table": "crew", "path_key": "teams_path", "path": "/companies/{id}/crews"}],
            "team and crew have the same path_key, teams_path, for different paths; give each its own",
        ),
    ],
)
def test_streams_that_cannot_work_together(
    parent: dict[str, Any], children: list[dict[str, Any]], problem: str
) -> None:
    """They are refused wherever a connector hands over its streams, with what to write instead."""
    company = Stream(**{**COMPANY, **parent})
    streams = [company, *(Stream(**{**CHILD, "parent": company, **child}) for child in children)]
    for hand_over in (
        lambda: StreamTree(streams),
        lambda: run_sync({"base_url": "mock://demo"}, {}, streams=streams),
        lambda: setup_form(streams=streams),
        lambda: SetupTests(streams, result=str, log=MemoryDestination()),
    ):
        with pytest.raises(ValueError, match=r"^These streams cannot be synced together: ") as caught:
            hand_over()
        assert problem in str(caught.value)


def test_streams_that_work_together() -> None:
    """Lists of one table may differ in all but key and columns, and a child may go to its parent's table."""
    archived = Stream(**{**CHILD, "primary_key": ["id", "no"]}, name="archived", params={"archived": "true"})
    StreamTree([PARENT, Stream(**{**CHILD, "primary_key": ["no", "id"]}, path_key="teams_path"), archived])
    top = Stream(**{**COMPANY, "table": "team"}, name="top")
    StreamTree([top, Stream(**{**CHILD, "parent": top})])
    StreamTree([PARENT])


def test_which_cursors_mark_changes() -> None:
    """A time is taken for that of a change, and a number that only grows for an id, unless the declaration says so."""
    assert Stream(**COMPANY).marks_changes
    assert not Stream(**COMPANY, cursor_type=SEQUENCE).marks_changes
    assert not Stream(**COMPANY, cursor_marks_changes=False).marks_changes
    assert Stream(**COMPANY, cursor_type=SEQUENCE, cursor_marks_changes=True).marks_changes
