"""What is declared about deleted rows and cannot work is refused, with what to write instead."""

from dataclasses import replace
from http import HTTPMethod
from typing import Any

import pytest

from async_sync import EmbeddedStream, Stream
from async_sync.streams.table import Table
from async_sync.streams.tree import StreamTree

COMPANY: dict[str, Any] = {"table": "company", "path": "/companies", "primary_key": ["id"], "columns": {}}
PARENT = Stream(**COMPANY)
MAIL: dict[str, Any] = {"table": "mail", "parent": PARENT, "records": "mails", "primary_key": ["mail"], "columns": {}}
ARCHIVED = replace(PARENT, name="archived", path="/archived", means_deleted=True)
OTHER = Stream(table="other", path="/other", primary_key=["other_id"], columns={})
ITEM = Stream(table="item", parent=PARENT, path="/{id}/items", primary_key=["item_id"], columns={})
OLD_ITEM = replace(ITEM, name="old_item", path="/{id}/old", means_deleted=True)

FIELD = "it must be a name, such as status, or None if nothing marks a deleted row"
VALUES = "it must be a list of texts, whole numbers or booleans: ['archived']"
NEEDS_FIELD = "deleted_values needs the field that holds them; set deleted_field, such as deleted_field='status'"
BOTH = "is set, and means_deleted says that all of its rows are deleted; leave out one of them"


def refused(kind: type[Stream | EmbeddedStream], **declared: Any) -> str:
    with pytest.raises(ValueError) as caught:
        kind(**declared)
    return str(caught.value)


def refused_together(*tables: Table) -> str:
    with pytest.raises(ValueError) as caught:
        StreamTree(tables)
    return str(caught.value).removeprefix("These streams cannot be synced together: ")


@pytest.mark.parametrize(
    ("declared", "problem"),
    [
        *(
            (
                {"deleted_field": field},
                f"deleted_field is {field!r}; {FIELD}",
            )
            for field in ("", 5, True, ["status"])
        ),
        *(
            ({"deleted_field": "status", "deleted_values": values}, f"deleted_values is {values!r}; {VALUES}")
            for values in (
                "archived",
                None,
                5,
                {"archived"},
                {"archived": 1},
                [None],
                [1.0],
                ["archived", ["gone"]],
                [HTTPMethod.GET],
            )
        ),
        ({"deleted_values": ["archived"]}, NEEDS_FIELD),
        ({"deleted_values": [True], "deleted_field": None}, NEEDS_FIELD),
        ({"deleted_values": "archived"}, f"deleted_values is 'archived'; {VALUES}"),
    ],
)
def test_fields_that_mark_a_row(declared: dict[str, Any], problem: str) -> None:
    """A field is a name, and its values are a list of what JSON has as a plain value, for a field that is named."""
    assert refused(Stream, **COMPANY, **declared) == f"Stream company: {problem}"
    assert refused(EmbeddedStream, **MAIL, **declared) == f"EmbeddedStream mail: {problem}"


def test_every_problem_is_named() -> None:
    """A declaration with two problems names both."""
    assert refused(EmbeddedStream, **MAIL, deleted_field="", deleted_values=["x"]) == (
        f"EmbeddedStream mail: deleted_field is ''; {FIELD}; {NEEDS_FIELD}"
    )


@pytest.mark.parametrize(
    "declared",
    [
        {},
        {"deleted_field": None},
        {"deleted_field": "status"},
        {"deleted_field": "status", "deleted_values": ["archived", 2, True]},
        {"deleted_field": "status", "deleted_values": ("archived",)},
        {"finds_deleted": True, "skips_unchanged": True, "deleted_field": "status"},
    ],
)
def test_what_can_be_declared(declared: dict[str, Any]) -> None:
    """Streams of both kinds take a field, with values of any plain type or without, and both of the other options."""
    StreamTree([parent := Stream(**COMPANY, **declared), EmbeddedStream(**{**MAIL, "parent": parent}, **declared)])


@pytest.mark.parametrize(
    ("declared", "names"),
    [
        ({"deleted_field": "status"}, ["deleted_field"]),
        ({"deleted_field": None}, ["deleted_field"]),
        ({"finds_deleted": True}, ["finds_deleted"]),
        ({"skips_unchanged": True}, ["skips_unchanged"]),
        (
            {"skips_unchanged": True, "deleted_field": "status", "finds_deleted": True},
            ["deleted_field", "finds_deleted", "skips_unchanged"],
        ),
    ],
)
def test_a_stream_whose_rows_mean_deleted(declared: dict[str, Any], names: list[str]) -> None:
    """It needs no other way to say so, and keeps no rows; each option that it has besides is named."""
    problems = "; ".join(f"{name} {BOTH}" for name in names)
    assert refused(Stream, **COMPANY, means_deleted=True, **declared) == f"Stream company: {problems}"


@pytest.mark.parametrize("name", ["finds_deleted", "skips_unchanged"])
def test_two_streams_of_one_table(name: str) -> None:
    """Both have the option, or neither has: what is known of the table's rows has to be known of all of them."""
    option: dict[str, Any] = {name: True}
    problem = "{} and {} fill one table, and only one of them has {}; give it to both"
    other = replace(PARENT, name="other_company", **option)
    assert refused_together(PARENT, other) == problem.format("company", "other_company", name)
    mail, other_mail = EmbeddedStream(**MAIL), EmbeddedStream(**MAIL, name="other_mail", **option)
    assert refused_together(PARENT, other_mail, mail) == problem.format("other_mail", "mail", name)
    StreamTree([PARENT, other_mail, replace(mail, **option)])
    StreamTree([PARENT, replace(PARENT, name="other_company")])


def test_two_streams_of_one_table_that_differ_in_both() -> None:
    """Each of the options is named."""
    other = replace(PARENT, name="other_company", finds_deleted=True, skips_unchanged=True)
    problem = "company and other_company fill one table, and only one of them has {}; give it to both"
    assert refused_together(PARENT, other) == "; ".join(map(problem.format, ("finds_deleted", "skips_unchanged")))


def test_a_stream_that_means_deleted_beside_one_that_finds_deleted() -> None:
    """They may differ, as the one has no rows to keep: at the top, or below the same parent."""
    StreamTree([ARCHIVED, replace(PARENT, finds_deleted=True, skips_unchanged=True)])
    StreamTree([PARENT, OLD_ITEM, replace(ITEM, finds_deleted=True)])
    StreamTree([PARENT, OLD_ITEM, replace(OLD_ITEM, name="older_item", parent=None, path="/older"), ITEM])


def test_a_stream_that_means_deleted_below_another_stream() -> None:
    """Its lists are those of the same parents, or it is a single one; otherwise nobody knows which is read first."""
    problem = (
        "old_item means deleted rows of item, and is below another stream than the one that fills the table; declare "
        "the same parent for both, or none for the one that means deleted"
    )
    elsewhere = replace(OLD_ITEM, parent=OTHER, path="/{other_id}/old")
    assert refused_together(PARENT, OTHER, ITEM, elsewhere) == problem
    assert refused_together(PARENT, OTHER, elsewhere, ITEM) == problem
    assert refused_together(PARENT, OLD_ITEM, replace(ITEM, parent=None, path="/items")) == problem
    StreamTree([PARENT, ITEM, replace(OLD_ITEM, parent=None, path="/old")])


@pytest.mark.parametrize("inner", [ITEM, EmbeddedStream(**MAIL)])
def test_nothing_is_below_rows_that_mean_deleted(inner: Any) -> None:
    """There is nothing to read below a deleted row, in lists or inside of it."""
    below = replace(inner, parent=ARCHIVED)
    problem = f"{inner.name} is below archived, whose rows are deleted; declare another parent"
    assert refused_together(PARENT, ARCHIVED, below) == problem


@pytest.mark.parametrize(
    "others",
    [
        [],
        [replace(ARCHIVED, name="archived_too")],
        [EmbeddedStream(**{**MAIL, "parent": OTHER, "table": "company", "name": "inner", "primary_key": ["id"]})],
    ],
)
def test_a_stream_that_means_deleted_has_rows_to_delete(others: list[Table]) -> None:
    """Another stream with a list of its own fills the table, and does not mean deleted rows as well."""
    problem = (
        "archived means deleted rows of company, which no other stream fills; add the stream that lists those that are "
        "not deleted, with the same table"
    )
    assert refused_together(OTHER, ARCHIVED, *others).split("; archived_too")[0] == problem
    StreamTree([OTHER, ARCHIVED, *others, PARENT])


def test_finds_deleted_needs_lists_without_an_end() -> None:
    """What changes while a list with an end is read is in no answer: it would be taken for deleted."""
    assert "finds_deleted is set, and what is asked for has an end" in refused(
        Stream, **COMPANY, finds_deleted=True, until_param="to"
    )
