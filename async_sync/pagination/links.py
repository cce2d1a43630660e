"""Lists in which each answer names the next page, by a URL or a token. Sans-I/O."""

from collections.abc import Callable

from async_sync.errors.lists import PaginationError
from async_sync.pagination.followed_links import FollowedLinks
from async_sync.pagination.position_params import position_param
from async_sync.pagination.positional_links import PositionalLinks
from async_sync.pagination.positions import refuse_endless
from async_sync.records.pages import Page
from async_sync.records.requests import Request

Finder = Callable[[Page, Request], Request | None]
"""From a page and the first request of its list to the request for the next page, if the answer names one."""


class LinkPagination:
    """Follows what each answer names; `find` makes a request of it.

    If the first link only counts, such as `?page=2`, the list is read by its positions (`PositionalLinks`); else the
    links and tokens are followed (`FollowedLinks`). `size_param` names the parameter that asks for a number of records
    per page. With `may_count` unset, links and tokens are followed however they look. With `must_be_complete`, a list
    that ends after one page is compared with its total.
    """

    is_cut = False

    def __init__(
        self,
        first: Request,
        find: Finder,
        *,
        size_param: str | None = "limit",
        must_be_complete: bool = False,
        may_count: bool = True,
    ) -> None:
        self.first = first
        self._find = find
        self._size_param = size_param
        self._must_be_complete = must_be_complete
        self._may_count = may_count
        self._followed = FollowedLinks(first, may_count=may_count)
        self._positional: PositionalLinks | None = None
        self._empty = 0  # pages in a row

    def advance(self, page: Page) -> tuple[Page, Request | None]:
        """The new records of the page, and the request for the next page.

        Raises PaginationError if a link was followed before, is not a URL, or stops counting; if a page was read
        before; if too many pages in a row are empty; and if the API ignores what its links count.
        """
        following = self._find(page, self.first)
        positional = self._positional or self._by_position(page, following)
        empty = 0 if page.rows else self._empty + 1
        if following is not None:
            refuse_endless(page, empty)
        taken = self._count_on(positional, page, following) if positional else self._follow(page, following)
        self._empty = empty
        return taken

    def refused(self) -> Request | None:
        """What to ask for after a page was refused, or None if the list cannot have ended there."""
        return self._positional.refused() if self._positional else None

    def _by_position(self, page: Page, following: Request | None) -> PositionalLinks | None:
        """How to read on if the link of the first page only counts."""
        if following is None or not self._may_count or not self._followed.is_first:
            return None
        if following.params and not self.first.params.keys() <= following.params.keys():
            return None  # what a token stands for must not be sent beside it
        # A token is sent back as it came, so only a parameter that is known to hold a position may be changed.
        only_known = bool(following.params)
        param = position_param(page, following.full_url, size_param=self._size_param, only_known=only_known)
        return param and PositionalLinks(self.first, param, size_param=self._size_param, has_next=self._has_next)

    def _has_next(self, page: Page) -> bool:
        return self._find(page, self.first) is not None

    def _count_on(
        self, positional: PositionalLinks, page: Page, following: Request | None
    ) -> tuple[Page, Request | None]:
        """Read by position while the links count. A key that only looked like a position is followed from here on."""
        still_counts = following is None or positional.still_counts(page, following)
        new, request = positional.advance(page)
        self._positional = positional
        if still_counts or not positional.ends_with(page):
            return new, request
        self._positional = None
        self._followed.advance(page, following)
        return new, following

    def _follow(self, page: Page, following: Request | None) -> tuple[Page, Request | None]:
        if following is None and self._must_be_complete and self._followed.is_first:
            _refuse_incomplete(page)
        return self._followed.advance(page, following)


def _refuse_incomplete(page: Page) -> None:
    """A page with fewer records than the API says there are is not the only one."""
    if page.total is not None and page.total > len(page.rows):
        raise PaginationError(
            url=page.answer.url,
            problem=f"the API reports {page.total} records but returned {len(page.rows)}, and its answer names no next "
            "page",
            advice="Set pagination in configuration.json to offset or page, as the API's documentation says; "
            "or to none, if this one answer really is everything.",
        )
