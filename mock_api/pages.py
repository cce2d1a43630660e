"""How a list is split into pages, with one function per style; sans-I/O.

| style         | request parameters | next page                                    |
|---------------|--------------------|----------------------------------------------|
| `none`        |                    | none: one page holds the whole list          |
| `next_url`    | `limit`, `cursor`  | `next_page_url` in the body, null at the end |
| `link_header` | `limit`, `cursor`  | `Link: <...>; rel="next"`; a bare array      |
| `token`       | `limit`, `cursor`  | `next_cursor` in the body, null at the end   |
| `offset`      | `limit`, `offset`  | the caller counts                            |
| `page`        | `limit`, `page`    | the caller counts, from 1                    |

A `cursor` is the position of the last record returned (its time, if it has one, and id), so a record that changes
between two pages does not shift the others; with `offset` and `page` it does, as in real APIs.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import urlencode

import msgspec

from mock_api.table import NO_TIME, Listing, Position, Record, instant

DEFAULT_LIMIT = 100


class BadParameterError(ValueError):
    """A query parameter the API does not accept; answered with 400."""

    def __init__(self, name: str, value: str, rule: str) -> None:
        super().__init__(f"{name}={value!r}: {rule}")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What a style works from: the URL without its query, the query, the order, and the maximum of `limit`.

    `key` names the fields that order the list: `("updated_at", "company_id")`, or `("code",)` without a time.
    """

    url: str
    query: Mapping[str, str]
    key: tuple[str, ...]
    newest_first: bool
    max_page_size: int

    @property
    def limit(self) -> int:
        """Records per page: as requested, but at most `max_page_size`."""
        return min(_whole_number(self.query, "limit", DEFAULT_LIMIT, minimum=1), self.max_page_size)


@dataclass(frozen=True, slots=True)
class Page:
    """A body ready to be encoded, and the headers that belong to it."""

    body: object
    headers: Mapping[str, str] = field(default_factory=dict)


PageStyle: TypeAlias = Callable[[Listing, PageRequest], Page]


def _none(listing: Listing, asked: PageRequest) -> Page:
    return Page(_body(listing, listing.window(0, len(listing), newest_first=asked.newest_first)))


def _next_url(listing: Listing, asked: PageRequest) -> Page:
    records, cursor = _keyset(listing, asked)
    return Page(_body(listing, records, next_page_url=_url_of(asked, cursor)))


def _link_header(listing: Listing, asked: PageRequest) -> Page:
    records, cursor = _keyset(listing, asked)
    url = _url_of(asked, cursor)
    return Page(records, {"Link": f'<{url}>; rel="next"'} if url else {})


def _token(listing: Listing, asked: PageRequest) -> Page:
    records, cursor = _keyset(listing, asked)
    return Page(_body(listing, records, next_cursor=cursor))


def _offset(listing: Listing, asked: PageRequest) -> Page:
    start = _whole_number(asked.query, "offset", 0, minimum=0)
    return Page(_body(listing, listing.window(start, asked.limit, newest_first=asked.newest_first)))


def _page(listing: Listing, asked: PageRequest) -> Page:
    start = (_whole_number(asked.query, "page", 1, minimum=1) - 1) * asked.limit
    return Page(_body(listing, listing.window(start, asked.limit, newest_first=asked.newest_first)))


STYLES: Mapping[str, PageStyle] = {
    "none": _none,
    "next_url": _next_url,
    "link_header": _link_header,
    "token": _token,
    "offset": _offset,
    "page": _page,
}

PARAMETERS: Mapping[str, frozenset[str]] = {
    "none": frozenset(),
    "next_url": frozenset({"limit", "cursor"}),
    "link_header": frozenset({"limit", "cursor"}),
    "token": frozenset({"limit", "cursor"}),
    "offset": frozenset({"limit", "offset"}),
    "page": frozenset({"limit", "page"}),
}


def _body(listing: Listing, records: list[Record], **more: str | None) -> dict[str, Any]:
    return {"data": records, "total_items": len(listing), **more}


def _keyset(listing: Listing, asked: PageRequest) -> tuple[list[Record], str | None]:
    """The page after the cursor of the request, and the cursor for the next page (None at the end)."""
    cursor = asked.query.get("cursor")
    after = None if cursor is None else _decode_cursor(cursor, asked.key)
    start = 0 if after is None else listing.start_after(after, newest_first=asked.newest_first)
    records = listing.window(start, asked.limit, newest_first=asked.newest_first)
    if start + len(records) >= len(listing):
        return records, None
    return records, _encode_cursor([records[-1][name] for name in asked.key])


def _encode_cursor(values: list[str]) -> str:
    return urlsafe_b64encode(msgspec.json.encode(values)).rstrip(b"=").decode()


def _decode_cursor(cursor: str, key: tuple[str, ...]) -> Position:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        values = msgspec.json.decode(urlsafe_b64decode(padded), type=list[str])
        last = dict(zip(key, values, strict=True))
        return instant(last["updated_at"]) if "updated_at" in last else NO_TIME, last[key[-1]]
    except ValueError as error:  # UnicodeEncodeError, binascii.Error and msgspec's errors are ValueErrors too
        raise BadParameterError("cursor", cursor, "is not a cursor that this API issued") from error


def _url_of(asked: PageRequest, cursor: str | None) -> str | None:
    return None if cursor is None else f"{asked.url}?{urlencode({**asked.query, 'cursor': cursor})}"


def _whole_number(query: Mapping[str, str], name: str, default: int, *, minimum: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,18}", text) or int(text) < minimum:
        raise BadParameterError(name, text, f"must be a whole number of at least {minimum}")
    return int(text)
