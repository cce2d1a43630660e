"""What the bytes of an answer say, however badly they are written."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync.http.decoding import HALF_A_PAIR, NOT_A_NUMBER, NOT_AS_TOLD, NOT_UTF8, TOO_LARGE, decode
from async_sync.records.decimals import ExactFloat

JSON = "application/json"
HALF = "\ufffd"


def told(charset: str) -> str:
    return f"{JSON}; charset={charset}"


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(documents, st.booleans(), st.booleans())
def test_valid_json_says_what_it_says(document: Any, is_ascii: bool, exact: bool) -> None:
    """What is valid JSON in UTF-8 is decoded as it is, with nothing to repair."""
    content = json.dumps(document, ensure_ascii=is_ascii).encode()
    assert decode(content, JSON, exact=exact) == (document, ())
    assert decode(b"\xef\xbb\xbf" + content, JSON, exact=exact) == (document, ())


@given(documents, st.sampled_from(["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]))
def test_wide_characters_are_told_by_their_bytes(document: Any, encoding: str) -> None:
    """UTF-16 and UTF-32 are recognised with or without a mark, and whatever the content type says of UTF."""
    content = json.dumps([document], ensure_ascii=False).encode(encoding)
    for kind in (JSON, told(encoding), told("utf-8"), told("utf-16")):
        assert decode(content, kind) == ([document], ())


@pytest.mark.parametrize("kind", ["", "no content type", JSON, told("utf-16"), told("utf-32be"), told("UTF8")])
def test_utf_8_is_told_by_its_bytes(kind: str) -> None:
    """A content type that names another form of Unicode is wrong about it, and nothing is lost."""
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
        ("tis-620", "tis-620", "แกง"),  # its bytes would be UTF-8 too
        ("shift_jis", "cp932", "日本語①"),
        ("iso-2022-jp", "iso-2022-jp", "日本語"),
        ("euc-kr", "cp949", "한국어 똠"),
        ("gb2312", "gb18030", "通信€"),
        ("gbk", "gbk", "通"),  # so would these
        ("big5", "big5", "臺灣"),
        ("ibm037", "cp037", "Müller"),
    ],
)
def test_a_charset_is_believed(charset: str, encoding: str, text: str) -> None:
    """The charset that is told says what the bytes mean, by the names and in the wider sense of the web."""
    content = json.dumps([text], ensure_ascii=False).encode(encoding)
    assert decode(content, told(charset)) == ([text], ())


@pytest.mark.parametrize(
    "charset", ["us-ascii", "iso-8859-1", "windows-1252", "shift_jis", "euc-kr", "gb2312", "big5", "iso-2022-jp"]
)
def test_a_wrong_charset(charset: str) -> None:
    """UTF-8 under a charset that servers name by default, or that its bytes do not fit, is read as UTF-8."""
    assert decode('["Müller 😀 語"]'.encode(), told(charset)) == (["Müller 😀 語"], ())


@pytest.mark.parametrize(
    "charset",
    ["nonsense", "hex", "zip", "rot13", "undefined", "unicode-escape", "punycode", "\x00", "é", "a" * 10**5, ";"],
)
def test_a_charset_that_is_none(charset: str) -> None:
    """What is no charset, or one of Python's own, is not heeded."""
    assert decode(b'["a\\nb \xc3\xbc"]', told(charset)) == (["a\nb ü"], ())


@pytest.mark.parametrize(
    ("content", "kind", "body"),
    [
        pytest.param(b'["M\xfcller"]', JSON, ["Müller"], id="Latin-1 untold"),
        pytest.param(b'["M\xfcller"]', told("utf-8"), ["Müller"], id="Latin-1 told to be UTF-8"),
        pytest.param(b'["M\xfcller"]', told("us-ascii"), ["Müller"], id="Latin-1 told to be ASCII"),
        pytest.param(b'\xef\xbb\xbf["M\xfcller"]', JSON, ["Müller"], id="Latin-1 behind a mark"),
        pytest.param(b'["\xfc", "\xc3\xbc"]', JSON, ["ü", "ü"], id="both"),
        pytest.param(b'["\x80 \x81"]', JSON, ["€ \x81"], id="a byte without a meaning"),
        pytest.param(b'["cut \xf0\x9f\x98"]', JSON, ["cut \u00f0\u0178\u02dc"], id="a character that was cut off"),
        pytest.param(b'{"\xfc": 1, "\xf6": 2}', JSON, {"ü": 1, "ö": 2}, id="names"),
    ],
)
def test_bytes_that_are_not_utf_8(content: bytes, kind: str, body: Any) -> None:
    """They are read as Windows-1252, and that is told: texts that differ, keys above all, never become the same."""
    assert decode(content, kind) == (body, (NOT_UTF8,))


@given(st.binary(), st.binary())
def test_no_two_texts_become_one(one: bytes, other: bytes) -> None:
    """Two texts of bytes that are not UTF-8 are the same only if their bytes are."""
    quoted = [
        b'["' + bytes(byte | 0x80 for byte in text).replace(b"\xed", b"\xee") + b'\xff"]' for text in (one, other)
    ]
    decoded = [decode(text).body for text in quoted]
    assert (decoded[0] == decoded[1]) == (quoted[0] == quoted[1])


def test_bytes_that_do_not_fit_the_charset_that_is_told() -> None:
    """Where they are no UTF-8 either, they are replaced, and that is told."""
    assert decode(b'["\x93\xfa \x81"]', told("shift_jis")) == ([f"日 {HALF}"], (NOT_AS_TOLD,))


@pytest.mark.parametrize(
    ("content", "body"),
    [
        pytest.param(b'["\\ud83d"]', [HALF], id="first half"),
        pytest.param(b'["\\uDE00"]', [HALF], id="second half"),
        pytest.param(b'["a\\uD83Db"]', [f"a{HALF}b"], id="between others"),
        pytest.param(b'["\\ud83d\\ud83d\\ude00"]', [f"{HALF}😀"], id="before a whole one"),
        pytest.param(b'["\\ud83d\\ude00\\ude00"]', [f"😀{HALF}"], id="behind a whole one"),
        pytest.param(b'["\\ude00\\ud83d"]', [HALF * 2], id="the wrong way round"),
        pytest.param(b'["\\ud83d\\n\\ude00"]', [f"{HALF}\n{HALF}"], id="apart"),
        pytest.param(b'["\\ud83d\\\\ude00"]', [f"{HALF}\\ude00"], id="before a backslash"),
        pytest.param(b'["\\\\\\ud83d"]', [f"\\{HALF}"], id="behind a backslash"),
        pytest.param(b'["\\\\ud83d \\ud83d"]', [f"\\ud83d {HALF}"], id="not that of a backslash"),
        pytest.param(b'{"\\ud83d": "\\ud83d"}', {HALF: HALF}, id="name"),
        pytest.param(b'["\xed\xa0\xbd"]', [HALF], id="in UTF-8"),
        pytest.param(b'["\xed\xa0\xbd\xed\xb8\x80 \xed\xb8\x80"]', [f"😀 {HALF}"], id="beside a pair in UTF-8"),
        pytest.param(b'["\xed\xa0\xbd \\ud83d"]', [f"{HALF} {HALF}"], id="in both forms"),
        pytest.param('["\ud83d x"]'.encode("utf-16", "surrogatepass"), [f"{HALF} x"], id="in UTF-16"),
    ],
)
def test_half_a_character(content: bytes, body: Any) -> None:
    """What was cut in the middle of an emoji is replaced, and only that, and it is told."""
    assert decode(content, JSON) == (body, (HALF_A_PAIR,))


def test_surrogate_pairs_in_utf_8() -> None:
    """Some databases write a character beyond 16 bits as two halves; together they are the character."""
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
def test_numbers_that_are_none(content: bytes, body: Any, repairs: list[str], exact: bool) -> None:
    """Neither the SDK nor JSON has them: they become null, nothing beside them changes, and it is told."""
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
    """A whole number keeps all of its digits."""
    assert decode(content, JSON).body == body


def test_numbers_with_their_digits() -> None:
    """Numbers that are exact remember how they were written, also where the answer had to be repaired."""
    for content in (b"[1234567890123456.780, 1E-7, 5]", b"[1234567890123456.780, 1E-7, 5, NaN]"):
        amount, small, whole, *_ = decode(content, JSON, exact=True).body
        assert (str(amount), str(small), type(whole)) == ("1234567890123456.780", "1E-7", int)
        assert isinstance(amount, ExactFloat)
        assert type(decode(content, JSON).body[0]) is float


def test_control_characters_are_part_of_a_text() -> None:
    """A line end or a tab that is not escaped is part of its text; nothing is changed."""
    assert decode(b'["a\nb\tc\x00"]', JSON) == (["a\nb\tc\x00"], ())


def test_the_last_of_two_fields_of_one_name_counts() -> None:
    """Repaired or not, the last one wins."""
    assert decode(b'{"a": 1, "a": 2}', JSON).body == {"a": 2}
    assert decode(b'{"a": 1, "a": 2, "b": NaN}', JSON).body == {"a": 2, "b": None}


@pytest.mark.parametrize("kind", [JSON, told("iso-8859-1"), told("shift_jis")])
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
def test_what_is_no_json_is_refused(content: bytes, kind: str) -> None:
    """What was cut off, has something behind it, or is nested too deep is no answer; the text quotes nothing of it."""
    with pytest.raises(ValueError) as caught:
        decode(content, kind)
    assert str(caught.value)
    assert "html" not in str(caught.value)


def test_the_first_problem_is_told() -> None:
    """What msgspec found wrong is told, and not what was tried after it."""
    with pytest.raises(ValueError, match=r"^JSON is malformed: trailing characters"):
        decode(b"[1]  x", JSON)


@given(st.binary(max_size=40), st.sampled_from(["", told("latin-1"), told("gbk"), told("utf-16")]), st.booleans())
def test_any_bytes_are_read_or_refused(content: bytes, kind: str, exact: bool) -> None:
    """Whatever comes, it is decoded or a ValueError, and what is decoded can be written as UTF-8."""
    try:
        body = decode(b'["' + content + b'"]', kind, exact=exact).body
    except ValueError:
        return
    assert json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
