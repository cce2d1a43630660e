"""Keys take little room in the state, and come out of it as they went in."""

import json
import zlib
from base64 import b85encode
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync.records.keys import DIGEST_BYTES, NO_DIGEST, Key, Packed, count_of, digest_of, pack, unpack

INTS = st.integers()
TEXTS = st.text(st.characters(codec=None, exclude_categories=[]), min_size=1, max_size=30)
UUIDS = st.uuids().map(str)
MIXED = st.one_of(INTS, TEXTS, UUIDS)
DIGESTS = st.binary(min_size=DIGEST_BYTES, max_size=DIGEST_BYTES)


def without_digests(*keys: Key) -> dict[Key, bytes]:
    return dict.fromkeys(keys, NO_DIGEST)


def numbered(digests: bytes = NO_DIGEST, *, count: int = 1000) -> dict[Key, bytes]:
    return {(number,): digests for number in range(10**6, 10**6 + count)}


def saved(packed: Packed) -> Any:
    """As the keys come back from a state that was saved as JSON."""
    return json.loads(json.dumps(packed))


def typed(keys: Mapping[Key, bytes]) -> list[tuple[list[type], Key, bytes]]:
    """With their types, as 1 and True are equal, and in one order."""
    found = [([type(part) for part in key], key, digest) for key, digest in keys.items()]
    return sorted(found, key=repr)


def keys_of(columns: st.SearchStrategy[Key]) -> st.SearchStrategy[dict[Key, bytes]]:
    return st.dictionaries(columns, DIGESTS, max_size=40)


@pytest.mark.parametrize("part", [INTS, TEXTS, UUIDS, MIXED], ids=["int", "text", "uuid", "mixed"])
@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize("digests", [False, True])
def test_a_round_trip(part: st.SearchStrategy[Any], width: int, digests: bool) -> None:
    """Keys of any values and width come out as they went in, with their digests where these are packed."""

    @given(keys_of(st.tuples(*[part] * width)))
    def comes_back(keys: dict[Key, bytes]) -> None:
        packed = saved(pack(keys, digests=digests))
        assert typed(unpack(packed, width)) == typed(keys if digests else without_digests(*keys))
        assert count_of(packed) == len(keys)

    comes_back()


@given(keys_of(st.tuples(st.just("eu"), INTS)), st.randoms())
def test_the_order_of_keys_does_not_matter(keys: dict[Key, bytes], random: Any) -> None:
    """The same keys have one packed form, so that a state does not change with the order of the API."""
    items = list(keys.items())
    random.shuffle(items)
    assert pack(dict(items), digests=True) == pack(keys, digests=True)


@pytest.mark.parametrize(
    ("keys", "packed"),
    [
        ([], []),
        ([(7,)], [7]),
        ([("c1",)], ["c1"]),
        ([(9,), (7,), (8,)], [[7, 1, 1]]),
        ([("b",), ("a",)], [["a", "b"]]),
        ([("a",), (2,), ("1",), (10,)], [[2, 10, "1", "a"]]),
        ([(2, "eu"), (1, "eu")], [[1, 1], "eu"]),
        ([(5, "b"), (5, "a")], [5, ["a", "b"]]),
        ([("1",), (1,)], [[1, "1"]]),
    ],
)
def test_the_short_form(keys: list[Key], packed: Packed) -> None:
    """There is one list for each column, of whole numbers the differences, and one value for a column of the same."""
    assert pack(without_digests(*keys), digests=False) == packed
    assert unpack(packed, len(keys[0]) if keys else 1) == without_digests(*keys)


def test_digests_are_a_last_column() -> None:
    """The digests follow the key's columns as one text, in the order of the keys."""
    one, two = b"12345678", b"abcdefgh"
    assert pack({(2,): two, (1,): one}, digests=True) == [[1, 1], b85encode(one + two).decode()]
    assert pack({}, digests=True) == []


def test_consecutive_numbers_take_almost_no_room() -> None:
    """A thousand consecutive numbers are packed into less than what four of them take."""
    packed = pack(numbered(), digests=False)
    assert isinstance(packed, str)
    assert len(json.dumps(packed)) <= 40
    assert packed.startswith("1000:")


def test_digests_take_ten_characters_each() -> None:
    """Random digests cannot be compressed, and cost no more than their own text."""
    keys = {key: digest_of({"id": key[0]}) for key in numbered(count=100)}
    digests = len(json.dumps(pack(keys, digests=True))) - len(json.dumps(pack(numbered(count=100), digests=False)))
    assert 800 < digests < 1100


def test_uuids_take_twenty_characters_each() -> None:
    """Random UUIDs are packed as bytes, in little more than half of their text, and counted as they are."""
    one, other = "0b7b6a4e-41b3-4f2f-9c8c-3d9c1f6f2a11", "f47ac10b-58cc-4372-a567-0e02b2c3d479"
    packed = pack(without_digests((one,), (other,)), digests=False)
    assert packed == [{"uuids": b85encode(UUID(one).bytes + UUID(other).bytes).decode()}]
    assert count_of(packed) == 2


@pytest.mark.parametrize(
    "other",
    [
        "0B7B6A4E-41B3-4F2F-9C8C-3D9C1F6F2A11",
        "0b7b6a4e41b34f2f9c8c3d9c1f6f2a110000",
        "0b7b6a4e-41b3-4f2f-9c8c-3d9c1f6f2a1",
        "0b7b6a4e-41b3-4f2f-9c8c-3d9c1f6f2a1x",
        7,
    ],
)
def test_what_only_looks_like_a_uuid(other: str | int) -> None:
    """A column with anything that is no UUID in lower case is left as it is, so that each spelling is kept."""
    keys = without_digests((other,), ("f47ac10b-58cc-4372-a567-0e02b2c3d479",))
    packed = pack(keys, digests=False)
    assert sorted(packed[0], key=str) == sorted((key[0] for key in keys), key=str)
    assert typed(unpack(saved(packed), 1)) == typed(keys)


@given(keys_of(st.tuples(TEXTS)))
def test_packing_text_makes_nothing_longer(keys: dict[Key, bytes]) -> None:
    """What does not gain by compression is left as it is, so that no form is longer than a plain list."""
    plain = [[text for (text,) in keys]]
    assert len(json.dumps(pack(keys, digests=False))) <= len(json.dumps(plain))


def test_what_compression_makes_longer_stays_plain() -> None:
    """A long key without repetitions stays readable, as its compressed text would be longer."""
    key = "".join(chr(code) for code in range(33, 127) if chr(code) not in '"\\') + "0123456789"
    assert pack(without_digests((key,)), digests=False) == [key]


def compressed(content: str, count: int = 1) -> str:
    encoder = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return f"{count}:{b85encode(encoder.compress(content.encode()) + encoder.flush()).decode()}"


@pytest.mark.parametrize(
    "packed",
    [
        *("x", "", "3:!!!", "3:é", compressed("not JSON"), compressed("{}"), compressed("5"), compressed('"text"')),
        *(compressed("[1, 2, 3]"), {"a": 1}, {}, None, 5, [1, 2, 3], [[1, 0]], [["a", "a"]], [[[1], 2]], [{}]),
        *([{"uuids": "abc"}], [{"uuids": 5}], [{"other": "abc"}], [[{}, 1]]),
        *([[1, 1], "abc"], [[1, 1], "é"], [[1, 1], "~~~~~"], [[1, 1], 5], [[1, 1], [2, 1]], [[1, 1], {}]),
    ],
)
def test_what_cannot_be_unpacked(packed: Any) -> None:
    """Keys in a form that is never packed are a ValueError, and not other keys or another error."""
    with pytest.raises(ValueError, match=r"keys cannot be unpacked|expected \d+ keys"):
        unpack(packed, 1)


def test_columns_of_different_lengths_are_an_error() -> None:
    """A column that is too short does not shorten the others."""
    with pytest.raises(ValueError, match="expected 3 keys, and found 2"):
        unpack([[1, 1], [1, 2, 3]], 2)


def test_keys_of_another_width_are_an_error() -> None:
    """Compressed keys of one column are none of three columns, and their values are not in the message."""
    packed = pack(without_digests(*((f"secret{number}",) for number in range(100))), digests=False)
    assert isinstance(packed, str)
    with pytest.raises(ValueError) as caught:
        unpack(packed, 3)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("packed", "count"), [([], 0), ([7], 1), ([[1, 1], "eu"], 2), (["eu", [1, 2, 3]], 3), ("7:", 7)]
)
def test_counting_without_unpacking(packed: Packed, count: int) -> None:
    """The count is the longest column's length, or stands before the compressed text."""
    assert count_of(packed) == count


@pytest.mark.parametrize("packed", ["", "x:abc", ":abc"])
def test_a_text_without_a_count(packed: str) -> None:
    """A compressed text that does not begin with its count is an error."""
    with pytest.raises(ValueError, match="invalid literal"):
        count_of(packed)
