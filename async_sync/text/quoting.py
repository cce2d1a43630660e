"""Quotes what others wrote: without secrets, on one line, and shortened."""

import re
from collections.abc import Sequence
from urllib.parse import unquote_plus, urlsplit, urlunsplit

from async_sync.text.redaction import redacted

_MAX_NAMES, _MAX_NAME_LENGTH, _MAX_VALUE_LENGTH = 20, 100, 100
_HIDDEN = "..."
_CREDENTIAL = re.compile("token|secret|passw|pwd|signature|credential|apikey|jwt|hmac|^code$", re.IGNORECASE)
_CREDENTIAL_WORDS = {"auth", "authorization", "bearer", "key", "session", "sid", "sig"}
_WORDS = re.compile("[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def one_line(text: str, max_length: int) -> str:
    """The beginning of a text, without secrets, control characters and line ends."""
    text = redacted(text)  # before it is cut: half a secret is still a secret
    return _without_control_characters(text[:max_length]) + ("..." if len(text) > max_length else "")


def field_names(fields: Sequence[str]) -> str:
    """The first names of the fields of a record."""
    few = [one_line(name, _MAX_NAME_LENGTH) for name in fields[:_MAX_NAMES]]
    return ", ".join(few + ["..."] * (len(fields) > _MAX_NAMES)) or "none"


def safe_url(url: str) -> str:
    """The URL without user, password and fragment, and without the values of parameters that contain credentials."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an unreadable URL"
    query = "&".join(_parameter(pair) for pair in parts.query.split("&") if pair)
    host = parts.netloc.rpartition("@")[2]
    return _without_control_characters(urlunsplit((parts.scheme, host, _redacted_part(parts.path), query, "")))


def is_credential(name: str) -> bool:
    """Whether a parameter of that name is likely to contain a credential."""
    words = {word.lower() for word in _WORDS.findall(name)}
    return bool(_CREDENTIAL.search(name) or words & _CREDENTIAL_WORDS)


def _parameter(pair: str) -> str:
    """A parameter as it was sent, unless its value must be hidden; without a name, it may be anything."""
    name, equals, value = pair.partition("=")
    if not equals:
        return _HIDDEN
    hidden = is_credential(unquote_plus(name)) or _redacted_part(value) != value
    return f"{_redacted_part(name)}={_HIDDEN if hidden else _cut(value)}"


def _redacted_part(text: str) -> str:
    """A part of a URL as it is, or decoded and redacted if only decoding reveals a secret."""
    hidden, plain = redacted(text), unquote_plus(text)
    return hidden if redacted(plain) == plain or hidden != text else redacted(plain)


def _cut(value: str) -> str:
    return value[:_MAX_VALUE_LENGTH] + "..." if len(value) > _MAX_VALUE_LENGTH else value


def _without_control_characters(text: str) -> str:
    return "".join(part if part.isprintable() else "?" for part in text)
