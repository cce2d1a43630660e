"""What can be wrong with declared streams: with each by itself, and with all of a connector together."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from async_sync.pagination.page_style import PageStyle
from async_sync.records.cursors import SEQUENCE
from async_sync.records.usual import SAME_AS_CURSOR_FIELD, USUAL
from async_sync.streams.templates import CURSOR, CURSOR_FIELD, placeholders

if TYPE_CHECKING:
    from async_sync.streams.stream import ChildStream, ParentStream, Stream

_TAKEN_NAMES = {"deletes", "pass"}
"""`pass_cursor` and `deletes_cursor` have a meaning of their own in the state."""
_TEXT_FIELDS: Mapping[str, tuple[object, str]] = {
    "path_key": (None, "a key for configuration.json, such as companies_path, or None"),
    "records": (USUAL, "the path of the list, such as data.items, or left out to look in the usual places"),
    "total": (USUAL, "the path of the total, such as meta.total, or left out to look in the usual places"),
    "api_cursor_field": (
        SAME_AS_CURSOR_FIELD,
        "a name, such as updatedAt, or left out if it is the same as cursor_field",
    ),
    "since_param": (None, "a parameter, such as updated_since, or None if the API cannot be asked for changes"),
}
"""Fields that are text or one other value, and what to write."""
_OF_PARENT = {"path", "params", "headers", "since_format"}


def check(stream: "Stream") -> None:
    """Raises ValueError, which names every problem and says what to write instead."""
    problems = [*_names(stream), *_text_fields(stream), *_placeholders(stream)]
    if problems:
        raise ValueError(f"{type(stream).__name__} {stream.name}: " + "; ".join(problems))


def check_together(parent: "ParentStream", children: "Sequence[ChildStream]") -> None:
    """Raises ValueError, which names every problem and says what to write instead, for streams that clash."""
    problems = [problem for pair in combinations((parent, *children), 2) for problem in _clashes(*pair)]
    if problems:
        raise ValueError("These streams cannot be synced together: " + "; ".join(problems))


def _clashes(one: "Stream", other: "Stream") -> Iterator[str]:
    if one.name == other.name:
        name = f"{other.name}_archived" if one.has_parent else f"parent_{one.name}"
        yield f"two are called {one.name} and would share their cursors; give one another name, such as name={name!r}"
    if one.table == other.table:
        both = f"{one.name} and {other.name}" if one.name != other.name else "both"
        if sorted(one.primary_key) != sorted(other.primary_key):
            yield (
                f"{both} fill the table {one.table} with different primary keys ({', '.join(one.primary_key)}, and "
                f"{', '.join(other.primary_key)}); declare one key, or two tables"
            )
        if one.columns != other.columns:
            yield f"{both} fill the table {one.table} and declare its columns differently; declare the same in each"
    if one.path_key and one.path_key == other.path_key and one.path != other.path:
        yield (
            f"{one.name} and {other.name} have the same path_key, {one.path_key}, for different paths; "
            "give each its own"
        )


def _names(stream: "Stream") -> Iterator[str]:
    if not isinstance(stream.table, str) or not stream.table:
        yield "table must be a name, such as company"
    if not isinstance(stream.name, str) or stream.name in {"", *_TAKEN_NAMES}:
        yield f"name is {stream.name!r}, which cannot be used in the state; choose another, such as name='company'"
    key = stream.primary_key
    if isinstance(key, str) or not key or not all(isinstance(name, str) and name for name in key):
        yield f"primary_key is {key!r}; it must be a list of one or more names, such as ['company_id']"
    if not isinstance(stream.cursor_field, str) or not stream.cursor_field:
        yield f"cursor_field is {stream.cursor_field!r}; it must be a name, such as updated_at"
    if stream.cursor_type is SEQUENCE and stream.columns.get(stream.cursor_field) == "UTC_DATETIME":
        yield f"cursor_type is SEQUENCE, which is not a time; declare the column {stream.cursor_field} as LONG"
    if not isinstance(stream.pagination, PageStyle):
        yield f"pagination is {stream.pagination!r}; it must be a page style, such as NumberedPages(param='page')"
    if stream.records_optional and stream.records in {USUAL, "."}:
        yield (
            "records_optional is True, but records does not name the list that may be missing; set it, for instance to "
            "'members': otherwise an answer without a list cannot be told from one whose list has another name"
        )
    if not stream.path.startswith("/") or {"?", "#"} & set(stream.path):
        yield f"path is {stream.path!r}; it must begin with / and contain no query, which belongs in params"


def _text_fields(stream: "Stream") -> Iterator[str]:
    for name, (other, instead) in _TEXT_FIELDS.items():
        value = getattr(stream, name)
        if value is not other and not (isinstance(value, str) and value):
            yield f"{name} is {value!r}; it must be {instead}"


def _placeholders(stream: "Stream") -> Iterator[str]:
    """All may contain the cursor field's name, and those of a child's request the columns of its parent."""
    of_parent: set[str] = set()
    for where, text in stream.texts():
        try:
            names = placeholders(text)
        except ValueError as error:
            yield f"{where}: {error}"
            continue
        if where == "since_format" and CURSOR not in names:
            yield f"since_format is {text!r}; it must contain {{cursor}}"
        names -= {CURSOR, CURSOR_FIELD} if where == "since_format" else {CURSOR_FIELD}
        if names and not (stream.has_parent and where in _OF_PARENT):
            yield (
                f"{where}: nothing fills {{{min(names)}}} in {text!r}; only a child's path, params, headers and "
                "since_format may name a column of its parent"
            )
        of_parent |= names
    if stream.has_parent and not of_parent:
        yield "nothing in it names its parent; put a placeholder such as {company_id} into path or params"
