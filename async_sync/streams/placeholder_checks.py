"""What can be wrong with the placeholders in the texts of a stream."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from async_sync.records.cursors import SEQUENCE
from async_sync.streams.templates import CURSOR, CURSOR_FIELD, OWN_NAMES, UNTIL, forms, placeholders

if TYPE_CHECKING:
    from async_sync.streams.stream import Stream

_FILLED = ("path", "params", "headers", "body", "since_format")
"""What may name more than the cursor field."""
_PAGED = ("params", "body")
"""What a token that is sent alone leaves out."""
_WHERE = "path, params, headers, body and since_format"


def placeholder_problems(stream: "Stream") -> Iterator[str]:
    """What is wrong with the texts of one stream, whatever is above it."""
    is_alone = getattr(stream.pagination, "token_only", False)
    sends_cursor = False
    for where, text in stream.texts():
        try:
            names = placeholders(text)
        except ValueError as error:
            yield f"{where}: {error}"
            continue
        sends_cursor |= CURSOR in names and where != "since_format"
        places = (names & stream.pagination.params) - OWN_NAMES if is_alone and where in _PAGED else frozenset()
        if places:
            yield (
                f"pagination is token_only, and {{{min(places)}}} stands in {text!r}, which would not be sent again; "
                "leave out one of them"
            )
        if where == "since_format" and CURSOR not in names:
            yield f"since_format is {text!r}; it must contain {{cursor}}"
        elif where != "since_format" and names & {CURSOR, UNTIL} and stream.cursor_field is None:
            yield f"{where}: nothing fills {{{min(names & {CURSOR, UNTIL})}}} in {text!r}; set cursor_field"
        if any(forms(text)) and stream.cursor_type is SEQUENCE:
            yield f"{where}: {text!r} has a form for a time, and cursor_type is SEQUENCE; write {{cursor}}"
        if where not in _FILLED and names - {CURSOR_FIELD}:
            yield (
                f"{where}: nothing fills {{{min(names - {CURSOR_FIELD})}}} in {text!r}; only {_WHERE} may contain more "
                "than {cursor_field}"
            )
    if getattr(stream.pagination, "max_position", None) is not None:
        yield from _position_problems(stream, sends_cursor=sends_cursor)


def _position_problems(stream: "Stream", *, sends_cursor: bool) -> Iterator[str]:
    """What lies beyond the last position can be asked for only from a cursor, in its order."""
    asks_for_changes = stream.cursor_field is not None and (stream.since_param is not None or sends_cursor)
    if not asks_for_changes or stream.is_sorted is not True:
        yield (
            "pagination has a max_position, beyond which the list is asked for again from its cursor; set "
            "cursor_field, since_param (or {cursor} in a text) and is_sorted=True, or leave max_position out"
        )


def unfilled_problems(stream: "Stream", keys: Collection[str]) -> Iterator[str]:
    """Placeholders that neither the parent of the stream fills, nor a key of the configuration."""
    names = stream.placeholders - set(keys)
    if stream.has_parent and not names:
        yield (
            f"nothing in {stream.name} names its parent; put a placeholder such as {{company_id}} into path, params, "
            "headers or body"
        )
    if stream.parent is not None:
        return
    unknown = names - set(stream.parent_key)
    if unknown:
        instead = "; each of parents must have a field of that name, or" if stream.parents else ";"
        key = f"keys must have a ConfigurationKey({min(unknown)!r})"
        yield f"nothing fills {{{min(unknown)}}} in {stream.name}{instead} {key}"
