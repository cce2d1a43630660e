"""Where an answer names the next page: in fields of its body, or in its headers. Sans-I/O."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from async_sync.errors.lists import PaginationError
from async_sync.records.answers import Answer
from async_sync.records.dotted_paths import value_at
from async_sync.records.pages import Page
from async_sync.records.requests import Request

NEXT = "next"
URL_FIELDS = ("next_page_url", "next", "@odata.nextLink", "links.next", "links", "link")
TOKEN_FIELDS: Mapping[str, str] = {
    "next_cursor": "cursor",
    "next_page_token": "next_page_token",
    "nextPageToken": "pageToken",
}
"""Where a token usually is, and the parameter in which the APIs that put it there expect it back."""
TOKEN_HEADERS: Mapping[str, str] = {"x-ms-continuationtoken": "continuationToken"}
"""The same for headers: that of Azure DevOps."""
_RELATIONS = ("rel", "relation")


class HeaderLink(NamedTuple):
    """A link of the `Link` header, with its parameters by their names in lower case."""

    url: str
    parameters: Mapping[str, str]


def url_in_body(answer: Answer, fields: Sequence[str], rel: str = NEXT) -> str | None:
    """The first URL in these fields; of several links in a list, the one with that relation counts."""
    for field in fields:
        value = value_at(answer.body, field)
        if value is not None and (url := _url_in(value, rel)):
            return url
    return None


def link_in_header(answer: Answer, rel: str = NEXT) -> HeaderLink | None:
    """The link with that relation in the `Link` header (RFC 8288)."""
    for text in answer.headers.get("link", "").split("<")[1:]:
        url, _, parameters = text.partition(">")
        pairs = (parameter.partition("=") for parameter in parameters.split(";"))
        link = HeaderLink(url, {name.strip().lower(): value.strip(' ",') for name, _, value in pairs})
        if _is_related(link.parameters.get("rel"), rel):
            return link
    return None


def token_in_body(answer: Answer, fields: Sequence[str]) -> tuple[str, str] | None:
    """The first field of these that holds a token, and the token."""
    for field in fields:
        token = value_at(answer.body, field)
        if (type(token) is str or type(token) is int) and token not in {"", 0}:
            return field, str(token)
    return None


def token_in_header(answer: Answer, name: str) -> tuple[str, str] | None:
    """The header of that name and the token that it holds."""
    token = answer.headers.get(name)
    return (name, token) if token else None


def request_at(
    page: Page, first: Request, url: str, *, relative_to_base: bool = False, keeps_origin: bool = False
) -> Request:
    """The request for a URL that the page names, which may be relative to the page's own, or to the API's base URL.

    With `keeps_origin`, only its path and its query count. Raises PaginationError if it is not a URL; the text of the
    ValueError is left out, since it may hold a password.
    """
    try:
        parts = urlsplit(url)
        if keeps_origin and parts.netloc:
            parts = parts._replace(scheme="", netloc="", path="/" + parts.path.lstrip("/"))  # // would begin a host
            url = parts.geturl()
        is_relative = not parts.netloc and not parts.scheme and bool(parts.path)
        if relative_to_base and is_relative:
            joined = urljoin(f"{first.base_url}/", url.lstrip("/"))
        else:
            joined = urljoin(page.answer.url, url)
    except ValueError:
        raise PaginationError(
            url=page.answer.url,
            problem="the next page that it names has no valid URL",
            advice="Set another pagination in configuration.json, or report it to whoever runs the API.",
        ) from None
    return first.following(joined)


def _url_in(value: object, rel: str) -> str | None:
    """The URL that a field of an answer holds: as text, in an object, or in the one of several that links on."""
    if isinstance(value, list):
        links = (link for link in value if isinstance(link, dict))
        value = next((link for link in links if any(_is_related(link.get(name), rel) for name in _RELATIONS)), None)
    if isinstance(value, dict):
        value = value.get("href") or value.get("url")
    return value if isinstance(value, str) else None


def _is_related(relations: object, rel: str) -> bool:
    """Whether the relations of a link, as a list or as words of a text, contain that one."""
    words = relations.split() if isinstance(relations, str) else relations
    return isinstance(words, list) and rel.lower() in (word.lower() for word in words if isinstance(word, str))
