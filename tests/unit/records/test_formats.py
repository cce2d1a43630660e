"""Answers that are not JSON."""

from typing import Any

import pytest

from async_sync import CSV, JSONL, Stream
from async_sync.records.formats import UndecodableError, decoded_by


def test_csv_has_a_record_a_line() -> None:
    """The first line names the fields; values are text, empty ones are None, and blank lines do not count."""
    content = b'\xef\xbb\xbfid,name,note\r\n1,"Ada, ""the first""",\r\n\r\n2,"two\r\nlines",x\r\n'
    assert CSV()(content) == [
        {"id": "1", "name": 'Ada, "the first"', "note": None},
        {"id": "2", "name": "two\r\nlines", "note": "x"},
    ]
    assert CSV(delimiter=";", encoding="latin-1")("n;é\n1;ü".encode("latin-1")) == [{"n": "1", "é": "ü"}]
    assert CSV()(b"id,name\n") == CSV()(b"") == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a,b\n1,2\n3", "record 2 has 1 values for 2 fields"),
        (b"a,b\n1,2,3", "record 1 has 3 values for 2 fields"),
        (b'a,b\n1,"2', "line 2: unexpected end of data"),
        (b"a,a\n1,2", "line 1: two fields have the same name"),
        (b"a\n\xff", "UnicodeDecodeError in formats.py:"),
    ],
)
def test_csv_that_is_broken_or_cut_off_is_refused(content: bytes, problem: str) -> None:
    """Half an answer is never taken for a whole one."""
    with pytest.raises(UndecodableError, match=r"^the answer cannot be decoded by CSV ") as caught:
        decoded_by(CSV(), content)
    assert problem in str(caught.value)


def test_jsonl_has_a_record_a_line() -> None:
    """Each line is JSON; blank lines and a byte order mark do not count."""
    assert JSONL()(b'\xef\xbb\xbf{"id": 1}\n\n{"id": 2}\r\n') == [{"id": 1}, {"id": 2}]
    assert JSONL()(b"") == []


def test_jsonl_that_is_cut_off_is_refused() -> None:
    """The message says in which line."""
    with pytest.raises(UndecodableError, match=r"decoded by JSONL \(line 2: "):
        decoded_by(JSONL(), b'{"id": 1}\n{"id"')


def test_an_error_of_a_function_of_one_s_own_is_named_without_its_words() -> None:
    """Its kind and its place are told; its words may hold a value."""

    def columns(content: bytes) -> Any:
        raise KeyError(content)

    with pytest.raises(UndecodableError) as caught:
        decoded_by(columns, b"Ada")
    assert "cannot be decoded by columns (KeyError in test_formats.py:" in str(caught.value)
    assert "Ada" not in str(caught.value)


def test_decode_is_a_function() -> None:
    """A stream refuses anything else, and says what to write."""
    wrong: Any = "csv"
    with pytest.raises(ValueError, match=r"decode is 'csv'; it must be CSV\(\), JSONL\(\), or a function of bytes"):
        Stream(table="t", path="/t", primary_key=["id"], columns={}, decode=wrong)
