"""Lists that are read by offset, under the rules of `positions`. Sans-I/O."""

from dataclasses import dataclass

from async_sync.errors.lists import PaginationError
from async_sync.pagination.positions import (
    HasNext,
    PageSize,
    limit_of,
    reaches_total,
    refuse_endless,
    refuse_if_cut,
    refuse_repetition,
)
from async_sync.records.pages import Identity, Page
from async_sync.records.requests import Request

_MIN_LIMIT = 2
"""Room for one record that overlaps, and a new one."""


@dataclass
class _Gap:
    """A page at `offset` that shows nothing new; `held` is the one behind it, at `held_at`."""

    offset: int
    identities: list[Identity]
    held: Page | None = None
    held_at: int = 0


class OffsetPagination:
    """Reads by offset, from `start`: each page overlaps the one before by a record.

    If it does not, records have moved, and the page is asked for again from twice as far back. The overlap stays that
    large, up to half a page: a source that moves once moves again.

    N records in pages of n take ceil((N - 1) / (n - 1)) requests while nothing moves. One more shows the end if the
    API neither links nor reports a total, or if the last page is full. An API that returns one record per page,
    whatever the limit, leaves no room for an overlap. It is refused if there are evidently more.

    A page that is not full, holds nothing new, and yet says that another one follows, has had records filtered out
    after it was cut. So the positions behind it are asked for, which count if that page, read once more, is still the
    same. This assumes that fewer records vanish in the time of three requests than a page covers.
    """

    is_cut = False

    def __init__(
        self,
        first: Request,
        *,
        param: str = "offset",
        start: int = 0,
        size_param: str | None = "limit",
        is_full: bool = True,
        has_next: HasNext | None = None,
    ) -> None:
        limit = limit_of(first, size_param)
        if size_param is not None and limit:
            limit = max(_MIN_LIMIT, limit)
            first = first.with_params({size_param: limit})
        self.first = first.with_params({param: start}) if param in first.places else first
        self._param = param
        self._start = start  # what the API calls the first position; here, it is 0
        self._is_full = is_full
        self._has_next = has_next
        self._offset = 0
        self._overlap = 1
        self._size = PageSize(limit)
        self._known: list[Identity] = []  # the last page that was read without a gap
        self._end = 0  # the position after it
        self._total: int | None = None
        self._skips = False  # the last page held nothing new, but the page after it was asked for
        self._skipped_at = -1  # the end at which that was last tried
        self._checks_end = False  # the page after the last one was refused, and the last one is read again
        self._gap: _Gap | None = None
        self._gaps = 0  # in a row

    def advance(self, page: Page) -> tuple[Page, Request | None]:
        """The new records of the page, or none if it does not continue what was read; and the next request.

        Raises PaginationError if the API ignores the offset or the limit.
        """
        identities = page.identities()
        checks_end, self._checks_end = self._checks_end, False
        if checks_end and identities == self._known:
            return page.without_records(), None
        if self._gap is not None:
            beyond = self._look_beyond(self._gap, page, identities)
            if beyond is not None:
                return beyond
        skipped, self._skips = self._skips, False
        if self._offset and set(self._known).isdisjoint(identities) and not (skipped and identities):
            self._overlap *= 2
            return page.without_records(), self._ask(self._end - self._overlap)
        return self._take(page, identities)

    def _take(self, page: Page, identities: list[Identity]) -> tuple[Page, Request | None]:
        """A page that continues what was read."""
        new = page.without_known(set(self._known))
        if self._has_gap(page, new):
            return new, self._open_gap(page, identities)
        self._gaps = 0
        if self._is_filtered(page, new):
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
        # A page from further in front than this one might not reach as far, if it is filtered after it was cut.
        return new, self._ask(max(self._offset, self._end - self._overlap))

    def _look_beyond(self, gap: _Gap, page: Page, identities: list[Identity]) -> tuple[Page, Request | None] | None:
        """A page behind a gap, or the one before it once more; None if that one has changed, so that it counts."""
        if gap.held is None:
            gap.held, gap.held_at = page, self._offset
            return page.without_records(), self._ask(gap.offset)
        self._gap = None
        if identities != gap.identities:
            return None
        self._offset = gap.held_at
        return self._take(gap.held, gap.held.identities())

    @property
    def _window(self) -> int:
        """How many positions a page covers; 0 if that is not known."""
        return self._size.limit or self._size.largest

    def _open_gap(self, page: Page, identities: list[Identity]) -> Request:
        """Ask for what follows the positions that the page has certainly covered.

        Records that have been read before cannot come again where no position has been read before.
        """
        if page.rows and self._offset >= self._end - len(self._known) + self._window:
            refuse_repetition(page, self._param)
        refuse_endless(page, self._gaps + 1)
        self._gap, self._gaps = _Gap(self._offset, identities), self._gaps + 1
        return self._ask(self._offset + (len(page.rows) or self._size.largest or self._size.limit))

    def _leads_on(self, page: Page) -> bool:
        """Whether the page says that there is another one."""
        return self._has_next is not None and self._has_next(page)

    def _has_gap(self, page: Page, new: Page) -> bool:
        """Whether the page says that there is more, and holds nothing new although it could."""
        return not new.rows and len(page.rows) < self._window and self._leads_on(page)

    def ends_with(self, page: Page) -> bool:
        """Whether the page is the last one that was read without a gap."""
        return page.identities() == self._known

    def refused(self) -> Request | None:
        """What to ask for after a page was refused: the last one again, if the total is reached with it."""
        if not self._known or self._total is None or self._total > self._end:
            return None
        self._checks_end = True
        return self._ask(self._end - len(self._known))

    def _is_filtered(self, page: Page, new: Page) -> bool:
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
        if not self._leads_on(page):
            return True
        if repeats:
            refuse_repetition(page, self._param)
        if not new.rows and len(page.rows) <= 1:
            _refuse_single(page)
        return False

    def _refuse_if_more(self, page: Page) -> None:
        """Only if the list is read whole: some APIs report the total of all records, whatever was asked for."""
        if page.total is not None and page.total > 1 and self._is_full:
            _refuse_single(page)

    def _ask(self, offset: int) -> Request:
        self._offset = max(0, offset)
        return self.first.with_params({self._param: self._start + self._offset})


def _refuse_single(page: Page) -> None:
    reported = "more records" if page.total is None else f"{page.total} records"
    raise PaginationError(
        url=page.answer.url,
        problem=f"the API reports {reported} but returns one per page, although more were asked for",
        advice="Set pagination in configuration.json to page, which works with one record per page.",
    )
