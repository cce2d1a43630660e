"""The cursors of all lists, with their size in the saved state. Sans-I/O."""

import json
from collections.abc import Collection, Iterator, Mapping

from async_sync.records.cursors import RawCursor
from async_sync.streams.stream import Stream

CUT_TO_SHARE = 0.9  # of the budget: what is over it is cut further, so that it is not cut at every checkpoint


class CursorStore:
    """The cursor of each list by the name of its stream and the key of its parent, as the API sent it.

    Of streams without a cursor field, nothing is kept. `size` is in bytes of JSON.
    """

    def __init__(self, streams: Collection[Stream]) -> None:
        self._streams = {stream.name: stream for stream in streams if stream.cursor_field is not None}
        self._cursors: dict[str, dict[str, RawCursor]] = {name: {} for name in self._streams}
        self.size = 0

    def load(self, name: str, cursors: dict[str, RawCursor]) -> None:
        """Take the cursors of a stream, which has none yet."""
        self._cursors[name] = cursors
        self.size += sum(size_of(partition, raw) for partition, raw in cursors.items())

    def streams(self) -> Iterator[Stream]:
        """The streams that have cursors."""
        yield from self._streams.values()

    def of(self, stream: Stream) -> Mapping[str, RawCursor]:
        """The cursor of each list of the stream."""
        return self._cursors.get(stream.name, {})

    def set(self, stream: Stream, partition: str, raw: RawCursor | None) -> None:
        """Set the cursor of a list, or drop it (None)."""
        cursors = self._cursors[stream.name]
        before = cursors.get(partition)
        if raw is None:
            if before is not None:
                self.size -= size_of(partition, cursors.pop(partition))
        elif before is None:
            self.size += size_of(partition, raw)
            cursors[partition] = raw
        else:
            self.size += size_of(raw) - size_of(before)
            cursors[partition] = raw

    def cut(self, budget_bytes: int) -> int:
        """Drop the cursors that have not moved for longest until the budget is kept; returns how many were dropped.

        Those of roots stay.
        """
        if self.size <= budget_bytes:
            return 0
        dropped = 0
        for _, name, partition in sorted(self._droppable()):
            dropped += 1
            self.set(self._streams[name], partition, None)
            if self.size <= budget_bytes * CUT_TO_SHARE:
                break
        return dropped

    def _droppable(self) -> Iterator[tuple[int | float, str, str]]:
        for name, stream in self._streams.items():
            if stream.parent is not None:
                for partition, raw in self._cursors[name].items():
                    yield stream.cursor_type.parse(raw).at, name, partition


def size_of(*values: object) -> int:
    """How many bytes these take in the JSON of the state, each with the comma or colon and the space behind it."""
    return sum(len(json.dumps(value)) + 2 for value in values)
