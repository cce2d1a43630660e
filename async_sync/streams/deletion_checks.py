"""What can be wrong with what streams declare about deleted rows."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

from async_sync.records.usual import SAME_AS_CONFIGURED
from async_sync.streams.table import Table

if TYPE_CHECKING:
    from async_sync.streams.stream import Stream


def deletion_problems(table: Table) -> Iterator[str]:
    """Each problem of one stream, with what to write instead."""
    field, values = table.deleted_field, table.deleted_values
    is_name = isinstance(field, str) and bool(field)
    if not (is_name or field is None or field is SAME_AS_CONFIGURED):
        yield f"deleted_field is {field!r}; it must be a name, such as status, or None if nothing marks a deleted row"
    if (
        not isinstance(values, Sequence)
        or isinstance(values, str | bytes)
        or not all(type(one) in _VALUES for one in values)
    ):
        yield f"deleted_values is {values!r}; it must be a list of texts, whole numbers or booleans: ['archived']"
    elif values and not is_name:
        yield "deleted_values needs the field that holds them; set deleted_field, such as deleted_field='status'"
    if getattr(table, "means_deleted", False):
        yield from _about_means_deleted(table)


_VALUES = {str, int, bool}


def _about_means_deleted(table: Table) -> Iterator[str]:
    declared = {
        "deleted_field": table.deleted_field is not SAME_AS_CONFIGURED,
        "finds_deleted": table.finds_deleted,
        "skips_unchanged": table.skips_unchanged,
    }
    for name in [name for name, is_set in declared.items() if is_set]:
        yield f"{name} is set, and means_deleted says that all of its rows are deleted; leave out one of them"


def deletions_together(one: Table, other: Table) -> Iterator[str]:
    """Problems of two streams that fill one table."""
    archived = [table for table in (one, other) if getattr(table, "means_deleted", False)]
    if not archived:
        for name in ("finds_deleted", "skips_unchanged"):
            if getattr(one, name) != getattr(other, name):
                yield f"{one.name} and {other.name} fill one table, and only one of them has {name}; give it to both"
    elif len(archived) == 1:
        stream = archived[0]
        parents = [getattr(table, "parent", None) for table in (stream, other if stream is one else one)]
        if parents[0] is not None and parents[0] is not parents[1]:
            yield (
                f"{stream.name} means deleted rows of {stream.table}, and is below another stream than the one that "
                "fills the table; declare the same parent for both, or none for the one that means deleted"
            )


def misused(table: Table, tables: Sequence[Table]) -> Iterator[str]:
    """Whether a stream that means deleted rows has another one to delete from, and nothing below it."""
    parent = getattr(table, "parent", None)
    if parent is not None and getattr(parent, "means_deleted", False):
        yield f"{table.name} is below {parent.name}, whose rows are deleted; declare another parent"
    if not getattr(table, "means_deleted", False):
        return
    fillers = [other for other in tables if other.table == table.table and other is not table]
    if not any(not cast("Stream", other).means_deleted for other in fillers if hasattr(other, "means_deleted")):
        yield (
            f"{table.name} means deleted rows of {table.table}, which no other stream fills; add the stream that lists "
            "those that are not deleted, with the same table"
        )
