"""What a record must be to be written."""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from async_sync.records.pages import Row

Map = Callable[[dict[str, Any]], Row]


def check_key(row: Row, primary_key: Sequence[str]) -> None:
    """Raises ValueError, whose text says what is wrong, if the row has no usable key."""
    for name in primary_key:
        problem = key_problem(row, name)
        if problem is not None:
            raise ValueError(f"has no usable key: {name} {problem}")


def key_problem(row: Row, name: str) -> str | None:
    """What keeps a field from being a key, or from naming a parent: None if it is text or a whole number."""
    value = row.get(name)
    if type(value) is int or (type(value) is str and value):
        return None
    if value == "":
        return "is empty"
    return f"is {kind_of(value)}" if name in row else "is missing"


def mapped(record: dict[str, Any], function: Map) -> Row:
    """The row that a stream's `map` makes of a record.

    Raises ValueError if it is not an object, or if the function fails: the text names only the error and its line,
    because an error's own text may contain a value.
    """
    try:
        row = function(record)
    except Exception as error:
        raise ValueError(f"cannot be mapped: {type(error).__name__} in {_place(error.__traceback__)}") from None
    if not isinstance(row, dict):
        raise ValueError(f"cannot be mapped: map returned {kind_of(row)}, not an object")
    return row


def kind_of(value: object) -> str:
    """The type of a value, in words."""
    return "null" if value is None else "a float" if isinstance(value, float) else f"a {type(value).__name__}"


def partition_id(key: Row) -> str:
    """The name of a partition in the state: its parent's key as text.

    The parts of a longer key are encoded and joined by a slash, so that no two keys share a name.
    """
    parts = [str(value) for value in key.values()]
    return parts[0] if len(parts) == 1 else "/".join(quote(part, safe="") for part in parts)


def _place(trace: TracebackType | None) -> str:
    """The line in which the called function failed: the traceback begins with its caller."""
    at = trace and trace.tb_next
    return f"{Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno}" if at else "map"
