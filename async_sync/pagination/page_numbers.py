"""Lists that are read by page number, under the rules of `positions`. Sans-I/O."""

from collections.abc import Callable

from async_sync.pagination.positions import (
    PageSize,
    limit_of,
    reaches_total,
    refuse_endless,
    refuse_if_cut,
    refuse_repetition,
)
from async_sync.records.pages import Identity, Page
from async_sync.records.requests import Request

HasNextPage = Callable[[Page, int], bool]
"""Whether a page with this number, counted from 0, says that there is another one."""


class PageNumberPagination:
    """Reads by page number, from `start`. Pages cannot overlap, so each is read once more after the next one.

    While it still ends with the same record, nothing has moved from the next page into it, and the next page counts.
    Otherwise its new records are taken, and the next page is asked for again. This assumes that records only move to
    the front, as they do in a list in which new and changed ones come last.

    P pages take 2 P - 1 requests while nothing moves. Two more show the end if the API neither links nor reports a
    total, or if the last page is full.
    """

    is_cut = False

    def __init__(
        self,
        first: Request,
        *,
        param: str = "page",
        start: int = 1,
        size_param: str | None = "limit",
        is_full: bool = True,
        has_next: HasNextPage | None = None,
    ) -> None:
        self.first = first.with_params({param: start})
        self._param = param
        self._start = start
        self._is_full = is_full
        self._has_next = has_next
        self._size = PageSize(limit_of(first, size_param))
        self._asked = 0  # counted from 0, whatever the API calls its first page
        self._known: list[Identity] = []  # the last page that was read without a gap
        self._number = 0  # its number
        self._next: Page | None = None  # the page after it, not yet taken
        self._count = 0  # of the records taken
        self._empty = 0  # pages in a row
        self._checks_end = False  # the page after that one was refused, and that one is read again
        self._links_to_refused = False  # and still links to the refused page

    def advance(self, page: Page) -> tuple[Page, Request | None]:
        """The new records that are known to have no gap before them, and the next request.

        Raises PaginationError if the API ignores the number.
        """
        if self._asked > self._number:
            if page.identities() == self._known:
                self._check_repetition(page)
            self._next = page
            return page.without_records(), self._ask(self._number)
        following, checks_end = self._next, self._checks_end
        self._checks_end = False
        identities = page.identities()
        if identities[-1:] == self._known[-1:]:
            if following is not None:
                return self._take(following, self._number + 1)
            if checks_end:
                return page.without_records(), self._after_refusal(page)
        if self._asked > 0 and set(self._known).isdisjoint(identities):  # more than a whole page has moved
            self._next = None
            return page.without_records(), self._ask(self._asked - 1)
        return self._take(page, self._asked)

    def refused(self) -> Request | None:
        """What to ask for after a page was refused: the one before it, which is the last if it has not changed."""
        if self._asked <= self._number or self._links_to_refused:
            return None
        self._checks_end = True
        return self._ask(self._number)

    def _after_refusal(self, page: Page) -> Request | None:
        """The refused page once more, if the page before it has not changed and still links to it."""
        if self._has_next is None or not self._has_next(page, self._number):
            return None
        self._links_to_refused = True
        return self._ask(self._number + 1)

    def _check_repetition(self, page: Page) -> None:
        """A later page that repeats is the last one, returned once more, unless it links to yet another one."""
        if self._has_next is not None and page.rows and self._has_next(page, self._asked):
            refuse_repetition(page, self._param)
        if self._number == 0:
            refuse_if_cut(page, self._size.limit, self._param)

    def _take(self, page: Page, number: int) -> tuple[Page, Request | None]:
        new, identities = page.without_known(set(self._known)), page.identities()
        repeats = identities == self._known and number > self._number
        self._number, self._known, self._next, self._links_to_refused = number, identities, None, False
        self._count += len(new.rows)
        self._empty = 0 if page.rows else self._empty + 1
        if self._is_last(page, repeats=repeats):
            return new, None
        refuse_endless(page, self._empty)
        self._learn(page)
        return new, self._ask(number + 1)

    def _learn(self, page: Page) -> None:
        """Take the number of records on a page that another one follows."""
        self._size.learn(page)

    def _is_last(self, page: Page, *, repeats: bool) -> bool:
        if self._has_next is not None:
            return not self._has_next(page, self._number)
        if not page.rows:
            return not self._is_filtered(page)
        position = min(self._count, self._number * self._size.largest + len(page.rows))
        return repeats or (self._size.has_room(page) and reaches_total(page, position))

    def _is_filtered(self, page: Page) -> bool:
        """Whether the page is empty although there is more: its records were filtered after it was cut."""
        return self._is_full and self._empty == 1 and page.total is not None and page.total > self._count

    def _ask(self, number: int) -> Request:
        self._asked = number
        return self.first.with_params({self._param: self._start + number})
