"""What `spark.read` has read, for a query to continue."""

from spark_source.errors import SourceError
from spark_source.plan import NOTHING, Version
from spark_source.store import Store


def claim(store: Store, version: Version) -> bool:
    """Fix the number of shards of a load, before any of them is read; returns whether it was so already.

    Raises SourceError if it is another number.
    """
    name = _shards_of(version.run)
    if store.create(name, str(version.shards).encode()):
        return False
    shards = int(store.read(name))
    if shards != version.shards:
        raise SourceError(
            f"run {version.run} was read with {shards} shards: set shards to {shards}, or choose another name."
        )
    return True


def loaded(store: Store, run: str) -> Version:
    """The load of this name. Raises SourceError unless every shard of it is complete."""
    try:
        version = NOTHING.next(int(store.read(_shards_of(run))), run)
    except FileNotFoundError:
        raise SourceError(
            f"There is no run {run} at stateLocation: read it with spark.read first, or leave run out to begin with a"
            " full load."
        ) from None
    for shard in version.tasks():
        store.final(version.folder_of(shard))
    return version


def _shards_of(run: str) -> str:
    return f"{run}/shards"
