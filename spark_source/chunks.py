"""A chunk: the rows between two checkpoints with the state after them, as one file (an Arrow IPC stream)."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

SCHEMA = pa.schema(
    [
        ("table", pa.string()),
        ("deleted", pa.bool_()),
        ("key", pa.string()),
        ("row", pa.map_(pa.string(), pa.string())),
        ("seq", pa.int64()),
    ]
)
_OPTIONS = pa.ipc.IpcWriteOptions(compression="zstd")


@dataclass(frozen=True)
class Chunk:
    """`rows` is how many there are in this chunk and those before it; `is_last` says that the shard is complete.

    `attempt` is the id of the attempt that wrote it: no two attempts write the same bytes. `follows` is that of the
    chunk before it.
    """

    batch: pa.RecordBatch
    state: Mapping[str, Any]
    rows: int
    is_last: bool
    attempt: str
    follows: str = ""

    def encode(self) -> bytes:
        """The file."""
        names = ("rows", "is_last", "attempt", "follows")
        about = json.dumps({name: getattr(self, name) for name in names})
        state = zlib.compress(json.dumps(self.state).encode(), level=1)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, SCHEMA.with_metadata({"about": about, "state": state}), options=_OPTIONS) as out:
            out.write_batch(self.batch)
        return bytes(sink.getvalue())

    @classmethod
    def decode(cls, data: bytes) -> "Chunk":
        """What `encode` made the file of."""
        with pa.ipc.open_stream(data) as stream:
            metadata, batch = stream.schema.metadata, stream.read_next_batch()
        about = json.loads(metadata[b"about"])
        return cls(batch.cast(SCHEMA), json.loads(zlib.decompress(metadata[b"state"])), **about)
