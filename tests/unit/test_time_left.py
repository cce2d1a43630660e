"""How long the rest of a sync takes."""

import pytest

from async_sync.progress import TimeLeft


def estimates(*seen: tuple[float, int], expected: float | None = 1000) -> list[float | None]:
    time_left = TimeLeft(0.0)
    return [time_left.estimate(now, done=done, expected=expected) for now, done in seen]


def test_at_a_steady_pace() -> None:
    """At a steady pace, the rest takes as long for each parent as those before it did."""
    assert estimates((10, 100), (20, 200), (50, 500), (95, 950)) == [90, 80, 50, 5]


def test_the_last_minute_counts() -> None:
    """The pace is the one since the sixth-last estimate, so that a slow start is soon forgotten."""
    slow = [(10.0 * number, number) for number in range(1, 7)]

    *_, first, second = estimates(*slow, (70, 66), (120, 566))

    assert first == pytest.approx(934 * 60 / 65)
    assert second == pytest.approx(434 * 100 / 564)


def test_without_a_total() -> None:
    """Without a total, the time left is unknown."""
    assert estimates((10, 100), expected=None) == [None]


def test_too_little_to_tell() -> None:
    """With fewer than five done since then, as in the first seconds or during a pause, the time left is unknown."""
    assert estimates((0, 100)) == [None]
    assert estimates((10, 4)) == [None]
    assert estimates((10, 5)) == [1990]
    assert estimates(*((10.0 * number, 100) for number in range(1, 8)))[-1] is None


@pytest.mark.parametrize("expected", [0, 99, 100])
def test_at_the_end(expected: int) -> None:
    """Once as many are done as were expected, or more, the time left is unknown."""
    assert estimates((10, 100), expected=expected) == [None]
