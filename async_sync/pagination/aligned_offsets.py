"""Lists that are read by offsets which have to be multiples of the limit. Sans-I/O."""

from async_sync.errors.lists import PaginationError
from async_sync.pagination.page_numbers import HasNextPage, PageNumberPagination
from async_sync.pagination.positions import PageSize, limit_of
from async_sync.records.pages import Page
from async_sync.records.requests import Request


class AlignedOffsetPagination(PageNumberPagination):
    """Reads by offset, in whole pages, which cannot overlap: so they are read as numbered ones are.

    A first page that holds fewer records than the limit may be all there is, or as much as the API returns at once. So
    what follows is asked for by that number of records from there on, and nothing between two pages is passed over.
    A later page that is not full, and yet followed by another one, is refused.
    """

    def __init__(
        self,
        first: Request,
        *,
        param: str,
        start: int,
        size_param: str,
        is_full: bool,
        has_next: HasNextPage | None,
    ) -> None:
        super().__init__(first, param=param, start=start, size_param=size_param, is_full=is_full, has_next=has_next)
        self._size_param = size_param
        self._sized = self.first
        self._step = limit_of(first, size_param)

    def _take(self, page: Page, number: int) -> tuple[Page, Request | None]:
        has_gap = number > self._number and bool(page.rows) and 0 < len(self._known) < self._step
        if has_gap and page.identities() != self._known:
            raise PaginationError(
                url=page.answer.url,
                problem=f"the page before it held {len(self._known)} records instead of {self._step}, so those between "
                "the two cannot be asked for",
                advice="Lower page_size in configuration.json to what the API returns at once.",
            )
        return super()._take(page, number)

    def _learn(self, page: Page) -> None:
        if self._number == 0 and 0 < len(page.rows) < self._step:
            self._step = len(page.rows)
            self._size = PageSize(self._step)
            self._sized = self.first.with_params({self._size_param: self._step})
        super()._learn(page)

    def _ask(self, number: int) -> Request:
        self._asked = number
        return self._sized.with_params({self._param: self._start + number * self._step})
