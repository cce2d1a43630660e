"""What can be wrong with the placeholders in the texts of a stream."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from async_sync.records.cursors import SEQUENCE
from async_sync.streams.templates import CURSOR, CURSOR_FIELD, UNTIL, forms, placeholders

if TYPE_CHECKING:
    from async_sync.streams.stream import Stream

_FILLED = ("path", "params", "headers", "body", "since_format")
"""What may name more than the cursor field."""
_WHERE = "path, params, headers, body and since_format"


def placeholder_problems(stream: "Stream") -> Iterator[str]:
    """What is wrong with the texts of one stream, whatever is above it."""
    for where, text in stream.texts():
        try:
            names = placeholders(text)
        except ValueError as error:
            yield f"{where}: {error}"
            continue
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
