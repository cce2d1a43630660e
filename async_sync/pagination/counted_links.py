"""Links that only count, such as `?page=2` or `?offset=100`: what they miss when records move. Pure: no I/O.

GitHub's `Link` header holds such links. The list behind them is read by its positions, with the care that `positions`
takes; the links tell how it counts, and where it ends. A link that holds a token or a key leads to a record instead of
a place, and is followed as it is.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from async_sync.errors.lists import PaginationError
from async_sync.pagination.page_numbers import PageNumbers
from async_sync.pagination.positions import HasNext, Offsets
from async_sync.records.pages import Page, Request

_PAGES = {"page", "page[number]", "_page", "p", "pagenumber", "page_number", "pageindex", "page_index"}
_OFFSETS = {"offset", "_offset", "page[offset]", "skip", "$skip", "start", "_start", "startat", "start_at"}
_KEYSET = re.compile(
    "cursor|^token|(page|next|skip).?token|after|before|^last|marker|seek|keyset|^continu", re.IGNORECASE
)

_SIZE = re.compile("limit|size|count|per.?page|top|max|rows|length|take|first|version", re.IGNORECASE)
_MIN_ROWS = 3


class Count(NamedTuple):
    """A parameter that counts pages from `start` (0 or 1, mostly), or records (`start` is None)."""

    param: str
    start: int | None


class Counted:
    """A list behind links that count."""

    def __init__(self, first: Request, count: Count, *, size_param: str, has_next: HasNext) -> None:
        self._param = count.param
        self._size_param = size_param
        self._inner: Offsets | PageNumbers
        if count.start is None:
            self._inner = Offsets(first, param=count.param, size_param=size_param, has_next=has_next)
        else:
            self._inner = PageNumbers(
                first, param=count.param, start=count.start, size_param=size_param, has_next=has_next
            )

    def refused(self) -> Request | None:
        """What to ask for where the page asked for was refused."""
        return self._inner.refused()

    def advance(self, page: Page) -> tuple[Page, Request | None]:
        """What is new in the page, and the next request. Raises PaginationError where the count is not heeded."""
        return self._inner.advance(page)

    def goes_on(self, page: Page, link: Request) -> bool:
        """Whether the link of the page goes on counting.

        Raises PaginationError where it does not and the pages were numbered, so that none is known to be complete.
        """
        count = count_of(page, link.full_url, size_param=self._size_param)
        goes_on = count is not None and count.param == self._param
        if not goes_on and isinstance(self._inner, PageNumbers):
            raise PaginationError(
                url=page.answer.url,
                problem=f"its links counted on by {self._param}, and the one of this page does not",
                advice="Set pagination in configuration.json to offset or page, if the API's documentation knows one "
                "of them, or report it to whoever runs the API.",
            )
        return goes_on

    def is_at(self, page: Page) -> bool:
        """Whether the page is the last one that was read without a gap."""
        return isinstance(self._inner, Offsets) and self._inner.is_at(page)


def count_of(page: Page, link: str, *, size_param: str, only_known: bool = False) -> Count | None:
    """How the link counts on from the page, or None where that is not all it does.

    Any parameter counts that goes on by the records of the page, or from one number to the next; `only_known` leaves it
    at those whose name says so. A link may leave parameters out or add some, as APIs do with their defaults, and
    correct the size of a page.
    """
    here, there = urlsplit(page.answer.url), urlsplit(link)
    if here[:2] != there[:2]:
        return None
    asked, linked = dict(parse_qsl(here.query)), dict(parse_qsl(there.query))
    rows, limit = len(page.rows), _whole(asked.get(size_param, ""))
    counts = [_counted(name, asked, linked[name], rows, limit) for name in linked]
    if not only_known:
        counts += [_counted_unknown(name, asked, linked[name], rows) for name in linked if name != size_param]
    count = next((count for count in counts if count is not None), None)
    if count is None or any(_leads(name, asked, linked[name]) for name in linked.keys() - {count.param, size_param}):
        return None
    return count


def _counted(name: str, asked: Mapping[str, str], value: str, rows: int, limit: int | None) -> Count | None:
    """How a known parameter counts: from one page to the next, or by the records of this one or the limit of one."""
    number, before = _whole(value), _whole(asked.get(name, ""))
    if number is None:
        return None
    if name.lower() in _PAGES:
        start = number - 1 if before is None and number in {1, 2} else before
        return Count(name, start) if start is not None and number == start + 1 else None
    goes_on = number > 0 and number - (before or 0) in {rows, limit}
    return Count(name, None) if name.lower() in _OFFSETS and goes_on else None


def _counted_unknown(name: str, asked: Mapping[str, str], value: str, rows: int) -> Count | None:
    """How a parameter counts of which only the values tell; without one before, 1 and 2 may mean anything."""
    number, before = _whole(value), _whole(asked.get(name, ""))
    if number is None or _KEYSET.search(name) or _SIZE.search(name):
        return None
    if before is not None and number == before + 1:
        return Count(name, before)
    least = _MIN_ROWS if before is None else 1
    return Count(name, None) if rows >= least and number == (before or 0) + rows else None


def _leads(name: str, asked: Mapping[str, str], value: str) -> bool:
    """Whether this parameter has a part in where the link leads to."""
    return value != asked[name] if name in asked else bool(_KEYSET.search(name))


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
