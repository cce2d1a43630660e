"""Lists that change while they are read: planned changes, and a walk in which they happen."""

from hypothesis import strategies as st

from async_sync.pagination.base import Pagination
from tests.helpers.listing import ListApi, Record, numbered, tied, walk

Moves = dict[int, list[tuple[str, int]]]
"""The kinds of the changes and their positions, by the number of requests after which they happen."""

lists = st.builds(numbered, st.integers(0, 40)) | st.builds(tied, st.integers(0, 40))


def moves(*kinds: str) -> st.SearchStrategy[Moves]:
    """Any plan of such changes."""
    one = st.tuples(st.sampled_from(kinds), st.integers(0, 60) | st.just(0))
    return st.dictionaries(st.integers(1, 12), st.lists(one, max_size=4), max_size=10)


def move(api: ListApi, kind: str, position: int) -> None:
    """One change of the list; positions count around it, and an empty list stays as it is."""
    if not api.records:
        return
    position %= len(api.records)
    match kind:
        case "delete":
            del api.records[position]
        case "change":
            api.change(position)
        case "change in place":
            api.change_in_place(position)
        case "delete many":
            del api.records[position : position + 7]
        case _:
            api.records.clear()


def walk_moving(
    pagination: Pagination, api: ListApi, planned: Moves, *, most: int = 2_000
) -> tuple[set[Record], set[Record]]:
    """Walk the list while it changes as planned: the records that were there unchanged throughout, and those read."""
    untouched = set(api.records)

    def between(count: int) -> None:
        for kind, position in planned.get(count, ()):
            move(api, kind, position)
        untouched.intersection_update(api.records)

    read = walk(pagination, api, between=between, most=most)
    return untouched, set(read)


def most_requests(records: list[Record], size: int) -> int:
    """More requests than any walk over a list needs that changes at most as often as `moves` plans."""
    return int(20 + 6 * (len(records) / max(1, size - 1) + 2))
