"""What others wrote, as it may be shown: without secrets, on one line, and not too much of it. No I/O."""

import re
from collections.abc import Sequence
from urllib.parse import unquote_plus, urlsplit, urlunsplit

from async_sync.text.redaction import quoted

_MAX_NAMES, _MAX_OF_A_NAME, _MAX_OF_A_VALUE = 20, 100, 100
_BLANK = "..."
_CREDENTIAL = re.compile("token|secret|passw|pwd|signature|credential|apikey|jwt|hmac|^code$", re.IGNORECASE)
_CREDENTIAL_WORDS = {"auth", "authorization", "bearer", "key", "session", "sid", "sig"}
_WORDS = re.compile("[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def one_line(text: str, most: int) -> str:
    """The beginning of a text, without control characters and line ends."""
    text = quoted(text)  # before it is cut: half a secret is one as well
    return "".join(part if part.isprintable() else "?" for part in text[:most]) + ("..." if len(text) > most else "")


def field_names(fields: Sequence[str]) -> str:
    """The names of a record's fields, the first of them at least."""
    few = [one_line(name, _MAX_OF_A_NAME) for name in fields[:_MAX_NAMES]]
    return ", ".join(few + ["..."] * (len(fields) > _MAX_NAMES)) or "none"


def safe_url(url: str) -> str:
    """The URL, without user, password and fragment, and without the values of parameters that hold credentials."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an unreadable URL"
    query = "&".join(_pair(pair) for pair in parts.query.split("&") if pair)
    host = parts.netloc.rpartition("@")[2]
    return _printed(urlunsplit((parts.scheme, host, _decoded(parts.path), query, "")))


def is_credential(name: str) -> bool:
    """Whether a parameter of that name is likely to hold something that must not be shown."""
    words = {word.lower() for word in _WORDS.findall(name)}
    return bool(_CREDENTIAL.search(name) or words & _CREDENTIAL_WORDS)


def _pair(pair: str) -> str:
    """A parameter as it was sent, unless its value must not be shown; what has no name may be anything."""
    name, equals, value = pair.partition("=")
    if not equals:
        return _BLANK
    hidden = is_credential(unquote_plus(name)) or _decoded(value) != value
    return f"{_decoded(name)}={_BLANK if hidden else _cut(value)}"


def _decoded(text: str) -> str:
    """A part of a URL as it is, or decoded where only that shows that it holds a secret."""
    hidden, plain = quoted(text), unquote_plus(text)
    return hidden if quoted(plain) == plain or hidden != text else quoted(plain)


def _cut(value: str) -> str:
    return value[:_MAX_OF_A_VALUE] + _BLANK if len(value) > _MAX_OF_A_VALUE else value


def _printed(url: str) -> str:
    return "".join(part if part.isprintable() else "?" for part in url)


def tries(attempts: int) -> str:
    """The number of attempts, in words."""
    return "1 attempt" if attempts == 1 else f"{attempts} attempts"
