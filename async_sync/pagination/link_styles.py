"""Page styles in which each answer names the next page, or its last record does. Sans-I/O."""

import re
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from async_sync.errors.lists import PaginationError
from async_sync.pagination.base import Pagination
from async_sync.pagination.links import LinkPagination
from async_sync.pagination.more_flags import says_more
from async_sync.pagination.next_page import (
    TOKEN_FIELDS,
    URL_FIELDS,
    request_at,
    token_in_body,
    url_in_body,
    url_in_link_header,
)
from async_sync.pagination.page_style import PageStyle
from async_sync.records.answers import Answer
from async_sync.records.dotted_paths import look_up, value_at
from async_sync.records.pages import Page
from async_sync.records.requests import Request
from async_sync.records.usual import USUAL, Usual

_CORRECT_STREAM = "Correct pagination of the stream in connector.py as the API's documentation says."
_NONE: Sequence[object] = (None, "", False)
_EVIDENT_URL = re.compile(r"https?://|/|[^?#]*\?.")
"""Absolute, from the root, or with a query. Tokens are none of these, except that some begin with a slash (base64)."""


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

    @abstractmethod
    def find(self, page: Page, first: Request) -> Request | None:
        """The request for the page after this one, made from the first request of the list; None at the end."""


@dataclass(frozen=True, kw_only=True)
class NextUrlPages(LinkStyle):
    """The answer holds the URL of the next page.

    - `field` holds it: text, an object whose `href` or `url` is the URL, or a list of such objects, of which the one
      counts whose `rel` or `relation` is `next`. By default, the first of `next_page_url`, `next`, `@odata.nextLink`,
      `links.next`, `links` and `link` that holds one.
    - `size_param` is the parameter for the page size, by default `limit`; None sends none.
    """

    kind = "next_url"
    field: str | Usual = USUAL

    def find(self, page: Page, first: Request) -> Request | None:
        """The request for the URL in the answer."""
        url = url_in_body(page.answer, URL_FIELDS if self.field is USUAL else (self.field,))
        return request_at(page, first, url) if url else None


@dataclass(frozen=True, kw_only=True)
class LinkHeaderPages(LinkStyle):
    """The `Link` header (RFC 8288) holds the URL of the next page, with `rel="next"`.

    - `size_param` is the parameter for the page size, by default `limit`; None sends none.
    """

    kind = "link_header"

    def find(self, page: Page, first: Request) -> Request | None:
        """The request for the URL in the header."""
        url = url_in_link_header(page.answer)
        return request_at(page, first, url) if url is not None else None


@dataclass(frozen=True, kw_only=True)
class TokenPages(LinkStyle):
    """The answer holds a token, which is sent back with the parameters of the first request.

    - `field` holds the token. By default, the first of `next_cursor`, `next_page_token` and `nextPageToken` that holds
      one.
    - `param` is the parameter that it is sent back in. By default, the one that APIs with such a field expect:
      `next_page_token` for `next_page_token`, `pageToken` for `nextPageToken`, and `cursor` for any other.
    - `size_param` is the parameter for the page size, by default `limit`; None sends none.
    """

    kind = "token"
    field: str | Usual = USUAL
    param: str | Usual = USUAL

    def find(self, page: Page, first: Request) -> Request | None:
        """The first request with the token."""
        found = token_in_body(page.answer, tuple(TOKEN_FIELDS) if self.field is USUAL else (self.field,))
        if found is None:
            return None
        field, token = found
        usual = TOKEN_FIELDS.get(field.rpartition(".")[2], "cursor")
        return first.with_params({usual if self.param is USUAL else self.param: token})


@dataclass(frozen=True, kw_only=True)
class LastIdPages(LinkStyle):
    """The next page begins after the last record of this one, whose key is sent back.

    This is keyset paging: a page is asked for by the key of a record instead of by a position, so no record is missed
    when others appear, move or vanish. The API must sort the list by that key, and no two records may share one.

    - `field` is the column of the row that holds the key, by default `id`. It is sent as the API wrote it, even if the
      column is written in another form.
    - `param` is the parameter that it is sent back in, by default `starting_after`.
    - `more` is the field of the answer that says, by true or false, whether there is another page; by default
      `has_more`. With None, pages are read until one is empty.
    - `size_param` is the parameter for the page size, by default `limit`; None sends none.
    """

    kind = "last_id"
    may_count = False
    field: str = "id"
    param: str = "starting_after"
    more: str | None = "has_more"

    def find(self, page: Page, first: Request) -> Request | None:
        """The first request with the key of the last record."""
        if not self._has_more(page):
            return None
        last = page.last or (page.rows[-1] if page.rows else {})
        value = last.get(self.field)
        if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
            raise PaginationError(
                url=page.answer.url,
                problem=f"there is another page, but the last record of this one has no {self.field} to continue from",
                advice=_CORRECT_STREAM,
            )
        return first.with_params({self.param: value})

    def _has_more(self, page: Page) -> bool:
        if self.more is None:
            return bool(page.rows)
        more = value_at(page.answer.body, self.more)
        if not isinstance(more, bool):
            raise PaginationError(
                url=page.answer.url,
                problem=f"its answer does not say in {self.more}, by true or false, whether there is another page",
                advice=_CORRECT_STREAM,
            )
        return more


@dataclass(frozen=True, kw_only=True)
class AutoPages(LinkStyle):
    """`NextUrlPages`, `LinkHeaderPages` or `TokenPages`, under the usual names: the first that an answer fits.

    An answer that fits none of them is the last, unless a flag in it, such as `has_more`, says otherwise. Text that
    could just as well be a token is taken for a URL only if there is nothing else.

    - `size_param` is the parameter for the page size, by default `limit`; None sends none.
    """

    kind = "auto"
    is_detected = True

    def find(self, page: Page, first: Request) -> Request | None:
        """The request for the next page by the first style that fits."""
        url = url_in_body(page.answer, URL_FIELDS)
        if url and _EVIDENT_URL.match(url):
            return request_at(page, first, url)
        found = _LINK_HEADER.find(page, first) or _TOKEN.find(page, first)
        if found is None and url:
            found = request_at(page, first, url)
        if found is None:
            _refuse_if_more(page)
        return found

    def says_end(self, answer: Answer) -> bool:
        """Whether the answer has a place for the next page, and says there that there is none: null, "" or false."""
        return any(look_up(answer.body, name) in _NONE for name in (*URL_FIELDS, *TOKEN_FIELDS))


_LINK_HEADER, _TOKEN = LinkHeaderPages(), TokenPages()


def _refuse_if_more(page: Page) -> None:
    """An answer that says that there is more, but does not name the next page, is not the last."""
    flag = says_more(page.answer.body)
    if flag is not None:
        raise PaginationError(
            url=page.answer.url,
            problem=f"{flag} says that there is more, but the next page is not named in any of the usual places",
            advice=_CORRECT_STREAM,
        )
