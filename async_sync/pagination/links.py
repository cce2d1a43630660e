"""From one page to the request for the next, or None, where the answers say where it is. Pure: no I/O.

Which style reads a stream is declared (`styles.py`). Styles that count positions have to survive that positions
shift while pages are read (`positions.py`), and so have links that only count (`counted_links.py`).
"""

from collections.abc import Callable
from typing import NoReturn, Protocol
from urllib.parse import urljoin

from async_sync.errors.lists import PaginationError
from async_sync.pagination.counted_links import Counted, count_of
from async_sync.pagination.followed import Followed
from async_sync.records.pages import Answer, Page, Request

Finder = Callable[[Page, Request], Request | None]
"""From a page and the stream's first request to the request for the next page, if the answer names one."""

MAX_EMPTY_PAGES = 1000


class Pagination(Protocol):
    """How one stream is read page by page, from its first request to its last."""

    first: Request

    def advance(self, page: Page) -> tuple[Page, Request | None]:
        """Take a page; give what is new in it, and the request for the next page or None at the end.

        Raises PaginationError where the way on is broken; then nothing has changed, and the page may be asked for
        again.
        """

    def refused(self) -> Request | None:
        """What to ask for after a refusal: the page before, which is the last if it stays so.

        None where the list cannot have ended there.
        """


class Unpaged:
    """One answer holds everything."""

    def __init__(self, first: Request) -> None:
        self.first = first

    def advance(self, page: Page) -> tuple[Page, Request | None]:
        """The whole page, and nothing after it."""
        return page, None

    def refused(self) -> Request | None:
        """There is no later page."""
        return None


class Linked:
    """The answer itself says where the next page is; `find` knows where.

    Where the first link only counts, the list is read by its positions. `size_param` names the parameter that asks for
    a number of records a page. With `may_count` unset, links and tokens are followed whatever they look like.
    """

    def __init__(
        self,
        first: Request,
        find: Finder,
        *,
        size_param: str = "limit",
        must_be_complete: bool = False,
        may_count: bool = True,
    ) -> None:
        self.first = first
        self._find = find
        self._size_param = size_param
        self._must_be_complete = must_be_complete
        self._may_count = may_count
        self._followed = Followed(first, may_count=may_count)
        self._counted: Counted | None = None
        self._empty = 0

    def advance(self, page: Page) -> tuple[Page, Request | None]:
        """What is new in the page, and the request for the page behind it.

        Raises PaginationError on a link that was followed before or stops counting, on a page that was read before,
        when too many pages in a row are empty, and where the API does not heed what its links count.
        """
        following = self._following(page)
        counted = self._counted or self._counting(page, following)
        empty = 0 if page.rows else self._empty + 1
        if empty > MAX_EMPTY_PAGES and following is not None:
            _refuse(page, f"more than {MAX_EMPTY_PAGES} pages in a row held no record, and it names another one")
        taken = self._advance_counted(counted, page, following) if counted else self._advance_followed(page, following)
        self._empty = empty
        return taken

    def refused(self) -> Request | None:
        """What to ask for where the page asked for was refused, or None where it cannot be the end."""
        return self._counted.refused() if self._counted else None

    def _following(self, page: Page) -> Request | None:
        request = self._find(page, self.first)
        return request and Request(_joined(page.answer, request.url), request.params, self.first.headers)

    def _counting(self, page: Page, following: Request | None) -> Counted | None:
        """How to read on if the link of the first page only counts."""
        if following is None or not self._may_count or not self._followed.is_first:
            return None
        # A token is sent as it came, so that only a parameter that is known to count may be changed.
        only_known = bool(following.params)
        count = count_of(page, following.full_url, size_param=self._size_param, only_known=only_known)
        return count and Counted(self.first, count, size_param=self._size_param, has_next=self._has_next)

    def _has_next(self, page: Page) -> bool:
        return self._following(page) is not None

    def _advance_counted(self, counted: Counted, page: Page, following: Request | None) -> tuple[Page, Request | None]:
        """By position, as long as the links count; a key that happened to look like a count is followed."""
        goes_on = following is None or counted.goes_on(page, following)
        new, request = counted.advance(page)
        self._counted = counted
        if goes_on or not counted.is_at(page):
            return new, request
        self._counted = None
        self._followed.advance(page, following)
        return new, following

    def _advance_followed(self, page: Page, following: Request | None) -> tuple[Page, Request | None]:
        if following is None and self._must_be_complete and self._followed.is_first:
            _refuse_missing_records(page)
        return self._followed.advance(page, following)


def _joined(answer: Answer, url: str) -> str:
    """The URL as seen from the answer. The text of the ValueError is not told: it may hold a password."""
    try:
        return urljoin(answer.url, url)
    except ValueError:
        raise PaginationError(
            url=answer.url,
            problem="the next page it names has no valid URL",
            advice="Set another pagination in configuration.json, or report it to whoever runs the API.",
        ) from None


def _refuse(page: Page, problem: str) -> NoReturn:
    raise PaginationError(
        url=page.answer.url,
        problem=problem,
        advice="Set pagination in configuration.json to the style that the API's documentation describes.",
    )


def _refuse_missing_records(page: Page) -> None:
    """An only page that holds fewer records than the API says there are is not the only one."""
    if page.total is not None and page.total > len(page.rows):
        raise PaginationError(
            url=page.answer.url,
            problem=f"the API tells of {page.total} records but gave {len(page.rows)}, and its answer names no next "
            "page",
            advice="Set pagination in configuration.json to offset or page, as the API's documentation says; "
            "or to none, if this one answer really is everything.",
        )
