"""The values of a saved state, checked: each function raises StateError, which says what was found. Sans-I/O."""

from collections.abc import Mapping, Sequence
from typing import Any

from async_sync.configuration.shard import UNSHARDED, Shard
from async_sync.errors.base import StateError
from async_sync.records.cursors import Cursor, CursorType
from async_sync.records.pages import Row
from async_sync.records.rows import partition_id
from async_sync.streams.stream import ChildStream, ParentStream, Stream


def cursor_key(stream: Stream) -> str:
    """The key under which a stream's cursors are saved."""
    return f"{stream.name}_cursor"


def load_cursor(stream: Stream, saved: Mapping[str, Any], key: str) -> Cursor | None:
    """The stream's cursor under this key; None where there is none, or an empty one."""
    raw = saved.get(key)
    return None if raw is None or raw == "" else _parsed(stream.cursor_type, raw, key)


def load_partitions(child: ChildStream, saved: object) -> dict[str, Cursor]:
    """The cursor of each partition."""
    if saved is None:
        return {}
    key = cursor_key(child)
    if not isinstance(saved, Mapping):
        raise StateError(f"{key} is a {type(saved).__name__}, not an object of one cursor for each partition")
    return {partition: _parsed(child.cursor_type, raw, f"{key} of {partition!r}") for partition, raw in saved.items()}


def load_skipped(parent: ParentStream, kept: Sequence[str], saved: object) -> dict[str, Row]:
    """The skipped parents by the name of their partition; each has the fields `kept`, in that order."""
    if saved is None:
        return {}
    if not isinstance(saved, list) or any(not isinstance(row, dict) or not set(kept) <= set(row) for row in saved):
        raise StateError(f"skipped is not a list of objects with the fields {', '.join(kept)}")
    rows = ({name: row[name] for name in kept} for row in saved)  # JSON does not promise an order
    return {partition_id(parent.key_of(row)): row for row in rows}


def load_shard(saved: object) -> Shard:
    """The shard; all parents where none is named."""
    try:
        return UNSHARDED if saved is None else Shard.parse(str(saved))
    except ValueError as error:
        raise StateError(f"shard is {saved!r}, and {error}") from None


def _parsed(cursor_type: CursorType, raw: object, where: str) -> Cursor:
    try:
        return cursor_type.parse(raw)
    except ValueError as error:
        raise StateError(f"{where} cannot be read: {error}") from None
