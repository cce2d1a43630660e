"""A page of records, as it passes from the page styles through the pipeline."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

from async_sync.records.answers import Answer
from async_sync.records.cursors import Cursor, RawCursor
from async_sync.records.keys import Key

Row = dict[str, Any]
"""A record as it is written."""

Identity = tuple[tuple[object, ...], RawCursor]
"""A record's key and version."""


class Restart(NamedTuple):
    """A list was asked for again, from this cursor (None: from its beginning); everything before it has been seen."""

    since: Cursor | None


class Embedded(NamedTuple):
    """The rows of one stream inside a record.

    Where their keys are kept, `holder` is the name of that record, and `keys` are those of all rows that it has; None
    if it does not say which it has.
    """

    stream: str
    rows: Sequence[Row]
    holder: str = ""
    keys: Sequence[Key] | None = None


class Written(NamedTuple):
    """What is written for one record: `rows` of its own table, and those `embedded` in it."""

    rows: Sequence[Row]
    embedded: Sequence[Embedded] = ()


class Page(NamedTuple):
    """One answer's records: `rows`, and `cursors` in the same order; `key` names the fields that tell rows apart.

    A record's row is what is written for it, unless `written` says otherwise, in the same order: a record may become
    several rows, or none, and may have rows of other tables embedded in it. Then its row only stands for it, as for
    a record that is null; `nulls` counts these.

    `is_end` is set on an empty page at the end of a list, and `is_whole` with it if nothing speaks against that all of
    the list has been read.
    `total` is how many records the API says there are in all. `last` is the last row as the API sent it, before values
    were brought into the form that the SDK takes. `restart` is set on the first page after the list was asked for again
    halfway through.
    """

    answer: Answer
    rows: Sequence[Row]
    cursors: Sequence[Cursor]
    key: Sequence[str]
    total: int | None = None
    last: Row | None = None
    restart: Restart | None = None
    written: Sequence[Written] | None = None
    nulls: int = 0
    is_end: bool = False
    is_whole: bool = False

    def to_write(self) -> Sequence[Written]:
        """What is written for each record."""
        return [Written([row]) for row in self.rows] if self.written is None else self.written

    def identities(self) -> list[Identity]:
        """Each record's key and version: a record that has changed is a different one."""
        return [
            (tuple(row[name] for name in self.key), cursor.raw)
            for row, cursor in zip(self.rows, self.cursors, strict=True)
        ]

    def without_records(self) -> Self:
        """This page with its records left out."""
        return self._only([])

    def without_known(self, known: set[Identity]) -> Self:
        """This page with the known records left out."""
        new = [index for index, identity in enumerate(self.identities()) if identity not in known]
        if len(new) == len(self.rows):
            return self
        return self._only(new)

    def _only(self, indices: Sequence[int]) -> Self:
        return self._replace(
            rows=[self.rows[index] for index in indices],
            cursors=[self.cursors[index] for index in indices],
            written=None if self.written is None else [self.written[index] for index in indices],
            last=None,
        )
