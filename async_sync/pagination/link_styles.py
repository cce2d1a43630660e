"""Page styles in which each answer names the next page by its URL, and the one that is detected. Sans-I/O."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from async_sync.errors.lists import PaginationError
from async_sync.pagination.flagged_style import CORRECT_STREAM, FlaggedStyle
from async_sync.pagination.link_style import LinkStyle
from async_sync.pagination.more_flags import says_more
from async_sync.pagination.next_page import NEXT, TOKEN_FIELDS, URL_FIELDS, link_in_header, request_at, url_in_body
from async_sync.pagination.token_styles import TokenPages
from async_sync.records.answers import Answer, Field
from async_sync.records.dotted_paths import look_up
from async_sync.records.pages import Page
from async_sync.records.requests import Request
from async_sync.records.usual import USUAL, Usual

_NONE: Sequence[object] = (None, "", False)
_EVIDENT_URL = re.compile(r"https?://|/|[^?#]*\?.")
"""Absolute, from the root, or with a query. Tokens are none of these, except that some begin with a slash (base64)."""
_OF_LINK = "link."
"""What the name of a parameter of the link begins with."""


@dataclass(frozen=True, kw_only=True)
class UrlStyle(FlaggedStyle, LinkStyle):
    """A style in which the answer holds the URL of the next page."""

    rel: str = NEXT
    relative_to: Literal["request", "base_url"] = "request"
    keep_origin: bool = False

    def _at(self, page: Page, first: Request, url: str) -> Request:
        return request_at(
            page, first, url, relative_to_base=self.relative_to == "base_url", keeps_origin=self.keep_origin
        )

    def _problems(self) -> Iterator[str]:
        yield from super()._problems()
        if self.relative_to not in {"request", "base_url"}:
            yield f"relative_to is {self.relative_to!r}; it must be 'request' or 'base_url'"


@dataclass(frozen=True, kw_only=True)
class NextUrlPages(UrlStyle):
    """The answer holds the URL of the next page.

    - `field` holds it: text, an object whose `href` or `url` is the URL, or a list of such objects, of which the one
      counts whose `rel` or `relation` is `next`. By default, the first of `next_page_url`, `next`, `@odata.nextLink`,
      `links.next`, `links` and `link` that holds one. `header` is a header that holds it instead.
    - `rel` is another relation of that link in a list.
    - `more` is a field, or a `Header`, that says by true or false whether there is another page; `last` is one that
      says whether this is the last one.
    - `relative_to="base_url"` says that a URL without a host is relative to `base_url` as a whole, not to the request.
    - `keep_origin` says that a URL may name the host that the API has behind a proxy: its path and its query count.
    - `size_param` is the parameter for the page size, by default `limit`; None sends none.
    """

    kind = "next_url"
    field: str | Usual = USUAL
    header: str | None = None

    def link(self, page: Page, first: Request) -> Request | None:
        """The request for the URL in the answer."""
        if self.header is not None:
            url = page.answer.headers.get(self.header)
        else:
            url = url_in_body(page.answer, URL_FIELDS if self.field is USUAL else (self.field,), self.rel)
        return self._at(page, first, url) if url else None

    def _problems(self) -> Iterator[str]:
        yield from super()._problems()
        if self.header is not None and self.field is not USUAL:
            yield "field and header are both declared, and each holds the URL; leave one of them out"


@dataclass(frozen=True, kw_only=True)
class LinkHeaderPages(UrlStyle):
    """The `Link` header (RFC 8288) holds the URL of the next page, with `rel="next"`.

    - `rel` is another relation of that link.
    - `more` is a field, or a `Header`, that says by true or false whether there is another page; `last` is one that
      says whether this is the last one. A name that begins with `link.` is a parameter of the link: `link.results`.
    - `relative_to="base_url"` says that a URL without a host is relative to `base_url` as a whole, not to the request.
    - `keep_origin` says that a URL may name the host that the API has behind a proxy: its path and its query count.
    - `size_param` is the parameter for the page size, by default `limit`; None sends none.
    """

    kind = "link_header"

    def link(self, page: Page, first: Request) -> Request | None:
        """The request for the URL in the header."""
        link = link_in_header(page.answer, self.rel)
        return None if link is None else self._at(page, first, link.url)

    def flag_at(self, page: Page, declared: Field) -> object:
        """The value of the flag. If it is a parameter of a link, there is no more where there is no link."""
        if not isinstance(declared, str) or not declared.startswith(_OF_LINK):
            return super().flag_at(page, declared)
        link = link_in_header(page.answer, self.rel)
        return self.more is None if link is None else link.parameters.get(declared.removeprefix(_OF_LINK).lower())


@dataclass(frozen=True, kw_only=True)
class AutoPages(LinkStyle):
    """`NextUrlPages`, `LinkHeaderPages` or `TokenPages`, under the usual names: the first that an answer fits.

    An answer that fits none of them is the last, unless a flag in it, such as `has_more`, says otherwise. Text that
    could just as well be a token is taken for a URL only if there is nothing else.

    - `size_param` is the parameter for the page size, by default `limit`; None sends none.
    """

    kind = "auto"
    is_detected = True

    def link(self, page: Page, first: Request) -> Request | None:
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
            advice=CORRECT_STREAM,
        )
