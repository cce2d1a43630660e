"""A simulated list API that is read by position, and a walk over it; synchronous, no I/O."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

from async_sync.pagination.links import Pagination
from async_sync.records.cursors import SEQUENCE
from async_sync.records.pages import Answer, Page, Request

Record = tuple[int, int]  # a key and its version

URL = "https://api.test/companies"


def request(limit: int, **params: str) -> Request:
    """The first request of a stream."""
    return Request(URL, {**params, "limit": str(limit)})


def numbered(count: int) -> list[Record]:
    """Records with a key and a version each of their own."""
    return [(key, key) for key in range(count)]


def tied(count: int) -> list[Record]:
    """Records that share one version."""
    return [(key, 7) for key in range(count)]


def page_of(records: Sequence[Record], *, total: int | None = None, url: str = URL, link: str | None = None) -> Page:
    """The page that a reader makes of these records."""
    rows = [{"id": key, "version": version} for key, version in records]
    cursors = [SEQUENCE.parse(version) for _, version in records]
    return Page(Answer(url, {}, {"data": rows, "next": link}), rows, cursors, ("id",), total)


_fresh = count()


def fresh_page(body: object, *, url: str = URL, rows: int = 1, total: int | None = None, link: str = "") -> Page:
    """A page with this body whose records no other page holds."""
    records = [next(_fresh) for _ in range(rows)]
    answer = Answer(url, {"link": link} if link else {}, body)
    return Page(answer, [{"id": key} for key in records], [SEQUENCE.parse(key) for key in records], ("id",), total)


def spelled(number: int) -> str:
    """A name for each number that does not look like one, as a token has it."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def records_of(page: Page) -> list[Record]:
    """What a page holds."""
    return [(row["id"], row["version"]) for row in page.rows]


@dataclass
class ListServer:
    """`records` in their order, cut by `offset` or `page` and `limit`.

    With `links` it names the next page in the answer, counted by that parameter. It gives at most `cap` records a page
    and tells at most `total_cap` as the total, if it `tells_total`. With `heeds` unset it gives the first page whatever
    was asked, and with `clamps` the last one behind the end.
    """

    records: list[Record]
    cap: int = 10**9
    tells_total: bool = False
    total_cap: int = 10**9
    heeds: bool = True
    links: str = ""
    clamps: bool = False
    requests: list[dict[str, str]] = field(default_factory=list)

    def answer(self, request: Request) -> Page:
        """The page that was asked for."""
        self.requests.append(dict(request.params))
        size = min(int(request.params.get("limit", self.cap)), self.cap)
        start = int(request.params.get("offset", (int(request.params.get("page", "1")) - 1) * size))
        if self.clamps:
            start = min(start, (len(self.records) - 1) // size * size)
        start = start if self.heeds else 0
        total = min(len(self.records), self.total_cap) if self.tells_total else None
        link = self._link(start + size, size) if self.links else None
        return page_of(self.records[start : start + size], total=total, url=request.full_url, link=link)

    def _link(self, end: int, size: int) -> str | None:
        number = end if self.links == "offset" else end // size + 1
        return f"?limit={size}&{self.links}={number}" if end < len(self.records) or not self.heeds else None

    def change(self, position: int) -> None:
        """The record there gets a new version and comes last."""
        key, version = self.records.pop(position)
        self.records.append((key, version + 1_000))

    def change_in_place(self, position: int) -> None:
        """The record there gets a new version and stays where it is, as in a list that is ordered by key."""
        key, version = self.records[position]
        self.records[position] = (key, version + 1_000)


def walk(
    pagination: Pagination, server: ListServer, *, between: Callable[[int], None] = lambda _: None, most: int = 10_000
) -> list[Record]:
    """Every record `turn` gives, in order; `between` is called with the number of requests made after each of them."""
    given: list[Record] = []
    request: Request | None = pagination.first
    while request is not None:
        assert len(server.requests) < most, "the walk does not end"
        page, request = pagination.advance(server.answer(request))
        given += records_of(page)
        between(len(server.requests))
    return given
