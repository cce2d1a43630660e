"""Lists that are read by their positions: what offsets and page numbers have in common, and offsets. Sans-I/O.

A record that changes or vanishes while pages are read moves all records behind it one place to the front, and one
of them falls between two pages. So no page is taken on trust: it counts once it is known to continue what was read
before without a gap. A record is known by its key *and* its cursor: a changed one is another record, elsewhere.

Why one known record on a page is enough: records that do not change keep their order. What stood in front of the known
record when it was read has been read, and what stands between it and the end of the page is on the page.

What changes *during* the read needs no care here: its cursor is later than the start of the sync, and no cursor is
saved beyond that.

Where the answers link to the next page, `has_next` says whether one does, and nothing else tells the end. Otherwise a
total does, or a page that holds nothing new: two of them in a row where the list is read whole (`is_full`) and the
total says that there is more. A page that is refused lies behind the end if the one before it is still as it was.

`size_param` names the parameter in the request that asks for a number of records a page; where there is none, that
number is not known.
"""

from collections.abc import Callable

from async_sync.errors.lists import PaginationError
from async_sync.records.pages import Identity, Page, Request

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
        limit = limit_of(first, size_param)
        sized = {size_param: str(max(2, limit))} if limit else {}  # room for an overlap
        self.first = Request(first.url, {**first.params, **sized}, first.headers)
        self._param = param
        self._is_full = is_full
        self._has_next = has_next
        self._offset = 0
        self._overlap = 1
        self._size = Size(max(2, limit) if limit else 0)
        self._known: list[Identity] = []  # the last page that was read without a gap
        self._end = 0  # the position behind it
        self._total: int | None = None
        self._skips = False  # the last page held nothing new, and what is behind it was asked for all the same
        self._skipped_at = -1  # the end at which that was last tried
        self._is_end = False  # what is behind the last page was refused, and that page is read again

    def advance(self, page: Page) -> tuple[Page, Request | None]:
        """What is new in the page, or nothing where it does not continue what was read; and the next request.

        Raises PaginationError where the API does not heed the offset or the limit.
        """
        identities = page.identities()
        is_end, self._is_end = self._is_end, False
        if is_end and identities == self._known:
            return page.emptied(), None
        skipped, self._skips = self._skips, False
        if self._offset and set(self._known).isdisjoint(identities) and not (skipped and identities):
            self._overlap *= 2
            return page.emptied(), self._ask(self._end - self._overlap)
        new = page.without(set(self._known))
        if self._is_hollow(page, new):
            self._skips, self._skipped_at = True, self._end
            return new, self._ask(self._offset + self._size.largest)
        repeats = identities == self._known and self._offset > self._end - len(self._known)
        end = self._offset + len(identities)
        is_last = self._is_last(page, new, end, repeats=repeats)
        self._end, self._known, self._total = end, identities, page.total
        if is_last:
            return new, None
        self._size.learn(page)
        self._overlap = min(self._overlap, max(1, self._size.largest // 2))
        return new, self._ask(self._end - self._overlap)

    def is_at(self, page: Page) -> bool:
        """Whether the page is the last one that was read without a gap."""
        return page.identities() == self._known

    def refused(self) -> Request | None:
        """What to ask for where the page asked for was refused: the last one again, if the total is reached by it."""
        if not self._known or self._total is None or self._total > self._end:
            return None
        self._is_end = True
        return self._ask(self._end - len(self._known))

    def _is_hollow(self, page: Page, new: Page) -> bool:
        """Whether the page holds nothing new although there is more: its records were filtered after it was cut."""
        return (
            self._is_full
            and not new.rows
            and self._offset > 0
            and self._size.has_room(page)
            and self._skipped_at != self._end
            and page.total is not None
            and page.total > self._offset + len(page.rows)
        )

    def _is_last(self, page: Page, new: Page, end: int, *, repeats: bool) -> bool:
        if self._has_next is not None:
            return self._is_last_link(page, new, repeats=repeats)
        if repeats:
            refuse_if_cut(page, self._size.limit, self._param)
            return True
        if new.rows:
            return self._size.has_room(page) and reaches_total(page, end)
        if self._size.largest == 1:
            self._refuse_if_more(page)
        return len(page.rows) <= 1 or self._size.has_room(page)

    def _is_last_link(self, page: Page, new: Page, *, repeats: bool) -> bool:
        if self._has_next is None or not self._has_next(page):
            return True
        if repeats:
            refuse_repetition(page, self._param)
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


class Size:
    """How many records the API puts on a page: some give fewer than `limit` (0: not known) asks for."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.largest = 0

    def learn(self, page: Page) -> None:
        """Take a page that has been read."""
        self.largest = max(self.largest, len(page.rows))

    def has_room(self, page: Page) -> bool:
        """A full page proves nothing, whatever total is told: some APIs cap the total."""
        return len(page.rows) < (self.largest or self.limit)


def limit_of(request: Request, size_param: str) -> int:
    """The number of records a page that a request asks for; 0 if it asks for none."""
    return int(request.params.get(size_param, 0))


def reaches_total(page: Page, position: int) -> bool:
    """Whether the page tells a total, and so many records are all of them."""
    return page.total is not None and page.total <= position


def refuse_if_cut(page: Page, limit: int, name: str) -> None:
    """The same page at another position is everything there is, unless it was cut to the limit."""
    if page.rows and len(page.rows) == (limit or len(page.rows)) and not reaches_total(page, len(page.rows)):
        refuse_repetition(page, name)


def refuse_repetition(page: Page, name: str) -> None:
    """Raises PaginationError for a page that came before, although another one was asked for by `name`."""
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
