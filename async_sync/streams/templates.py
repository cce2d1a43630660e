"""Texts with placeholders, as in `str.format`: `/companies/{company_id}/departments`.

`{cursor}` is the cursor that is sent, as it is or in a form of `strftime` (`{cursor:%Y-%m-%d}`), `{until}` the end of a
range that begins there, and `{cursor_field}` the API's name of the cursor field. Any other placeholder is a parameter
of the page style, a key of the configuration, or a column of the parent's row. A doubled brace stands for a single one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import formatdate
from string import Formatter
from typing import Any
from urllib.parse import quote

from async_sync.errors.base import FatalError
from async_sync.records.cursors import NANOSECONDS, Cursor
from async_sync.records.places import OpenText, Value

CURSOR, CURSOR_FIELD, UNTIL = "cursor", "cursor_field", "until"
OWN_NAMES = frozenset({CURSOR, CURSOR_FIELD, UNTIL})
"""What these stand for does not depend on what the stream or its page style declares."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_formatter = Formatter()
_INSTEAD = (
    "between braces must be a name, such as {company_id}, or {cursor:%Y-%m-%d} for the cursor in another form; for a "
    "brace itself, write two"
)


@dataclass(frozen=True)
class SentCursor:
    """A cursor as the value of a placeholder; a time has the forms of `strftime` in this zone, rounded down."""

    cursor: Cursor
    zone: tzinfo = UTC

    def __format__(self, form: str) -> str:
        if not form:
            return str(self.cursor.raw)
        moment = _EPOCH + timedelta(microseconds=int(self.cursor.at) // 1000)
        return moment.astimezone(self.zone).strftime(form)

    @property
    def http_date(self) -> str:
        """The time as HTTP has it (RFC 9110), in whole seconds."""
        return formatdate(int(self.cursor.at) // NANOSECONDS, usegmt=True)


Values = Mapping[str, Value | SentCursor]


def placeholders(text: str) -> frozenset[str]:
    """The names in the text. Raises ValueError, which says what to write, if braces contain anything but a name."""
    if not isinstance(text, str):
        raise ValueError(f"{text!r} must be text")
    try:
        parts = [part for _, *part in _formatter.parse(text) if part[0] is not None]
    except ValueError:
        raise ValueError(f"{text!r} has an unmatched brace: {_INSTEAD}") from None
    for name, form, conversion in parts:
        is_formed = name in {CURSOR, UNTIL} and str(form).startswith("%")
        if not str(name).isidentifier() or (form and not is_formed) or conversion:
            raise ValueError(f"{text!r} has a placeholder that is not a name: {_INSTEAD}")
    return frozenset(str(name) for name, _, _ in parts)


def forms(text: str) -> Iterator[str]:
    """The forms that the text wants the cursor in."""
    return (form for _, _, form, _ in _formatter.parse(text) if form)


def texts_in(node: Any) -> Iterator[str]:
    """Every text in JSON, at any depth."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for member in node.values():
            yield from texts_in(member)
    elif isinstance(node, list | tuple):
        for element in node:
            yield from texts_in(element)


def filled(node: Any, values: Values, places: frozenset[str] = frozenset()) -> Any:
    """A text, or every text in JSON, with the values filled in; the names in `places` stay open.

    A text that is nothing but a placeholder becomes the value itself: a number stays one.
    """
    if isinstance(node, str):
        return _filled_text(node, values, places) if "{" in node or "}" in node else node
    if isinstance(node, Mapping):
        return {name: filled(member, values, places) for name, member in node.items()}
    if isinstance(node, list | tuple):
        return [filled(element, values, places) for element in node]
    return node


def _filled_text(text: str, values: Values, places: frozenset[str]) -> Value | OpenText:
    pieces = list(_formatter.parse(text))
    if len(pieces) == 1 and not pieces[0][0] and not pieces[0][2] and pieces[0][1] not in places:
        value = values[str(pieces[0][1])]
        value = value.cursor.raw if isinstance(value, SentCursor) else value
        return str(value) if isinstance(value, str) else value  # str: of a secret, which JSON does not know
    if places.isdisjoint(str(name) for _, name, _, _ in pieces):
        return text.format_map(values)
    parts, literal = [], ""
    for before, name, form, _ in pieces:
        literal += before
        if name in places:
            parts.append((literal, str(name)))
            literal = ""
        elif name is not None:
            literal += format(values[name], str(form))
    return OpenText(parts if not literal else [*parts, (literal, "")])


def filled_path(path: str, values: Values, places: frozenset[str] = frozenset()) -> str:
    """The path with each value as one encoded segment; the names in `places` stay between braces.

    Raises FatalError for a value that would lead to another path however it is encoded.
    """
    segments = {name: f"{{{name}}}" for name in places}
    for name, given in values.items():
        value = str(given)
        if value in {".", ".."}:
            raise FatalError(
                f"The {name} {value!r} cannot be used in a URL: it would lead to another path than {path}. "
                "Correct it in the source, or set on_parent_error in configuration.json to skip."
            )
        segments[name] = quote(value, safe="")
    return path.format_map(segments)


def filled_headers(headers: Mapping[str, str], values: Values) -> dict[str, str]:
    """The headers with the values filled in. Raises FatalError if the result is not printable ASCII text."""
    ready = {name: text.format_map(values) for name, text in headers.items()}
    for name, value in ready.items():
        if not (value.isascii() and value.isprintable()):
            raise FatalError(
                f"The header {name} would be {value!r}, which is not printable ASCII text. Correct headers of the "
                "stream in connector.py, or set on_parent_error in configuration.json to skip."
            )
    return ready
