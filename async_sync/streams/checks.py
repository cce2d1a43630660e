"""What can be wrong with declared streams: with each by itself, and with all of a connector together."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, cast

from async_sync.records.answers import Header
from async_sync.records.cursors import SEQUENCE
from async_sync.records.usual import SAME_AS_CURSOR_FIELD, USUAL
from async_sync.streams.answer_checks import answer_problems
from async_sync.streams.combined_checks import combined_problems
from async_sync.streams.deletion_checks import deletion_problems, deletions_together, misused
from async_sync.streams.placeholder_checks import placeholder_problems, unfilled_problems
from async_sync.streams.request_checks import request_problems
from async_sync.streams.table import Table

if TYPE_CHECKING:
    from async_sync.streams.stream import EmbeddedStream, Stream

_TAKEN_NAMES = {"deletes", "pass"}
"""`pass_cursor` and `deletes_cursor` have a meaning of their own in the state."""
_TEXT_FIELDS: Mapping[str, tuple[object, str]] = {
    "path_key": (None, "a key for configuration.json, such as companies_path, or None"),
    "records": (USUAL, "the path of the list, such as data.items, or left out to look in the usual places"),
    "records_key": (None, "the name of a field, such as employee_id, or None"),
    "total": (USUAL, "the path of the total, such as meta.total, a Header, or left out to look in the usual places"),
    "api_cursor_field": (
        SAME_AS_CURSOR_FIELD,
        "a name, such as updatedAt, or left out if it is the same as cursor_field",
    ),
    "since_param": (None, "a parameter, such as updated_since, or None if the API cannot be asked for changes"),
    "since_header": (None, "a header, such as If-Modified-Since, or None"),
    "until_param": (None, "a parameter, such as updated_before, or None if what is asked for has no end"),
}
"""Fields that are text or one other value, and what to write."""


def check(stream: "Stream") -> None:
    """Raises ValueError, which names every problem and says what to write instead."""
    checks = (
        *(_names, _fields, _text_fields, _parents),
        *(request_problems, placeholder_problems, answer_problems, deletion_problems),
    )
    above = [] if stream.parent is None else [*_parent(stream.parent)]
    problems = above + [problem for of in checks for problem in of(stream)]
    _raise(stream, problems or [*combined_problems(stream)])


def check_embedded(stream: "EmbeddedStream") -> None:
    """The same for a stream whose rows come with its parent's records."""
    problems = [*_names(stream), *deletion_problems(stream), *_parent(stream.parent)]
    if not isinstance(stream.records, str) or not stream.records or stream.records == ".":
        problems.append(f"records is {stream.records!r}; it must be the path of a list in the parent's record")
    if stream.position is not None and (not isinstance(stream.position, str) or not stream.position):
        problems.append(f"position is {stream.position!r}; it must be the name of a column, or None")
    _raise(stream, problems)


def _raise(stream: Table, problems: Sequence[str]) -> None:
    if problems:
        raise ValueError(f"{type(stream).__name__} {stream.name}: " + "; ".join(problems))


def check_together(tables: Sequence[Table], keys: Collection[str]) -> None:
    """Raises ValueError, which names every problem and says what to write instead, for streams that clash.

    `keys` are the connector's own keys in the configuration.
    """
    problems = [problem for pair in combinations(tables, 2) for problem in _clashes(*pair)]
    problems += [problem for table in tables for of in (_misplaced, misused) for problem in of(table, tables)]
    streams = [cast("Stream", table) for table in tables if hasattr(table, "path")]
    problems += [problem for stream in streams for problem in unfilled_problems(stream, keys)]
    if not any(getattr(table, "parent", None) is None for table in tables):
        problems.append("there is none without a parent; declare the stream that the others are below")
    if problems:
        raise ValueError("These streams cannot be synced together: " + "; ".join(problems))


def _misplaced(table: Table, tables: Sequence[Table]) -> Iterator[str]:
    """Whether the stream above is there, and has records that can be asked for more."""
    parent: Table | None = getattr(table, "parent", None)
    if parent is None:
        return
    if not any(other is parent for other in tables):
        copy = any(other.name == parent.name for other in tables)
        instead = ", but a copy of it is; give both the same object" if copy else "; add it to the streams"
        yield f"the parent of {table.name}, {parent.name}, is not among them{instead}"
    elif hasattr(table, "path") and not hasattr(parent, "path"):
        yield (
            f"{table.name} is below {parent.name}, which is embedded and has no lists below it; make {parent.name} a "
            f"stream with a path, or {table.name} embedded as well"
        )


def _clashes(one: Table, other: Table) -> Iterator[str]:
    if one.name == other.name:
        name = f"{other.name}_archived" if getattr(one, "parent", None) is not None else f"parent_{one.name}"
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
        yield from deletions_together(one, other)
    key, path = getattr(one, "path_key", None), getattr(one, "path", None)
    if key and key == getattr(other, "path_key", None) and path != getattr(other, "path", None):
        yield f"{one.name} and {other.name} have the same path_key, {key}, for different paths; give each its own"


def _names(stream: Table) -> Iterator[str]:
    if not isinstance(stream.table, str) or not stream.table:
        yield "table must be a name, such as company"
    if not isinstance(stream.name, str) or stream.name in {"", *_TAKEN_NAMES}:
        yield f"name is {stream.name!r}, which cannot be used in the state; choose another, such as name='company'"
    key = stream.primary_key
    if isinstance(key, str) or not key or not all(isinstance(name, str) and name for name in key):
        yield f"primary_key is {key!r}; it must be a list of one or more names, such as ['company_id']"


def _parent(parent: object) -> Iterator[str]:
    if not isinstance(parent, Table):
        yield f"parent is {parent!r}; it must be the stream that is declared above, such as COMPANY"


def _fields(stream: "Stream") -> Iterator[str]:
    if stream.cursor_field is not None and (not isinstance(stream.cursor_field, str) or not stream.cursor_field):
        yield (
            f"cursor_field is {stream.cursor_field!r}; it must be a name, such as updated_at, or None if a record has "
            "no time of its last change"
        )
    if stream.cursor_type is SEQUENCE and stream.columns.get(str(stream.cursor_field)) == "UTC_DATETIME":
        yield f"cursor_type is SEQUENCE, which is not a time; declare the column {stream.cursor_field} as LONG"


def _parents(stream: "Stream") -> Iterator[str]:
    """Parents that are known beforehand must have the same fields, with a value that can be part of a URL."""
    if not stream.parents:
        return
    example = 'such as [{"region": "eu"}, {"region": "us"}]'
    if stream.parent is not None:
        yield "parents are known beforehand, and parent is requested; declare one of them"
    if not all(isinstance(row, Mapping) and row for row in stream.parents):
        yield f"parents is {stream.parents!r}; it must be a list of objects, {example}"
    elif len({frozenset(row) for row in stream.parents}) > 1:
        yield f"parents have different fields; each must have the same, {example}"
    elif len({tuple(str(row[name]) for name in stream.parents[0]) for row in stream.parents}) < len(stream.parents):
        yield "parents has one of them twice; remove it"
    elif any(type(value) not in {str, int} or value == "" for row in stream.parents for value in row.values()):
        yield f"parents is {stream.parents!r}; each value must be text or a whole number, {example}"


def _text_fields(stream: "Stream") -> Iterator[str]:
    for name, (other, instead) in _TEXT_FIELDS.items():
        value = getattr(stream, name)
        if value is other or (name == "total" and isinstance(value, Header)):
            continue
        if not (isinstance(value, str) and value):
            yield f"{name} is {value!r}; it must be {instead}"
