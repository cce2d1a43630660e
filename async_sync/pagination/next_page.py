"""Where an answer names the next page: in fields of its body, or in its `Link` header. Sans-I/O."""

from collections.abc import Mapping, Sequence
from urllib.parse import urljoin

from async_sync.errors.lists import PaginationError
from async_sync.records.answers import Answer
from async_sync.records.dotted_paths import value_at
from async_sync.records.pages import Page
from async_sync.records.requests import Request

URL_FIELDS = ("next_page_url", "next", "@odata.nextLink", "links.next", "links", "link")
TOKEN_FIELDS: Mapping[str, str] = {
    "next_cursor": "cursor",
    "next_page_token": "next_page_token",
    "nextPageToken": "pageToken",
}
"""Where a token usually is, and the parameter in which the APIs that put it there expect it back."""


def url_in_body(answer: Answer, fields: Sequence[str]) -> str | None:
    """The first URL in these fields."""
    urls = (_url_in(value_at(answer.body, field)) for field in fields)
    return next(filter(None, urls), None)


def url_in_link_header(answer: Answer) -> str | None:
    """The URL in the `Link` header (RFC 8288) whose `rel` is `next`."""
    for link in answer.headers.get("link", "").split("<")[1:]:
        url, _, parameters = link.partition(">")
        for parameter in parameters.split(";"):
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "rel" and "next" in value.strip(' ",').lower().split():
                return url
    return None


def token_in_body(answer: Answer, fields: Sequence[str]) -> tuple[str, str] | None:
    """The first field of these that holds a token, and the token."""
    for field in fields:
        token = value_at(answer.body, field)
        if (type(token) is str or type(token) is int) and token not in {"", 0}:
            return field, str(token)
    return None


def request_at(page: Page, first: Request, url: str) -> Request:
    """The request for a URL that the page names, which may be relative to the page's own.

    Raises PaginationError if it is not a URL; the text of the ValueError is left out, since it may hold a password.
    """
    try:
        joined = urljoin(page.answer.url, url)
    except ValueError:
        raise PaginationError(
            url=page.answer.url,
            problem="the next page that it names has no valid URL",
            advice="Set another pagination in configuration.json, or report it to whoever runs the API.",
        ) from None
    return first.following(joined)


def _url_in(value: object) -> str | None:
    """The URL that a field of an answer holds: as text, in an object, or in the one of several that links on."""
    if isinstance(value, list):
        links = (link for link in value if isinstance(link, dict))
        value = next((link for link in links if "next" in {link.get("rel"), link.get("relation")}), None)
    if isinstance(value, dict):
        value = value.get("href") or value.get("url")
    return value if isinstance(value, str) else None
