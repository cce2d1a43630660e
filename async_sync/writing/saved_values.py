"""The values of a saved state, checked: each function raises StateError, which says what was found. Sans-I/O."""

from collections.abc import Mapping, Sequence
from typing import Any

from async_sync.configuration.shard import UNSHARDED, Shard
from async_sync.errors.base import StateError
from async_sync.records.cursors import RawCursor
from async_sync.records.pages import Row
from async_sync.records.rows import partition_id
from async_sync.streams.stream import Stream
from async_sync.streams.tree import StreamTree

ROOT = ""
"""The name of the single list of a root."""


def cursor_key(stream: Stream) -> str:
    """The key under which a stream's cursors are saved."""
    return f"{stream.name}_cursor"


def of_stream(saved: Mapping[str, Any], key: str, stream: Stream, tree: StreamTree) -> Any:
    """What belongs to the stream under a key that holds an object by names, or only what is the first root's."""
    found = saved.get(key)
    if isinstance(found, Mapping):
        return found.get(stream.name)
    return found if stream is tree.roots[0] else None


def load_cursors(stream: Stream, saved: object, key: str) -> dict[str, RawCursor]:
    """The cursor of each list; a single list has none where it is empty text."""
    if saved is None or (saved == "" and not stream.has_parent):
        return {}
    if not stream.has_parent:
        return {ROOT: _checked(stream, saved, key)}
    if not isinstance(saved, Mapping):
        raise StateError(f"{key} is a {type(saved).__name__}, not an object of one cursor for each partition")
    return {partition: _checked(stream, raw, f"{key} of {partition!r}") for partition, raw in saved.items()}


def load_skipped(stream: Stream, kept: Sequence[str], saved: object) -> dict[str, Row]:
    """The skipped records by the name of their partition; each has the fields `kept`, in that order."""
    if saved is None:
        return {}
    if not isinstance(saved, list) or any(not isinstance(row, dict) or not set(kept) <= set(row) for row in saved):
        raise StateError(f"skipped is not a list of objects with the fields {', '.join(kept)}")
    rows = ({name: row[name] for name in kept} for row in saved)  # JSON does not promise an order
    return {partition_id(stream.key_of(row)): row for row in rows}


def load_reset(saved: object) -> dict[str, None]:
    """The names of the parents that were gone."""
    if saved is None:
        return {}
    if not isinstance(saved, list) or any(not isinstance(name, str) for name in saved):
        raise StateError("reset is not an object with a list of names for each stream")
    return dict.fromkeys(saved)


def load_time(saved: object) -> int:
    """A time in nanoseconds since 1970."""
    if type(saved) is not int:
        raise StateError(f"known_since is {saved!r}, not a time in nanoseconds since 1970")
    return saved


def load_shard(saved: object) -> Shard:
    """The shard; all root records where none is named."""
    try:
        return UNSHARDED if saved is None else Shard.parse(str(saved))
    except ValueError as error:
        raise StateError(f"shard is {saved!r}, and {error}") from None


def _checked(stream: Stream, raw: object, where: str) -> RawCursor:
    try:
        return stream.cursor_type.parse(raw).raw
    except ValueError as error:
        raise StateError(f"{where} cannot be read: {error}") from None
