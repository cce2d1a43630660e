"""Reading a list by positions: what offsets and page numbers have in common. Sans-I/O.

A record that changes or vanishes while pages are read moves all records after it one place to the front, and one of
them falls between two pages. So no page is taken on trust: it counts only once it is known to continue, without a gap,
what was read before. A record is known by its key *and* its cursor: a changed record is a different one, elsewhere.

One known record on a page is enough, because records that do not change keep their order. Those that came before the
known record when it was read have been read too, and those that come after it are on the page.

Records that change *during* the read need no care here: their cursors are later than the start of the sync, and no
cursor beyond that is saved.

If the answers link to the next page, `has_next` says whether one does, and nothing else shows the end. Otherwise the
total shows it, or a page that holds nothing new: two of them in a row if the list is read whole (`is_full`) and the
total says that there is more. A refused page lies beyond the end if the page before it has not changed.

`size_param` names the parameter of the request that asks for a number of records per page. If there is none, that
number is not known.
"""

from collections.abc import Callable

from async_sync.errors.lists import PaginationError
from async_sync.records.pages import Page
from async_sync.records.requests import Request

HasNext = Callable[[Page], bool]
MAX_EMPTY_PAGES = 1000
"""In a row."""


class PageSize:
    """How many records the API puts on a page: some put fewer than `limit` (0: not known) asks for."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.largest = 0

    def learn(self, page: Page) -> None:
        """Take a page that has been read."""
        self.largest = max(self.largest, len(page.rows))

    def has_room(self, page: Page) -> bool:
        """Whether the page could hold more records. A full page may be followed by another, even if the total says no.

        Some APIs cap the total.
        """
        return len(page.rows) < (self.largest or self.limit)


def limit_of(request: Request, size_param: str | None) -> int:
    """The number of records per page that a request asks for; 0 if it asks for none."""
    return 0 if size_param is None else int(request.param(size_param) or 0)


def reaches_total(page: Page, position: int) -> bool:
    """Whether the page reports a total, and this many records are all of them."""
    return page.total is not None and page.total <= position


def refuse_if_cut(page: Page, limit: int, param: str) -> None:
    """The same page at another position is the whole list, unless it was cut to the limit."""
    if page.rows and len(page.rows) == (limit or len(page.rows)) and not reaches_total(page, len(page.rows)):
        refuse_repetition(page, param)


def refuse_endless(page: Page, empty: int) -> None:
    """Raises PaginationError where a page names another one after so many `empty` pages in a row that none is likely.

    Some answers always say that there is more.
    """
    if empty > MAX_EMPTY_PAGES:
        raise PaginationError(
            url=page.answer.url,
            problem=f"more than {MAX_EMPTY_PAGES} pages in a row held no records, and this one names another page",
        )


def refuse_repetition(page: Page, param: str) -> None:
    """Raises PaginationError for a page that came before, although `param` asked for another one."""
    raise PaginationError(
        url=page.answer.url,
        problem=f"the API returned the same {len(page.rows)} records again, as if it did not know {param}",
    )
