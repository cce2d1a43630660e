"""Tokens that count the records or pages before the next one, and so lead to a position in the list. Sans-I/O.

Those of Django REST Framework's CursorPagination do so among records of one time: they are base64 of `o=20&p=...`.
GraphQL servers have `arrayconnection:19`, others JSON such as `{"offset": 20}`. A token that holds a key or a time
leads to a record instead, however the list moves. A token that cannot be read is taken to hold a key.
"""

import binascii
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, urlsplit

from async_sync.records.pages import Identity

_NAMED_COUNT = re.compile(
    r"(?<![a-z0-9])(o|offset|skip|start|start_?at|from|page|page_?no|page_?number|page_?index|arrayconnection)"
    r"[\"']?\s*[=:]\s*[\"']?[1-9]\d{0,8}(?![\d.:-])",
    re.IGNORECASE,
)
_BASE64 = re.compile(r"[\w+/-]{2,}={0,2}", re.ASCII)
_NUMBERS = re.compile(r"(\d+)", re.ASCII)


def leads_by_count(asked: str, link: str, *, rows: int, border: Sequence[Identity]) -> bool:
    """Whether the URL `link` goes on by a count from the URL `asked`, which was answered with this many rows.

    It does if a value in it (also in base64) names a count, or if all that has changed in a value is one number, which
    grew by one or by the rows. It does not if that number is part of the key or cursor of a record at the `border`: the
    last one before the link, or the first one after it.
    """
    here, there = urlsplit(asked), urlsplit(link)
    values = dict(parse_qsl(here.query))
    pairs = [(values.get(name, ""), value) for name, value in parse_qsl(there.query)]
    keys = [str(value) for key, cursor in border for value in (*key, cursor)]
    return any(_counts_on(before, after, rows, keys) for before, after in [*pairs, (here.path, there.path)])


def _counts_on(before: str, after: str, rows: int, keys: Iterable[str]) -> bool:
    if before == after:
        return False
    before, after = _readable(before), _readable(after)
    return bool(_NAMED_COUNT.search(after)) or _has_grown(before, after, rows, keys)


def _has_grown(before: str, after: str, rows: int, keys: Iterable[str]) -> bool:
    """Whether one number has grown by one or by the rows, and everything else is the same."""
    if not before and after.isascii() and after.isdigit():
        before = "0"
    old, new = _NUMBERS.split(before), _NUMBERS.split(after)
    changed = [place for place, (one, other) in enumerate(zip(old, new, strict=False)) if one != other]
    if len(old) != len(new) or len(changed) != 1 or changed[0] % 2 == 0:
        return False
    place = changed[0]
    if int(new[place]) - int(old[place]) not in {1, rows}:
        return False
    start = sum(map(len, new[:place]))
    return not any(_covers(key, after, start, start + len(new[place])) for key in keys)


def _covers(key: str, text: str, start: int, end: int) -> bool:
    """Whether the part of the text lies within an occurrence of the key."""
    places = re.finditer(re.escape(key), text) if key else ()
    return any(place.start() <= start and end <= place.end() for place in places)


def _readable(value: str) -> str:
    """The text of a token in base64; any other token as it is."""
    if value.isdigit() or not _BASE64.fullmatch(value):
        return value
    try:
        padded = value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4)
        text = urlsafe_b64decode(padded.replace("+", "-").replace("/", "_")).decode()
    except (binascii.Error, UnicodeDecodeError):
        return value
    return text if text.isprintable() else value
