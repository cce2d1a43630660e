"""Page styles in which the next page is asked for by a token of the answer, or by its last record. Sans-I/O."""

from collections.abc import Iterator
from dataclasses import dataclass

from async_sync.errors.lists import PaginationError
from async_sync.pagination.flagged_style import CORRECT_STREAM, FlaggedStyle
from async_sync.pagination.link_style import LinkStyle
from async_sync.pagination.next_page import TOKEN_FIELDS, TOKEN_HEADERS, token_in_body, token_in_header
from async_sync.records.answers import Field
from async_sync.records.pages import Page
from async_sync.records.requests import Request
from async_sync.records.usual import USUAL, Usual

_HAS_MORE = "has_more"


@dataclass(frozen=True, kw_only=True)
class TokenPages(FlaggedStyle, LinkStyle):
    """The answer holds a token, which is sent back with the parameters of the first request.

    - `field` holds the token. By default, the first of `next_cursor`, `next_page_token` and `nextPageToken` that holds
      one. `header` is a header that holds it instead.
    - `param` is the parameter that it is sent back in. By default, the one that APIs with such a field expect:
      `next_page_token` for `next_page_token`, `pageToken` for `nextPageToken`, `continuationToken` for the header
      `x-ms-continuationtoken`, and `cursor` for any other.
    - `token_only` says that the token stands for the whole request: it is sent back with nothing but the page size.
    - `more` is a field, or a `Header`, that says by true or false whether there is another page; `last` is one that
      says whether this is the last one.
    - `size_param` is the parameter for the page size, by default `limit`; None sends none.
    """

    kind = "token"
    field: str | Usual = USUAL
    header: str | None = None
    param: str | Usual = USUAL
    token_only: bool = False

    def link(self, page: Page, first: Request) -> Request | None:
        """The first request with the token, or with `token_only` the token alone."""
        if self.header is not None:
            found = token_in_header(page.answer, self.header)
        else:
            found = token_in_body(page.answer, tuple(TOKEN_FIELDS) if self.field is USUAL else (self.field,))
        if found is None:
            return None
        name, token = found
        sent = {self._usual_param(name) if self.param is USUAL else self.param: token}
        if not self.token_only:
            return first.with_params(sent)
        size = None if self.size_param is None else first.param(self.size_param)
        return first.only(sent if self.size_param is None or size is None else {self.size_param: size, **sent})

    def _usual_param(self, name: str) -> str:
        usual = TOKEN_FIELDS.get(name.rpartition(".")[2]) if self.header is None else TOKEN_HEADERS.get(name.lower())
        return usual or "cursor"

    def _problems(self) -> Iterator[str]:
        yield from super()._problems()
        if self.header is not None and self.field is not USUAL:
            yield "field and header are both declared, and each holds the token; leave one of them out"


@dataclass(frozen=True, kw_only=True)
class LastIdPages(FlaggedStyle, LinkStyle):
    """The next page begins after the last record of this one, whose key is sent back.

    This is keyset paging: a page is asked for by the key of a record instead of by a position, so no record is missed
    when others appear, move or vanish. The API must sort the list by that key, and no two records may share one.

    - `field` is the column of the row that holds the key, by default `id`. It is sent as the API wrote it, even if the
      column is written in another form.
    - `param` is the parameter that it is sent back in, by default `starting_after`.
    - `more` is a field, or a `Header`, that says by true or false whether there is another page, by default `has_more`;
      `last` is one that says whether this is the last one. With neither (`more=None`), pages are read until one is
      empty.
    - `size_param` is the parameter for the page size, by default `limit`; None sends none.
    """

    kind = "last_id"
    may_count = False
    field: str = "id"
    param: str = "starting_after"
    more: Field | None = _HAS_MORE

    def __post_init__(self) -> None:
        if self.last is not None and self.more == _HAS_MORE:
            object.__setattr__(self, "more", None)
        super().__post_init__()

    def link(self, page: Page, first: Request) -> Request | None:
        """The first request with the key of the last record."""
        if not self.has_flag and not page.rows:
            return None
        last = page.last or (page.rows[-1] if page.rows else {})
        value = last.get(self.field)
        if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
            raise PaginationError(
                url=page.answer.url,
                problem=f"there is another page, but the last record of this one has no {self.field} to continue from",
                advice=CORRECT_STREAM,
            )
        return first.with_params({self.param: value})
