"""How an API cuts a list into pages: what a stream declares about it. Pure: no I/O.

Each style names the parameters and fields that the API uses. A field is one of the answer, and may be a dotted path,
such as `paging.next.after`. `size_param` is the parameter under which `page_size` is sent; "" sends none.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NoReturn

from async_sync.errors.lists import PaginationError
from async_sync.pagination.links import Linked, Pagination, Unpaged
from async_sync.pagination.more_flags import says_more
from async_sync.pagination.page_numbers import PageNumbers
from async_sync.pagination.positions import Offsets
from async_sync.records.pages import Answer, Page, Request, found_at, look_up

_URL_FIELDS = ("next_page_url", "next", "@odata.nextLink", "links.next", "links", "link")
_TOKEN_FIELDS = {"next_cursor": "cursor", "next_page_token": "next_page_token", "nextPageToken": "pageToken"}
"""Where a token usually stands, and the parameter under which the APIs that have it there want it back."""
_NONE: Sequence[object] = (None, "", False)
_EVIDENT_URL = re.compile(r"https?://|/|[^?#]*\?.")
"""Absolute, from the root, or with a query: tokens have none of these, but that some begin with a slash (base64)."""


@dataclass(frozen=True, kw_only=True)
class PageStyle(ABC):
    """One of the styles below; `kind` is its name in configuration.json."""

    kind: ClassVar[str]

    @abstractmethod
    def paginate(self, first: Request, page_size: int, *, is_full: bool) -> Pagination:
        """How to read the list that begins with the request; `is_full` if that asks for all records there are."""


@dataclass(frozen=True, kw_only=True)
class SinglePage(PageStyle):
    """One answer holds everything."""

    kind = "none"

    def paginate(self, first: Request, page_size: int, *, is_full: bool) -> Pagination:  # noqa: ARG002 - as of all styles
        """One page."""
        return Unpaged(first)


@dataclass(frozen=True, kw_only=True)
class _LinkedStyle(PageStyle):
    """A style in which each answer says where the next page is."""

    size_param: str = "limit"
    may_count: ClassVar[bool] = True  # whether a link or a token may lead to a place instead of a record

    def paginate(self, first: Request, page_size: int, *, is_full: bool) -> Pagination:
        """Follow what the answers say. With `auto`, an only page that is short of the total is refused."""
        sized = _sized(first, self.size_param, page_size)
        must_be_complete = is_full and self.kind == "auto"
        return Linked(
            sized,
            self.find,
            size_param=self.size_param,
            must_be_complete=must_be_complete,
            may_count=self.may_count,
        )

    @abstractmethod
    def find(self, page: Page, first: Request) -> Request | None:
        """The request for the page behind this one, or None at the end."""


@dataclass(frozen=True, kw_only=True)
class NextUrlPages(_LinkedStyle):
    """The answer holds the next page's URL: at `field`, or at `next_page_url`, `next`, `links.next`, `@odata.nextLink`.

    It is text, an object whose `href` or `url` is, or (at `links` and `link` too) a list of such objects, of which the
    one counts whose `rel` or `relation` is `next`.
    """

    kind = "next_url"
    field: str = ""

    def find(self, page: Page, first: Request) -> Request | None:  # noqa: ARG002
        """The URL that the answer holds."""
        for name in (self.field,) if self.field else _URL_FIELDS:
            url = _url_in(found_at(page.answer.body, name))
            if url:
                return Request(url)
        return None


@dataclass(frozen=True, kw_only=True)
class LinkHeaderPages(_LinkedStyle):
    """The `Link` header (RFC 8288) holds the next page's URL."""

    kind = "link_header"

    def find(self, page: Page, first: Request) -> Request | None:  # noqa: ARG002
        """The URL whose `rel` is `next`."""
        for link in page.answer.headers.get("link", "").split("<")[1:]:
            url, _, parameters = link.partition(">")
            for parameter in parameters.split(";"):
                name, _, value = parameter.partition("=")
                if name.strip().lower() == "rel" and "next" in value.strip(' ",').lower().split():
                    return Request(url)
        return None


@dataclass(frozen=True, kw_only=True)
class TokenPages(_LinkedStyle):
    """The answer holds a token at `field`, or at `next_cursor`, `next_page_token` or `nextPageToken`.

    It is sent back as `param`; "" is what the APIs that have it there want: `cursor` for `next_cursor` and for any
    other field, `next_page_token` and `pageToken` for the others.
    """

    kind = "token"
    field: str = ""
    param: str = ""

    def find(self, page: Page, first: Request) -> Request | None:
        """The first request with the token beside its parameters."""
        for name in (self.field,) if self.field else _TOKEN_FIELDS:
            token = found_at(page.answer.body, name)
            if (type(token) is str or type(token) is int) and token not in {"", 0}:
                param = self.param or _TOKEN_FIELDS.get(name.rpartition(".")[2], "cursor")
                return Request(first.url, {**first.params, param: str(token)})
        return None


@dataclass(frozen=True, kw_only=True)
class LastIdPages(_LinkedStyle):
    """The next page begins behind the last record: its `field`, a column of the row, is sent back as `param`.

    What is sent is the value that the API gave, also where the column is written in another form.
    `more` is the field of the answer that says whether there is a next page; "" reads on until a page is empty.
    """

    kind = "last_id"
    may_count = False
    field: str = "id"
    param: str = "starting_after"
    more: str = "has_more"

    def find(self, page: Page, first: Request) -> Request | None:
        """The first request with the last record's id beside its parameters."""
        if not self._has_more(page):
            return None
        last = page.last or (page.rows[-1] if page.rows else {})
        value = last.get(self.field)
        if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
            _refuse(page, f"there is another page, but its last record has no {self.field} to go on from")
        return Request(first.url, {**first.params, self.param: str(value)})

    def _has_more(self, page: Page) -> bool:
        if not self.more:
            return bool(page.rows)
        more = found_at(page.answer.body, self.more)
        if not isinstance(more, bool):
            _refuse(page, f"its answer does not tell by true or false in {self.more} whether there is another page")
        return more


@dataclass(frozen=True, kw_only=True)
class AutoPages(_LinkedStyle):
    """`NextUrlPages`, `LinkHeaderPages` or `TokenPages`: the first whose link or token an answer holds.

    An answer that has none of them is the last, unless a flag in it, such as `has_more`, says otherwise.

    Text that could as well be a token is taken for a URL only where there is nothing else.
    """

    kind = "auto"

    def find(self, page: Page, first: Request) -> Request | None:
        """The first of them that is there."""
        url = _NEXT_URL.find(page, first)
        if url is not None and _EVIDENT_URL.match(url.url):
            return url
        found = _LINK_HEADER.find(page, first) or _TOKEN.find(page, first) or url
        flag = None if found else says_more(page.answer.body)
        if flag is not None:
            _refuse(page, f"it says by {flag} that there is more, but names no next page that is found by itself")
        return found

    def says_end(self, answer: Answer) -> bool:
        """Whether the answer has a place for the next page, and says there that there is none: null, "" or false."""
        return any(look_up(answer.body, name) in _NONE for name in (*_URL_FIELDS, *_TOKEN_FIELDS))


@dataclass(frozen=True, kw_only=True)
class OffsetPages(PageStyle):
    """The place of a page's first record is sent as `param`, counted from 0."""

    kind = "offset"
    param: str = "offset"
    size_param: str = "limit"

    def paginate(self, first: Request, page_size: int, *, is_full: bool) -> Pagination:
        """Count the records."""
        sized = _sized(first, self.size_param, page_size)
        return Offsets(sized, param=self.param, size_param=self.size_param, is_full=is_full)


@dataclass(frozen=True, kw_only=True)
class NumberedPages(PageStyle):
    """The number of the page is sent as `param`; that of the first page is `first`."""

    kind = "page"
    param: str = "page"
    first: int = 1
    size_param: str = "limit"

    def paginate(self, first: Request, page_size: int, *, is_full: bool) -> Pagination:
        """Count the pages."""
        sized = _sized(first, self.size_param, page_size)
        return PageNumbers(sized, param=self.param, start=self.first, size_param=self.size_param, is_full=is_full)


_NEXT_URL, _LINK_HEADER, _TOKEN = NextUrlPages(), LinkHeaderPages(), TokenPages()

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


def _url_in(value: object) -> str:
    """The URL that a field of an answer holds, or ""."""
    if isinstance(value, list):
        links = (link for link in value if isinstance(link, dict))
        value = next((link for link in links if "next" in {link.get("rel"), link.get("relation")}), None)
    if isinstance(value, dict):
        value = value.get("href") or value.get("url")
    return value if isinstance(value, str) else ""


def _sized(first: Request, size_param: str, page_size: int) -> Request:
    return Request(first.url, {**first.params, size_param: str(page_size)}, first.headers) if size_param else first


def _refuse(page: Page, problem: str) -> NoReturn:
    raise PaginationError(
        url=page.answer.url,
        problem=problem,
        advice="Correct pagination of the stream in connector.py after the API's documentation.",
    )
