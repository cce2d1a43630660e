"""A declaration that cannot work is refused when it is made, with what to write instead."""

from typing import Any

import pytest

from async_sync import Auto, ChildStream, PageNumber, ParentStream

COMPANY: dict[str, Any] = {"table": "company", "path": "/companies", "primary_key": ["id"], "columns": {}}
CHILD: dict[str, Any] = {"table": "team", "path": "/companies/{id}/teams", "primary_key": ["id"], "columns": {}}


def refused(kind: type[ParentStream | ChildStream], **declared: Any) -> str:
    with pytest.raises(ValueError) as caught:
        kind(**declared)
    return str(caught.value)


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        ({"table": ""}, "ParentStream : table must be a name"),
        ({"primary_key": []}, "primary_key is []; it must be a list of one or more names, such as ['company_id']"),
        ({"primary_key": "id"}, "primary_key is 'id'; it must be a list"),
        ({"primary_key": ["id", ""]}, "primary_key is ['id', '']; it must be a list"),
        ({"primary_key": [1]}, "primary_key is [1]; it must be a list"),
        ({"cursor_field": ""}, "cursor_field is ''; it must be a name, such as updated_at"),
        ({"cursor_field": 5}, "cursor_field is 5; it must be a name"),
        ({"pagination": "page"}, "pagination is 'page'; it must be a page style, such as PageNumber(param='page')"),
        ({"pagination": Auto}, "it must be a page style, such as PageNumber"),
        (
            {"path": "companies"},
            "path is 'companies'; it must begin with / and hold no query, which belongs into params",
        ),
        ({"path": "/a?b=1"}, "it must begin with / and hold no query"),
        ({"path": "/a#b"}, "it must begin with / and hold no query"),
        ({"path": "/a/{id}"}, "path: nothing fills {id} in '/a/{id}'; only a child's path, params, headers and "),
        ({"params": {"a": "{id}"}}, "params: nothing fills {id}"),
        ({"headers": {"a": "{id}"}}, "headers: nothing fills {id}"),
        ({"sort_params": {"a": "{id}"}}, "sort_params: nothing fills {id}"),
        ({"since_param": "{id}"}, "since_param: nothing fills {id}"),
        ({"since_format": "{cursor} {id}"}, "since_format: nothing fills {id}"),
        ({"params": {"a": "{cursor}"}}, "params: nothing fills {cursor}"),
        ({"params": {"a": 100}}, "params: 100 must be text"),
        ({"params": {"a": "{"}}, "params: '{' has a brace without its other half: between braces stands a name"),
        ({"params": {"a": "}"}}, "params: '}' has a brace without its other half"),
        ({"params": {"a": "{}"}}, "params: '{}' has a placeholder that is no name: between braces stands a name"),
        ({"params": {"a": "{a b}"}}, "has a placeholder that is no name"),
        ({"params": {"a": "{a[b]}"}}, "has a placeholder that is no name"),
        ({"params": {"a": "{a!r}"}}, "has a placeholder that is no name"),
        ({"params": {"a": "{a:3}"}}, "has a placeholder that is no name"),
        ({"since_format": "since"}, "since_format is 'since'; it must hold {cursor}"),
        ({"records_optional": True}, "records_optional is True, and no list is named that may be missing; set records"),
        ({"records_optional": True, "records": "."}, "records_optional is True, and no list is named"),
    ],
)
def test_a_parent_that_cannot_work(declared: dict[str, Any], problem: str) -> None:
    """Each mistake is named with the stream, the field, and what to write."""
    assert problem in refused(ParentStream, **{**COMPANY, **declared})


def test_every_problem_is_named() -> None:
    """Several mistakes are told at once."""
    message = refused(ParentStream, **{**COMPANY, "primary_key": [], "cursor_field": ""})
    assert message.startswith("ParentStream company: primary_key is []")
    assert "; cursor_field is ''" in message


def test_a_child_names_its_parent() -> None:
    """A child without any placeholder would be the same list for every parent."""
    message = refused(ChildStream, **{**CHILD, "path": "/teams", "params": {"by": "{cursor_field}"}})
    assert message == (
        "ChildStream team: nothing in it names its parent; put a placeholder into path or params, such as {company_id}"
    )


@pytest.mark.parametrize(
    "declared", [{"path": "/teams", "params": {"a": "{id}"}}, {"path": "/teams", "headers": {"a": "{id}"}}]
)
def test_a_child_may_name_its_parent_anywhere(declared: dict[str, Any]) -> None:
    """One placeholder is enough, in the path, a parameter or a header."""
    assert ChildStream(**{**CHILD, **declared}).placeholders == {"id"}


@pytest.mark.parametrize("where", ["sort_params", "since_param"])
def test_the_parent_does_not_stand_everywhere(where: str) -> None:
    """Neither the order nor the name of a parameter depends on the parent."""
    declared = {where: "{id}" if where == "since_param" else {"a": "{id}"}}
    assert f"{where}: nothing fills {{id}}" in refused(ChildStream, **{**CHILD, **declared})


def test_a_declaration_that_works() -> None:
    """Braces may be doubled, and the cursor field's name may stand in any text."""
    stream = ParentStream(
        **COMPANY, since_param="{cursor_field}_gte", since_format='{{"gte": "{cursor}"}}', pagination=PageNumber(),
        params={"fields": "id,{cursor_field}"}, sort_params={}, headers={"accept": "text/x"},
    )  # fmt: skip
    assert stream.placeholders == frozenset()
