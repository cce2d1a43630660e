"""What a record must be so that it can be written. Sans-I/O."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

from async_sync.records.pages import Row
from async_sync.text.tracebacks import place_of

Map = Callable[[Any], Row | list[Row] | None]


class UnusableKeyError(ValueError):
    """The field `name` cannot be part of a key; `problem` says why, such as "is missing"."""

    def __init__(self, *, name: str, problem: str) -> None:
        self.name = name
        self.problem = problem
        super().__init__(f"has no usable key: {name} {problem}")


def check_key(row: Mapping[str, object], names: Iterable[str]) -> None:
    """Raises UnusableKeyError for the first of these fields that is neither a whole number nor text, or is empty."""
    for name in names:
        value = row.get(name)
        if (type(value) is not str and type(value) is not int) or value == "":
            found = "is empty" if value == "" else f"is {type_in_words(value)}"
            raise UnusableKeyError(name=name, problem=found if name in row else "is missing")


def apply_map(function: Map, record: object) -> list[Row]:
    """The rows that a stream's `map` makes of a record; none if it drops it.

    Raises ValueError if it makes something else, or fails. The text names the error and its line only, as an error's
    own text may hold a value.
    """
    try:
        made = function(record)
    except Exception as error:
        raise ValueError(f"cannot be mapped: {type(error).__name__} in {place_of(error)}") from None
    rows = made if isinstance(made, list) else [] if made is None else [made]
    for row in rows:
        if not isinstance(row, dict):
            raise ValueError(f"cannot be mapped: map returned {type_in_words(row)}, not an object, a list or None")
    return rows


def type_in_words(value: object) -> str:
    """The type of a value as a message names it, such as "a list"."""
    return "null" if value is None else "a float" if isinstance(value, float) else f"a {type(value).__name__}"


def partition_key(name: str, fields: Sequence[str]) -> Row:
    """The key that `partition_id` made a name of; its values are text."""
    parts = [name] if len(fields) == 1 else map(unquote, name.split("/"))
    return dict(zip(fields, parts, strict=True))


def partition_id(key: Row) -> str:
    """The name of a partition in the state: its parent's key as text.

    The parts of a longer key are encoded and joined by a slash, so that no two keys share a name.
    """
    parts = [str(value) for value in key.values()]
    return parts[0] if len(parts) == 1 else "/".join(quote(part, safe="") for part in parts)
