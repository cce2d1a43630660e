"""The engine's home in a task of Spark: rows are collected, and each checkpoint makes a chunk of them."""

from collections.abc import Callable, Mapping, Sequence
from threading import Event
from typing import Any

import msgspec
import pyarrow as pa

from async_sync.streams.table import Table
from spark_source.chunks import SCHEMA
from spark_source.errors import StoppedError

Save = Callable[[pa.RecordBatch, Mapping[str, Any]], None]


class ChunkDestination:
    """Calls `save` with the rows since the last checkpoint and the state after them.

    `seq` is the number of the first row; each row has the next one. Once `stopped` is set, the next row raises
    StoppedError.
    """

    def __init__(self, streams: Sequence[Table], seq: int, save: Save, stopped: Event) -> None:
        self._keys = {stream.table: tuple(stream.primary_key) for stream in streams}
        self._seq = seq
        self._save = save
        self._stopped = stopped
        self._rows: list[tuple[str, bool, str, str]] = []
        self._encode = msgspec.json.Encoder(enc_hook=_plain).encode

    def upsert(self, table: str, row: dict[str, Any]) -> None:
        """Insert the row, or replace the one with the same key."""
        self._add(table, {name: row[name] for name in self._keys[table]}, row, deleted=False)

    def delete(self, table: str, key: dict[str, Any]) -> None:
        """Mark the row with that key as deleted."""
        self._add(table, {name: key[name] for name in self._keys[table]}, key, deleted=True)

    def checkpoint(self, state: dict[str, Any]) -> None:
        """Make a chunk of what was handed over."""
        count = len(self._rows)
        columns: list[Sequence[Any]] = list(zip(*self._rows, strict=True)) if count else [()] * 4
        self._save(pa.record_batch([*columns, range(self._seq, self._seq + count)], schema=SCHEMA), state)
        self._seq += count
        self._rows.clear()

    def _add(self, table: str, key: dict[str, Any], row: dict[str, Any], *, deleted: bool) -> None:
        if self._stopped.is_set():
            raise StoppedError
        self._rows.append((table, deleted, self._encode(key).decode(), self._encode(row).decode()))


def _plain(value: object) -> object:
    """What JSON has instead of a value of a class of its own, such as a float that remembers its digits."""
    return float(value) if isinstance(value, float) else str(value)
