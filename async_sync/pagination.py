"""Page styles: from one page to the request for the next, or None. Pure: no I/O.

`auto`, `next_url`, `link_header` and `token` follow what the answers say (`Linked`); `none` reads one page.
`offset` and `page` count positions (`positions.py`), and have to survive that positions shift while pages are read.
"""

from collections.abc import Callable, Mapping
from typing import NoReturn, Protocol
from urllib.parse import urljoin

from async_sync.errors import PaginationError
from async_sync.pages import Answer, Page, Request
from async_sync.positions import Offsets, PageNumbers
from async_sync.settings import PaginationStyle

Finder = Callable[[Answer, Request], Request | None]

MOST_EMPTY_PAGES = 1000

_URL_FIELDS = ("next_page_url", "next")
_TOKEN_FIELDS = ("next_cursor", "next_page_token")


class Pagination(Protocol):
    """How one stream is read page by page, from its first request to its last."""

    first: Request

    def turn(self, page: Page) -> tuple[Page, Request | None]:
        """Take a page; give what is new in it, and the request for the next page or None at the end.

        Raises PaginationError where the way on is broken; then nothing has changed, and the page may be asked for
        again.
        """


class Unpaged:
    """`none`: one answer holds everything."""

    def __init__(self, first: Request) -> None:
        self.first = first

    def turn(self, page: Page) -> tuple[Page, Request | None]:
        """The whole page, and nothing after it."""
        return page, None


class Linked:
    """The answer itself says where the next page is; `finders` look for it, the first that finds it wins."""

    def __init__(self, first: Request, finders: tuple[Finder, ...], *, must_be_complete: bool = False) -> None:
        self.first = first
        self._finders = finders
        self._must_be_complete = must_be_complete
        self._loop: _Loop | None = None  # a list of one page, as most are, needs none
        self._empty = 0

    def turn(self, page: Page) -> tuple[Page, Request | None]:
        """The whole page, and what its answer links to.

        Raises PaginationError on a link that was followed before, and when too many pages in a row are empty.
        """
        following = self._following(page.answer)
        if following is None:
            if self._must_be_complete and self._loop is None:
                _refuse_missing_records(page)
            return page, None
        empty = 0 if page.rows else self._empty + 1
        if empty > MOST_EMPTY_PAGES:
            _refuse(page, f"more than {MOST_EMPTY_PAGES} pages in a row held no record, and it names another one")
        loop = self._loop or _Loop(self.first.full_url)
        if following.full_url == page.answer.url or loop.closes(following.full_url):
            _refuse(page, "the next page it names has been read before, so that reading on would never end")
        loop.step(following.full_url)
        self._loop, self._empty = loop, empty
        return page, following

    def _following(self, answer: Answer) -> Request | None:
        found = (finder(answer, self.first) for finder in self._finders)
        request = next((request for request in found if request is not None), None)
        return request and Request(_joined(answer, request.url), request.params)


class _Loop:
    """Finds a loop in a walk of any length, and remembers two places of it only (R. P. Brent, 1980).

    The mark is set anew after 1, 2, 4, ... steps: a walk that goes round comes by it at last.
    """

    def __init__(self, start: str) -> None:
        self._here = self._mark = start
        self._since_mark = 0
        self._until_next = 1

    def closes(self, place: str) -> bool:
        """Whether the walk has been there before, as far as it remembers."""
        return place in {self._here, self._mark}

    def step(self, place: str) -> None:
        """Go there."""
        self._here = place
        self._since_mark += 1
        if self._since_mark == self._until_next:
            self._mark, self._since_mark, self._until_next = place, 0, 2 * self._until_next


def in_body_url(answer: Answer, first: Request) -> Request | None:  # noqa: ARG001 - one signature for all finders
    """The URL in `next_page_url`, `next` or `links.next` (as text or as an object with `href`)."""
    if not isinstance(answer.body, dict):
        return None
    links = answer.body.get("links")
    found = [answer.body.get(name) for name in _URL_FIELDS] + [links.get("next") if isinstance(links, dict) else None]
    urls = (value.get("href") if isinstance(value, dict) else value for value in found)
    return next((Request(url) for url in urls if isinstance(url, str) and url), None)


def in_link_header(answer: Answer, first: Request) -> Request | None:  # noqa: ARG001
    """The URL of the `Link` header (RFC 8288) whose `rel` is `next`."""
    for link in answer.headers.get("link", "").split("<")[1:]:
        url, _, parameters = link.partition(">")
        for parameter in parameters.split(";"):
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "rel" and "next" in value.strip(' ",').lower().split():
                return Request(url)
    return None


def in_body_token(answer: Answer, first: Request) -> Request | None:
    """The token in `next_cursor` or `next_page_token`, sent as `cursor` beside the first request's parameters."""
    if not isinstance(answer.body, dict):
        return None
    tokens = (answer.body.get(name) for name in _TOKEN_FIELDS)
    token = next((token for token in tokens if type(token) in {str, int} and token not in {"", 0}), None)
    return None if token is None else Request(first.url, {**first.params, "cursor": str(token)})


_FINDERS: Mapping[str, tuple[Finder, ...]] = {
    "auto": (in_body_url, in_link_header, in_body_token),
    "next_url": (in_body_url,),
    "link_header": (in_link_header,),
    "token": (in_body_token,),
}


def paginate(style: PaginationStyle, first: Request, page_size: int) -> Pagination:
    """The pagination of that style for one stream; all styles but `none` send `page_size` as `limit`."""
    if style == "none":
        return Unpaged(first)
    sized = Request(first.url, {**first.params, "limit": str(page_size)})
    if style == "offset":
        return Offsets(sized)
    if style == "page":
        return PageNumbers(sized)
    return Linked(sized, _FINDERS[style], must_be_complete=style == "auto" and "updated_since" not in first.params)


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
    total = page.answer.total()
    if total is not None and total > len(page.rows):
        raise PaginationError(
            url=page.answer.url,
            problem=f"the API tells of {total} records but gave {len(page.rows)}, and its answer names no next page",
            advice="Set pagination in configuration.json to offset or page, as the API's documentation says; "
            "or to none, if this one answer really is everything.",
        )
