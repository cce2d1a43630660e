"""A source of records for any tree of streams, which changes in every way a real one does."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from async_sync import EmbeddedStream, Stream
from async_sync.streams.table import Table
from tests.helpers.hostile_source import BACK_DATED_BY, FAR_FUTURE, START, iso
from tests.helpers.tree_shapes import STATIC

CHANGES = ("add", "add_below", "change", "change", "delete", "restore", "remove", "future", "close", "open")
"""What may happen at any time."""
BETWEEN_SYNCS = (*CHANGES, "move")
"""A record that moves while both of its lists are being read may be read in its new place first, and then in its old
one, from an answer given before it moved. So it moves only between two syncs."""


_SHARE_WHOLE = 0.5  # of records whose lists go away: all of them do
_SHARE_BELOW = 0.7  # of new records; the others are of the first root, so that its list is long


class Change(NamedTuple):
    """One change of the source: what kind, and the seed of everything random in it."""

    kind: str
    seed: int


@dataclass(eq=False)
class Node:
    """A record of a stream (None: what roots are below), with what is below it by the names of streams."""

    stream: Stream | None
    fields: dict[str, Any]
    above: "Node | None" = None
    at: int = START
    version: int = 0
    deleted: bool = False
    closed: set[str] = field(default_factory=set)  # the streams whose lists below it do not exist at the moment
    noticed: set[str] = field(default_factory=set)  # those of them that a sync has found to be missing
    stays: bool = False  # it never moves: its lists hold what is found only because those above it came back
    items: int = 0
    below: dict[str, list["Node"]] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """As the API shows it."""
        assert self.stream is not None
        shown: dict[str, Any] = {**self.fields, "version": self.version, "deleted": self.deleted}
        if self.stream.cursor_field is not None:
            shown["updated_at"] = iso(self.at)
        if self.items:
            shown["items"] = [{"version": self.version} for _ in range(self.items)]
        return shown

    @property
    def key(self) -> tuple[str, ...]:
        """That of its row."""
        assert self.stream is not None
        return tuple(str(self.fields[name]) for name in self.stream.primary_key)

    @property
    def own_id(self) -> int:
        """The number in which no two records are alike."""
        assert self.stream is not None
        return int(str(self.fields[f"{self.stream.name}_id"]).rstrip("aA"))

    @property
    def may_move(self) -> bool:
        """Whether its id is its own in the whole table, so that it may be listed below another record one day.

        A root stays: if it is deleted in a list that was never read before, and hidden there, no list shows that.
        """
        if self.stream is None or self.stream.parent is None or self.stays:
            return False
        return len(self.stream.primary_key) == 1

    @property
    def root(self) -> "Node":
        """The record of a root that it is, or is below."""
        return self if self.above is None or self.above.stream is None else self.above.root

    @property
    def is_live(self) -> bool:
        """Whether neither it nor anything above it is marked as deleted."""
        return not self.deleted and (self.above is None or self.above.is_live)

    @property
    def is_reachable(self) -> bool:
        """Whether every list on the way to it exists."""
        if self.above is None or self.stream is None:
            return True
        return self.stream.name not in self.above.closed and self.above.is_reachable

    def all(self) -> Iterator["Node"]:
        """Everything below it, at any depth."""
        for nodes in self.below.values():
            for node in nodes:
                yield node
                yield from node.all()


class TreeSource:
    """Records under a virtual clock. A change below touches what is above it, where the streams say so.

    With `back_dates`, a change may get a time that is up to a minute old, as where clocks differ.
    """

    def __init__(self, tables: Sequence[Table], *, back_dates: bool = False) -> None:
        self.now = START
        self.streams = [table for table in tables if isinstance(table, Stream)]
        self.roots = [stream for stream in self.streams if stream.parent is None]
        self.removed: set[tuple[str, tuple[str, ...]]] = set()
        self._items = {table.parent.name for table in tables if isinstance(table, EmbeddedStream)}
        self._back_dates = back_dates
        self._version = 0
        self._single = Node(None, {})
        self._static = {tuple(row.values()): Node(None, dict(row)) for row in STATIC}

    def all(self) -> list[Node]:
        """Every record there is."""
        return [node for top in (self._single, *self._static.values()) for node in top.all()]

    def above_list(self, stream: Stream, key: Sequence[str]) -> Node | None:
        """The record of this key above the stream; None where no list leads to it."""
        if stream.parent is None:
            return self._static.get(tuple(key)) if stream.parents else self._single
        found = [node for node in self.all() if node.stream is stream.parent and node.key == tuple(key)]
        return found[0] if found and found[0].is_reachable else None

    def below(self, stream: Stream | None) -> Iterator[Stream]:
        """The streams right below this one."""
        return (child for child in self.streams if stream is not None and child.parent is stream)

    def apply(self, change: Change) -> None:
        """Change the source; does nothing where there is nothing to change."""
        random_ = random.Random(change.seed)
        self.now += random_.choice((0, 1, 30, 500))
        getattr(self, f"_{change.kind}")(random_)

    def add_one_of_each(self) -> Sequence[Node]:
        """A new record of each stream, below a new record of each stream above; returns those of roots."""
        random_, added = random.Random(0), dict[str, Node]()
        for stream in self.streams:
            above = self._parents_of(stream)[0] if stream.parent is None else added[stream.parent.name]
            added[stream.name] = self._add_new(stream, above, random_)
        return [node for node in added.values() if node.root is node]

    def _add(self, random_: random.Random) -> Node:
        possible = [(stream, parents) for stream in self.streams if (parents := self._parents_of(stream))]
        stream, parents = random_.choice(possible if random_.random() < _SHARE_BELOW else possible[:1])
        return self._add_new(stream, random_.choice(parents), random_)

    def _add_below(self, random_: random.Random) -> None:
        """A new record comes with old ones below it, at every level."""
        new = [self._add(random_)]
        for above in new:
            for stream in self.below(above.stream):
                times = [self.now - random_.randrange(10**6) for _ in range(random_.randrange(4))]
                new += [self._put(stream, above, at, random_) for at in times]

    def _change(self, random_: random.Random) -> None:
        if node := self._any(random_):
            self._touch(node, random_)

    def _delete(self, random_: random.Random) -> None:
        if node := self._any(random_):
            node.deleted = True
            self._touch(node, random_)

    def _restore(self, random_: random.Random) -> None:
        deleted = [node for node in self.all() if node.deleted and (node.above is None or node.above.is_live)]
        if deleted:
            node = random_.choice(deleted)
            node.deleted = False
            self._touch(node, random_)

    def _remove(self, random_: random.Random) -> None:
        """A record vanishes without a trace, and everything below it: no connector can know."""
        if node := self._any(random_):
            self._take_out(node)
            self.removed |= {(one.stream.table, one.key) for one in (node, *node.all()) if one.stream}

    def _move(self, random_: random.Random) -> None:
        """A record is listed elsewhere from now on."""
        movable = [node for node in self.all() if node.is_live and node.may_move]
        if not movable:
            return
        node = random_.choice(movable)
        assert node.stream is not None
        to = random_.choice(self._parents_of(node.stream))
        self._take_out(node)
        node.above = to
        node.fields |= {name: to.fields[name] for name in node.stream.parent_key}
        to.below.setdefault(node.stream.name, []).append(node)
        self._touch(node, random_)

    def _future(self, random_: random.Random) -> None:
        if node := self._any(random_):
            node.at = self.now + FAR_FUTURE
            self._touch(node, random_)

    def _close(self, random_: random.Random) -> None:
        """Lists below a record are gone for a while, as those of a project that is archived: all of them, or one."""
        if node := self._any(random_):
            names = [stream.name for stream in self.below(node.stream)]
            node.closed |= set(names if random_.random() < _SHARE_WHOLE else random_.sample(names, len(names) > 0))
            self._touch(node, random_)

    def _open(self, random_: random.Random) -> None:
        """They are back; those that a sync has missed have records that are older than what was read of them before."""
        closed = [node for node in self.all() if node.closed]
        if closed:
            node = random_.choice(closed)
            node.closed.clear()
            touched = [*node.all(), node]
            for name in node.noticed:
                self._add_old_ones(node, name, random_)
            node.noticed.clear()
            for below in touched:
                self._touch(below, random_)

    def _add_old_ones(self, node: Node, name: str, random_: random.Random) -> None:
        """Below the record, in lists of this stream, and everywhere below what was in them."""
        for below in list(node.below.get(name, ())):
            below.stays = True
            for child in self.below(below.stream):
                self._add_old_ones(below, child.name, random_)
        stream = next(stream for stream in self.streams if stream.name == name)
        self._put(stream, node, START - random_.randrange(10**6), random_)

    def _any(self, random_: random.Random) -> Node | None:
        live = [node for node in self.all() if node.is_live]
        return random_.choice(live) if live else None

    def _parents_of(self, stream: Stream) -> list[Node]:
        if stream.parent is None:
            return list(self._static.values()) if stream.parents else [self._single]
        return [node for node in self.all() if node.stream is stream.parent and node.is_live]

    def _add_new(self, stream: Stream, above: Node, random_: random.Random) -> Node:
        """A new record of now, which touches what is above it."""
        node = self._put(stream, above, START, random_)
        self._touch(node, random_)
        return node

    def _put(self, stream: Stream, above: Node, at: int, random_: random.Random) -> Node:
        self._version += 1
        keys = {name: above.fields[name] for name in stream.parent_key}
        node = Node(stream, {f"{stream.name}_id": f"{self._version}", **keys}, above, at, self._version)
        node.items = random_.randrange(3) if stream.name in self._items else 0
        above.below.setdefault(stream.name, []).append(node)
        return node

    def _take_out(self, node: Node) -> None:
        assert node.above is not None
        assert node.stream is not None
        node.above.below[node.stream.name].remove(node)

    def _touch(self, node: Node, random_: random.Random) -> None:
        """A new version; what is above gets one too, as far as each stream touches its parent."""
        touched: Node | None = node
        while touched is not None and touched.stream is not None:
            self._version += 1
            touched.version = self._version
            if touched.at <= self.now:  # what is dated in the future stays there
                touched.at = self.now - (random_.randrange(BACK_DATED_BY) if self._back_dates else 0)
            if touched.items:
                touched.items += random_.randrange(2)
            touched = touched.above if touched.stream.touches_parent else None
