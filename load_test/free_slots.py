"""How long slots for requests stayed free. A setting of `max_concurrency` is a number of slots."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from load_test.watched_pace import Move
from load_test.watched_transport import Span


class FreeSlots(NamedTuple):
    """Seconds for which slots for children were free, summed over the slots.

    At the edges of a sync there are fewer requests than slots: before the first request for children has started, and
    after the last one has.
    """

    at_edges: float
    in_between: float


def free_slots(spans: Sequence[Span], moves: Sequence[Move], wall: float) -> FreeSlots:
    """The free slots of a sync that took `wall` seconds, of which the pace allowed as many as `moves` say."""
    children = [span for span in spans if span.partition is not None]
    first = min((span.start for span in children), default=wall)
    last = max((span.start for span in children), default=wall)
    at_edges, in_between, free = 0.0, 0.0, 0
    for (start, change), (end, _) in pairwise([*_changes(children, moves), (wall, 0)]):
        free += change
        # After the limit was lowered, there may be more requests than slots.
        seconds = max(0, free) * max(0.0, min(end, wall) - start)
        if first <= start < last:
            in_between += seconds
        else:
            at_edges += seconds
    return FreeSlots(at_edges, in_between)


def _changes(spans: Sequence[Span], moves: Sequence[Move]) -> list[tuple[float, int]]:
    """When the number of free slots changed, and by how much, in order."""
    limits = [0, *(move.limit for move in moves)]
    allowed = [(move.at, after - before) for move, (before, after) in zip(moves, pairwise(limits), strict=True)]
    return sorted([*allowed, *((span.start, -1) for span in spans), *((span.end, 1) for span in spans)])
