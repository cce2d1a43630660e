"""What a task does: replay the chunks that its shard has, and have the engine read on from the last of them."""

import logging
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from threading import Event
from typing import Any

import pyarrow as pa

from async_sync import ConfigurationKey, ConnectorError, run_sync
from async_sync.configuration.shard import Shard
from async_sync.http.own_auth import DeclaredAuth
from async_sync.session import declared_tree
from async_sync.streams.table import Table
from spark_source.chunks import SCHEMA, Chunk
from spark_source.destination import ChunkDestination
from spark_source.errors import ChunkTakenError, SourceError, StoppedError
from spark_source.inheriting import inherited
from spark_source.plan import SEQUENCE_BITS, Version
from spark_source.store import Store
from spark_source.threads import from_thread

_NOTHING = pa.RecordBatch.from_pylist([], schema=SCHEMA)


@dataclass(frozen=True)
class Declared:
    """What a connector declares, as `run_sync` takes it."""

    streams: Sequence[Table]
    keys: Sequence[ConfigurationKey] = ()
    auth: DeclaredAuth | None = None


@dataclass(frozen=True)
class Task:
    """One shard of a version, which goes on from the `previous` version; `limits` is a line for the log."""

    version: Version
    previous: Version
    shard: Shard
    configuration: Mapping[str, str]
    location: str
    limits: str

    @property
    def folder(self) -> str:
        """Where its chunks are."""
        return self.version.folder_of(self.shard)


class ShardReading:
    """One attempt at a task. All attempts at it bring the same rows in the same order, however each of them ends."""

    def __init__(self, declared: Declared, task: Task) -> None:
        self._declared = declared
        self._task = task
        self._store = Store(task.location)
        self._attempt = uuid.uuid4().hex
        self._log = ShardLog(task.shard)
        self._brought: list[str] = []
        self._last: Chunk | None = None

    def batches(self) -> Generator[pa.RecordBatch]:
        """The rows of the version. Raises SourceError if the API cannot be read, or the chunks cannot be used."""
        while True:
            for chunk in chain(self._stored(), self._read_on()):
                self._brought.append(chunk.attempt)
                self._last = chunk
                if chunk.batch.num_rows:
                    yield chunk.batch
                if chunk.is_last:
                    self._check()
                    return

    def _stored(self) -> Iterator[Chunk]:
        """The chunks behind those that were brought. Raises SourceError where one does not follow the one before it."""
        for chunk in self._store.chunks(self._task.folder, skip=len(self._brought)):
            if chunk.follows != (self._brought[-1] if self._brought else ""):
                raise SourceError(
                    f"shard {self._task.shard}: {self._task.folder} at stateLocation has chunks of two readings, since"
                    " some were removed while they were written. Delete that folder: the shard is then read once more."
                )
            yield chunk

    def _read_on(self) -> Iterator[Chunk]:
        """The chunks that this attempt writes; it ends where another attempt was faster."""
        try:
            with closing(from_thread(self._sync)) as chunks:
                yield from chunks
        except ChunkTakenError:
            self._log.info("another attempt has written the next chunk: going on from there")
        except ConnectorError as error:
            raise SourceError(f"shard {self._task.shard}: {' '.join(str(error).split())}") from None

    def _sync(self, put: Callable[[Chunk], None], stopped: Event) -> None:
        self._log.info(self._task.limits)
        last = self._last
        rows = 0 if last is None else last.rows
        tree = declared_tree(self._declared.streams, self._declared.keys)
        state = inherited(self._store, self._task, tree) if last is None else last.state
        follows = self._brought[-1] if self._brought else ""
        saving = _Saving(
            self._store, self._task.folder, len(self._brought), rows, state, self._attempt, follows, put, stopped
        )
        first = (self._task.version.number << SEQUENCE_BITS) + rows
        run_sync(
            {**self._task.configuration, "shard": str(self._task.shard)},
            state,
            streams=self._declared.streams,
            keys=self._declared.keys,
            auth=self._declared.auth,
            destination=ChunkDestination(self._declared.streams, first, state, saving.save, stopped),
            log=self._log,
        )
        saving.save(_NOTHING, saving.state, is_last=True)

    def _check(self) -> None:
        """Look again at what was brought, where the store might have let another attempt replace it."""
        if self._store.is_exclusive:
            return
        if [chunk.attempt for chunk in self._store.chunks(self._task.folder, skip=0)] != self._brought:
            raise SourceError(f"shard {self._task.shard}: another attempt has replaced what this one has read")


@dataclass
class _Saving:
    """Writes chunks, one after the other, and hands each on once it is there."""

    store: Store
    folder: str
    number: int
    rows: int
    state: Mapping[str, Any]
    attempt: str
    follows: str
    put: Callable[[Chunk], None]
    stopped: Event

    def save(self, batch: pa.RecordBatch, state: Mapping[str, Any], *, is_last: bool = False) -> None:
        """Raises ChunkTakenError if there is such a chunk, and StoppedError if nobody wants it; then it always does."""
        if self.stopped.is_set():
            raise StoppedError
        chunk = Chunk(batch, state, self.rows + batch.num_rows, is_last, self.attempt, self.follows)
        if not self.store.create_chunk(self.folder, self.number, chunk):
            raise ChunkTakenError
        self.number, self.rows, self.state, self.follows = self.number + 1, chunk.rows, state, self.attempt
        self.put(chunk)


class ShardLog:
    """Python's logger `spark_source`, with the shard before each line."""

    def __init__(self, shard: Shard) -> None:
        self._logger = logging.getLogger("spark_source")
        self._shard = shard

    def info(self, message: str) -> None:
        """Write a line to the log."""
        self._logger.info("shard %s: %s", self._shard, message)

    def warning(self, message: str) -> None:
        """Write a warning to the log."""
        self._logger.warning("shard %s: %s", self._shard, message)
