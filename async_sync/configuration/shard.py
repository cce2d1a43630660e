"""Which connection syncs which partition, if several share the work."""

import re
from dataclasses import dataclass
from hashlib import blake2b

_MAX = 1000
SHARD_RULE = f"a shard and the number of shards, such as 3/8 (1/8 to 8/8, of at most {_MAX})"
_SHAPE = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})")


@dataclass(frozen=True, slots=True)
class Shard:
    """The `number`th of `count` shards, counted from 1. Each partition belongs to exactly one of them."""

    number: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """Read text such as 3/8. Raises ValueError, whose text says what it must be."""
        shape = _SHAPE.fullmatch(text)
        shard = cls(*map(int, shape.groups())) if shape else None
        if shard is None or shard.number > shard.count or shard.count > _MAX:
            raise ValueError(f"must be {SHARD_RULE}")
        return shard

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def holds(self, partition: str) -> bool:
        """Whether the partition of that name (see `partition_id`) belongs to this shard.

        BLAKE2b (RFC 7693) of the name's UTF-8, its first 8 bytes as a big-endian number, modulo `count`: the same in
        every Python and on every machine, unlike `hash()`, and evenly distributed even for similar ids, unlike a
        checksum.
        """
        if self.count == 1:
            return True
        digest = blake2b(partition.encode(errors="surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest, "big") % self.count == self.number - 1


UNSHARDED = Shard()
