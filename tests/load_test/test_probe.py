"""The share of the time spent in checkpoints."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_sync.writing.checkpoints import CHECKPOINT_SHARE, CheckpointPolicy
from load_test.probe import checkpoint_share


def checkpoint(start: float, end: float) -> dict[str, float]:
    return {"start": start, "end": end}


@pytest.mark.parametrize(
    ("checkpoints", "share"),
    [
        ([], 0.0),
        ([checkpoint(1, 2)], 0.0),
        ([checkpoint(1, 2), checkpoint(3, 9)], 0.0),
        ([checkpoint(1, 2), checkpoint(5, 9), checkpoint(9, 99)], 0.25),
        ([checkpoint(1, 2), checkpoint(5, 6), checkpoint(11, 99), checkpoint(100, 999)], 0.2),
    ],
)
def test_checkpoint_share(checkpoints: list[dict[str, float]], share: float) -> None:
    """The time that a checkpoint takes counts against the time until the next one, but not before the last."""
    assert checkpoint_share(checkpoints) == pytest.approx(share)


@given(st.lists(st.floats(0.01, 10), min_size=3, max_size=20), st.floats(0.01, 100))
def test_what_the_policy_promises(costs: list[float], ends_after: float) -> None:
    """A sync that checkpoints whenever it may stays within the share, whatever each checkpoint costs."""
    policy = CheckpointPolicy(rows=2, interval_seconds=1000, now=0.0)
    made, now, before = [], 0.0, 1.0
    for cost in costs:
        policy.wrote(2)
        now = next(at for step in itertools.count() if policy.is_due(at := now + step * before))
        policy.done(now, now + cost)
        made.append(checkpoint(now, now + cost))
        now, before = now + cost, cost
    made.append(checkpoint(now + ends_after, now + ends_after + 1))

    assert 0 < checkpoint_share(made) <= CHECKPOINT_SHARE
