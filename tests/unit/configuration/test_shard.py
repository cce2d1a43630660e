"""Shards: how they are written, and which partitions they hold."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync.configuration.shard import SHARD_RULE, UNSHARDED, Shard


@pytest.mark.parametrize("text", ["1/1", "1/2", "3/8", "8/8", "1000/1000"])
def test_reads_and_writes_text(text: str) -> None:
    """A shard is written as the text that it was read from."""
    assert str(Shard.parse(text)) == text


def test_without_shards_there_is_one() -> None:
    """The only shard holds every partition."""
    assert Shard.parse("1/1") == UNSHARDED
    assert UNSHARDED.holds("c1")


@pytest.mark.parametrize(
    "text",
    [
        *("", "0/8", "9/8", "3", "3/0", "3/", "/8", "-1/8", "1/-8", "03/8", "3/08", "3 / 8", "3/8/8", "a/b", "1.0/8"),
        *("1/1001", "1/10000", "٣/٨", "3/8\n"),
    ],
)
def test_what_is_not_a_shard(text: str) -> None:
    """Anything but a number from 1 to the count of shards, in plain digits, is refused with an example."""
    with pytest.raises(ValueError) as caught:
        Shard.parse(text)

    assert str(caught.value) == f"must be {SHARD_RULE}"


@given(st.text(), st.integers(1, 1000))
def test_each_partition_has_one_shard(partition: str, count: int) -> None:
    """Each partition is in exactly one shard, whatever its name."""
    assert sum(Shard(number, count).holds(partition) for number in range(1, count + 1)) == 1


@pytest.mark.parametrize(
    ("partition", "number"), [("c1", 7), ("c2", 6), ("7", 3), ("é", 8), ("", 5), ("DE/7", 7), ("\ud800", 1)]
)
def test_the_shard_never_changes(partition: str, number: int) -> None:
    """Another hash would move parents to other connections. The values are from `b2sum -l 64` of coreutils."""
    assert [Shard(n, 8).holds(partition) for n in range(1, 9)].index(True) + 1 == number


@pytest.mark.parametrize("name", ["c{:06}", "{}000", "{}", "https://example.com/companies/{}"])
@pytest.mark.parametrize("count", [2, 8, 10])
def test_shards_are_about_equal(name: str, count: int) -> None:
    """Ids that look alike, or are all even, are spread evenly: within a tenth, for 20,000 of them."""
    sizes = Counter[int]()
    for index in range(20_000):
        partition = name.format(2 * index)
        sizes[next(n for n in range(1, count + 1) if Shard(n, count).holds(partition))] += 1

    assert len(sizes) == count
    assert max(sizes.values()) < 1.1 * 20_000 / count
