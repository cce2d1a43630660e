"""How the bytes of an answer are decoded, however badly they are written."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync.http.decoding import HALF_A_PAIR, NOT_A_NUMBER, NOT_ITS_CHARSET, NOT_UTF8, TOO_LARGE, decode
from async_sync.records.decimals import ExactFloat

JSON = "application/json"
HALF = "\ufffd"


def json_in(charset: str) -> str:
    return f"{JSON}; charset={charset}"


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(documents, st.booleans(), st.booleans())
def test_valid_json_is_decoded_unchanged(document: Any, is_ascii: bool, exact: bool) -> None:
    """Valid JSON in UTF-8 is decoded without repairs."""
    content = json.dumps(document, ensure_ascii=is_ascii).encode()
    assert decode(content, JSON, exact=exact) == (document, ())
    assert decode(b"\xef\xbb\xbf" + content, JSON, exact=exact) == (document, ())


@given(documents, st.sampled_from(["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]))
def test_utf_16_and_utf_32_are_recognized_by_their_bytes(document: Any, encoding: str) -> None:
    """UTF-16 and UTF-32 are recognized with or without a byte order mark, whichever UTF is declared."""
    content = json.dumps([document], ensure_ascii=False).encode(encoding)
    for kind in (JSON, json_in(encoding), json_in("utf-8"), json_in("utf-16")):
        assert decode(content, kind) == ([document], ())


@pytest.mark.parametrize("kind", ["", "no content type", JSON, json_in("utf-16"), json_in("utf-32be"), json_in("UTF8")])
def test_utf_8_is_recognized_by_its_bytes(kind: str) -> None:
    """A content type that declares another form of Unicode does no harm."""
    assert decode('["é😀"]'.encode(), kind) == (["é😀"], ())


@pytest.mark.parametrize(
    ("charset", "encoding", "text"),
    [
        ("iso-8859-1", "latin-1", "Müller"),
        ("ISO-8859-1", "cp1252", "5 € “Müller”"),
        ('"latin1"', "latin-1", "Müller"),
        ("windows-1252", "cp1252", "5 € “Müller”"),
        ("iso-8859-2", "iso-8859-2", "Łódź"),
        ("iso-8859-15", "iso-8859-15", "5 €"),
        ("windows-1251", "cp1251", "Привет"),
        ("koi8-r", "koi8-r", "Привет"),
        ("tis-620", "tis-620", "แกง"),  # its bytes are valid UTF-8 too
        ("shift_jis", "cp932", "日本語①"),
        ("iso-2022-jp", "iso-2022-jp", "日本語"),
        ("euc-kr", "cp949", "한국어 똠"),
        ("gb2312", "gb18030", "通信€"),
        ("gbk", "gbk", "通"),  # likewise
        ("big5", "big5", "臺灣"),
        ("ibm037", "cp037", "Müller"),
    ],
)
def test_a_charset_is_believed(charset: str, encoding: str, text: str) -> None:
    """Bytes are read in the declared charset, with the names and meanings that charsets have on the web."""
    content = json.dumps([text], ensure_ascii=False).encode(encoding)
    assert decode(content, json_in(charset)) == ([text], ())


@pytest.mark.parametrize(
    "charset", ["us-ascii", "iso-8859-1", "windows-1252", "shift_jis", "euc-kr", "gb2312", "big5", "iso-2022-jp"]
)
def test_a_wrong_charset(charset: str) -> None:
    """UTF-8 is read as UTF-8 if the declared charset is a default of servers, or does not fit the bytes."""
    assert decode('["Müller 😀 語"]'.encode(), json_in(charset)) == (["Müller 😀 語"], ())


@pytest.mark.parametrize(
    "charset",
    ["nonsense", "hex", "zip", "rot13", "undefined", "unicode-escape", "punycode", "\x00", "é", "a" * 10**5, ";"],
)
def test_an_unknown_charset(charset: str) -> None:
    """A declared charset that does not exist, or is one of Python's own, is ignored."""
    assert decode(b'["a\\nb \xc3\xbc"]', json_in(charset)) == (["a\nb ü"], ())


@pytest.mark.parametrize(
    ("content", "kind", "body"),
    [
        pytest.param(b'["M\xfcller"]', JSON, ["Müller"], id="Latin-1 undeclared"),
        pytest.param(b'["M\xfcller"]', json_in("utf-8"), ["Müller"], id="Latin-1 declared as UTF-8"),
        pytest.param(b'["M\xfcller"]', json_in("us-ascii"), ["Müller"], id="Latin-1 declared as ASCII"),
        pytest.param(b'\xef\xbb\xbf["M\xfcller"]', JSON, ["Müller"], id="Latin-1 after a mark"),
        pytest.param(b'["\xfc", "\xc3\xbc"]', JSON, ["ü", "ü"], id="both"),
        pytest.param(b'["\x80 \x81"]', JSON, ["€ \x81"], id="a byte without a meaning"),
        pytest.param(b'["cut \xf0\x9f\x98"]', JSON, ["cut \u00f0\u0178\u02dc"], id="a character that was cut off"),
        pytest.param(b'{"\xfc": 1, "\xf6": 2}', JSON, {"ü": 1, "ö": 2}, id="names"),
    ],
)
def test_bytes_that_are_not_utf_8(content: bytes, kind: str, body: Any) -> None:
    """Bytes that are not UTF-8 are read as Windows-1252, and that is a repair."""
    assert decode(content, kind) == (body, (NOT_UTF8,))


@given(st.binary(), st.binary())
def test_no_two_texts_become_one(one: bytes, other: bytes) -> None:
    """Two texts that are not UTF-8 become the same only if their bytes are: keys must stay distinct."""
    quoted = [
        b'["' + bytes(byte | 0x80 for byte in text).replace(b"\xed", b"\xee") + b'\xff"]' for text in (one, other)
    ]
    decoded = [decode(text).body for text in quoted]
    assert (decoded[0] == decoded[1]) == (quoted[0] == quoted[1])


def test_bytes_that_do_not_fit_the_declared_charset() -> None:
    """If the bytes are not UTF-8 either, those that do not fit are replaced, and that is a repair."""
    assert decode(b'["\x93\xfa \x81"]', json_in("shift_jis")) == ([f"日 {HALF}"], (NOT_ITS_CHARSET,))


@pytest.mark.parametrize(
    ("content", "body"),
    [
        pytest.param(b'["\\ud83d"]', [HALF], id="first half"),
        pytest.param(b'["\\uDE00"]', [HALF], id="second half"),
        pytest.param(b'["a\\uD83Db"]', [f"a{HALF}b"], id="between others"),
        pytest.param(b'["\\ud83d\\ud83d\\ude00"]', [f"{HALF}😀"], id="before a whole one"),
        pytest.param(b'["\\ud83d\\ude00\\ude00"]', [f"😀{HALF}"], id="after a whole one"),
        pytest.param(b'["\\ude00\\ud83d"]', [HALF * 2], id="the wrong way round"),
        pytest.param(b'["\\ud83d\\n\\ude00"]', [f"{HALF}\n{HALF}"], id="apart"),
        pytest.param(b'["\\ud83d\\\\ude00"]', [f"{HALF}\\ude00"], id="before a backslash"),
        pytest.param(b'["\\\\\\ud83d"]', [f"\\{HALF}"], id="after a backslash"),
        pytest.param(b'["\\\\ud83d \\ud83d"]', [f"\\ud83d {HALF}"], id="not that of a backslash"),
        pytest.param(b'{"\\ud83d": "\\ud83d"}', {HALF: HALF}, id="name"),
        pytest.param(b'["\xed\xa0\xbd"]', [HALF], id="in UTF-8"),
        pytest.param(b'["\xed\xa0\xbd\xed\xb8\x80 \xed\xb8\x80"]', [f"😀 {HALF}"], id="next to a pair in UTF-8"),
        pytest.param(b'["\xed\xa0\xbd \\ud83d"]', [f"{HALF} {HALF}"], id="in both forms"),
        pytest.param('["\ud83d x"]'.encode("utf-16", "surrogatepass"), [f"{HALF} x"], id="in UTF-16"),
    ],
)
def test_half_a_character(content: bytes, body: Any) -> None:
    """Half of an emoji that was cut in two is replaced, and nothing else, and that is a repair."""
    assert decode(content, JSON) == (body, (HALF_A_PAIR,))


def test_surrogate_pairs_in_utf_8() -> None:
    """A character that was written as two halves, as some databases do, becomes that character."""
    assert decode(b'["\xed\xa0\xbd\xed\xb8\x80"]', JSON) == (["😀"], ())


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(
    ("content", "body", "repairs"),
    [
        (b"[NaN, 1.5]", [None, 1.5], [NOT_A_NUMBER]),
        (b'{"a": Infinity, "b": -Infinity}', {"a": None, "b": None}, [NOT_A_NUMBER]),
        (b'["NaN", "Infinity", NaN]', ["NaN", "Infinity", None], [NOT_A_NUMBER]),
        (b"[1e999, -1e999, 1e308]", [None, None, 1e308], [TOO_LARGE]),
        (b"[1" + b"0" * 5000 + b", 2]", [None, 2], [TOO_LARGE]),
        (b"[NaN, 1e999, 7]", [None, None, 7], [NOT_A_NUMBER, TOO_LARGE]),
        (b'["\\ud83d\xff", NaN]', [f"{HALF}ÿ", None], [NOT_UTF8, HALF_A_PAIR, NOT_A_NUMBER]),
    ],
)
def test_numbers_that_cannot_be_represented(content: bytes, body: Any, repairs: list[str], exact: bool) -> None:
    """NaN, Infinity and numbers that are too large become null, nothing else changes, and that is a repair."""
    assert decode(content, JSON, exact=exact) == (body, tuple(repairs))


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (b"[18446744073709551616123, -9223372036854775809]", [18446744073709551616123, -9223372036854775809]),
        (b"[NaN, 18446744073709551616123]", [None, 18446744073709551616123]),
        (b"[1" + b"0" * 4000 + b"]", [10**4000]),
    ],
)
def test_large_integers_are_kept(content: bytes, body: Any) -> None:
    """An integer keeps all of its digits."""
    assert decode(content, JSON).body == body


def test_numbers_with_their_digits() -> None:
    """With exact, numbers remember how they were written, even if the answer had to be repaired."""
    for content in (b"[1234567890123456.780, 1E-7, 5]", b"[1234567890123456.780, 1E-7, 5, NaN]"):
        amount, small, whole, *_ = decode(content, JSON, exact=True).body
        assert (str(amount), str(small), type(whole)) == ("1234567890123456.780", "1E-7", int)
        assert isinstance(amount, ExactFloat)
        assert type(decode(content, JSON).body[0]) is float


def test_control_characters_are_kept() -> None:
    """A line end or a tab that is not escaped stays in its text, and is not a repair."""
    assert decode(b'["a\nb\tc\x00"]', JSON) == (["a\nb\tc\x00"], ())


def test_the_last_of_two_fields_with_one_name_counts() -> None:
    """If an object has a field twice, the last one counts, with or without repairs."""
    assert decode(b'{"a": 1, "a": 2}', JSON).body == {"a": 2}
    assert decode(b'{"a": 1, "a": 2, "b": NaN}', JSON).body == {"a": 2, "b": None}


@pytest.mark.parametrize("kind", [JSON, json_in("iso-8859-1"), json_in("shift_jis")])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" ",
        b"\xef\xbb\xbf",
        b'{"a": 1',
        b'["\xff',
        b'["\xe2\x82',
        b"<html>\xff</html>",
        b'["a"] and more',
        b'["a"]\xff',
        b"[1][2]",
        b"[nan]",
        b"['a']",
        b"[1,]",
        b"[NaN",
        b'["\\ud8"]',
        "[1]".encode("utf-16")[:-1],
        '"a"'.encode("utf-16-le")[:-1],
        b"[" * 100_000,
        b"[NaN," * 100_000,
    ],
)
def test_what_is_not_json_is_refused(content: bytes, kind: str) -> None:
    """Content that is cut off, goes on after its end, or is nested too deeply is an error that quotes none of it."""
    with pytest.raises(ValueError) as caught:
        decode(content, kind)
    assert str(caught.value)
    assert "html" not in str(caught.value)


def test_the_first_problem_is_reported() -> None:
    """The error is the one that msgspec found, not that of a later try."""
    with pytest.raises(ValueError, match=r"^JSON is malformed: trailing characters"):
        decode(b"[1]  x", JSON)


@given(
    st.binary(max_size=40), st.sampled_from(["", json_in("latin-1"), json_in("gbk"), json_in("utf-16")]), st.booleans()
)
def test_any_bytes_are_read_or_refused(content: bytes, kind: str, exact: bool) -> None:
    """Any bytes are decoded or a ValueError, and the result can be written as UTF-8."""
    try:
        body = decode(b'["' + content + b'"]', kind, exact=exact).body
    except ValueError:
        return
    assert json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
