"""What the page styles have in common in which each page leads to the next one. Sans-I/O."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from async_sync.errors.lists import PaginationError
from async_sync.pagination.base import Pagination
from async_sync.pagination.flagged_style import CORRECT_STREAM
from async_sync.pagination.links import LinkPagination
from async_sync.pagination.page_style import PageStyle
from async_sync.records.pages import Page
from async_sync.records.requests import Request


@dataclass(frozen=True, kw_only=True)
class LinkStyle(PageStyle):
    """A style that finds the request for the next page in the page before it."""

    size_param: str | None = "limit"
    may_count: ClassVar[bool] = True  # whether a link or a token may lead to a position instead of a record
    is_detected: ClassVar[bool] = False  # so that a first page without a link may be one whose link was not recognized

    def paginate(self, first: Request, page_size: int, *, is_full: bool) -> Pagination:
        """Follow the answers. If the style is detected, a list that ends after one page is compared with its total."""
        return LinkPagination(
            self._begin(first, self.size_param, page_size),
            self.find,
            size_param=self.size_param,
            must_be_complete=is_full and self.is_detected,
            may_count=self.may_count,
        )

    def find(self, page: Page, first: Request) -> Request | None:
        """The request for the page after this one, made from the first request of the list; None at the end.

        Raises PaginationError if the page says that there is another one, and does not lead to it.
        """
        has_more = self.has_more(page)
        if has_more is False:
            return None
        following = self.link(page, first)
        if following is None and has_more:
            raise PaginationError(
                url=page.answer.url,
                problem="its answer says that there is another page, but does not name it",
                advice=CORRECT_STREAM,
            )
        return following

    @abstractmethod
    def link(self, page: Page, first: Request) -> Request | None:
        """The request that the page leads to, whether or not a flag says that there is another page."""
