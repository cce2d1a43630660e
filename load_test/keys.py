"""`python -m load_test.keys`: print what the keys of rows cost in the state and in CPU, for docs/scaling.md."""

import argparse
import json
import random
import time
import uuid
from collections.abc import Callable, Sequence

from async_sync import Stream
from async_sync.configuration.settings import Settings
from async_sync.progress import Progress
from async_sync.records.keys import DIGEST_BYTES, Key, pack, unpack
from async_sync.streams.tree import StreamTree
from async_sync.writing.row_writer import RowWriter
from async_sync.writing.state import SyncState
from load_test.arguments import POSITIVE
from load_test.destinations import CountingDestination

KINDS: dict[str, Callable[[random.Random, int], str | int]] = {
    "whole numbers, one after the other": lambda _, number: 1_000_000 + number,
    "whole numbers, scattered": lambda random_, _: random_.randrange(10**10),
    "text like c000001": lambda _, number: f"c{number:06}",
    "UUIDs": lambda random_, _: str(uuid.UUID(int=random_.getrandbits(128), version=4)),
}


def bytes_of_a_key(kind: str, in_list: int, *, digests: bool = False) -> float:
    """Bytes of JSON that each key of a list adds to the state, the list's own name and time left out."""
    random_ = random.Random(1)  # noqa: S311 - not for cryptography
    keys: dict[Key, bytes] = {
        (KINDS[kind](random_, number),): random_.randbytes(DIGEST_BYTES) for number in range(in_list)
    }
    return len(json.dumps(pack(keys, digests=digests))) / in_list


def microseconds_a_row(rows: int, **declared: bool) -> float:
    """The CPU of handing over a row that is new, by a stream with these options."""
    stream = Stream(table="row", path="/rows", primary_key=["id"], columns={}, **declared)  # type: ignore[arg-type]
    tree = StreamTree([stream])
    writer = RowWriter(
        destination=CountingDestination(),
        settings=Settings(base_url="https://api.example.com"),
        tree=tree,
        state=SyncState(tree),
        progress=Progress([stream.name], started_at=0.0),
    )
    page = [{"id": number, "name": f"name {number}", "updated_at": "2026-01-01T00:00:00Z"} for number in range(rows)]
    started = time.process_time()
    writer.write(stream, page, "")
    return (time.process_time() - started) / rows * 1e6


def microseconds_a_key(count: int) -> tuple[float, float]:
    """The CPU of packing and of unpacking a key, in one large list of UUIDs."""
    random_ = random.Random(1)  # noqa: S311 - not for cryptography
    keys: dict[Key, bytes] = {(KINDS["UUIDs"](random_, number),): b"" for number in range(count)}
    started = time.process_time()
    packed = pack(keys, digests=False)
    packed_at = time.process_time()
    unpack(packed, 1)
    return (packed_at - started) / count * 1e6, (time.process_time() - packed_at) / count * 1e6


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m load_test.keys", description=__doc__)
    parser.add_argument(
        "--rows", type=POSITIVE, default=100_000, help="rows in the largest list (default: %(default)s)"
    )
    rows = parser.parse_args(arguments).rows
    print(f"{'bytes of state for a key':<40} {'5 in a list':>12} {f'{rows} in one':>14} {'with digests':>14}")
    for kind in KINDS:
        figures = bytes_of_a_key(kind, 5), bytes_of_a_key(kind, rows), bytes_of_a_key(kind, rows, digests=True)
        print(f"{kind:<40} {figures[0]:>12.1f} {figures[1]:>14.1f} {figures[2]:>14.1f}", flush=True)
    for name, declared in (("plain", {}), ("finds_deleted", {"finds_deleted": True}), ("both", _BOTH)):
        print(f"{f'microseconds of CPU to hand over a row, {name}':<55} {microseconds_a_row(rows, **declared):>6.2f}")
    packing, unpacking = microseconds_a_key(rows)
    print(f"{'microseconds of CPU to pack a key, and to unpack it':<55} {packing:>6.2f} {unpacking:>6.2f}")


_BOTH = {"finds_deleted": True, "skips_unchanged": True}

if __name__ == "__main__":
    main()
