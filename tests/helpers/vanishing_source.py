"""A source whose records vanish without a trace, come back, and change the case of their keys; and an API that lies."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from async_sync import Stream
from async_sync.streams.table import Table
from tests.helpers.hostile_source import Chaos
from tests.helpers.tree_api import CALM, TreeTransport, Ways
from tests.helpers.tree_source import CHANGES, Change, Node, TreeSource

ANY_TIME = (*CHANGES, "remove", "remove", "bring_back", "rename")
BETWEEN = (*ANY_TIME, "move")

_SHARE_TOUCHED = 0.5

RowName = tuple[str, tuple[str, ...]]
"""A table, and the key of a row of it, whatever its case."""


class VanishingSource(TreeSource):
    """A tree of records of which `has_always_had` tells whether one was there all the time since `watch`.

    A record that comes back may have its old time of change, unless the destination `holds_stale` what it was before
    it changed and vanished: nobody could know that it has changed.
    """

    def __init__(self, tables: Sequence[Table], *, back_dates: bool = False) -> None:
        super().__init__(tables, back_dates=back_dates)
        self._taken_out: list[Node] = []
        self._always: set[RowName] = set()
        self.holds_stale: Callable[[Node], bool] = lambda _: False

    def watch(self) -> None:
        """A sync begins."""
        self._always = self.visible()

    def has_always_had(self, table: str, key: tuple[str, ...]) -> bool:
        """Whether the API had this row at any moment since the sync began."""
        return named(table, key) in self._always

    def visible(self) -> set[RowName]:
        """The rows that the API has, and its embedded ones."""
        rows: set[RowName] = set()
        for node in self.all():
            if node.stream is not None and node.is_live and self.is_there(node):
                rows |= _rows_of(node)
        return rows

    def doubtful(self) -> set[RowName]:
        """The rows of records that are listed, while all lists below them are gone, and the rows inside those."""
        nodes = [node for node in self.all() if node.stream is not None and node.is_live and node.closed]
        return {row for node in nodes for row in _rows_of(node)}

    def is_there(self, node: Node) -> bool:
        """Whether all lists on the way to it exist, and not all of those below it, or above it, are gone."""
        if node.above is None or node.stream is None:
            return True
        names = {stream.name for stream in self.below(node.stream)}
        is_gone = bool(names) and names <= node.closed
        return node.is_reachable and not is_gone and self.is_there(node.above)

    def apply(self, change: Change) -> None:
        super().apply(change)
        self._always &= self.visible()

    def _remove(self, random_: random.Random) -> None:
        if node := self._any(random_):
            self._take_out(node)
            self._taken_out.append(node)
            self._touch_above(node, random_)

    def _bring_back(self, random_: random.Random) -> None:
        """As it was; those without anything below may keep their time of change."""
        possible = [
            node for node in self._taken_out if node.above in (*self.all(), self._single, *self._static.values())
        ]
        if possible:
            node = random_.choice(possible)
            self._taken_out.remove(node)
            assert node.above is not None
            assert node.stream is not None
            node.above.below.setdefault(node.stream.name, []).append(node)
            is_touched = node.below or random_.random() < _SHARE_TOUCHED or self.holds_stale(node)
            for one in (*node.all(), node) if is_touched else ():
                self._touch(one, random_)

    def _rename(self, random_: random.Random) -> None:
        """A key changes its case."""
        nodes = [node for node in self.all() if node.is_live and not node.below]
        if nodes:
            node = random_.choice(nodes)
            assert node.stream is not None
            name = f"{node.stream.name}_id"
            node.fields[name] = str(node.fields[name]).swapcase()
            self._touch(node, random_)

    def _touch_above(self, node: Node, random_: random.Random) -> None:
        above = node.above
        if above is not None and above.stream is not None and node.stream is not None and node.stream.touches_parent:
            self._touch(above, random_)

    def _put(self, stream: Stream, above: Node, at: int, random_: random.Random) -> Node:
        node = super()._put(stream, above, at, random_)
        node.fields[f"{stream.name}_id"] = f"{node.fields[f'{stream.name}_id']}a"
        return node


class SettledSource(VanishingSource):
    """Nothing moves in it, and no key changes its case: each record stays in the shard that it is in."""

    def _move(self, random_: random.Random) -> None:
        self._change(random_)

    def _rename(self, random_: random.Random) -> None:
        self._change(random_)


class LyingTransport(TreeTransport):
    """Answers with an empty page, half a list, or a wrong total, but about one list only once in a sync."""

    def __init__(self, source: VanishingSource, ways: Ways, chaos: Chaos = CALM, *, lies: float = 0.0) -> None:
        super().__init__(source, ways, chaos)
        self._lies = lies
        self._lied: set[str] = set()
        self._dice = random.Random(chaos.seed)
        # what moves might be found only where the API lies
        self._all_stay = all(set(stream.parent_key) <= set(stream.primary_key) for stream in source.streams)

    def _shown(self, stream: Stream, above: Node, params: Any) -> list[Node]:
        shown = super()._shown(stream, above, params)
        name = f"{stream.name} {above.fields}"
        may_lie = self._all_stay and stream.is_sorted is True and not {"after", "offset", "page"} & set(params)
        if may_lie and name not in self._lied and self._dice.random() < self._lies:
            self._lied.add(name)
            return self._dice.choice([[], sorted(shown, key=lambda node: (node.at, node.own_id))[: len(shown) // 2]])
        return shown


def _rows_of(node: Node) -> set[RowName]:
    assert node.stream is not None
    items = {named(f"{node.stream.table}_item", (*node.key, str(place))) for place in range(node.items)}
    return {named(node.stream.table, node.key), *items}


def named(table: str, key: Sequence[str]) -> RowName:
    """How a row is told apart from others."""
    return table, tuple(str(part).casefold() for part in key)
