"""A source of records for any tree of streams: it changes in every way a real one does, and answers over HTTP."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, NamedTuple
from urllib.parse import unquote

import anyio.lowlevel
import httpx

from async_sync import EmbeddedStream, NumberedPages, OffsetPages, SinglePage, Stream
from async_sync.streams.table import Table
from tests.helpers.hostile_source import FAR_FUTURE, START, Chaos, iso

CHANGES = ("add", "add_below", "change", "change", "delete", "restore", "remove", "future", "close", "open")


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
    closed: bool = False  # its own lists do not exist at the moment
    noticed: set[str] = field(default_factory=set)  # the streams of those that a sync has found to be missing
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
    def is_live(self) -> bool:
        """Whether neither it nor anything above it is marked as deleted."""
        return not self.deleted and (self.above is None or self.above.is_live)

    @property
    def is_reachable(self) -> bool:
        """Whether every list on the way to it exists."""
        return self.above is None or (not self.above.closed and self.above.is_reachable)

    def all(self) -> Iterator["Node"]:
        """Everything below it, at any depth."""
        for nodes in self.below.values():
            for node in nodes:
                yield node
                yield from node.all()


class TreeSource:
    """Records under a virtual clock. A change below touches what is above it, where the streams say so."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self.now = START
        self.tables = tables
        self.streams = [table for table in tables if isinstance(table, Stream)]
        self._items = {table.parent.name for table in tables if isinstance(table, EmbeddedStream)}
        self.root = Node(None, {})
        self.removed: set[tuple[str, tuple[str, ...]]] = set()
        self._version = 0
        self._region = {tuple(row.values()): Node(None, dict(row)) for row in ({"region": "eu"}, {"region": "us"})}

    def clock(self) -> float:
        return self.now

    def tops(self) -> list[Node]:
        """What roots are below: nothing, or a parent that is known beforehand."""
        return [self.root, *self._region.values()]

    def all(self) -> list[Node]:
        """Every record there is."""
        return [node for top in self.tops() for node in top.all()]

    def apply(self, change: Change) -> None:
        """Change the source; does nothing where there is nothing to change."""
        random_ = random.Random(change.seed)
        self.now += random_.choice((0, 1, 30, 500))
        getattr(self, f"_{change.kind}")(random_)

    def _add(self, random_: random.Random) -> Node | None:
        stream = random_.choice(self.streams)
        parents = self._parents_of(stream)
        return self.add(stream, random_.choice(parents), random_) if parents else None

    def _add_below(self, random_: random.Random) -> None:
        """A new record comes with old ones below it."""
        node = self._add(random_)
        for stream in self.streams:
            if node is not None and stream.parent is node.stream:
                for _ in range(random_.randrange(4)):
                    self.put(stream, node, self.now - random_.randrange(10**6), random_)

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
            assert node.above is not None
            assert node.stream is not None
            node.above.below[node.stream.name].remove(node)
            self.removed |= {(one.stream.table, self.key(one)) for one in (node, *node.all()) if one.stream}

    def _future(self, random_: random.Random) -> None:
        if node := self._any(random_):
            node.at = self.now + FAR_FUTURE
            self._touch(node, random_)

    def _close(self, random_: random.Random) -> None:
        """The lists below a record are gone for a while, as those of a project that is archived."""
        if (node := self._any(random_)) and node.above is not None:
            node.closed = True
            self._touch(node, random_)

    def _open(self, random_: random.Random) -> None:
        """They are back; those that a sync has missed have records that are older than what was read of them before."""
        closed = [node for node in self.all() if node.closed]
        if closed:
            node = random_.choice(closed)
            node.closed = False
            touched = [*node.all(), node]
            for name in node.noticed:
                self._add_old_ones(node, name, random_)
            node.noticed.clear()
            for below in touched:
                self._touch(below, random_)

    def _add_old_ones(self, node: Node, name: str, random_: random.Random) -> None:
        """Below the record, in lists of this stream, and everywhere below what was in them."""
        for below in list(node.below.get(name, ())):
            for child in self.streams:
                if child.parent is below.stream:
                    self._add_old_ones(below, child.name, random_)
        stream = next(stream for stream in self.streams if stream.name == name)
        self.put(stream, node, START - random_.randrange(10**6), random_)

    def _any(self, random_: random.Random) -> Node | None:
        live = [node for node in self.all() if node.is_live]
        return random_.choice(live) if live else None

    def _parents_of(self, stream: Stream) -> list[Node]:
        if stream.parent is None:
            return list(self._region.values()) if stream.parents else [self.root]
        return [node for node in self.all() if node.stream is stream.parent and node.is_live]

    def add(self, stream: Stream, above: Node, random_: random.Random) -> Node:
        """A new record of now, which touches what is above it."""
        node = self.put(stream, above, self.now, random_)
        self._touch(node, random_)
        return node

    def add_one_of_each(self) -> None:
        """A new record of each stream, below a new record of each stream above."""
        random_, added = random.Random(0), dict[str, Node]()
        for stream in self.streams:
            above = self._parents_of(stream)[0] if stream.parent is None else added[stream.parent.name]
            added[stream.name] = self.add(stream, above, random_)

    def put(self, stream: Stream, above: Node, at: int, random_: random.Random) -> Node:
        self._version += 1
        keys = {name: above.fields[name] for name in stream.parent_key}
        node = Node(stream, {f"{stream.name}_id": f"{self._version}", **keys}, above, at, self._version)
        node.items = random_.randrange(3) if stream.name in self._items else 0
        above.below.setdefault(stream.name, []).append(node)
        return node

    def _touch(self, node: Node, random_: random.Random) -> None:
        """A new version; what is above gets one too, as far as each stream touches its parent."""
        touched: Node | None = node
        while touched is not None and touched.stream is not None:
            self._version += 1
            touched.version, touched.at = self._version, max(self.now, touched.at)
            if touched.items:
                touched.items += random_.randrange(2)
            touched = touched.above if touched.stream.touches_parent else None

    def key(self, node: Node) -> tuple[str, ...]:
        assert node.stream is not None
        return tuple(str(node.fields[name]) for name in node.stream.primary_key)

    def node_at(self, stream: Stream, key: Sequence[str]) -> Node | None:
        """What a list of the stream is below."""
        if stream.parent is None:
            return self._region.get(tuple(key)) if stream.parents else self.root
        above = [node for node in self.all() if node.stream is stream.parent and self.key(node) == tuple(key)]
        return above[0] if above and above[0].is_reachable else None

    def assert_held(self, rows: Mapping[str, Mapping[tuple[str, ...], Mapping[str, Any]]]) -> None:
        """The tables hold every live record in its last version, with its items, and nothing of one marked as deleted.

        What has vanished without a trace may be there, and what is below a deleted record, or one whose lists are gone:
        no list shows it. So may items that a record no longer has.
        """
        for node in self.all():
            assert node.stream is not None
            table, key, shown = node.stream.table, self.key(node), node.record()
            if not node.is_reachable:
                continue
            if node.is_live:
                assert rows[table].get(key) == shown, f"{table} {key}"
                for place, item in enumerate(shown.get("items", ())):
                    held = rows[f"{table}_item"][*key, str(place)]
                    assert held["version"] == item["version"], f"item {place} of {table} {key}"
            elif node.above is not None and node.above.is_live:
                assert key not in rows[table], f"{table} {key} is deleted"
        self._assert_no_others(rows)

    def _assert_no_others(self, rows: Mapping[str, Mapping[tuple[str, ...], Any]]) -> None:
        for stream in self.streams:
            known = {self.key(node) for node in self.all() if node.stream is stream}
            gone = {key for table, key in self.removed if table == stream.table}
            assert rows[stream.table].keys() <= known | gone


CALM = Chaos(0.0, 0.0, 0)
"""Nothing changes and nothing fails."""


class TreeTransport(httpx.AsyncBaseTransport):
    """Answers from the source, in any order, while the source changes and requests fail."""

    def __init__(self, source: TreeSource, chaos: Chaos = CALM) -> None:
        self._source = source
        self._chaos = chaos
        self._random = random.Random(chaos.seed)
        self._changes_left = 12
        self._streams = {stream.name: stream for stream in source.streams}
        self.missing: list[tuple[Node, str]] = []  # the lists that do not exist, and were asked for

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for _ in range(self._random.choice((0, 0, 1, 5, 50))):
            await anyio.lowlevel.checkpoint()
        while self._changes_left and self._random.random() < self._chaos.change_rate:
            self._changes_left -= 1
            self._source.apply(Change(self._random.choice(CHANGES), self._random.randrange(10**6)))
        if self._random.random() < self._chaos.fault_rate:
            return self._fault()
        dice = random.Random(f"{self._chaos.seed} {request.url.path}")
        if dice.random() < self._chaos.fault_rate:  # this list, in the whole sync
            return httpx.Response(403)
        return self._answer(request)

    def _fault(self) -> httpx.Response:
        match self._random.choice(("reset", "error", "garbage")):
            case "reset":
                raise httpx.ReadError("the connection was reset")
            case "error":
                return httpx.Response(503, text="not now")
            case _:
                return httpx.Response(200, text='{"data": [{"s0')

    def _answer(self, request: httpx.Request) -> httpx.Response:
        _, name, *key = request.url.raw_path.decode().partition("?")[0].split("/")
        stream, params = self._streams[name], request.url.params
        above = self._source.node_at(stream, [unquote(part) for part in key])
        if above is None or above.closed:
            self.missing += [(above, stream.name)] if above is not None else []
            return httpx.Response(404)
        body = page_of(stream, ordered(stream, above, params), params)
        return httpx.Response(200, text=json.dumps(body), headers={"Date": formatdate(self._source.now, usegmt=True)})


def ordered(stream: Stream, above: Node, params: Mapping[str, str]) -> list[Node]:
    """The records of one list, filtered and in the order that the API has for it."""
    nodes = above.below.get(stream.name, [])
    if "since" in params:
        nodes = [node for node in nodes if iso(node.at) >= params["since"]]
    if stream.cursor_field is None or stream.is_sorted is False:
        return sorted(nodes, key=lambda node: int(node.fields[f"{stream.name}_id"]))
    return sorted(nodes, key=_by_time, reverse=params.get("order") == "desc")


def page_of(stream: Stream, nodes: Sequence[Node], params: Mapping[str, str]) -> dict[str, Any]:
    """One page of these records, in the style of the stream."""
    style, size = stream.pagination, int(params.get("limit", 100))
    if isinstance(style, SinglePage):
        return {"data": [node.record() for node in nodes]}
    if isinstance(style, OffsetPages):
        start = int(params.get("offset", 0))
    elif isinstance(style, NumberedPages):
        start = (int(params.get("page", 1)) - 1) * size
    else:
        start = _start_after(stream, nodes, params)
    shown = nodes[start : start + size]
    more = start + size < len(nodes) and shown
    return {"data": [node.record() for node in shown], "next": json.dumps(_place(stream, shown[-1])) if more else None}


def _start_after(stream: Stream, nodes: Sequence[Node], params: Mapping[str, str]) -> int:
    """Where the records after that of the token begin: it names one by its place in the order."""
    if "after" not in params:
        return 0
    after = tuple(json.loads(params["after"]))
    is_descending = params.get("order") == "desc"
    places = [_place(stream, node) for node in nodes]
    passed = [place >= after if is_descending else place <= after for place in places]
    return sum(passed)


def _place(stream: Stream, node: Node) -> tuple[int, int]:
    own = int(node.fields[f"{stream.name}_id"])
    return (0, own) if stream.cursor_field is None or stream.is_sorted is False else (node.at, own)


def _by_time(node: Node) -> tuple[int, int]:
    assert node.stream is not None
    return node.at, int(node.fields[f"{node.stream.name}_id"])
