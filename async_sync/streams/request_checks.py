"""What can be wrong with the requests that a stream declares."""

from collections.abc import Iterator, Mapping

import msgspec

from async_sync.pagination.page_style import PageStyle
from async_sync.streams.request_options import RequestOptions

_METHODS = ("GET", "POST")


def request_problems(stream: RequestOptions) -> Iterator[str]:
    """Each problem, with what to write instead."""
    if stream.is_sorted not in {True, False, "newest_first"}:
        yield f"is_sorted is {stream.is_sorted!r}; it must be True, False, or 'newest_first'"
    if not isinstance(stream.pagination, PageStyle):
        yield f"pagination is {stream.pagination!r}; it must be a page style, such as NumberedPages(param='page')"
    if not stream.path.startswith("/") or {"?", "#"} & set(stream.path):
        yield f"path is {stream.path!r}; it must begin with / and contain no query, which belongs in params"
    if stream.method not in _METHODS:
        yield f"method is {stream.method!r}; it must be 'GET' or 'POST'"
    elif stream.body is not None and stream.method == "GET":
        yield "body is only sent with method='POST'; set that, or put what is asked for into params"
    if isinstance(stream.pagination, PageStyle) and stream.pagination.in_body and stream.body is None:
        yield "pagination is in_body, and there is no body; set one, such as body={}, with method='POST'"
    try:
        msgspec.json.encode(stream.body)
    except TypeError as error:
        yield f"body cannot be written as JSON ({error}); it may contain objects, lists, texts, numbers and None"
    for name in ("sort_params", "params", "headers"):
        yield from _texts(name, getattr(stream, name))


def _texts(name: str, given: object) -> Iterator[str]:
    """Parameters are texts, and those of a list may be repeated."""
    if not isinstance(given, Mapping):
        yield f"{name} is {given!r}; it must be an object, such as {{'state': 'all'}}"
        return
    for value in given.values():
        values = value if isinstance(value, list | tuple) and name == "params" else [value]
        yield from (f"{name}: {one!r} must be text" for one in values if not isinstance(one, str))
