"""Simulated list APIs, the pages that a reader makes of their answers, and a walk from page to page; without I/O."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

from async_sync.pagination.base import Pagination
from async_sync.records.answers import Answer
from async_sync.records.cursors import SEQUENCE
from async_sync.records.pages import Page
from async_sync.records.requests import Request

Record = tuple[int, int]  # a key and its version

URL = "https://api.test/v1/companies"
FIRST = Request(URL, {"order_by": "updated_at", "limit": "10"})


def request(limit: int, **params: str) -> Request:
    """The first request of a list."""
    return Request(URL, {**params, "limit": str(limit)})


def numbered(count: int) -> list[Record]:
    """Records with a key and a version each of their own."""
    return [(key, key) for key in range(count)]


def tied(count: int) -> list[Record]:
    """Records that share one version."""
    return [(key, 7) for key in range(count)]


def page_of(records: Sequence[Record], *, total: int | None = None, url: str = URL, link: str | None = None) -> Page:
    """The page that a reader makes of these records; `link` is the answer's field `next`."""
    rows = [{"id": key, "version": version} for key, version in records]
    cursors = [SEQUENCE.parse(version) for _, version in records]
    return Page(Answer(url, {}, {"data": rows, "next": link}), rows, cursors, ("id",), total)


def page_with(
    body: object, *, rows: int = 0, start: int = 0, url: str = URL, link: str | None = None, total: int | None = None
) -> Page:
    """A page with this body and `Link` header, and records whose ids count from `start`."""
    keys = range(start, start + rows)
    answer = Answer(url, {} if link is None else {"link": link}, body)
    return Page(answer, [{"id": key} for key in keys], [SEQUENCE.parse(key) for key in keys], ("id",), total)


_starts = count(0, 1_000)


def fresh_page(body: object, *, url: str = URL, rows: int = 1, total: int | None = None) -> Page:
    """A page with this body whose records no other page holds."""
    return page_with(body, rows=rows, start=next(_starts), url=url, total=total)


def spelled(number: int) -> str:
    """A name for each number that does not look like one, as a token has it."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def records_of(page: Page) -> list[Record]:
    """The keys and versions of a page's records."""
    return [(row["id"], row["version"]) for row in page.rows]


def url_of(request: Request | None) -> str | None:
    """The URL with its query, if there is a request."""
    return None if request is None else request.full_url


@dataclass
class ListApi(ABC):
    """A list of `records` that may change between two requests."""

    records: list[Record]
    requests: list[dict[str, str]] = field(default_factory=list, kw_only=True)

    def answer(self, request: Request) -> Page:
        """The page that was asked for."""
        self.requests.append(dict(request.params))
        return self.page(request)

    @abstractmethod
    def page(self, request: Request) -> Page:
        """The page that the API cuts for a request."""

    def change(self, position: int) -> None:
        """The record there gets a new version and comes last."""
        self.change_in_place(position)
        self.records.append(self.records.pop(position))

    def change_in_place(self, position: int) -> None:
        """The record there gets a new version and stays where it is, as in a list that is ordered by key."""
        key, _ = self.records[position]
        self.records[position] = (key, 100_000 + len(self.requests))


@dataclass
class ListServer(ListApi):
    """Cuts its records by `offset` or `page` and `limit`.

    With `links` it names the next page in the answer, counted by that parameter. It returns at most `cap` records per
    page and reports at most `total_cap` as the total, if it `tells_total`. With `heeds` unset it returns the first page
    whatever was asked for, and with `clamps` the last one beyond the end.
    """

    cap: int = 10**9
    tells_total: bool = False
    total_cap: int = 10**9
    heeds: bool = True
    links: str = ""
    clamps: bool = False

    def page(self, request: Request) -> Page:
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


def walk(
    pagination: Pagination, api: ListApi, *, between: Callable[[int], None] = lambda _: None, most: int = 10_000
) -> list[Record]:
    """Every record that `advance` returns, in order; `between` is called with the number of requests after each."""
    read: list[Record] = []
    request: Request | None = pagination.first
    while request is not None:
        assert len(api.requests) < most, "the walk does not end"
        page, request = pagination.advance(api.answer(request))
        read += records_of(page)
        between(len(api.requests))
    return read
