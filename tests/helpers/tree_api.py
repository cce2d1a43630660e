"""An API over a source of any tree of streams: it has its own ways, and the source changes while it is read."""

import json
import random
from collections.abc import Mapping, Sequence
from email.utils import formatdate
from typing import Any, NamedTuple
from urllib.parse import unquote

import anyio.lowlevel
import httpx

from async_sync import AutoPages, NextUrlPages, NumberedPages, OffsetPages, SinglePage, Stream
from tests.helpers.hostile_source import Chaos, fault, iso
from tests.helpers.tree_source import CHANGES, Change, Node, TreeSource

CALM = Chaos(0.0, 0.0, 0)
"""Nothing changes and nothing fails."""


class Ways(NamedTuple):
    """What the API does beside what is declared: it shows too much, in another order, or some only when asked for."""

    ignores_since: bool = False
    ignores_order: bool = False
    hides_deleted: bool = False  # in the list of a root, from who does not ask for what has changed


class TreeTransport(httpx.AsyncBaseTransport):
    """Answers from the source, in any order, while the source changes and requests fail."""

    def __init__(self, source: TreeSource, ways: Ways, chaos: Chaos = CALM) -> None:
        self._source = source
        self._ways = ways
        self._chaos = chaos
        self.seed = chaos.seed
        self._random = random.Random(chaos.seed)
        self._changes_left = 12  # a source that changes faster than it is read would never be read to its end
        self._streams = {stream.name: stream for stream in source.streams}
        self.requests = 0
        self.missing: list[tuple[Node, str]] = []  # the records whose list of a stream has only said that it is gone
        self._answered: set[str] = set()

    @property
    def now(self) -> int:
        """Seconds since 1970, as the source counts them."""
        return self._source.now

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        for _ in range(self._random.choice((0, 0, 1, 5, 20))):
            await anyio.lowlevel.checkpoint()
        while self._changes_left and self._random.random() < self._chaos.change_rate:
            self._changes_left -= 1
            self._source.apply(Change(self._random.choice(CHANGES), self._random.randrange(10**6)))
        if self._random.random() < self._chaos.fault_rate:
            return fault(self._random)
        dice = random.Random(f"{self._chaos.seed} {request.url.path}")
        if dice.random() < self._chaos.fault_rate:  # this list, in the whole sync
            return httpx.Response(403)
        return self._answer(request)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        _, name, *key = request.url.raw_path.decode().partition("?")[0].split("/")
        stream = self._streams[name]
        above = self._source.above_list(stream, [unquote(part) for part in key])
        if above is None or stream.name in above.closed:
            if above is not None and request.url.path not in self._answered:
                self.missing.append((above, stream.name))
            return httpx.Response(404)
        self._answered.add(request.url.path)
        is_descending = stream.is_sorted == "newest_first" or (self._ways.ignores_order and stream.is_sorted is True)
        nodes = sorted(self._shown(stream, above, request.url.params), key=_place, reverse=is_descending)
        body = _page(stream, nodes, request.url, is_descending=is_descending)
        return httpx.Response(200, text=json.dumps(body), headers={"Date": formatdate(self._source.now, usegmt=True)})

    def _shown(self, stream: Stream, above: Node, params: Mapping[str, str]) -> list[Node]:
        """The records of one list that the request asks for."""
        nodes = above.below.get(stream.name, [])
        if "since" in params and not self._ways.ignores_since:
            nodes = [node for node in nodes if iso(node.at) >= params["since"]]
        elif self._ways.hides_deleted and stream.parent is None and stream.asks_for_changes:
            nodes = [node for node in nodes if not node.deleted]
        return nodes


def _page(stream: Stream, nodes: Sequence[Node], url: httpx.URL, *, is_descending: bool) -> dict[str, Any]:
    """One page of these sorted records, in the style of the stream."""
    style, params, size = stream.pagination, url.params, int(url.params.get("limit", 100))
    if isinstance(style, SinglePage):
        return {"data": [node.record() for node in nodes]}
    if isinstance(style, OffsetPages | AutoPages):
        start = int(params.get("offset", 0))
    elif isinstance(style, NumberedPages):
        start = (int(params.get("page", 1)) - 1) * size
    else:
        start = _start_after(nodes, params, is_descending=is_descending)
    shown = nodes[start : start + size]
    page: dict[str, Any] = {"data": [node.record() for node in shown]}
    if start + size < len(nodes) and shown:
        place = json.dumps(_place(shown[-1]))
        if isinstance(style, NextUrlPages):
            page["next"] = str(url.copy_set_param("after", place))
        elif isinstance(style, AutoPages):  # a link that only counts
            page["next"] = str(url.copy_set_param("offset", start + size))
        else:
            page["next"] = place
    return page


def _start_after(nodes: Sequence[Node], params: Mapping[str, str], *, is_descending: bool) -> int:
    """Where the records after that of the token begin: it names one by its place in the order."""
    if "after" not in params:
        return 0
    after = tuple(json.loads(params["after"]))
    return sum(_place(node) >= after if is_descending else _place(node) <= after for node in nodes)


def _place(node: Node) -> tuple[int, int]:
    assert node.stream is not None
    is_by_time = node.stream.cursor_field is not None and node.stream.is_sorted is not False
    return node.at if is_by_time else 0, node.own_id
