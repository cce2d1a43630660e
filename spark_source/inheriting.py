"""The state that a shard begins a version with, also where the number of shards has changed."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from async_sync.streams.stream import Stream
from async_sync.streams.table import Table
from async_sync.streams.tree import StreamTree
from async_sync.writing.saved_values import ROOT, cursor_key
from async_sync.writing.state import SyncState
from spark_source.chunks import Chunk
from spark_source.errors import SourceError
from spark_source.store import Store

if TYPE_CHECKING:
    from async_sync.records.cursors import Cursor
    from spark_source.reading import Task


def inherited(store: Store, task: "Task", streams: Sequence[Table]) -> Mapping[str, Any]:
    """The state at the end of the previous version. Raises SourceError if that is not there.

    While the number of shards stays the same, it is that of the same shard. Otherwise it is that of one of the shards
    that overlap, and the engine lists the roots again: records of this shard that were in it continue from their own
    cursors, all others are read in full.
    """
    states = [_final(store, task.previous.folder_of(old)) for old in task.previous.overlapping(task.shard)]
    return joined(states, StreamTree(streams)) if len(states) > 1 else states[0] if states else {}


def joined(states: Sequence[Mapping[str, Any]], tree: StreamTree) -> Mapping[str, Any]:
    """The first state, with the earliest cursor of each root: since then, deletes are asked for.

    Another shard may not have been as far, and what was deleted from its share in between is shown to no other request.
    """
    loaded = [SyncState.load(state, tree) for state in states]
    cursors = {cursor_key(root): _earliest(loaded, root) for root in tree.roots if root.cursor_field is not None}
    return {**states[0], **{key: found for key, found in cursors.items() if found}}


def _earliest(states: Sequence[SyncState], root: Stream) -> Any:
    """The cursors of a root, as they are saved."""
    found: dict[str, Cursor] = {}
    for state in states:
        for partition in state.lists(root):
            cursor = state.cursor(root, partition)
            if cursor is not None and (partition not in found or cursor.at < found[partition].at):
                found[partition] = cursor
    saved = {partition: cursor.raw for partition, cursor in found.items()}
    return saved if root.has_parent else saved.get(ROOT)


def _final(store: Store, folder: str) -> Mapping[str, Any]:
    """The state at the end of a shard of an earlier version."""
    names = [name for name in store.names(folder) if name.isdigit()]
    last = Chunk.decode(store.read(f"{folder}/{names[-1]}")) if names else None
    if last is None or not last.is_last:
        raise SourceError(
            f"{folder} at stateLocation is not complete, though the batch was: is this the stateLocation of the query"
            " that has this checkpoint? With a new checkpoint, everything is read from the beginning."
        )
    return last.state
