"""Parameters of links that hold a position, such as `page` in `?page=2` or `offset` in `?offset=100`. Sans-I/O."""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from async_sync.records.pages import Page

_PAGES = {"page", "page[number]", "_page", "p", "pagenumber", "page_number", "pageindex", "page_index"}
_OFFSETS = {"offset", "_offset", "page[offset]", "skip", "$skip", "start", "_start", "startat", "start_at"}
_KEYSET = re.compile(
    "cursor|^token|(page|next|skip).?token|after|before|^last|marker|seek|keyset|^continu", re.IGNORECASE
)
_SIZE = re.compile("limit|size|count|per.?page|top|max|rows|length|take|first|version", re.IGNORECASE)
_MIN_FIRST_OFFSET = 3
"""A smaller number that was not asked for may be a flag, or the number of the second page."""


class PositionParam(NamedTuple):
    """A parameter that holds the number of a page, counted from `first_page`, or an offset (`first_page` is None)."""

    name: str
    first_page: int | None


def position_param(page: Page, link: str, *, size_param: str | None, only_known: bool = False) -> PositionParam | None:
    """The parameter by which the link counts on from the page, or None if it does anything else.

    Any parameter counts that grows by the records of the page, or from one number to the next; with `only_known`, only
    those whose names say so. A link may leave out parameters or add some, as APIs do with their defaults, and may
    correct the size of a page.
    """
    here, there = urlsplit(page.answer.url), urlsplit(link)
    if here[:2] != there[:2]:
        return None
    asked, linked = dict(parse_qsl(here.query)), dict(parse_qsl(there.query))
    rows, limit = len(page.rows), _whole(asked.get(size_param)) if size_param is not None else None
    found = [_known(name, asked, linked[name], rows, limit) for name in linked]
    if not only_known:
        found += [_unknown(name, asked, linked[name], rows) for name in linked if name != size_param]
    param = next((param for param in found if param is not None), None)
    if param is None or any(_leads(name, asked, linked[name]) for name in linked.keys() - {param.name, size_param}):
        return None
    return param


def _known(name: str, asked: Mapping[str, str], value: str, rows: int, limit: int | None) -> PositionParam | None:
    """A parameter with a usual name, if it grew by one page, by the records of this page, or by the limit of a page."""
    number, before = _whole(value), _whole(asked.get(name))
    if number is None:
        return None
    if name.lower() in _PAGES:
        first_page = number - 1 if before is None and number in {1, 2} else before
        return PositionParam(name, first_page) if first_page is not None and number == first_page + 1 else None
    goes_on = number > 0 and number - (before or 0) in {rows, limit}
    return PositionParam(name, None) if name.lower() in _OFFSETS and goes_on else None


def _unknown(name: str, asked: Mapping[str, str], value: str, rows: int) -> PositionParam | None:
    """A parameter with any other name, if its values alone show that it counts."""
    number, before = _whole(value), _whole(asked.get(name))
    if number is None or _KEYSET.search(name) or _SIZE.search(name):
        return None
    if before is not None and number == before + 1:
        return PositionParam(name, before)
    least = _MIN_FIRST_OFFSET if before is None else 1
    return PositionParam(name, None) if rows >= least and number == (before or 0) + rows else None


def _leads(name: str, asked: Mapping[str, str], value: str) -> bool:
    """Whether this parameter helps to decide where the link leads."""
    return value != asked[name] if name in asked else bool(_KEYSET.search(name))


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() else None
