"""What can be wrong between the fields of a stream, each of which is right by itself."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from async_sync.records.cursors import SEQUENCE
from async_sync.streams.templates import placeholders

if TYPE_CHECKING:
    from async_sync.streams.stream import Stream

_PAGED = ("params", "body")
"""What a token that is sent alone leaves out."""


def combined_problems(stream: "Stream") -> Iterator[str]:
    """Each problem, with what to write instead. To be asked only about a stream without other problems."""
    yield from _windows(stream)
    if stream.finds_deleted and stream.is_windowed:
        yield (
            "finds_deleted is set, and what is asked for has an end: a record that changes just then is in no answer, "
            "though it is still there; leave out one of them"
        )
    if getattr(stream.pagination, "token_only", False):
        yield from _left_out(stream)
    is_limited = getattr(stream.pagination, "max_position", None) is not None
    if is_limited and not (stream.asks_for_changes and stream.is_sorted is True):
        yield (
            "pagination has a max_position, beyond which the list is asked for again from its cursor; set "
            "cursor_field, since_param (or {cursor} in a text) and is_sorted=True, or leave max_position out"
        )


def _windows(stream: "Stream") -> Iterator[str]:
    """A range of time needs a beginning and an end, and a cursor that is a time."""
    for name in ("window", "max_results"):
        if getattr(stream, name) is not None and not stream.is_windowed:
            yield f"{name} is set, and nothing sends the end of a range; set until_param, or put {{until}} into a text"
    if stream.since_header is None and not stream.is_windowed:
        return
    if stream.cursor_field is None or stream.cursor_type is SEQUENCE:
        yield "since_header, until_param and {until} need a cursor that is a time; set cursor_field and cursor_type"
    elif not stream.asks_for_changes:
        yield "what is asked for has an end, but no beginning; set since_param, or put {cursor} into a text"


def _left_out(stream: "Stream") -> Iterator[str]:
    """A token that is sent alone leaves out texts, and with them the places of the page style there."""
    for where, text in stream.texts():
        places = placeholders(text) & stream.places if where in _PAGED else frozenset()
        if places:
            yield (
                f"pagination is token_only, and {{{min(places)}}} stands in {text!r}, which would not be sent again; "
                "leave out one of them"
            )
