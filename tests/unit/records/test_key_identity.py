"""What is the same of two keys or rows, and what is not."""

import pytest

from async_sync.records.keys import DIGEST_BYTES, NO_DIGEST, Key, digest_of, identity, unpack


@pytest.mark.parametrize(
    ("one", "other"),
    [(("A1",), ("a1",)), ((7,), ("7",)), (("STRASSE", 1), ("straße", "1")), (("Σ",), ("ς",))],
)
def test_what_a_destination_may_take_for_one(one: Key, other: Key) -> None:
    """Keys that differ in their case, or in being text or a number, are of one row."""
    assert identity(one) == identity(other)


@pytest.mark.parametrize(
    ("one", "other"), [((1, 12), (11, 2)), (("a", "b"), ("b", "a")), ((1,), (10,)), (("1",), ("01",))]
)
def test_other_keys_are_of_other_rows(one: Key, other: Key) -> None:
    """Nothing else makes two keys one."""
    assert identity(one) != identity(other)


def test_a_digest_is_of_everything_in_a_row() -> None:
    """The digest changes with any field, value or type, and not with the order of the fields."""
    row = {"id": 1, "name": "x", "tags": {"a": 1, "b": 2}}
    others = [{**row, "id": 2}, {**row, "id": "1"}, {**row, "more": None}, {"id": 1, "name": "x"}]
    assert digest_of(row) == digest_of({"tags": {"b": 2, "a": 1}, "name": "x", "id": 1})
    assert len({digest_of(one) for one in (row, *others)}) == 5
    assert len(digest_of(row)) == len(NO_DIGEST) == DIGEST_BYTES


def test_no_digest_is_none_of_a_row() -> None:
    """Keys without digests have one that no row is known to have, so that each row counts as changed."""
    assert unpack([[1, 1]], 1) == {(1,): NO_DIGEST, (2,): NO_DIGEST}
    assert digest_of({}) != NO_DIGEST
