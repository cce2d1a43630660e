"""Which links and tokens lead to a place, and which to a record."""

import json
from base64 import b64encode, urlsafe_b64encode

import pytest

from async_sync.pagination.counting_tokens import counts
from async_sync.records.pages import Identity

URL = "https://api.test/companies"


def token(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def leads_by_count(asked: str, link: str, *beside: Identity, rows: int = 20) -> bool:
    return counts(f"{URL}?cursor={asked}" if asked else URL, f"{URL}?cursor={link}", rows=rows, beside=beside)


@pytest.mark.parametrize(
    ("asked", "link"),
    [
        ("", token("o=20")),
        ("", token("o=3&p=2026-01-01+00%3A00%3A00")),
        (token("p=a"), token("o=1&p=b")),
        ("", b64encode(b"arrayconnection:19").decode().replace("=", "%3D")),
        ("", token('{"offset": 20, "since": "2026-01-01"}')),
        ("", token('{"page":2}')),
        ("", token("skip=20;by=name")),
        ("", "offset:20"),
        ("", "20"),
        ("20", "40"),
        ("0%3A20%3A0", "0%3A40%3A0"),
        (token("x|20"), token("x|40")),
        (token("x2"), token("x3")),
    ],
)
def test_a_token_that_counts(asked: str, link: str) -> None:
    """A count that is named, or one number that alone grew by the rows or by one, also where it is in base64."""
    assert leads_by_count(asked, link)


@pytest.mark.parametrize(
    ("asked", "link"),
    [
        ("", token("p=2026-01-01T00:00:00Z")),
        (token("p=17"), token("p=37x")),
        ("", token('["2026-01-01T00:00:00Z","c20"]')),
        (token('["2026-01-01T00:00:10Z",20]'), token('["2026-01-01T00:00:50Z",40]')),
        ("", token("o=0&p=a")),
        ("", token("from=2026-01-01")),
        ("", token("start=1767225600000")),
        ("", "eyJ"),
        ("", "abc"),
        ("", "21"),
        ("20", "41"),
        ("40", "20"),
        ("a20", "b40"),
        ("a20", "a40b7"),
        ("%C2%B2", "%C2%B3"),
        ("", urlsafe_b64encode(bytes(range(128, 140))).decode()),
        ("", urlsafe_b64encode(b"o=2\x00").decode()),
        ("", "AAAAA"),
    ],
)
def test_a_token_that_does_not(asked: str, link: str) -> None:
    """A time, a key, several numbers, another step, or what cannot be read."""
    assert not leads_by_count(asked, link)


@pytest.mark.parametrize(
    ("asked", "link", "beside"),
    [
        ("20", "40", (("40",), "2026-01-01T00:00:00Z")),
        ("", "20", ((20,), 5)),
        (token("t|c20"), token("t|c40"), (("c40",), "t")),
        (token("2026-01-01T00:00:19Z"), token("2026-01-01T00:00:39Z"), (("a",), "2026-01-01T00:00:39Z")),
    ],
)
def test_a_number_of_a_record_beside_the_border_is_a_key(asked: str, link: str, beside: Identity) -> None:
    """What grew as a count would is none where it is part of the key or cursor of a record beside the border."""
    assert not leads_by_count(asked, link, beside)
    assert leads_by_count(asked, link, (("",), "other"))


def test_a_path_may_count_as_well() -> None:
    """`/page/2` and `/page/3` count, and a parameter that stays says nothing."""
    assert counts(f"{URL}/page/2?q=1", f"{URL}/page/3?q=1", rows=20, beside=())
    assert not counts(f"{URL}/page/a?offset=1", f"{URL}/page/b?offset=1", rows=20, beside=())


def test_json_tokens_may_hold_keys() -> None:
    """Of a JSON token with a time and a key that both go on, neither is a count."""
    before, after = (json.dumps(["2026-01-01T00:00:00Z", f"c{number}"]) for number in (20, 40))
    assert not leads_by_count(token(before), token(after), (("c40",), "2026-01-01T00:00:00Z"))
