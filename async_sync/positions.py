"""The page styles that count positions: `offset` and `page`. Pure: no I/O.

A record that changes or vanishes while pages are read moves all records behind it one place to the front, and one
of them falls between two pages. So no page is taken on trust: what was read before has to continue without a gap into
what is read now. A record counts as read under its key *and* its cursor: a changed one is another record, elsewhere.

What changes *during* the read needs no care here: its cursor is later than the start of the sync, and no cursor is
saved beyond that.
"""

from async_sync.pages import Identity, Page, Request


class Offsets:
    """`offset`: each page begins with records of the one before.

    Where it does not, records have moved, and the page is asked for again from twice as far back. The overlap stays
    that large: a source that moves once moves again.
    """

    def __init__(self, first: Request) -> None:
        self.first = Request(first.url, {**first.params, "limit": str(max(2, _limit(first)))})  # room for an overlap
        self._offset = 0
        self._end = 0  # the position behind the last record that was read without a gap
        self._overlap = 1
        self._largest = 2
        self._known: set[Identity] = set()

    def turn(self, page: Page) -> tuple[Page, Request | None]:
        """What is new in the page, or nothing where it does not continue what was read; and the next request."""
        identities = page.identities()
        if self._offset and (not identities or identities[0] not in self._known):
            self._overlap *= 2
            return page.without(identities), self._ask(self._end - self._overlap)
        new = page.without(self._known)
        self._largest = max(self._largest, len(identities))
        self._known = set(identities)
        self._end = self._offset + len(identities)
        if self._overlap >= self._largest:  # the page had no room for more than the overlap: go on from its end
            self._overlap = 1
        elif not new.rows or self._is_last(page):
            return new, None
        return new, self._ask(self._end - self._overlap)

    def _is_last(self, page: Page) -> bool:
        """A short page that reaches the total; a full one proves nothing, since some APIs cap the total they tell."""
        total = page.answer.total()
        return total is not None and self._end >= total and len(page.rows) < _limit(self.first)

    def _ask(self, offset: int) -> Request:
        self._offset = max(0, offset)
        return Request(self.first.url, {**self.first.params, "offset": str(self._offset)})


class PageNumbers:
    """`page`, from 1: pages cannot overlap, so each page is read once more after the one behind it.

    While it still ends with the same record, nothing has moved from the next page into it, and the next page counts.
    Otherwise what is new in it is taken, and the next page is asked for again.
    """

    def __init__(self, first: Request) -> None:
        self.first = Request(first.url, {**first.params, "page": "1"})
        self._number = 1  # the last page that was read without a gap
        self._known: list[Identity] = []  # its records
        self._next: Page | None = None  # the page behind it, not yet taken
        self._started = False
        self._going_back = False

    def turn(self, page: Page) -> tuple[Page, Request | None]:
        """What is new and known to have no gap before it; and the next request."""
        if not self._started:
            self._started = True
            return self._take(page)
        if self._next is None and not self._going_back:
            self._next = page
            return page.without(page.identities()), self._ask(self._number)
        return self._confirm(page)

    def _confirm(self, again: Page) -> tuple[Page, Request | None]:
        """The last page, read again after the one behind it, decides whether that one counts."""
        following, self._next = self._next, None
        identities = again.identities()
        if following is not None and identities[-1:] == self._known[-1:]:
            self._number += 1
            return self._take(following)
        # Where more than a whole page has moved, the end of what was read stands further in front.
        self._going_back = self._number > 1 and (not identities or identities[0] not in self._known)
        if self._going_back:
            self._number -= 1
            return again.without(identities), self._ask(self._number)
        return self._take(again)

    def _take(self, page: Page) -> tuple[Page, Request | None]:
        new = page.without(set(self._known))
        self._known = page.identities()
        if not page.rows or self._is_last(page):
            return new, None
        return new, self._ask(self._number + 1)

    def _is_last(self, page: Page) -> bool:
        total, limit = page.answer.total(), _limit(self.first)
        return total is not None and len(page.rows) < limit and (self._number - 1) * limit + len(page.rows) >= total

    def _ask(self, number: int) -> Request:
        return Request(self.first.url, {**self.first.params, "page": str(number)})


def _limit(request: Request) -> int:
    return int(request.params["limit"])
