"""The rows that come with a record: those of the embedded streams below it, at any depth."""

from collections.abc import Iterator, Mapping, Sequence

from async_sync.records.cursors import CursorType
from async_sync.records.dotted_paths import Absent, look_up
from async_sync.records.pages import Embedded, Row
from async_sync.records.rows import apply_map, check_key, partition_id, type_in_words
from async_sync.streams.converting import RowConverter
from async_sync.streams.stream import EmbeddedStream
from async_sync.streams.tree import StreamTree


class EmbeddedRows:
    """Reads the rows of one embedded stream, and of those below it.

    `deleted_field` is the configured one, and `cursor_type` is that of the stream whose records they come in: the zone
    of its times is that of theirs.
    """

    def __init__(
        self, stream: EmbeddedStream, tree: StreamTree, *, deleted_field: str | None, cursor_type: CursorType
    ) -> None:
        self._stream = stream
        self._deletion = stream.deletion(deleted_field)
        self._converter = RowConverter(stream, cursor_type=cursor_type)
        self._below = [
            EmbeddedRows(below, tree, deleted_field=deleted_field, cursor_type=cursor_type)
            for below in tree.embedded(stream)
        ]
        self.is_exact: bool = self._converter.is_exact or any(below.is_exact for below in self._below)

    def found(self, record: object) -> Sequence[object] | None:
        """The list in the record above; None if it is null or missing.

        Raises ValueError, whose text names it, for anything else in its place.

        It is looked up before `map` makes a row of that record: many a map takes out what it does not want in its row.
        """
        found = look_up(record, self._stream.records) if isinstance(record, dict) else None
        if found is None or found is Absent.MISSING:
            return None
        if not isinstance(found, list):
            shape = "no object on the way" if isinstance(found, Absent) else type_in_words(found)
            raise ValueError(f"has {shape} at {self._stream.records} where a list is expected")
        return found

    def read(self, found: Sequence[object] | None, parent: Row) -> Iterator[Embedded]:
        """The rows of each stream in the form that the SDK takes; `parent` is the key above.

        Below a deleted row there are none. Raises ValueError, whose text names the list, where a row has no usable key,
        holds in its deleted_field neither a yes nor a no, or no time in a column for times, or a list below is none.
        """
        stream, rows = self._stream, list[Row]()
        for index, one in enumerate(found or ()):
            lists = [below.found(one) for below in self._below]
            try:
                made = self._rows(one, len(rows), parent)
                self._converter.convert(made)
            except ValueError as error:
                raise ValueError(f"has a row {index} in {stream.records} that {error}") from None
            rows += made
            for row in [row for row in made if not self._deletion.marks(row)]:
                for below, list_ in zip(self._below, lists, strict=True):
                    yield from below.read(list_, stream.key_of(row))
        if not stream.keeps_keys:
            yield Embedded(stream.name, rows)
            return
        is_known = stream.finds_deleted and found is not None
        keys = [stream.key_in(row) for row in rows if not self._deletion.marks(row)] if is_known else None
        yield Embedded(stream.name, rows, partition_id(parent), keys)

    def _rows(self, one: object, first: int, parent: Mapping[str, object]) -> list[Row]:
        """The checked rows of one object in the list, of which the first has the place `first`."""
        stream = self._stream
        if stream.map is not None:
            made = apply_map(stream.map, one.copy() if isinstance(one, dict) else one)
        elif isinstance(one, dict):
            made = [one]
        else:
            raise ValueError(f"is {type_in_words(one)}, not an object; have the stream's map make it one")
        rows: list[Row] = [{**parent, **own} for own in made]
        for place, row in enumerate(rows, first):
            if stream.position is not None:
                row[stream.position] = place
            check_key(row, stream.primary_key)
            self._deletion.marks(row)
        return rows
