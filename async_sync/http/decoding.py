"""From the bytes of an answer to what they say: JSON as it is found in the wild. Sans-I/O.

Nearly every answer is valid JSON in UTF-8, which msgspec decodes at once. Only where it cannot, or where the content
type names another charset, is the text looked at more closely, because one record that is written badly must not stop a
sync for ever:

- A byte order mark is skipped, and UTF-16 and UTF-32 are told by their bytes, whatever the content type says.
- A charset is believed, with one exception: servers say ISO-8859-1, Windows-1252 or ASCII by default, so there UTF-8
  goes first (RFC 8259 knows nothing else). ISO-8859-1 is read as Windows-1252, as browsers do.
- Bytes that are not UTF-8 where no other charset is told are read as Windows-1252, so that two texts that differ never
  become the same.
- Halves of surrogate pairs become U+FFFD. NaN, Infinity, and numbers that no float holds become null.
- Line ends and other control characters in a text are part of it.

What had to be changed is named beside the result. What is no JSON even then, such as half an answer, is refused.
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
NOT_AS_TOLD = "bytes that do not fit its charset, which became U+FFFD"

_PLAIN, _EXACT = msgspec.json.Decoder(), msgspec.json.Decoder(float_hook=ExactFloat)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE)
_WESTERN = {"iso8859-1", "cp1252"}
_NOT_HEEDED = {"ascii", "idna", "punycode", "raw-unicode-escape", "unicode-escape"}
"""ASCII is a part of UTF-8; the others are Python's, and no charset of the web."""
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949"}
"""What is meant by these names on the web (https://encoding.spec.whatwg.org/#names-and-labels)."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_SURROGATE = re.compile(
    r"\\(?<!\\\\)((?:\\\\)*)u(?:d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(d[89a-f][0-9a-f]{2}))", re.IGNORECASE
)
_ESCAPED_BYTES = {
    chr(0xDC00 + byte): text if (text := bytes([byte]).decode("cp1252", "replace")) != "\ufffd" else chr(byte)
    for byte in range(0x80, 0x100)
}
"""How Windows-1252 reads each byte that `surrogateescape` stands in for; five of them have no meaning there."""


class Decoded(NamedTuple):
    """What an answer says, and what had to be changed for it to say so (each in the words of a message)."""

    body: Any
    repairs: tuple[str, ...] = ()


def decode(content: bytes, content_type: str = "", *, exact: bool = False) -> Decoded:
    """What the content says; with `exact`, numbers with a fraction or an exponent are of the type ExactFloat.

    Raises ValueError, whose text says where, if it is no complete JSON, or nested too deep.
    """
    decoder, told = _EXACT if exact else _PLAIN, _told(content_type)
    problem: ValueError | None = None
    try:
        if told is None or told in _WESTERN:
            try:
                return Decoded(decoder.decode(content))
            except ValueError as error:
                problem = error
        for text, repairs in _readings(content, told):
            try:
                return Decoded(_parsed(text, decoder, repairs), tuple(repairs))
            except ValueError as error:
                problem = problem or error
    except RecursionError as error:
        raise ValueError(str(error)) from None
    raise ValueError(str(problem or "the bytes are text in no charset"))


@lru_cache(maxsize=100)
def _told(content_type: str) -> str | None:
    """Python's name of the charset that is told, if it is another one than UTF-8, 16 or 32, and known."""
    found = _CHARSET.search(content_type)
    try:
        name = codecs.lookup(found[1]).name if found else "utf-8"
        b"[]".decode(name)  # some codecs are no charsets
    except (LookupError, ValueError):
        return None
    return None if name.startswith("utf") or name in _NOT_HEEDED else _WIDER.get(name, name)


def _readings(content: bytes, told: str | None) -> Iterator[tuple[str, list[str]]]:
    """The content as text, the likeliest reading first, each with what was changed for it."""
    encoding = json.detect_encoding(content)
    is_narrow = encoding.startswith("utf-8")  # no other charset has zeros between its letters
    if is_narrow and told is not None and told not in _WESTERN:
        with contextlib.suppress(UnicodeError):
            yield content.decode(told), []
    with contextlib.suppress(UnicodeError):
        yield content.decode(encoding, "surrogatepass"), []
    if not is_narrow:
        return
    if told is None:
        yield _windows_1252(content.decode("utf-8", "surrogateescape")), [NOT_UTF8]
    elif told in _WESTERN:
        yield _windows_1252(content.decode("cp1252", "surrogateescape")), []
    else:
        yield content.decode(told, "replace"), [NOT_AS_TOLD]


def _windows_1252(text: str) -> str:
    """The text with a character in place of each byte that has been escaped."""
    return _SURROGATE.sub(lambda found: _ESCAPED_BYTES[found[0]], text)


def _parsed(text: str, decoder: "msgspec.json.Decoder[Any]", repairs: list[str]) -> Any:
    """What the text says; `repairs` are added to. Raises ValueError where it is no JSON."""
    text = _whole_characters(text.lstrip("\ufeff"), repairs)
    try:
        return decoder.decode(text)
    except ValueError:
        found: set[str] = set()
        body = json.loads(
            text,
            strict=False,
            parse_constant=lambda _: found.add(NOT_A_NUMBER),  # which gives None
            parse_float=_number_or_null(ExactFloat if decoder is _EXACT else _finite, found),
            parse_int=_number_or_null(int, found),
        )
        repairs += sorted(found)
        return body


def _whole_characters(text: str, repairs: list[str]) -> str:
    """The text without halves of surrogate pairs; two halves that belong together become their character."""
    whole = paired = text
    if _SURROGATE.search(text):
        paired = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        whole = _SURROGATE.sub("\ufffd", paired)
    if "\\ud" in text or "\\uD" in text:  # which is quick to see
        whole = _ESCAPED_SURROGATE.sub(lambda found: f"\\{found[1]}ufffd" if found[2] else found[0], whole)
    if whole != paired:
        repairs.append(HALF_A_PAIR)
    return whole


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError("Number out of range")
    return number


def _number_or_null(number: Callable[[str], float], found: set[str]) -> Callable[[str], float | None]:
    """The function, but null where it finds no number that is as large (Python's `int` refuses thousands of digits)."""

    def parse(digits: str) -> float | None:
        try:
            return number(digits)
        except ValueError:
            found.add(TOO_LARGE)
            return None

    return parse
