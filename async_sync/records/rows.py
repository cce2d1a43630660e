"""What a record must be to be written. Pure."""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from async_sync.records.pages import Row

Map = Callable[[dict[str, Any]], Row]


def check_key(row: Row, primary_key: Sequence[str]) -> None:
    """Raises ValueError, whose text says what is wrong, where the row has no usable key."""
    for name in primary_key:
        value = row.get(name)
        if type(value) is not str and type(value) is not int:
            found = "is missing" if name not in row else f"is {kind_of(value)}"
            raise ValueError(f"has no usable key: {name} {found}")
        if value == "":
            raise ValueError(f"has no usable key: {name} is empty")


def mapped(record: dict[str, Any], function: Map) -> Row:
    """What a stream's `map` makes of a record.

    Raises ValueError where that is no object, or the function fails: the text names the error and its line, and no
    more, as an error's own text may hold a value.
    """
    try:
        row = function(record)
    except Exception as error:
        raise ValueError(f"cannot be mapped: {type(error).__name__} in {_place(error.__traceback__)}") from None
    if not isinstance(row, dict):
        raise ValueError(f"cannot be mapped: map gave {kind_of(row)}, not an object")
    return row


def kind_of(value: object) -> str:
    """The type of a value, in the words of a message."""
    return "null" if value is None else "a float" if isinstance(value, float) else f"a {type(value).__name__}"


def partition_id(key: Row) -> str:
    """The name of a partition in the state: its parent's key as text.

    The parts of a longer key are encoded and joined by a slash, so that no two keys have one name.
    """
    parts = [str(value) for value in key.values()]
    return parts[0] if len(parts) == 1 else "/".join(quote(part, safe="") for part in parts)


def _place(trace: TracebackType | None) -> str:
    """Where the function that was called failed: the traceback begins with its caller."""
    at = trace and trace.tb_next
    return f"{Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno}" if at else "map"
