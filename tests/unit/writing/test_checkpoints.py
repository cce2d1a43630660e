"""When a checkpoint is due."""

import pytest

from async_sync.writing.checkpoints import CheckpointPolicy


def policy(*, rows: int = 100, interval_seconds: float = 60.0, now: float = 1000.0) -> CheckpointPolicy:
    return CheckpointPolicy(rows=rows, interval_seconds=interval_seconds, now=now)


def test_due_by_rows() -> None:
    """A checkpoint is due at exactly the number of rows, and not one row earlier."""
    checkpoints = policy()

    checkpoints.wrote(99)
    assert not checkpoints.is_due(1000.0)
    checkpoints.wrote(1)
    assert checkpoints.is_due(1000.0)


def test_due_by_time() -> None:
    """A checkpoint is due when the interval is over, with or without rows, and not a moment earlier."""
    checkpoints = policy()

    assert not checkpoints.is_due(1059.9)
    assert checkpoints.is_due(1060.0)


def test_counts_from_the_last_checkpoint() -> None:
    """Rows and time are counted from the end of the last checkpoint."""
    checkpoints = policy()
    checkpoints.wrote(100)

    checkpoints.done(1059.0, 1060.0)

    assert not checkpoints.is_due(1119.9)
    assert checkpoints.is_due(1120.0)
    checkpoints.wrote(99)
    assert not checkpoints.is_due(1100.0)
    checkpoints.wrote(1)
    assert checkpoints.is_due(1100.0)


def test_waits_twenty_times_what_the_last_one_took() -> None:
    """However many rows there are and however short the interval is, a slow checkpoint delays the next one."""
    checkpoints = policy(interval_seconds=1.0)

    checkpoints.done(1000.0, 1002.0)
    checkpoints.wrote(1_000_000)

    assert not checkpoints.is_due(1041.9)
    assert checkpoints.is_due(1042.0)


@pytest.mark.parametrize("cost", [0.0, 0.01, 0.5, 30.0])
def test_checkpoints_stay_below_a_twentieth(cost: float) -> None:
    """With a row a second, checkpoints take at most 5 % of the time, however long one of them takes."""
    checkpoints, now, spent, count = policy(rows=1 + 1, interval_seconds=1.0, now=0.0), 0.0, 0.0, 0
    while now < 10_000:
        now += 1
        checkpoints.wrote(1)
        if checkpoints.is_due(now):
            checkpoints.done(now, now + cost)
            now, spent, count = now + cost, spent + cost, count + 1

    assert spent / now <= 0.05
    assert count >= 10_000 / (1 + 21 * cost + 1)  # and are made as often as that allows


@pytest.mark.parametrize("cost", [0.0, 1000.0])
def test_a_checkpoint_after_every_row(cost: float) -> None:
    """With a limit of one row a checkpoint is due after every row, however long it takes, and never without one."""
    checkpoints = policy(rows=1)

    assert not checkpoints.is_due(10_000.0)
    checkpoints.wrote(1)
    assert checkpoints.is_due(1000.0)
    checkpoints.done(1000.0, 1000.0 + cost)
    assert not checkpoints.is_due(10_000.0)
    checkpoints.wrote(1)
    assert checkpoints.is_due(1000.0 + cost)


def test_room() -> None:
    """There is room up to the number of rows, and for one row at a time where a checkpoint is overdue."""
    checkpoints = policy()

    assert checkpoints.room() == 100
    checkpoints.wrote(98)
    assert checkpoints.room() == 2
    checkpoints.wrote(1)
    assert checkpoints.room() == 1
    checkpoints.wrote(1)
    assert checkpoints.room() == 1
    checkpoints.done(1000.0, 1000.0)
    assert checkpoints.room() == 100
