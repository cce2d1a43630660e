"""The page styles that count positions: `offset` and `page`. Pure: no I/O.

A record that changes or vanishes while pages are read moves all records behind it one place to the front, and one
of them falls between two pages. So no page is taken on trust: it counts once it is known to continue what was read
before without a gap. A record is known by its key *and* its cursor: a changed one is another record, elsewhere.

Why one known record on a page is enough: records that do not change keep their order. What stood in front of the known
record when it was read has been read, and what stands between it and the end of the page is on the page.

What changes *during* the read needs no care here: its cursor is later than the start of the sync, and no cursor is
saved beyond that.
"""

from async_sync.errors import PaginationError
from async_sync.pages import Identity, Page, Request


class Offsets:
    """`offset`: each page overlaps the one before by a record.

    Where it does not, records have moved, and the page is asked for again from twice as far back. The overlap stays
    that large, up to half a page: a source that moves once moves again.

    N records in pages of n take ceil((N - 1) / (n - 1)) requests while nothing moves. One more shows the end where the
    API tells no total or the last page is full. An API that gives one record a page whatever `limit` says leaves no
    room for an overlap; it is refused if it tells a total.
    """

    def __init__(self, first: Request) -> None:
        self.first = Request(first.url, {**first.params, "limit": str(max(2, _limit(first)))})  # room for an overlap
        self._offset = 0
        self._overlap = 1
        self._size = _Size(self.first)
        self._known: list[Identity] = []  # the last page that was read without a gap
        self._end = 0  # the position behind it

    def turn(self, page: Page) -> tuple[Page, Request | None]:
        """What is new in the page, or nothing where it does not continue what was read; and the next request.

        Raises PaginationError where the API does not heed `offset` or `limit`.
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
        if repeats:
            _refuse_if_cut(page, self.first, "offset")
            return True
        if new.rows:
            return self._size.has_room(page) and _reaches_total(page, end)
        if self._size.largest == 1:
            _refuse_single(page, self.first)
        return len(page.rows) <= 1 or self._size.has_room(page)

    def _ask(self, offset: int) -> Request:
        self._offset = max(0, offset)
        return Request(self.first.url, {**self.first.params, "offset": str(self._offset)})


class PageNumbers:
    """`page`, from 1: pages cannot overlap, so each page is read once more after the one behind it.

    While it still ends with the same record, nothing has moved from the next page into it, and the next page counts.
    Otherwise what is new in it is taken, and the next page is asked for again. That supposes that records move to the
    front only, as they do in a list in which new and changed ones come last.

    P pages take 2 P - 1 requests while nothing moves. Two more show the end where the API tells no total or the last
    page is full.
    """

    def __init__(self, first: Request) -> None:
        self.first = Request(first.url, {**first.params, "page": "1"})
        self._asked = 1
        self._size = _Size(self.first)
        self._known: list[Identity] = []  # the last page that was read without a gap
        self._number = 1  # its number
        self._next: Page | None = None  # the page behind it, not yet taken

    def turn(self, page: Page) -> tuple[Page, Request | None]:
        """What is new and known to have no gap before it; and the next request.

        Raises PaginationError where the API does not heed `page`.
        """
        if self._asked > self._number:
            if self._number == 1 and page.identities() == self._known:
                _refuse_if_cut(page, self.first, "page")  # a later page that repeats is the last one, given once more
            self._next = page
            return page.emptied(), self._ask(self._number)
        following = self._next
        identities = page.identities()
        if following is not None and identities[-1:] == self._known[-1:]:
            return self._take(following, self._number + 1)
        if self._asked > 1 and set(self._known).isdisjoint(identities):  # more than a whole page has moved
            self._next = None
            return page.emptied(), self._ask(self._asked - 1)
        return self._take(page, self._asked)

    def _take(self, page: Page, number: int) -> tuple[Page, Request | None]:
        new, identities = page.without(set(self._known)), page.identities()
        repeats = identities == self._known and number > self._number
        self._number, self._known, self._next = number, identities, None
        if not page.rows or repeats or self._is_last(page):
            return new, None
        self._size.learn(page)
        return new, self._ask(number + 1)

    def _is_last(self, page: Page) -> bool:
        position = (self._number - 1) * self._size.largest
        return self._size.has_room(page) and _reaches_total(page, position + len(page.rows))

    def _ask(self, number: int) -> Request:
        self._asked = number
        return Request(self.first.url, {**self.first.params, "page": str(number)})


class _Size:
    """How many records the API puts on a page: some give fewer than `limit` asks for."""

    def __init__(self, first: Request) -> None:
        self._limit = _limit(first)
        self.largest = 0

    def learn(self, page: Page) -> None:
        self.largest = max(self.largest, len(page.rows))

    def has_room(self, page: Page) -> bool:
        """A full page proves nothing, whatever total is told: some APIs cap the total."""
        return len(page.rows) < (self.largest or self._limit)


def _limit(request: Request) -> int:
    return int(request.params["limit"])


def _reaches_total(page: Page, position: int) -> bool:
    total = page.answer.total()
    return total is not None and total <= position


def _refuse_if_cut(page: Page, first: Request, name: str) -> None:
    """The same page at another position is everything there is, unless it was cut to the limit."""
    if len(page.rows) == _limit(first) and not _reaches_total(page, len(page.rows)):
        raise PaginationError(
            url=page.answer.url,
            problem=f"the API gave the same {len(page.rows)} records again, as if it did not know {name}",
            advice="Set pagination in configuration.json to the style that the API's documentation describes.",
        )


def _refuse_single(page: Page, first: Request) -> None:
    """A later sync is not checked: some APIs tell the total of all records, whatever `updated_since` says."""
    total = page.answer.total()
    if total is not None and total > 1 and "updated_since" not in first.params:
        raise PaginationError(
            url=page.answer.url,
            problem=f"the API tells of {total} records but gives one a page, although limit asks for more",
            advice="Set pagination in configuration.json to page, which works with one record a page.",
        )
