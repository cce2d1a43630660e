"""Texts with placeholders, as in `str.format`: `/companies/{company_id}/departments`.

`{cursor}` is the cursor that is sent, `{cursor_field}` the API's name of the cursor field, and any other placeholder a
column of the parent's row. A doubled brace stands for a single one.
"""

from collections.abc import Mapping
from string import Formatter
from urllib.parse import quote

from async_sync.errors.base import FatalError

CURSOR, CURSOR_FIELD = "cursor", "cursor_field"

_formatter = Formatter()
_INSTEAD = "between braces must be a name, such as {company_id}; for a brace itself, write two"


def placeholders(text: str) -> frozenset[str]:
    """The names in the text. Raises ValueError, which says what to write, if braces contain anything but a name."""
    if not isinstance(text, str):
        raise ValueError(f"{text!r} must be text")
    try:
        parts = [part for _, *part in _formatter.parse(text) if part[0] is not None]
    except ValueError:
        raise ValueError(f"{text!r} has an unmatched brace: {_INSTEAD}") from None
    for name, form, conversion in parts:
        if not str(name).isidentifier() or form or conversion:
            raise ValueError(f"{text!r} has a placeholder that is not a name: {_INSTEAD}")
    return frozenset(str(name) for name, _, _ in parts)


def filled(texts: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """The texts with the values filled in."""
    return {name: text.format_map(values) for name, text in texts.items()}


def filled_path(path: str, values: Mapping[str, str]) -> str:
    """The path with each value as one encoded segment.

    Raises FatalError for a value that would lead to another path however it is encoded.
    """
    segments = {}
    for name, value in values.items():
        if value in {".", ".."}:
            raise FatalError(
                f"The {name} {value!r} cannot be used in a URL: it would lead to another path than {path}. "
                "Correct it in the source, or set on_parent_error in configuration.json to skip."
            )
        segments[name] = quote(value, safe="")
    return path.format_map(segments)


def filled_headers(headers: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """The headers with the values filled in. Raises FatalError if the result is not printable ASCII text."""
    ready = filled(headers, values)
    for name, value in ready.items():
        if not (value.isascii() and value.isprintable()):
            raise FatalError(
                f"The header {name} would be {value!r}, which is not printable ASCII text. Correct headers of the "
                "stream in connector.py, or set on_parent_error in configuration.json to skip."
            )
    return ready
