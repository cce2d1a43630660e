"""The engine's home in a task of Spark: rows are collected, and each checkpoint makes a chunk of them."""

from collections.abc import Callable, Mapping, Sequence
from threading import Event
from typing import Any

import msgspec
import pyarrow as pa

from async_sync.streams.table import Table
from spark_source.chunks import SCHEMA
from spark_source.errors import StoppedError

_MAX_CHARACTERS = 64_000_000
"""Of the rows in one chunk: a column of Arrow holds 2 GiB, and a worker holds several chunks."""

Save = Callable[[pa.RecordBatch, Mapping[str, Any]], None]


class ChunkDestination:
    """Calls `save` with the rows since the last checkpoint and the state after them.

    Where these rows are too many bytes for one chunk, it does so earlier, with the state of the last checkpoint: should
    the attempt die then, they are read again, and come with a later `seq`.

    `seq` is the number of the first row, and `state` the one before it; each row has the next number. Once `stopped` is
    set, the next row raises StoppedError.
    """

    def __init__(
        self, streams: Sequence[Table], seq: int, state: Mapping[str, Any], save: Save, stopped: Event
    ) -> None:
        self._keys = {stream.table: tuple(stream.primary_key) for stream in streams}
        self._seq = seq
        self._save = save
        self._stopped = stopped
        self._state = state
        self._rows: list[tuple[str, bool, str]] = []
        self._fields: list[tuple[str, str | None]] = []
        self._ends = [0]
        self._characters = 0
        self._encode = msgspec.json.Encoder(enc_hook=_plain).encode

    def upsert(self, table: str, row: dict[str, Any]) -> None:
        """Insert the row, or replace the one with the same key."""
        self._add(table, {name: row[name] for name in self._keys[table]}, row, deleted=False)

    def delete(self, table: str, key: dict[str, Any]) -> None:
        """Mark the row with that key as deleted."""
        self._add(table, {name: key[name] for name in self._keys[table]}, key, deleted=True)

    def checkpoint(self, state: dict[str, Any]) -> None:
        """Make a chunk of what was handed over."""
        self._state = state
        self._save_rows()

    def _save_rows(self) -> None:
        count = len(self._rows)
        columns: list[Any] = list(zip(*self._rows, strict=True)) if count else [()] * 3
        names, values = zip(*self._fields, strict=True) if self._fields else ((), ())
        rows = pa.MapArray.from_arrays(self._ends, pa.array(names, pa.string()), pa.array(values, pa.string()))
        sequence = range(self._seq, self._seq + count)
        self._save(pa.record_batch([*columns, rows, sequence], schema=SCHEMA), self._state)
        self._seq += count
        self._rows, self._fields, self._ends, self._characters = [], [], [0], 0

    def _add(self, table: str, key: dict[str, Any], row: dict[str, Any], *, deleted: bool) -> None:
        if self._stopped.is_set():
            raise StoppedError
        if self._characters > _MAX_CHARACTERS:
            self._save_rows()
        fields = [(name, self._text(value)) for name, value in row.items()]
        self._rows.append((table, deleted, self._encode(key).decode()))
        self._fields += fields
        self._ends.append(len(self._fields))
        self._characters += sum(len(name) + len(text or "") for name, text in fields)

    def _text(self, value: object) -> str | None:
        """A value as text; what is nested, as JSON."""
        return value if value is None or isinstance(value, str) else self._encode(value).decode()


def _plain(value: object) -> object:
    """What JSON has instead of a value of a class of its own, such as a float that remembers its digits."""
    return float(value) if isinstance(value, float) else str(value)
