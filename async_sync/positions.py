"""The page styles that count positions: by offset and by page number. Pure: no I/O.

A record that changes or vanishes while pages are read moves all records behind it one place to the front, and one
of them falls between two pages. So no page is taken on trust: it counts once it is known to continue what was read
before without a gap. A record is known by its key *and* its cursor: a changed one is another record, elsewhere.

Why one known record on a page is enough: records that do not change keep their order. What stood in front of the known
record when it was read has been read, and what stands between it and the end of the page is on the page.

What changes *during* the read needs no care here: its cursor is later than the start of the sync, and no cursor is
saved beyond that.

Where the answers link to the next page, `has_next` says whether one does, and nothing else tells the end. Otherwise a
total does, or a page that holds nothing new. `size_param` names the parameter in the request that asks for a number of
records a page; where there is none, that number is not known.
"""

from collections.abc import Callable

from async_sync.errors import PaginationError
from async_sync.pages import Identity, Page, Request

HasNext = Callable[[Page], bool]


class Offsets:
    """By offset: each page overlaps the one before by a record.

    Where it does not, records have moved, and the page is asked for again from twice as far back. The overlap stays
    that large, up to half a page: a source that moves once moves again.

    N records in pages of n take ceil((N - 1) / (n - 1)) requests while nothing moves. One more shows the end where the
    API neither links nor tells a total, or the last page is full. An API that gives one record a page whatever was
    asked for leaves no room for an overlap; it is refused where it can be seen that there are more.
    """

    def __init__(
        self,
        first: Request,
        *,
        param: str = "offset",
        size_param: str = "limit",
        is_full: bool = True,
        has_next: HasNext | None = None,
    ) -> None:
        limit = _limit(first, size_param)
        sized = {size_param: str(max(2, limit))} if limit else {}  # room for an overlap
        self.first = Request(first.url, {**first.params, **sized}, first.headers)
        self._param = param
        self._is_full = is_full
        self._has_next = has_next
        self._offset = 0
        self._overlap = 1
        self._size = _Size(max(2, limit) if limit else 0)
        self._known: list[Identity] = []  # the last page that was read without a gap
        self._end = 0  # the position behind it

    def turn(self, page: Page) -> tuple[Page, Request | None]:
        """What is new in the page, or nothing where it does not continue what was read; and the next request.

        Raises PaginationError where the API does not heed the offset or the limit.
        """
        identities = page.identities()
        if self._offset and set(self._known).isdisjoint(identities):
            self._overlap *= 2
            return page.emptied(), self._ask(self._end - self._overlap)
        new = page.without(set(self._known))
        repeats = identities == self._known and self._offset > self._end - len(self._known)
        end = self._offset + len(identities)
        is_last = self._is_last(page, new, end, repeats=repeats)
        self._end, self._known = end, identities
        if is_last:
            return new, None
        self._size.learn(page)
        self._overlap = min(self._overlap, max(1, self._size.largest // 2))
        return new, self._ask(self._end - self._overlap)

    def _is_last(self, page: Page, new: Page, end: int, *, repeats: bool) -> bool:
        if self._has_next is not None:
            return self._is_last_link(page, new, repeats=repeats)
        if repeats:
            _refuse_if_cut(page, self._size.limit, self._param)
            return True
        if new.rows:
            return self._size.has_room(page) and _reaches_total(page, end)
        if self._size.largest == 1:
            self._refuse_if_more(page)
        return len(page.rows) <= 1 or self._size.has_room(page)

    def _is_last_link(self, page: Page, new: Page, *, repeats: bool) -> bool:
        if self._has_next is None or not self._has_next(page):
            return True
        if repeats:
            _refuse_repetition(page, self._param)
        if not new.rows and len(page.rows) <= 1:
            _refuse_single(page)
        return False

    def _refuse_if_more(self, page: Page) -> None:
        """A later sync is not checked: some APIs tell the total of all records, whatever was asked for."""
        if page.total is not None and page.total > 1 and self._is_full:
            _refuse_single(page)

    def _ask(self, offset: int) -> Request:
        self._offset = max(0, offset)
        return Request(self.first.url, {**self.first.params, self._param: str(self._offset)}, self.first.headers)


class PageNumbers:
    """By page number, from `start`: pages cannot overlap, so each is read once more after the one behind it.

    While it still ends with the same record, nothing has moved from the next page into it, and the next page counts.
    Otherwise what is new in it is taken, and the next page is asked for again. That supposes that records move to the
    front only, as they do in a list in which new and changed ones come last.

    P pages take 2 P - 1 requests while nothing moves. Two more show the end where the API neither links nor tells a
    total, or the last page is full.
    """

    def __init__(
        self,
        first: Request,
        *,
        param: str = "page",
        start: int = 1,
        size_param: str = "limit",
        has_next: HasNext | None = None,
    ) -> None:
        self.first = Request(first.url, {**first.params, param: str(start)}, first.headers)
        self._param = param
        self._start = start
        self._has_next = has_next
        self._size = _Size(_limit(first, size_param))
        self._asked = 0  # counted from 0, whatever the API calls its first page
        self._known: list[Identity] = []  # the last page that was read without a gap
        self._number = 0  # its number
        self._next: Page | None = None  # the page behind it, not yet taken

    def turn(self, page: Page) -> tuple[Page, Request | None]:
        """What is new and known to have no gap before it; and the next request.

        Raises PaginationError where the API does not heed the number.
        """
        if self._asked > self._number:
            if page.identities() == self._known:
                self._check_repetition(page)
            self._next = page
            return page.emptied(), self._ask(self._number)
        following = self._next
        identities = page.identities()
        if following is not None and identities[-1:] == self._known[-1:]:
            return self._take(following, self._number + 1)
        if self._asked > 0 and set(self._known).isdisjoint(identities):  # more than a whole page has moved
            self._next = None
            return page.emptied(), self._ask(self._asked - 1)
        return self._take(page, self._asked)

    def _check_repetition(self, page: Page) -> None:
        """A later page that repeats is the last one, given once more, unless it links to yet another one."""
        if self._has_next is not None and page.rows and self._has_next(page):
            _refuse_repetition(page, self._param)
        if self._number == 0:
            _refuse_if_cut(page, self._size.limit, self._param)

    def _take(self, page: Page, number: int) -> tuple[Page, Request | None]:
        new, identities = page.without(set(self._known)), page.identities()
        repeats = identities == self._known and number > self._number
        self._number, self._known, self._next = number, identities, None
        if self._is_last(page, repeats=repeats):
            return new, None
        self._size.learn(page)
        return new, self._ask(number + 1)

    def _is_last(self, page: Page, *, repeats: bool) -> bool:
        if self._has_next is not None:
            return not self._has_next(page)
        position = self._number * self._size.largest
        return (
            not page.rows or repeats or (self._size.has_room(page) and _reaches_total(page, position + len(page.rows)))
        )

    def _ask(self, number: int) -> Request:
        self._asked = number
        params = {**self.first.params, self._param: str(self._start + number)}
        return Request(self.first.url, params, self.first.headers)


class _Size:
    """How many records the API puts on a page: some give fewer than `limit` (0: not known) asks for."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.largest = 0

    def learn(self, page: Page) -> None:
        self.largest = max(self.largest, len(page.rows))

    def has_room(self, page: Page) -> bool:
        """A full page proves nothing, whatever total is told: some APIs cap the total."""
        return len(page.rows) < (self.largest or self.limit)


def _limit(request: Request, size_param: str) -> int:
    return int(request.params.get(size_param, 0))


def _reaches_total(page: Page, position: int) -> bool:
    return page.total is not None and page.total <= position


def _refuse_if_cut(page: Page, limit: int, name: str) -> None:
    """The same page at another position is everything there is, unless it was cut to the limit."""
    if page.rows and len(page.rows) == (limit or len(page.rows)) and not _reaches_total(page, len(page.rows)):
        _refuse_repetition(page, name)


def _refuse_repetition(page: Page, name: str) -> None:
    raise PaginationError(
        url=page.answer.url,
        problem=f"the API gave the same {len(page.rows)} records again, as if it did not know {name}",
        advice="Set pagination in configuration.json to the style that the API's documentation describes.",
    )


def _refuse_single(page: Page) -> None:
    told = "of more" if page.total is None else f"of {page.total} records"
    raise PaginationError(
        url=page.answer.url,
        problem=f"the API tells {told} but gives one a page, although more were asked for",
        advice="Set pagination in configuration.json to page, which works with one record a page.",
    )
