"""The state that a shard begins a version with, also where the number of shards has changed."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from async_sync.streams.tree import StreamTree
from async_sync.writing.state import SyncState
from spark_source.store import Store

if TYPE_CHECKING:
    from spark_source.reading import Task


def inherited(store: Store, task: "Task", tree: StreamTree) -> Mapping[str, Any]:
    """The state at the end of the previous version. Raises SourceError if that is not there.

    While the number of shards stays the same, it is that of the same shard. Otherwise it is that of one of the shards
    that overlap, and the engine lists the roots again: records of this shard that were in it continue from their own
    cursors, all others are read in full.
    """
    states = [store.final(task.previous.folder_of(old)) for old in task.previous.overlapping(task.shard)]
    return joined(states, tree) if len(states) > 1 else states[0] if states else {}


def joined(states: Sequence[Mapping[str, Any]], tree: StreamTree) -> Mapping[str, Any]:
    """The first state, which asks for deletes of roots since the earliest time that any of them does.

    Another shard may not have been as far, and what was deleted from its share in between is shown to no other request.
    """
    first, *others = [SyncState.load(state, tree) for state in states]
    for root in tree.roots:
        for other in others:
            for partition in other.begun(root):
                first.ask_for_deletes(root, partition, other.deletes_from(root, partition))
    return first.dump()
