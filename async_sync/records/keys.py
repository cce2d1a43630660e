"""The keys of rows, and a short form of many of them for the state. Sans-I/O."""

import json
import zlib
from base64 import b85decode, b85encode
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import accumulate, pairwise
from typing import Any, cast
from uuid import UUID

import msgspec

Key = tuple[str | int, ...]
"""The values of a row's key columns, in the order in which they are declared."""

Identity = tuple[str, ...]
"""What is the same of all keys that a destination may take for one."""
Packed = list[Any] | str
"""Keys as they are saved: a list of columns, or a compressed text."""

DIGEST_BYTES = 8
"""Two versions of a row share a digest once in 2 to the power of 64."""
NO_DIGEST = b"\0" * DIGEST_BYTES
_WORTH_COMPRESSING = 100
_UUIDS = "uuids"
_UUID_LENGTH = 36
_UUID_CHARACTERS = 20  # of 16 bytes in base 85
_RAW = -zlib.MAX_WBITS  # without a header and a checksum


def identity(key: Key) -> Identity:
    """What is the same for all keys that a destination may take for one.

    It may ignore case, and a number may be kept in a column for text.
    """
    return tuple([str(part).casefold() for part in key])


def digest_of(row: Mapping[str, Any]) -> bytes:
    """A digest of everything in a row, whatever the order of its fields."""
    encoded = msgspec.json.encode(row, enc_hook=str, order="sorted")
    return blake2b(encoded, digest_size=DIGEST_BYTES).digest()


def pack(keys: Mapping[Key, bytes], *, digests: bool) -> Packed:
    """Keys with their digests (or without) in a short form: column by column, of whole numbers the differences.

    A column that is the same in all keys is written once, and UUIDs as bytes. More than a few keys are compressed.
    """
    ordered = _sorted(keys)
    columns: list[Any] = [_packed_column(column) for column in zip(*ordered, strict=True)]
    if digests and ordered:
        columns.append(b85encode(b"".join(keys[key] for key in ordered)).decode())
    text = json.dumps(columns)
    if len(text) <= _WORTH_COMPRESSING:
        return columns
    encoder = zlib.compressobj(9, zlib.DEFLATED, _RAW)
    dense = json.dumps(columns, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
    compressed = f"{len(ordered)}:{b85encode(encoder.compress(dense) + encoder.flush()).decode()}"
    return compressed if len(compressed) + 2 < len(text) else columns


def unpack(packed: Packed, width: int) -> dict[Key, bytes]:
    """The keys of `width` columns, with their digests. Raises ValueError if they are in no form that `pack` returns."""
    try:
        columns = _decompressed(packed) if isinstance(packed, str) else packed
        found = _unpacked(columns, width)
    except (zlib.error, TypeError, LookupError, ValueError) as error:
        raise ValueError(f"keys cannot be unpacked ({type(error).__name__})") from None
    if len(found) != count_of(columns):
        raise ValueError(f"expected {count_of(columns)} keys, and found {len(found)}")
    return found


def _decompressed(packed: str) -> list[Any]:
    dense = zlib.decompress(b85decode(packed.partition(":")[2]), _RAW)
    columns: list[Any] = json.loads(dense.decode("utf-8", "surrogatepass"))
    return columns


def _unpacked(columns: Sequence[Any], width: int) -> dict[Key, bytes]:
    if len(columns) not in {0, width, width + 1}:
        raise ValueError(f"expected {width} columns")
    count = count_of(columns[:width])
    own = [_unpacked_column(column, count) for column in columns[:width]]
    return dict(zip(cast("Iterable[Key]", zip(*own, strict=False)), _digests(columns[width:], count), strict=False))


def count_of(packed: Packed | Sequence[Any]) -> int:
    """How many keys these are, without unpacking them. Raises ValueError, TypeError or LookupError for another form."""
    if isinstance(packed, str):
        return int(packed.partition(":")[0])
    return max((_count_in(column) for column in packed), default=0)


def _sorted(keys: Iterable[Key]) -> list[Key]:
    try:
        return sorted(keys)
    except TypeError:  # text and numbers side by side
        return sorted(keys, key=lambda key: [(isinstance(part, str), part) for part in key])


def _packed_column(column: Sequence[str | int]) -> Any:
    first = column[0]
    if all(part == first and type(part) is type(first) for part in column):
        return first
    if all(_is_uuid(part) for part in column):
        joined = b"".join(UUID(str(part)).bytes for part in column)
        return {_UUIDS: b85encode(joined).decode()}
    if all(type(part) is int for part in column):
        numbers = cast("Sequence[int]", column)
        return [numbers[0], *(after - before for before, after in pairwise(numbers))]
    return list(column)


def _is_uuid(part: str | int) -> bool:
    """Whether it is a UUID in the form in which it is written again."""
    if not isinstance(part, str) or len(part) != _UUID_LENGTH:
        return False
    try:
        return str(UUID(part)) == part
    except ValueError:
        return False


def _count_in(column: Any) -> int:
    if isinstance(column, dict):
        return len(column[_UUIDS]) // _UUID_CHARACTERS
    return len(column) if isinstance(column, list) else 1


def _unpacked_column(column: Any, count: int) -> Iterable[str | int]:
    if isinstance(column, dict):
        joined = b85decode(column[_UUIDS])
        return [str(UUID(bytes=joined[start : start + 16])) for start in range(0, len(joined), 16)]
    if not isinstance(column, list):
        return [column] * count
    return accumulate(column) if all(type(part) is int for part in column) else column


def _digests(columns: Sequence[str], count: int) -> Sequence[bytes]:
    joined = b85decode(columns[0]) if columns else NO_DIGEST * count
    return [joined[start : start + DIGEST_BYTES] for start in range(0, len(joined), DIGEST_BYTES)]
