"""Lists whose links only count, such as GitHub's `?page=2`: a link leads to a position, not to a record. Sans-I/O.

Such a list is read by its positions, with the care that `positions` describes. The links show only how it counts, and
where it ends.
"""

from async_sync.errors.lists import PaginationError
from async_sync.pagination.offsets import OffsetPagination
from async_sync.pagination.page_numbers import PageNumberPagination
from async_sync.pagination.position_params import PositionParam, position_param
from async_sync.pagination.positions import HasNext
from async_sync.records.pages import Page
from async_sync.records.requests import Request


class PositionalLinks:
    """Reads a list by the position that its links hold, in `param`."""

    def __init__(self, first: Request, param: PositionParam, *, size_param: str | None, has_next: HasNext) -> None:
        self._param = param.name
        self._size_param = size_param
        self._positions: OffsetPagination | PageNumberPagination
        if param.first_page is None:
            self._positions = OffsetPagination(first, param=param.name, size_param=size_param, has_next=has_next)
        else:
            self._positions = PageNumberPagination(
                first,
                param=param.name,
                start=param.first_page,
                size_param=size_param,
                has_next=lambda page, _: has_next(page),
            )

    def advance(self, page: Page) -> tuple[Page, Request | None]:
        """The new records of the page, and the next request. Raises PaginationError if the API ignores the position."""
        return self._positions.advance(page)

    def refused(self) -> Request | None:
        """What to ask for after a page was refused, or None if the list cannot have ended there."""
        return self._positions.refused()

    def still_counts(self, page: Page, link: Request) -> bool:
        """Whether the link of the page goes on counting.

        Raises PaginationError if it does not and the pages were numbered, because then none is known to be complete.
        """
        param = position_param(page, link.full_url, size_param=self._size_param)
        still_counts = param is not None and param.name == self._param
        if not still_counts and isinstance(self._positions, PageNumberPagination):
            raise PaginationError(
                url=page.answer.url,
                problem=f"its links counted by {self._param} so far, but the link of this page does not",
                advice="Set pagination in configuration.json to offset or page, if the API's documentation describes "
                "one of them, or report it to whoever runs the API.",
            )
        return still_counts

    def ends_with(self, page: Page) -> bool:
        """Whether the page is the last one that was read without a gap."""
        return isinstance(self._positions, OffsetPagination) and self._positions.ends_with(page)
