"""The page styles, of which a stream declares one, and their names in configuration.json. Sans-I/O.

Each names the parameters and fields that the API uses. A field is one of the answer, and may be a dotted path, such as
`paging.next.after`. The styles in which answers lead to the next page are in `link_styles`
and `token_styles`.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from async_sync.errors.lists import PaginationError
from async_sync.pagination.aligned_offsets import AlignedOffsetPagination
from async_sync.pagination.base import NoPagination, Pagination
from async_sync.pagination.counted_style import CountedStyle
from async_sync.pagination.flagged_style import CORRECT_STREAM
from async_sync.pagination.link_styles import AutoPages, LinkHeaderPages, NextUrlPages
from async_sync.pagination.offsets import OffsetPagination
from async_sync.pagination.page_numbers import PageNumberPagination
from async_sync.pagination.page_style import PageStyle
from async_sync.pagination.token_styles import LastIdPages, TokenPages
from async_sync.records.answers import Field
from async_sync.records.pages import Page
from async_sync.records.requests import Request


@dataclass(frozen=True, kw_only=True)
class OffsetPages(CountedStyle):
    """The position of a page's first record is sent.

    - `param` is the parameter that it is sent in, by default `offset`.
    - `first` is the position of the first record, by default 0.
    - `aligned` says that the API takes only multiples of the page size. Each page is then read once more after the next
      one, because pages that cannot overlap do not show whether records have moved.
    - `max_position` is how many records can be asked for by their position. What lies beyond is asked for from the
      cursor that was reached, so the stream must ask for changes, in the order of its cursor.
    - `more` is a field, or a `Header`, that says by true or false whether there is another page; `last` is one that
      says whether this is the last one.
    - `size_param` is the parameter for the page size, by default `limit`; None sends none.
    """

    kind = "offset"
    min_positions = 4
    param: str = "offset"
    first: int = 0
    aligned: bool = False
    size_param: str | None = "limit"

    def count(self, first: Request, page_size: int, *, is_full: bool) -> Pagination:
        """Count the records."""
        sized = self._begin(first, self.size_param, page_size)
        if self.aligned and self.size_param is not None:
            return AlignedOffsetPagination(
                sized,
                param=self.param,
                start=self.first,
                size_param=self.size_param,
                is_full=is_full,
                has_next=(lambda page, _: bool(self.has_more(page))) if self.has_flag else None,
            )
        return OffsetPagination(
            sized,
            param=self.param,
            start=self.first,
            size_param=self.size_param,
            is_full=is_full,
            has_next=(lambda page: bool(self.has_more(page))) if self.has_flag else None,
        )

    def largest_page(self, max_position: int) -> int:
        """Half of the records."""
        return max_position // 2

    def last_position(self, request: Request) -> int:
        """The number of records up to the last one that the request asks for."""
        size = 0 if self.size_param is None else int(request.param(self.size_param))
        return int(request.param(self.param)) - self.first + max(1, size)

    def _problems(self) -> Iterator[str]:
        yield from super()._problems()
        if self.aligned and self.size_param is None:
            yield "aligned is True, and size_param is None; offsets are multiples of the page size, so it must be sent"


@dataclass(frozen=True, kw_only=True)
class NumberedPages(CountedStyle):
    """The number of the page is sent.

    - `param` is the parameter that it is sent in, by default `page`.
    - `first` is the number of the first page, by default 1.
    - `pages` is a field, or a `Header`, that holds the number of pages.
    - `max_position` is the number of the last page that can be asked for. What lies beyond is asked for from the cursor
      that was reached, so the stream must ask for changes, in the order of its cursor.
    - `more` is a field, or a `Header`, that says by true or false whether there is another page; `last` is one that
      says whether this is the last one.
    - `size_param` is the parameter for the page size, by default `limit`; None sends none.
    """

    kind = "page"
    min_positions = 2
    param: str = "page"
    first: int = 1
    pages: Field | None = None
    size_param: str | None = "limit"

    def count(self, first: Request, page_size: int, *, is_full: bool) -> Pagination:
        """Count the pages."""
        return PageNumberPagination(
            self._begin(first, self.size_param, page_size),
            param=self.param,
            start=self.first,
            size_param=self.size_param,
            is_full=is_full,
            has_next=self._has_next if self.has_flag or self.pages is not None else None,
        )

    def largest_page(self, max_position: int) -> int:  # noqa: ARG002 - pages are counted, not records
        """Any number of records."""
        return sys.maxsize

    def last_position(self, request: Request) -> int:
        """The number of the page."""
        return int(request.param(self.param))

    def _has_next(self, page: Page, number: int) -> bool:
        """Whether the page with this number, counted from 0, says that there is another one."""
        if self.pages is None:
            return bool(self.has_more(page))
        count = page.answer.count(self.pages)
        if count is None:
            raise PaginationError(
                url=page.answer.url,
                problem=f"its answer does not say in {self.pages}, by a number, how many pages there are",
                advice=CORRECT_STREAM,
            )
        return number + 1 < count

    def _problems(self) -> Iterator[str]:
        yield from super()._problems()
        if self.pages is not None and self.has_flag:
            yield "pages and more or last are declared, and each says where the list ends; leave one of them out"


@dataclass(frozen=True, kw_only=True)
class SinglePage(PageStyle):
    """One answer holds everything, and no page size is sent."""

    kind = "none"

    def paginate(self, first: Request, page_size: int, *, is_full: bool) -> Pagination:  # noqa: ARG002 - as of all styles
        """One page."""
        return NoPagination(first)


STYLES: Mapping[str, type[PageStyle]] = {
    style.kind: style
    for style in (
        AutoPages,
        SinglePage,
        NextUrlPages,
        LinkHeaderPages,
        TokenPages,
        LastIdPages,
        OffsetPages,
        NumberedPages,
    )
}
"""By their names in configuration.json."""
