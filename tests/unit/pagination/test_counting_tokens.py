"""Which links and tokens lead to a position in the list, and which to a record."""

import json
from base64 import b64encode, urlsafe_b64encode

import pytest

from async_sync.pagination.counting_tokens import leads_by_count
from async_sync.records.pages import Identity

URL = "https://api.test/companies"


def token(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def counts(asked: str, link: str, *border: Identity) -> bool:
    return leads_by_count(f"{URL}?cursor={asked}" if asked else URL, f"{URL}?cursor={link}", rows=20, border=border)


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
    """A count has a name, or is the only number that changed, by the rows or by one; base64 is read too."""
    assert counts(asked, link)


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
def test_a_token_that_does_not_count(asked: str, link: str) -> None:
    """Times, keys, several numbers that change, other steps, and tokens that cannot be read are not counts."""
    assert not counts(asked, link)


@pytest.mark.parametrize(
    ("asked", "link", "record"),
    [
        ("20", "40", (("40",), "2026-01-01T00:00:00Z")),
        ("", "20", ((20,), 5)),
        (token("t|c20"), token("t|c40"), (("c40",), "t")),
        (token("2026-01-01T00:00:19Z"), token("2026-01-01T00:00:39Z"), (("a",), "2026-01-01T00:00:39Z")),
    ],
)
def test_a_number_of_a_record_at_the_border_is_a_key(asked: str, link: str, record: Identity) -> None:
    """A number that grew as a count would is not one if it is part of the key or cursor of a record at the border."""
    assert not counts(asked, link, record)
    assert counts(asked, link, (("",), "other"))


def test_a_path_may_count() -> None:
    """`/page/2` and `/page/3` count, and a parameter that stays the same says nothing."""
    assert leads_by_count(f"{URL}/page/2?q=1", f"{URL}/page/3?q=1", rows=20, border=())
    assert not leads_by_count(f"{URL}/page/a?offset=1", f"{URL}/page/b?offset=1", rows=20, border=())


def test_json_tokens_may_hold_keys() -> None:
    """In a JSON token with a time and a key that both grow, neither is a count."""
    before, after = (json.dumps(["2026-01-01T00:00:00Z", f"c{number}"]) for number in (20, 40))
    assert not counts(token(before), token(after), (("c40",), "2026-01-01T00:00:00Z"))
