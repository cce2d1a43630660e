"""What all ways of reading a list page by page have in common, and the one for a list of a single page. Sans-I/O."""

from typing import Protocol

from async_sync.records.pages import Page
from async_sync.records.requests import Request


class Pagination(Protocol):
    """How one list is read page by page, from its first request to its last."""

    first: Request

    @property
    def is_cut(self) -> bool:
        """Whether the last page that was taken is not the end of the list, only the last one that can be asked for."""

    def advance(self, page: Page) -> tuple[Page, Request | None]:
        """Take a page; return its new records as a page, and the request for the next page, or None at the end.

        Raises PaginationError if the page does not lead on. Then nothing has changed, and the page may be asked for
        again.
        """

    def refused(self) -> Request | None:
        """What to ask for after a page was refused: the page before it, which is the last one if it has not changed.

        None if the list cannot have ended there.
        """


class NoPagination:
    """One answer holds everything."""

    is_cut = False

    def __init__(self, first: Request) -> None:
        self.first = first

    def advance(self, page: Page) -> tuple[Page, Request | None]:
        """The whole page, and nothing after it."""
        return page, None

    def refused(self) -> Request | None:
        """There is no later page."""
        return None
