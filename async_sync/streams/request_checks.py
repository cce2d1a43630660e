"""What can be wrong with the requests that a stream declares."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from async_sync.pagination.page_style import PageStyle

if TYPE_CHECKING:
    from async_sync.streams.stream import Stream

_METHODS = ("GET", "POST")
_SHORTEST = timedelta(seconds=1)


def request_problems(stream: "Stream") -> Iterator[str]:
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
    if isinstance(stream.pagination, PageStyle) and stream.pagination.in_body and not isinstance(stream.body, Mapping):
        yield "pagination is in_body, and body is no object; set one, such as body={}, with method='POST'"
    try:
        msgspec.json.encode(stream.body)
    except TypeError as error:
        yield f"body cannot be written as JSON ({error}); it may contain objects, lists, texts, numbers and None"
    yield from _limits(stream)
    for name in ("sort_params", "params", "headers"):
        yield from _texts(name, getattr(stream, name))


def _limits(stream: "Stream") -> Iterator[str]:
    if stream.window is not None and not (isinstance(stream.window, timedelta) and stream.window >= _SHORTEST):
        yield f"window is {stream.window!r}; it must be a time of at least a second, such as timedelta(days=30)"
    if stream.max_results is not None and not (type(stream.max_results) is int and stream.max_results > 0):
        yield f"max_results is {stream.max_results!r}; it must be a number of records, such as 10_000, or None"


def _texts(name: str, given: object) -> Iterator[str]:
    """Parameters are texts, and those of a list may be repeated."""
    if not isinstance(given, Mapping):
        yield f"{name} is {given!r}; it must be an object, such as {{'state': 'all'}}"
        return
    for value in given.values():
        values = value if isinstance(value, list | tuple) and name == "params" else [value]
        yield from (f"{name}: {one!r} must be text" for one in values if not isinstance(one, str))
