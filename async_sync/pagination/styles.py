"""The page styles, of which a stream declares one, and their names in configuration.json. Sans-I/O.

Each names the parameters and fields that the API uses. A field is one of the answer, and may be a dotted path, such as
`paging.next.after`. The styles in which answers lead to the next page are in `link_styles`
and `token_styles`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from async_sync.pagination.base import NoPagination, Pagination
from async_sync.pagination.link_styles import AutoPages, LinkHeaderPages, NextUrlPages
from async_sync.pagination.offsets import OffsetPagination
from async_sync.pagination.page_numbers import PageNumberPagination
from async_sync.pagination.page_style import PageStyle
from async_sync.pagination.token_styles import LastIdPages, TokenPages
from async_sync.records.requests import Request


@dataclass(frozen=True, kw_only=True)
class OffsetPages(PageStyle):
    """The position of a page's first record is sent.

    - `param` is the parameter that it is sent in, by default `offset`.
    - `first` is the position of the first record, by default 0.
    - `size_param` is the parameter for the page size, by default `limit`; None sends none.
    """

    kind = "offset"
    param: str = "offset"
    first: int = 0
    size_param: str | None = "limit"

    def paginate(self, first: Request, page_size: int, *, is_full: bool) -> Pagination:
        """Count the records."""
        sized = self._begin(first, self.size_param, page_size)
        return OffsetPagination(sized, param=self.param, start=self.first, size_param=self.size_param, is_full=is_full)


@dataclass(frozen=True, kw_only=True)
class NumberedPages(PageStyle):
    """The number of the page is sent.

    - `param` is the parameter that it is sent in, by default `page`.
    - `first` is the number of the first page, by default 1.
    - `size_param` is the parameter for the page size, by default `limit`; None sends none.
    """

    kind = "page"
    param: str = "page"
    first: int = 1
    size_param: str | None = "limit"

    def paginate(self, first: Request, page_size: int, *, is_full: bool) -> Pagination:
        """Count the pages."""
        sized = self._begin(first, self.size_param, page_size)
        return PageNumberPagination(
            sized, param=self.param, start=self.first, size_param=self.size_param, is_full=is_full
        )


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
