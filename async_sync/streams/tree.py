"""All streams of a connector, by what is above and below each."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from async_sync.records.keys import Key
from async_sync.records.pages import Row
from async_sync.records.rows import partition_id
from async_sync.streams.checks import check_together
from async_sync.streams.stream import EmbeddedStream, Stream
from async_sync.streams.table import Table

Scope = Literal["changed_parents", "all_parents"]


@dataclass(frozen=True, kw_only=True)
class StaticParents(Table):
    """The parents of a root that are known beforehand: above its lists, they take the place of a stream."""

    rows: Mapping[str, Row]

    @classmethod
    def of(cls, stream: Stream) -> Self:
        """The parents of this stream, by the names of their partitions."""
        parents = [{name: row[name] for name in stream.parent_key} for row in stream.parents]  # in one order
        rows = {partition_id(row): row for row in parents}
        return cls(table="", name=f"parents of {stream.name}", primary_key=stream.parent_key, columns={}, rows=rows)

    @property
    def title(self) -> str:
        """The names of their fields."""
        return " ".join(self.primary_key)


class StreamTree:
    """The streams of a connector, in the order in which they are declared.

    `streams` are those that are requested, and `roots` those of them that no other stream is above. `keys` are the
    connector's own keys in the configuration, which placeholders may name. Raises ValueError, which says what to write
    instead, for streams that cannot be synced together.
    """

    def __init__(self, tables: Sequence[Table], *, keys: Collection[str] = ()) -> None:
        check_together(tables, keys)
        self.tables = tables
        self._keys = frozenset(keys)
        self.streams = [table for table in tables if isinstance(table, Stream)]
        self.roots = [stream for stream in self.streams if stream.parent is None]
        self._children: dict[str, list[Stream]] = {table.name: [] for table in tables}
        self._embedded: dict[str, list[EmbeddedStream]] = {table.name: [] for table in tables}
        self._static = {stream.name: StaticParents.of(stream) for stream in self.streams if stream.parents}
        for table in tables:
            if isinstance(table, Stream) and table.parents:
                self._children[self._static[table.name].name] = [table]
            elif isinstance(table, Stream) and table.parent is not None:
                self._children[table.parent.name].append(table)
            elif isinstance(table, EmbeddedStream):
                self._embedded[table.parent.name].append(table)
        for children in self._children.values():
            children.sort(key=lambda child: not child.means_deleted)
        self._levels = {table.name: len(self.above(table)) for table in (*tables, *self._static.values())}
        self.levels = max(self._levels[stream.name] for stream in self.streams)
        self._all_below = {table.name: self._below(table) for table in (*tables, *self._static.values())}
        self._moving = {table.name for table in tables if self._moves(table)}

    def children(self, stream: Table) -> Sequence[Stream]:
        """The streams that have a list for each record of this one; first those whose rows mean deleted."""
        return self._children[stream.name]

    def replaced_by(self, stream: Stream) -> Sequence[Stream]:
        """The streams that fill the table of this one, if its rows mean deleted."""
        if not stream.means_deleted:
            return []
        return [other for other in self.streams if other.table == stream.table and not other.means_deleted]

    def all_below(self, table: Table) -> Sequence[Table]:
        """The streams whose rows are below those of this table, in lists of their own or inside its records."""
        return self._all_below[table.name]

    def may_move(self, table: Table) -> bool:
        """Whether a row of the table, by its key, may be in one list now and in another one later.

        It cannot if the key contains that of the parent. Where both have one column, and it is called the same, the
        column is the record's own.
        """
        return table.name in self._moving

    def is_bound(self, table: Table, list_id: str, key: Key) -> bool:
        """Whether a row with this key cannot be in any other list: the key contains the name of the list."""
        if self.may_move(table):
            return False
        above = self.above(table)
        if not above:
            return True
        row = table.named(key)
        return partition_id({name: row[name] for name in above[0].primary_key}) == list_id

    def above(self, table: Table) -> Sequence[Table]:
        """What is above it, the nearest first: streams, or the parents of a root that are known beforehand."""
        parent = self._static.get(table.name) or getattr(table, "parent", None)
        return [] if parent is None else [parent, *self.above(parent)]

    def _below(self, table: Table) -> Sequence[Table]:
        filled: Sequence[Stream] = self.replaced_by(table) if isinstance(table, Stream) else ()
        streams = [table, *(other for other in filled if other is not table)]
        return [
            below
            for stream in streams
            for below in (*self._children[stream.name], *self._embedded.get(stream.name, ()))
        ]

    def _moves(self, table: Table) -> bool:
        if sum(other.table == table.table for other in self.tables) > 1:
            return True
        above = self.above(table)
        return bool(above) and not set(above[0].primary_key) < set(table.primary_key)

    def embedded(self, stream: Table) -> Sequence[EmbeddedStream]:
        """The streams whose rows come with the records of this one."""
        return self._embedded.get(stream.name, ())

    def static_parents(self, stream: Stream) -> StaticParents | None:
        """The parents of the stream that are known beforehand, where it has such."""
        return self._static.get(stream.name)

    def level(self, table: Table) -> int:
        """How many parents a list of the stream, or a row inside a record, has above it: 0 for a root's single list."""
        return self._levels[table.name]

    def below(self, stream: Table) -> Iterator[Stream]:
        """All streams below this one, at any depth."""
        for child in self.children(stream):
            yield child
            yield from self.below(child)

    def kept_fields(self, stream: Table) -> list[str]:
        """The columns of a row that the lists below it cannot be read without: its key, and what requests need."""
        needed = frozenset[str]().union(*(child.placeholders for child in self.children(stream))) - self._keys
        return [*stream.primary_key, *sorted(needed - set(stream.primary_key))]

    def reads_whole(self, stream: Stream, scope: Scope | None) -> bool:
        """Whether every list of the stream is read from its beginning, to find what has changed below its records.

        `scope` is what the user configured; None leaves it to `touches_parent` of the streams below.
        """
        if scope is not None:
            return scope == "all_parents" and bool(self.children(stream))
        return any(not child.touches_parent for child in self.below(stream))
