"""Decodes the bytes of an answer: JSON as it is found in the wild. Sans-I/O.

Nearly every answer is valid JSON in UTF-8, which msgspec decodes at once. The text is examined more closely only if
msgspec cannot decode it, or if the content type names another charset: one badly written record must not stop a sync
for ever.

- A byte order mark is skipped, and UTF-16 and UTF-32 are recognized by their bytes, whatever the content type says.
- A charset is believed, with one exception: servers declare ISO-8859-1, Windows-1252 or ASCII by default, so for these
  UTF-8 is tried first (RFC 8259 allows nothing else). ISO-8859-1 is read as Windows-1252, as browsers do.
- Bytes that are not UTF-8, without another charset declared, are read as Windows-1252, so that two different texts
  never become the same.
- Halves of surrogate pairs become U+FFFD. NaN, Infinity, and numbers that do not fit a float become null.
- Line ends and other control characters in a text are kept.

The result names what had to be changed. An answer that is not valid JSON even then, such as half of one, is refused.
"""

import codecs
import contextlib
import json
import math
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from async_sync.records.decimals import ExactFloat

HALF_A_PAIR = "half of a surrogate pair, which became U+FFFD"
NOT_A_NUMBER = "NaN or Infinity, which became null"
TOO_LARGE = "a number too large for any column, which became null"
NOT_UTF8 = "bytes that are not UTF-8, which were read as Windows-1252"
NOT_ITS_CHARSET = "bytes that do not fit its charset, which became U+FFFD"

_PLAIN, _EXACT = msgspec.json.Decoder(), msgspec.json.Decoder(float_hook=ExactFloat)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE)
_WESTERN = {"iso8859-1", "cp1252"}
_IGNORED_CHARSETS = {"ascii", "idna", "punycode", "raw-unicode-escape", "unicode-escape"}
"""ASCII is a subset of UTF-8; the others are Python's own, and not charsets of the web."""
_WEB_MEANINGS = {"gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949"}
"""What these names mean on the web (https://encoding.spec.whatwg.org/#names-and-labels)."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_SURROGATE = re.compile(
    r"\\(?<!\\\\)((?:\\\\)*)u(?:d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(d[89a-f][0-9a-f]{2}))", re.IGNORECASE
)
_ESCAPED_BYTES = {
    chr(0xDC00 + byte): text if (text := bytes([byte]).decode("cp1252", "replace")) != "\ufffd" else chr(byte)
    for byte in range(0x80, 0x100)
}
"""How Windows-1252 reads each byte that `surrogateescape` has escaped; five bytes have no meaning there."""


class Decoded(NamedTuple):
    """The decoded body of an answer, and what had to be changed in it, each in the words of a message."""

    body: Any
    repairs: tuple[str, ...] = ()


def decode(content: bytes, content_type: str = "", *, exact: bool = False) -> Decoded:
    """Decode the content; with `exact`, numbers with a fraction or an exponent are of the type ExactFloat.

    Raises ValueError, which says where, if the content is not complete, valid JSON, or is nested too deeply.
    """
    decoder, charset = _EXACT if exact else _PLAIN, _declared_charset(content_type)
    problem: ValueError | None = None
    try:
        if charset is None or charset in _WESTERN:
            try:
                return Decoded(decoder.decode(content))
            except ValueError as error:
                problem = error
        for text, repairs in _readings(content, charset):
            try:
                return Decoded(_parsed(text, decoder, repairs), tuple(repairs))
            except ValueError as error:
                problem = problem or error
    except RecursionError as error:
        raise ValueError(str(error)) from None
    raise ValueError(str(problem or "the bytes are not text in any charset"))


@lru_cache(maxsize=100)
def _declared_charset(content_type: str) -> str | None:
    """Python's name of the charset in a content type; None if there is none, or it is unknown, ASCII, or Unicode."""
    found = _CHARSET.search(content_type)
    try:
        name = codecs.lookup(found[1]).name if found else "utf-8"
        b"[]".decode(name)  # some codecs are not charsets
    except (LookupError, ValueError):
        return None
    return None if name.startswith("utf") or name in _IGNORED_CHARSETS else _WEB_MEANINGS.get(name, name)


def _readings(content: bytes, charset: str | None) -> Iterator[tuple[str, list[str]]]:
    """The content as text, in the order of likelihood, each with what was changed for it."""
    encoding = json.detect_encoding(content)
    is_narrow = encoding.startswith("utf-8")  # no other charset has zeros between its letters
    if is_narrow and charset is not None and charset not in _WESTERN:
        with contextlib.suppress(UnicodeError):
            yield content.decode(charset), []
    with contextlib.suppress(UnicodeError):
        yield content.decode(encoding, "surrogatepass"), []
    if not is_narrow:
        return
    if charset is None:
        yield _windows_1252(content.decode("utf-8", "surrogateescape")), [NOT_UTF8]
    elif charset in _WESTERN:
        yield _windows_1252(content.decode("cp1252", "surrogateescape")), []
    else:
        yield content.decode(charset, "replace"), [NOT_ITS_CHARSET]


def _windows_1252(text: str) -> str:
    """The text with each escaped byte replaced by its character in Windows-1252."""
    return _SURROGATE.sub(lambda found: _ESCAPED_BYTES[found[0]], text)


def _parsed(text: str, decoder: "msgspec.json.Decoder[Any]", repairs: list[str]) -> Any:
    """Decode the text, and add to `repairs` what had to be changed. Raises ValueError if it is not valid JSON."""
    text = _without_lone_surrogates(text.lstrip("\ufeff"), repairs)
    try:
        return decoder.decode(text)
    except ValueError:
        found: set[str] = set()
        body = json.loads(
            text,
            strict=False,
            parse_constant=lambda _: found.add(NOT_A_NUMBER),  # which returns None
            parse_float=_parse_or_null(ExactFloat if decoder is _EXACT else _finite, found),
            parse_int=_parse_or_null(int, found),
        )
        repairs += sorted(found)
        return body


def _without_lone_surrogates(text: str, repairs: list[str]) -> str:
    """The text with U+FFFD for each half of a surrogate pair; two halves that form a pair become their character."""
    whole = paired = text
    if _SURROGATE.search(text):
        paired = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        whole = _SURROGATE.sub("\ufffd", paired)
    if "\\ud" in text or "\\uD" in text:  # which takes little time to find out
        whole = _ESCAPED_SURROGATE.sub(lambda found: f"\\{found[1]}ufffd" if found[2] else found[0], whole)
    if whole != paired:
        repairs.append(HALF_A_PAIR)
    return whole


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError("Number out of range")
    return number


def _parse_or_null(convert: Callable[[str], float], found: set[str]) -> Callable[[str], float | None]:
    """The function, with None for a number that is too large (Python's `int` refuses thousands of digits)."""

    def parse(digits: str) -> float | None:
        try:
            return convert(digits)
        except ValueError:
            found.add(TOO_LARGE)
            return None

    return parse
