"""How an API names the next page of a list, by its first answer and the next one."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urljoin, urlsplit

from async_sync.pagination.next_page import (
    TOKEN_FIELDS,
    TOKEN_HEADERS,
    URL_FIELDS,
    link_in_header,
    token_in_body,
    token_in_header,
    url_in_body,
)
from async_sync.records.dotted_paths import value_at
from async_sync.text.origins import is_same_origin
from async_sync.text.quoting import safe_url
from scaffold.exchange import Ask, Budget, Said, Study
from scaffold.listing import Listing, Record, records_in

SIZES = ("limit", "per_page", "page_size", "pageSize", "_limit", "_per_page", "_size", "$top", "top", "size", "count",
         "maxResults", "max_results", "page[size]", "page[limit]", "first", "rows", "pagesize", "_count")  # fmt: skip
"""Parameters that set the number of records of a page."""
_MORE_TOKENS = {"paging.next.after": "after", "meta.next_cursor": "cursor", "response_metadata.next_cursor": "cursor",
                "next_page": "page", "next": "next", "offset": "offset", "continuation_token": "continuation_token",
                "meta.next_token": "next_token"}  # fmt: skip
_URL_HEADERS = ("Next-Page", "X-Next-Page", "X-Next")
_POSITIONS = (("NumberedPages", "page"), ("NumberedPages", "_page"), ("OffsetPages", "offset"), ("OffsetPages", "skip"))
_ELSEWHERE = (
    "NOT SURE: the next page is at another origin ({url}), where no credentials may go, so it was not asked for. If a "
    "proxy writes its inner name there, add keep_origin=True."
)


@dataclass(frozen=True)
class Pages:
    """The code of the page style, the name that it imports, how sure that is, and the records of the next page."""

    code: str
    name: str
    note: str
    records: list[Record]


def size_of(query: Mapping[str, str]) -> str | None:
    """The parameter of a query that sets the number of records of a page."""
    return next((name for name in query if name in SIZES and query[name].isdigit()), None)


def study_pages(first: Said, ask: Ask, listing: Listing, budget: Budget) -> Study[Pages]:
    """Find the style that leads from the first answer to another page, and read that."""
    size, found = size_of(ask.params), _named(first, ask)
    if found is None and (first.body if isinstance(first.body, dict) else {}).get("has_more") is True:
        by_id = yield from _after_last(ask, listing, size, budget)
        return by_id
    if found is None:
        guessed = yield from _guessed(first, ask, listing, size, budget)
        return guessed
    style, arguments, following = found
    linked = dict(parse_qsl(urlsplit(following.url).query))
    size = size or size_of(linked)
    if not is_same_origin(following.url, first.url):
        return _pages(style, arguments, size, _ELSEWHERE.format(url=safe_url(following.url)), [])
    records = yield from _others(following, listing, budget)
    note = "The next page was read." if records else "NOT SURE: the next page could not be read."
    return _pages(style, arguments, size, note, records)


def _named(first: Said, ask: Ask) -> tuple[str, list[str], Ask] | None:
    """The style, its arguments and the request for the next page that the answer names."""
    answer = first.answer
    link = link_in_header(answer)
    if link is not None:
        more = ['more="link.results"'] if "results" in link.parameters else []
        return "LinkHeaderPages", more, Ask(urljoin(first.url, link.url))
    for field in (*URL_FIELDS, "next_url"):
        url = url_in_body(answer, [field])
        if url and ("/" in url or "?" in url):
            return "NextUrlPages", [f'field="{field}"'], Ask(urljoin(first.url, url))
    for header in _URL_HEADERS:
        url = first.headers.get(header.lower(), "")
        if "/" in url:
            return "NextUrlPages", [f'header="{header}"'], Ask(urljoin(first.url, url))
    for header, param in TOKEN_HEADERS.items():
        token = token_in_header(answer, header)
        if token is not None:
            return "TokenPages", [f'header="{header}"'], Ask(ask.url, {**ask.params, param: token[1]})
    for field, param in {**TOKEN_FIELDS, **_MORE_TOKENS}.items():
        token = token_in_body(answer, [field])
        if token is not None and not _is_count(first, field):
            arguments = [f'field="{field}"', f'param="{param}"']
            return "TokenPages", arguments, Ask(ask.url, {**ask.params, param: token[1]})
    return None


def _is_count(first: Said, field: str) -> bool:
    """Whether a field named like a token is that of positions: the page itself is told beside it."""
    value = value_at(first.body, field)
    return field in {"offset", "next"} and type(value) is int


def _after_last(ask: Ask, listing: Listing, size: str | None, budget: Budget) -> Study[Pages]:
    last = str(listing.records[-1].get("id", "")) if listing.records else ""
    records = yield from _others(Ask(ask.url, {**ask.params, "starting_after": last}), listing, budget)
    note = "The page after the last record was read." if records else "NOT SURE: the next page could not be read."
    return _pages("LastIdPages", [], size, note, records)


def _guessed(first: Said, ask: Ask, listing: Listing, size: str | None, budget: Budget) -> Study[Pages]:
    """Try positions, where the answer was cut: a page size was asked for, and reached."""
    asked = int(ask.params[size]) if size is not None else 0
    for style, param in _POSITIONS if len(listing.records) == asked else ():
        if param not in ask.params:
            position = "2" if style == "NumberedPages" else str(asked)
            records = yield from _others(Ask(ask.url, {**ask.params, param: position}), listing, budget)
            if records:
                return _pages(style, [f'param="{param}"'], size, "The second page was read.", records)
    held = f"One answer held {len(listing.records)} records and named no next page."
    instead = "If there may be more, give a URL with a small page size, such as ?limit=2, or correct this."
    if isinstance(first.body, dict) and any(name in first.body for name in (*URL_FIELDS[:3], *TOKEN_FIELDS)):
        instead = "It has a place for one, which auto knows."
    return _pages("AutoPages", [], size, f"{held} {instead}", [])


def _others(ask: Ask, listing: Listing, budget: Budget) -> Study[list[Record]]:
    """The records of a next page: none where it holds any that were on the page before."""
    if not budget.take():
        return []
    said = yield ask
    records = records_in(said, listing) or []
    return [] if any(record in listing.records for record in records) else records


def _pages(style: str, arguments: list[str], size: str | None, note: str, records: list[Record]) -> Pages:
    written = [*arguments, f'size_param="{size}"' if size is not None else "size_param=None"]
    return Pages(f"{style}({', '.join(written)})", style, note, records)
